"""What envelopes are sealed to for some months, and can then be opened by nobody. docs/envelope.md section 4.5."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import CorruptError, Error, ForgedError, NotARecipientError
from crypto.opening.ceremony import RefusedError
from crypto.opening.identity import new_identity
from crypto.opening.intake import new_intake, open_intake, read_intake
from crypto.opening.unseal import unseal
from crypto.primitives import canonical, read_json
from crypto.sealing.roster import verify
from crypto.sealing.seal import seal
from tests.crypto import made

DAY = date(2026, 11, 22)


def test_an_envelope_is_sealed_to_the_intake_key_and_opened_with_it_alone() -> None:
    """In the roster it stands in its owner's place: the person's own key opens nothing of that epoch any more."""
    sealed, data = new_intake(made.OWNER, DAY)
    stated = read_intake(data)
    assert (stated.sign_public, stated.since) == (made.OWNER.sign_public, DAY)
    roster = verify(
        made.signed(made.draft(replace(made.team(), intake=[stated]))),
        made.ROOT.sign_public,
        minimum_epoch=1,
        today=None,
    )
    assert made.OWNER.box_public not in roster.team("ekstad").recipients
    envelope = seal(made.submission(), roster)
    key = open_intake(made.OWNER, stated.box_public, sealed)
    assert unseal(envelope, key)
    with pytest.raises(NotARecipientError):
        unseal(envelope, made.OWNER)


def test_only_its_owner_opens_the_secret_half() -> None:
    """Nor does it open beside another public half: a row that was moved is seen."""
    sealed, data = new_intake(made.OWNER, DAY)
    box = read_intake(data).box_public
    with pytest.raises(CorruptError):
        open_intake(made.COLLEAGUE, box, sealed)
    with pytest.raises(CorruptError):
        open_intake(made.OWNER, made.OWNER.box_public, sealed)


def test_a_statement_is_its_owners_or_nobodys() -> None:
    """A key put in on the way, another day, another owner: the signature breaks."""
    _, data = new_intake(made.OWNER, DAY)
    stranger = new_identity()
    for change in (
        {"box": stranger.box_public.hex()},
        {"since": "2026-11-23"},
        {"sign": stranger.sign_public.hex()},
    ):
        with pytest.raises(ForgedError):
            read_intake(canonical({**read_json(data), **change}))


def test_signing_refuses_an_intake_key_that_is_not_of_the_team() -> None:
    """A stranger's statement, though true, gets no place, and nobody gets two."""
    strange, first, second = (read_intake(new_intake(one, DAY)[1]) for one in (new_identity(), made.OWNER, made.OWNER))
    for intake in ([strange], [first, second]):
        with pytest.raises(RefusedError, match="intake"):
            made.signed(made.draft(replace(made.team(), intake=intake)))


def test_no_two_intake_keys_are_alike() -> None:
    """Each is drawn: none follows from the person's key or from the one before."""
    drawn = [read_intake(new_intake(made.OWNER, DAY)[1]).box_public for _ in range(4)]
    assert all(one != other for one, other in pairwise(sorted(drawn)))
    assert made.OWNER.box_public not in drawn


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever travels, the answer is one of ours."""
    with pytest.raises(Error):
        read_intake(data)
