"""The keyring and the rows of the audit, byte for byte. docs/envelope.md sections 5.5 and 5.6."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import CorruptError, Error, NotARecipientError
from crypto.opening.auditing import (
    START,
    Act,
    Spot,
    audit_key,
    fits,
    next_head,
    open_as_auditor,
    open_own,
    row_tag,
    seal_act,
)
from crypto.opening.casebook import Place, open_many, seal_value
from crypto.opening.keyring import open_keyring, own_key, seal_keyring
from tests.crypto import made

KEY = audit_key(b"k" * 32)
SPOT = Spot(START, 1, 20_780, row_tag(KEY, 1))
ACT = Act("Anna Ek", "opened", 1_795_424_400, b"f" * 16, 1, {"v": "3"})
KEYS = st.dictionaries(
    st.binary(min_size=16, max_size=16),
    st.tuples(st.integers(1, 2**32 - 1), st.binary(min_size=32, max_size=32)),
    max_size=200,
)


@given(KEYS, st.integers(1, 2**32 - 1))
def test_a_keyring_gives_back_what_was_put_in(keys: dict[bytes, tuple[int, bytes]], version: int) -> None:
    """Whatever keys, at whatever version: all of them, for their owner, at that version."""
    sealed = seal_keyring(made.OWNER, keys, version)
    assert open_keyring(made.OWNER, sealed, version) == keys
    with pytest.raises(CorruptError):
        open_keyring(made.OWNER, sealed, version ^ 1)
    with pytest.raises(CorruptError):
        open_keyring(made.COLLEAGUE, sealed, version)


def test_a_keyring_tells_a_power_of_two_and_no_more() -> None:
    """None or 63 keys look the same; so do 64 and 100."""

    def length(number: int) -> int:
        return len(seal_keyring(made.OWNER, {bytes([i]) * 16: (1, b"k" * 32) for i in range(number)}, 1))

    assert length(0) == length(1) == length(63)
    assert length(64) == length(100) == 1 + 24 + 52 * 128 + 5 + 16


def test_what_only_its_owner_reads_has_a_key_for_each_purpose() -> None:
    """No two purposes and no two persons share one."""
    keys = {own_key(who, what) for who in (made.OWNER, made.COLLEAGUE) for what in ("drafts", "audit")}
    assert len(keys) == 4


def test_a_row_of_the_audit_opens_for_its_subject_and_its_auditor() -> None:
    """Both read the same signed act; whoever holds neither key opens nothing."""
    sealed, own = seal_act(ACT, SPOT, made.OWNER, KEY, [made.COLLEAGUE.box_public])
    assert (len(sealed), len(own)) == (873, 553)
    for opened in (open_own(KEY, SPOT.tag, own), open_as_auditor(made.COLLEAGUE, SPOT, sealed)):
        assert opened.act == ACT
        assert (opened.sign_public, opened.previous, opened.number) == (made.OWNER.sign_public, START, 1)
    with pytest.raises(NotARecipientError):
        open_as_auditor(made.STRANGER, SPOT, sealed)
    with pytest.raises(CorruptError):
        open_own(audit_key(b"x" * 32), SPOT.tag, own)


@given(st.integers(0, 552), st.integers(0, 872))
def test_any_changed_byte_of_a_row_fails(one: int, other: int) -> None:
    """One flipped bit in either value opens nothing, and moves the head."""
    sealed, own = seal_act(ACT, SPOT, made.OWNER, KEY, [made.COLLEAGUE.box_public])
    for changed_own, changed in ((_flipped(own, one), sealed), (own, _flipped(sealed, other))):
        assert next_head(SPOT, changed, changed_own) != next_head(SPOT, sealed, own)
    with pytest.raises(Error):
        open_own(KEY, SPOT.tag, _flipped(own, one))
    with pytest.raises(Error):
        open_as_auditor(made.COLLEAGUE, SPOT, _flipped(sealed, other))


def test_a_row_moved_in_the_chain_does_not_open() -> None:
    """Under another number, another day, another head before it or another tag it is nobody's row."""
    sealed, _ = seal_act(ACT, SPOT, made.OWNER, KEY, [made.COLLEAGUE.box_public])
    others = (
        Spot(b"\1" * 32, 1, SPOT.day, SPOT.tag),
        Spot(START, 2, SPOT.day, SPOT.tag),
        Spot(START, 1, SPOT.day + 1, SPOT.tag),
        Spot(START, 1, SPOT.day, row_tag(KEY, 2)),
    )
    for elsewhere in others:
        with pytest.raises(CorruptError):
            open_as_auditor(made.COLLEAGUE, elsewhere, sealed)


def test_words_that_do_not_fit_a_row_are_told() -> None:
    """The writer asks first, and cuts."""
    assert fits(ACT)
    assert not fits(Act("Anna", "opened", 0, b"f" * 16, 1, {"why": "x" * 400}))


def test_many_values_open_as_one_does() -> None:
    """In a loop, the same values open as by `open_value`, and a changed or moved one gives None."""
    rows = [(bytes([one]) * 32, bytes([one]) * 16, one) for one in range(1, 5)]
    sealed = [seal_value(key, Place("folder", row, 0, version), row, "summary") for key, row, version in rows]
    sealed[1] = _flipped(sealed[1], 100)
    sealed[2] = sealed[3]
    given = [(key, row, version, value) for (key, row, version), value in zip(rows, sealed, strict=True)]
    assert list(open_many("folder", given)) == [rows[0][1], None, None, rows[3][1]]


def _flipped(data: bytes, position: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
