"""The roster: signed, numbered, dated, without names; police never hold a key. docs/envelope.md section 3."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any  # JSON as the parser gives it

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import RosterError, RosterExpiredError, RosterForgedError, RosterMalformedError, RosterTooOldError
from crypto.opening.ceremony import RefusedError, draw_spare, sign_roster
from crypto.opening.identity import Identity
from crypto.primitives import canonical
from crypto.sealing.roster import verify
from crypto.sealing.signed import signed_bytes, write_signed
from tests.crypto import made

FILE = made.signed()
LOW_ORDER = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"


def read(data: bytes, *, minimum: int = 1, today: date = made.TODAY) -> object:
    """Verify as the portal does."""
    return verify(data, made.ROOT.sign_public, minimum_epoch=minimum, today=today)


def resigned(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Change the content and sign it with the true root key, as a hasty signer might."""
    value = json.loads(FILE.split(b"\n")[2])
    change(value)
    content = canonical(value)
    return write_signed("roster", content, made.ROOT.sign(signed_bytes("roster", content)))


def test_a_signed_roster_is_read_and_tells_no_names() -> None:
    """The portal learns keys and a town; not who the coordinators are, nor how many."""
    found = made.roster()
    assert (found.epoch, found.places, len(found.teams[0].recipients)) == (1, 8, 7)
    for word in (b"Alma", b"Bo", b"coordinator", b"Kista"):
        assert word not in FILE.split(b"\n")[2]  # the signature in base64 may spell anything
    assert made.OWNER.box_public in found.teams[0].recipients
    assert found.teams[0].place(made.STRANGER.box_public) is None


def test_one_or_seven_coordinators_look_the_same() -> None:
    """Two rosters side by side have as many keys, in ascending order, whoever works there."""
    alone = made.signed(made.draft(replace(made.team(made.member(made.OWNER, "Alma")), spare=draw_spare(6))))
    assert len(alone) == len(FILE)
    recipients = json.loads(alone.split(b"\n")[2])["teams"][0]["recipients"]
    assert recipients == sorted(recipients)


def test_unused_places_keep_their_keys_from_epoch_to_epoch() -> None:
    """Signing the same people again changes no key, so comparing epochs tells nothing."""
    later = json.loads(made.signed(made.draft(epoch=2)).split(b"\n")[2])
    assert later["teams"] == json.loads(FILE.split(b"\n")[2])["teams"]


@pytest.mark.parametrize("role", ["police", "partner", "lead", "case_officer", "auditor", "recovery"])
def test_only_coordinators_are_signed(role: str) -> None:
    """Police must report crime they learn of; they and all others but coordinators are refused by name."""
    with pytest.raises(RefusedError, match=f"Polle is {role}"):
        made.signed(made.draft(made.team(made.member(made.STRANGER, "Polle", role))))


def test_a_team_that_is_not_whole_is_not_signed() -> None:
    """A colleague of another town, nobody at all, too many, too few spare keys, a wrong recovery key: each refused."""
    alma = made.member(made.OWNER, "Alma")
    crowd = [made.member(Identity(bytes([n]) * 32), f"N{n}") for n in range(1, 9)]
    for team, words in (
        (made.team(made.member(made.OWNER, "Alma", municipality="granvik")), "belongs to granvik"),
        (replace(made.team(), people=()), "needs a coordinator"),
        (made.team(*crowd), "8 coordinators, 7 places"),
        (replace(made.team(alma), spare=()), "6 spare keys are missing"),
        (replace(made.team(), recovery=alma), "recovery key's role"),
    ):
        with pytest.raises(RefusedError, match=words):
            made.signed(made.draft(team))


def test_a_recovery_key_of_another_town_is_refused() -> None:
    """Granvik's draft names Ekstad's key: it would take Granvik's requests, and give them to nobody there."""
    theirs = replace(
        made.team(), municipality="granvik", people=[made.member(made.OWNER, "Alma", municipality="granvik")]
    )
    with pytest.raises(RefusedError, match="split one for each town"):
        sign_roster(made.draft(theirs), made.ROOT, today=made.TODAY)


def test_a_draft_that_readers_would_refuse_is_not_signed() -> None:
    """Too long a life, an epoch of zero, too many places, one person in two places: found before it is used."""
    twice = made.team(made.member(made.OWNER, "Alma"), made.member(made.OWNER, "Alma igen"))
    for wrong in (made.draft(days=121), made.draft(epoch=0), made.draft(made.team(), made.team()), made.draft(twice)):
        with pytest.raises(RosterError):
            made.signed(wrong)
    with pytest.raises(RefusedError):
        sign_roster(replace(made.draft(), places=256), made.ROOT, today=made.TODAY)


def test_forged_expired_and_old_rosters_are_three_errors() -> None:
    """Another root key, the day after the last, an epoch below the highest seen: each told for what it is."""
    with pytest.raises(RosterForgedError):
        verify(FILE, made.STRANGER.sign_public, minimum_epoch=1, today=made.TODAY)
    assert read(FILE, today=made.TODAY + timedelta(days=90))
    with pytest.raises(RosterExpiredError):
        read(FILE, today=made.TODAY + timedelta(days=91))
    with pytest.raises(RosterTooOldError):
        read(FILE, minimum=2)
    with pytest.raises(RosterMalformedError, match="120 days"):
        read(FILE, today=made.TODAY - timedelta(days=31))


def test_a_register_of_members_is_never_a_roster() -> None:
    """A signature of one kind does not serve another: the labels differ."""
    content = FILE.split(b"\n")[2]
    other = write_signed("roster", content, made.ROOT.sign(signed_bytes("members", content)))
    with pytest.raises(RosterForgedError):
        read(other)


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.update(extra=1),
        lambda value: value.pop("salt"),
        lambda value: value.update(epoch="1"),
        lambda value: value.update(epoch=True),
        lambda value: value.update(places=9),
        lambda value: value.update(places=1),
        lambda value: value.update(not_after="2027-1-1"),
        lambda value: value.update(not_after="2027-02-31"),
        lambda value: value.update(salt="00"),
        lambda value: value.update(suites=[2]),
        lambda value: value.update(suites=1),
        lambda value: value.update(previous="no"),
        lambda value: value.update(teams=[]),
        lambda value: value.update(teams=[1]),
        lambda value: value["teams"][0].update(names=["Alma"]),
        lambda value: value["teams"][0].update(municipality="EKSTAD"),
        lambda value: value["teams"][0].update(contact=["ring"]),
        lambda value: value["teams"][0]["recipients"].reverse(),
        lambda value: value["teams"][0]["recipients"].pop(),
        lambda value: value["teams"][0].update(recovery=value["teams"][0]["recipients"][0]),
        lambda value: value["teams"][0].update(recovery=LOW_ORDER),
        lambda value: value["teams"][0].update(recovery="00" * 32),
        lambda value: value["teams"][0].update(recovery="ff" * 32),
    ],
)
def test_even_a_signed_roster_must_keep_every_rule(change: Callable[[dict[str, Any]], object]) -> None:
    """One broken rule, signed by the true root key, and nothing is sealed to it."""
    with pytest.raises(RosterMalformedError):
        read(resigned(change))


def test_only_the_canonical_form_is_a_roster() -> None:
    """The same content with a space in it is another file, and refused."""
    content = FILE.split(b"\n")[2].replace(b'":', b'": ', 1)
    with pytest.raises(RosterMalformedError, match="canonical"):
        read(write_signed("roster", content, made.ROOT.sign(signed_bytes("roster", content))))


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
@settings(max_examples=200)
def test_any_changed_byte_is_seen(position: int, change: int) -> None:
    """Whichever byte of a roster file is changed, it is refused."""
    changed = bytearray(FILE)
    changed[position] ^= change
    with pytest.raises(RosterError):
        read(bytes(changed))


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever lies where the roster should, the answer is a RosterError."""
    for tried in (data, b"utvag roster 1\n" + data, FILE[: len(data)]):
        with pytest.raises(RosterError):
            read(tried)
