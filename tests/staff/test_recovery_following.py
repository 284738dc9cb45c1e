"""The yearly new recovery key: whoever unlocks gives it what the old one had, and then the old one has nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import func, select

from crypto.errors import Error
from crypto.opening.casebook import grant
from staff.erasure.sweep import sweep
from staff.errors import UnknownFolderError, UnknownRequestError
from staff.folders import Keys
from staff.folders import store as shelves
from staff.folders.keys import bound
from staff.inbox import record
from staff.inbox import store as requests
from staff.models import Grant, Tray
from staff.person import Person
from staff.recovery.following import Progress, turn
from staff.recovery.granting import TrayKeys
from tests.staff.casework import Room
from tests.staff.dying import Interrupted, killed_after
from tests.staff.leavers import box, hand_of, listed
from tests.staff.world import Human, World


class Year:
    """Tell the story: a case, a protected one, a request that was read; then the root key signs a new recovery key."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.anna = Room(world, world.owner)
        self.row = bytes.fromhex(world.send(message="läst"))
        self.anna.get(f"/inbox/{self.row.hex()}")
        self.case = bytes.fromhex(self.anna.open(working="Alm 1")[-32:])
        self.shut = bytes.fromhex(self.anna.open(working="Ek 5", protected="yes", named=["Anna Ek"])[-32:])
        self.old, self.new = world.recovery["ekstad"], Human("Återhämtning ekstad", "recovery", "ekstad")

    def replace(self) -> None:
        """Put the next epoch in place, with another recovery key."""
        world = self.world
        world.recovery["ekstad"] = self.new
        world.roster = world.sign([world.owner, world.colleague, world.stranger], epoch=2)
        world.clock.turn(minutes=1)

    def reads(self, human: Human) -> list[str]:
        """Name what a key opens of the three."""
        parts, papers = self.world.parts, self.world.parts.register.current()
        person = Person(human.identity, listed(self.world, human), papers, self.world.settings.pepper)
        keys, found = Keys() if human.role != "recovery" else TrayKeys(), []
        keys.refresh(parts.casebook, person, self.world.clock.now())
        for name in ("case", "shut"):
            with suppress(UnknownFolderError):
                parts.folders.peek(keys, getattr(self, name), person)
                found.append(name)
        with suppress(Error, UnknownRequestError):
            record.read(parts.casebook, self.row, person)
            found.append("row")
        return found

    def in_name_of(self, human: Human) -> int:
        """Count the rows that lie in somebody's name."""
        tag = self.world.person(human).member_tag(box(human))
        with self.world.parts.casebook.read() as session:
            asked = (select(func.count()).where(one.member == tag) for one in (Tray, Grant))
            return sum(session.scalar(one) or 0 for one in asked)


@pytest.fixture
def year(world: World) -> Year:
    """Begin the year."""
    return Year(world)


def test_unlocking_gives_the_new_recovery_key_what_the_old_one_had(year: Year) -> None:
    """Anna signs in and nothing is asked of her: the new key reads all but what is protected, the old one nothing."""
    year.replace()
    assert year.reads(year.old) == ["case", "row"]
    assert year.reads(year.new) == []
    anna = Room(year.world, year.world.owner)
    assert year.reads(year.new) == ["case", "row"]
    assert (year.reads(year.old), year.in_name_of(year.old)) == ([], 0)
    assert "Ny återhämtningsnyckel" not in anna.get("/today")
    seen = year.world.parts.audit.own(hand_of(year.world, year.world.owner).person)
    assert [one.fields for one in seen if one.what == "recovery_dropped"] == [{"n": "1", "m": "1"}]
    assert year.reads(year.world.owner) == ["case", "shut", "row"]


def test_the_days_sweep_leaves_the_old_key_what_the_new_one_lacks(year: Year) -> None:
    """Nobody signs in for days: what the old key has stays, so that its shares still open it and nothing is lost."""
    year.replace()
    sweep(year.world.parts)
    for human in (year.world.auditor, year.world.officer, year.world.stranger):
        assert turn(hand_of(year.world, human)) == Progress()  # whoever reads none of it gives nothing
    assert year.reads(year.old) == ["case", "row"]


def test_a_lead_gives_the_cases_and_the_requests_wait_for_a_coordinator(year: Year) -> None:
    """Lena reads no requests: as long as one is missing the old key keeps everything."""
    year.replace()
    assert turn(hand_of(year.world, year.world.lead)) == Progress(1, 0)
    assert (year.reads(year.new), year.reads(year.old)) == (["case"], ["case", "row"])
    assert turn(hand_of(year.world, year.world.colleague)) == Progress(1, 0)
    assert (year.reads(year.new), year.reads(year.old)) == (["case", "row"], [])


def test_a_turn_without_time_says_what_is_left_and_goes_on(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlocking takes no longer than it may: the rest is counted on every page, and a page gives it in turns."""
    year.replace()
    monkeypatch.setattr("staff.recovery.following.time.monotonic", iter([0.0, *[99.0] * 99]).__next__)
    anna = Room(year.world, year.world.owner)
    monkeypatch.undo()
    assert "Ny återhämtningsnyckel: 1 kvar att ge den" in anna.get("/today")
    assert year.reads(year.old) == ["case", "row"]
    page = anna.follow("/people/recovery")
    assert "Klart. Det du läser har den nya nyckeln." in page
    assert "kvar att ge den" not in page
    assert (year.reads(year.new), year.reads(year.old)) == (["case", "row"], [])


def test_dying_at_any_commit_leaves_one_of_the_two_keys_with_everything(
    year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends at the first write, the second, and so on: whichever key's sheets are kept open it all."""
    year.replace()
    for commits in range(20):
        try:
            with killed_after(commits, monkeypatch):
                turn(hand_of(year.world, year.world.owner))
            break
        except Interrupted:
            assert ["case", "row"] in (year.reads(year.old), year.reads(year.new))
    assert commits >= 3
    assert (year.reads(year.new), year.reads(year.old)) == (["case", "row"], [])


def laid(year: Year, to: Human, row: bytes, sealed: bytes, version: int = 1) -> None:
    """Write a row in a recovery key's name, as whoever has the casebook can."""
    tag = year.world.person(to).member_tag(box(to))
    with year.world.parts.casebook.write() as session:
        if row == year.row:
            requests.add_grants(session, row, {tag: sealed})
        else:
            shelves.grant(session, row, version, {tag: sealed})


def test_a_protected_case_laid_into_the_old_keys_tray_is_not_given(year: Year) -> None:
    """Somebody with the casebook and a colleague's key writes that the old key has a protected case: to no avail."""
    forged = grant(b"k" * 32, bound(year.shut), box(year.old), year.world.colleague.identity)
    laid(year, year.old, year.shut, forged)
    year.replace()
    turn(hand_of(year.world, year.world.owner))
    assert year.reads(year.new) == ["case", "row"]
    assert year.in_name_of(year.old) == 0


def test_rows_that_only_look_given_cost_nothing(year: Year) -> None:
    """Somebody writes rows in the new key's name beforehand: it is given all, and only then do the old grants go."""
    year.replace()
    for row in (year.case, year.row):
        laid(year, year.new, row, bytes(176))
    assert turn(hand_of(year.world, year.world.owner)).done == 2
    assert (year.reads(year.new), year.reads(year.old)) == (["case", "row"], [])
