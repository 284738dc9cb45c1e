"""An envelope: one size, opened by those it is for, and by nobody else. docs/envelope.md sections 1 and 2."""

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl import bindings

from crypto import envelope, primitives
from crypto.envelope import CONTENT_LIMIT, Envelope
from crypto.errors import CorruptError, MalformedError, NotARecipientError, TooLongError
from crypto.opening.identity import Identity, new_identity
from crypto.opening.unseal import unseal
from crypto.sealing.seal import seal, seal_content
from crypto.submission import Submission
from tests.crypto import made

ROSTER = made.roster()
PLACE = ROSTER.teams[0].place(made.OWNER.box_public)
SEALED = seal(made.submission(message="kan ni höra av er"), ROSTER)


def test_owner_colleague_and_recovery_read_what_was_sent() -> None:
    """Whoever the roster names reads the same words; slot 0 is the recovery key's."""
    sent = made.submission(message="kan ni höra av er", need=("safe", "sleep"))
    sealed = seal(sent, ROSTER)
    for identity in (made.OWNER, made.COLLEAGUE, made.RECOVERY):
        place = ROSTER.teams[0].place(identity.box_public)
        assert place is not None
        assert Submission.decode(unseal(sealed, identity, [place])) == sent
    assert ROSTER.teams[0].place(made.RECOVERY.box_public) == 0


def test_a_stranger_opens_nothing() -> None:
    """A key that the roster does not name is told to try another, in its own slot and in all."""
    with pytest.raises(NotARecipientError):
        unseal(SEALED, made.STRANGER)
    with pytest.raises(NotARecipientError):
        unseal(SEALED, made.COLLEAGUE, [PLACE or 0])


@given(st.text(max_size=CONTENT_LIMIT))
@settings(max_examples=60)
def test_every_length_gives_one_size(text: str) -> None:
    """Nothing of a text's length is seen from outside: 8,923 bytes with eight places."""
    try:
        sealed = seal(made.submission(message=text), ROSTER)
    except TooLongError:
        return
    assert len(sealed) == envelope.size(8) == 8923


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
@settings(max_examples=400)
def test_any_changed_byte_fails_to_open(position: int, change: int) -> None:
    """Whichever byte is changed, the owner is never shown an altered text; nor is anyone with a slot left."""
    changed = bytearray(SEALED)
    changed[position] ^= change
    for places in ([PLACE or 0], None):
        with pytest.raises((CorruptError, MalformedError, NotARecipientError)):
            unseal(bytes(changed), made.OWNER, places)
    with pytest.raises((CorruptError, MalformedError, NotARecipientError)):
        unseal(bytes(changed), made.COLLEAGUE)


@given(st.binary(max_size=9000))
@settings(max_examples=200)
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever lies in the dead drop, reading it ends in one of three errors."""
    for tried in (data, SEALED[: len(data)], SEALED[:51] + data):
        with pytest.raises((CorruptError, MalformedError, NotARecipientError)):
            unseal(tried, made.STRANGER)


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=50)
def test_a_strangers_key_never_opens(seed: bytes) -> None:
    """No seed drawn by a stranger opens an envelope."""
    with pytest.raises(NotARecipientError):
        unseal(SEALED, Identity(seed))


def test_two_keys_never_open_one_envelope_to_two_texts() -> None:
    """A forged envelope whose two slots hold two content keys opens to the committed one only."""
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    head = envelope.head(8, 1, envelope.team_tag("ekstad"))
    keys = [second if place == PLACE else first for place in range(8)]
    publics = (ROSTER.teams[0].recovery, *ROSTER.teams[0].recipients)
    slots = tuple(primitives.seal_to(public, key) for public, key in zip(publics, keys, strict=True))
    outside = Envelope(1, 1, envelope.team_tag("ekstad"), envelope.commitment(first, head), slots, b"").associated
    forged = outside + primitives.encrypt(first, b"{}", 8192, outside)
    assert unseal(forged, made.COLLEAGUE) == b"{}"
    with pytest.raises(CorruptError):
        unseal(forged, made.OWNER)


def test_the_commitment_binds_where_poly1305_does_not() -> None:
    """With the right key and a commitment of another, the envelope is refused before the text is opened."""
    parts = Envelope.from_bytes(SEALED)
    other = Envelope(parts.suite, parts.epoch, parts.team_tag, secrets.token_bytes(32), parts.slots, parts.body)
    with pytest.raises(CorruptError, match="not bound"):
        unseal(other.to_bytes(), made.OWNER)


def test_the_same_text_sealed_twice_is_two_envelopes_with_one_try() -> None:
    """A retry is another envelope outside and the same try inside, so staff see one request."""
    sent = made.submission()
    first, second = seal(sent, ROSTER), seal(sent, ROSTER)
    assert envelope.envelope_id(first) != envelope.envelope_id(second)
    tries = {Submission.decode(unseal(one, made.OWNER)).try_id for one in (first, second)}
    assert tries == {sent.try_id}


def test_a_text_that_does_not_fit_says_how_many_bytes_must_go() -> None:
    """The last byte that fits is sealed; one more is refused and counted."""
    empty = len(made.submission(message="x").encode()) - 1
    fits = made.submission(message="å" * ((CONTENT_LIMIT - empty) // 2))
    assert len(unseal(seal(fits, ROSTER), made.OWNER)) > CONTENT_LIMIT - 2
    with pytest.raises(TooLongError) as told:
        seal(made.submission(message="x" * (CONTENT_LIMIT - empty + 7)), ROSTER)
    assert told.value.over == 7


def test_every_slot_is_a_true_seal_of_its_own() -> None:
    """Used and unused places look alike: 80 different bytes each, nothing repeated."""
    slots = Envelope.from_bytes(SEALED).slots
    assert len({slot[:32] for slot in slots}) == len(set(slots)) == 8
    assert {len(slot) for slot in slots} == {80}


def test_a_seal_is_libsodiums_and_a_municipality_without_team_is_refused() -> None:
    """Any libsodium opens a slot; a town that the roster lacks has nobody to seal to."""
    slot = Envelope.from_bytes(SEALED).slots[PLACE or 0]
    key = bindings.crypto_box_seal_open(slot, made.OWNER.box_public, made.OWNER.box_secret)
    assert envelope.commitment(key, SEALED[:19]) == SEALED[19:51]
    with pytest.raises(KeyError):
        seal_content(b"{}", "ingenstans", ROSTER)


def test_a_secret_is_never_shown_by_repr() -> None:
    """An identity in a log or a trace tells eight digits of its public half."""
    identity = new_identity()
    assert identity.seed.hex() not in repr(identity)
    assert identity.box_secret.hex() not in repr(identity)
