from __future__ import annotations

import contextlib

import pytest

from crypto.errors import Error
from staff.accounts.session import Row
from staff.audit import Audit
from staff.cases import shutting
from staff.cases.hand import Hand
from staff.errors import UnknownFolderError
from staff.folders import Keys
from staff.folders import store as folder_store
from staff.inbox import keys as inbox_keys
from staff.inbox import record
from staff.inbox import store as inbox_store
from staff.inbox.listing import Listing
from tests.staff.casework import Room
from tests.staff.dying import Interrupted, die_at
from tests.staff.world import Human, World
from tests.staff.writer import Writer


def session_of(world: World) -> Row:
    """Give Anna a session without a browser."""
    keys, _ = world.session(world.owner)
    return Row(b"", b"", 0.0, 0.0, keys=keys)


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who is named."""
    return Room(world, world.owner)


@pytest.fixture
def bjorn(world: World) -> Room:
    """Sign in Björn, of the same team, who is not."""
    return Room(world, world.colleague)


def test_a_protected_case_is_for_the_named_alone(world: World, anna: Room, bjorn: Room) -> None:
    """Anna opens it for herself: for Björn there is no such case, and no list of his shows its name."""
    case = anna.open(working="Ek 5", protected="yes", named=["Anna Ek"], text="hemligt")
    assert "hemligt" in anna.get(case)
    assert bjorn.browser.get(case).status_code == 404
    row = world.send(message="hej")
    assert "Ek 5" not in bjorn.get(f"/inbox/{row}")
    assert "Ek 5" in anna.get(f"/inbox/{row}")


def test_what_is_tied_to_a_protected_case_is_shut_too(world: World, anna: Room, bjorn: Room, kim: Writer) -> None:
    """Björn has read the request and holds its key; tied to a protected case it opens for Anna alone."""
    row = kim.send(message="rädd för brodern")
    again = kim.again(message="han kom hem")
    assert "rädd för brodern" in bjorn.get(f"/inbox/{row}")
    assert "han kom hem" in bjorn.get(f"/inbox/{row}")
    anna.open(request=row, protected="yes", named=["Anna Ek"])
    for path in (f"/inbox/{row}", f"/inbox/{again}", "/inbox", "/inbox?show=closed"):
        page = bjorn.browser.get(path).text
        assert "rädd för brodern" not in page
        assert "han kom hem" not in page
    page = anna.get(f"/inbox/{row}")
    assert "rädd för brodern" in page
    assert "han kom hem" in page
    bjorn.browser.get(f"/inbox/{row}")
    assert held(world, world.colleague, row) == ""


def held(world: World, human: Human, row: str) -> str:
    """Read a request's first words as somebody's key opens its summary, fresh from the casebook."""
    listing = Listing()
    listing.refresh(world.parts.casebook, world.person(human))
    found = listing.find(bytes.fromhex(row))
    return found.facts.line if found and found.facts else ""


def test_protecting_later_renews_the_key_and_opening_up_gives_it_back(world: World, anna: Room, bjorn: Room) -> None:
    """Björn reads until Anna protects the case; what was written stays hers, and is his again when she opens it up."""
    row = world.send(message="ring inte hem")
    case = anna.open(request=row)
    assert bjorn.browser.get(case).status_code == 200
    page = anna.save(case, "protect", named=["Anna Ek"], reason="hotet kommer inifrån")
    assert "Skyddat: bara namngivna" in page
    assert bjorn.browser.get(case).status_code == 404
    world.clock.turn(seconds=40)
    assert Room(world, world.colleague).browser.get(case).status_code == 404
    assert held(world, world.colleague, row) == ""
    assert "ring inte hem" in anna.get(f"/inbox/{row}")
    anna.save(case, "protect", reason="inte längre")
    assert "hotet kommer inifrån" in bjorn.get(case)
    anna.get(f"/inbox/{row}")
    assert "ring inte hem" in bjorn.get(f"/inbox/{row}")


def test_nobody_shuts_themselves_out(anna: Room) -> None:
    """Anna names only Björn: refused, and her reason is kept."""
    case = anna.open()
    page = anna.save(case, "protect", named=["Björn Lind"], reason="han tar över")
    assert "Du måste själv vara bland dem" in page
    assert "han tar över" in page
    assert not anna.state(case).protected


def test_a_new_colleague_is_given_the_teams_cases_when_one_is_opened(world: World, anna: Room) -> None:
    """Doris joins the team; a case that Anna opens from then on is hers to read, a protected one is not."""
    case, shut = anna.open(), anna.open(working="Ek 5", protected="yes", named=["Anna Ek"])
    doris = Human("Doris Dal", "coordinator", "ekstad")
    world.roster = world.sign([world.owner, world.colleague, world.stranger, doris], epoch=2)
    world.enrol(doris)
    anna.get(case)
    anna.get(shut)
    browser = world.browser(doris)
    assert browser.get(case).status_code == 200
    assert browser.get(shut).status_code == 404


def reads(world: World, human: Human, case: str, row: str, again: str) -> list[bool]:
    """Tell what somebody's keys open: the case, the request, the message after it."""
    keys, person = world.session(human)
    found = []
    try:
        world.parts.folders.peek(keys, bytes.fromhex(case[-32:]), person)
        found.append(True)
    except UnknownFolderError:
        found.append(False)
    for one in (row, again):
        try:
            record.content(world.parts.casebook, record.read(world.parts.casebook, bytes.fromhex(one), person))
            found.append(True)
        except Error:
            found.append(False)
    return found


STEPS = [
    (folder_store, "renew"),
    (folder_store, "grant"),
    (inbox_store, "add_grants"),
    (Audit, "write"),
    (inbox_keys, "grants"),
]


@pytest.mark.parametrize(("where", "step"), STEPS, ids=[step for _, step in STEPS])
@pytest.mark.parametrize("after", [0, 1])
def test_dying_while_a_case_is_shut_leaves_it_open_or_shut_as_a_whole(
    world: World, anna: Room, kim: Writer, monkeypatch: pytest.MonkeyPatch, where: object, step: str, after: int
) -> None:
    """The process ends at any step: Björn reads all as before, nothing is half, and pressing again shuts all of it."""
    row, again = kim.send(message="rädd"), kim.again(message="han kom")
    case = anna.open(request=row)
    anna.get(f"/inbox/{row}")
    begun = die_at(where, step, after, monkeypatch)
    hand = Hand(world.parts, session_of(world), world.person(world.owner))
    wish = {"named": "Anna Ek", "reason": "hot"}
    with contextlib.suppress(Interrupted):
        shutting.protect(hand, bytes.fromhex(case[-32:]), wish)
    monkeypatch.undo()
    assert len(begun) > after or step in ("renew", "grant")
    whole = reads(world, world.colleague, case, row, again)
    assert len(set(whole)) == 1
    assert reads(world, world.owner, case, row, again) == [True, True, True]
    anna.save(case, "protect", named=["Anna Ek"], reason="hot")
    assert reads(world, world.colleague, case, row, again) == [False, False, False]
    assert reads(world, world.owner, case, row, again) == [True, True, True]


def test_dying_after_the_commit_loses_nobody_the_case(
    world: World, anna: Room, kim: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one commit is on disk and Anna's ring of keys is not: her next sign-in takes the new key from her tray."""
    row, again = kim.send(message="rädd"), kim.again(message="han kom")
    case = anna.open(request=row)
    hand = Hand(world.parts, session_of(world), world.person(world.owner))
    true, calls = Keys.refresh, []

    def die(*given: object) -> object:
        calls.append(1)
        if len(given) > 3:
            raise Interrupted
        return true(*given)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(Keys, "refresh", die)
    with pytest.raises(Interrupted):
        shutting.protect(hand, bytes.fromhex(case[-32:]), {"named": "Anna Ek", "reason": "hot"})
    monkeypatch.undo()
    assert reads(world, world.owner, case, row, again) == [True, True, True]
    assert reads(world, world.colleague, case, row, again) == [False, False, False]
    world.clock.turn(minutes=1)
    assert Room(world, world.owner).browser.get(case).status_code == 200


def test_opening_up_gives_the_team_its_requests_in_the_same_act(
    world: World, anna: Room, bjorn: Room, kim: Writer
) -> None:
    """Anna opens the case up: Björn reads the case, the request and what came after it, before she reads anything."""
    row, again = kim.send(message="rädd"), kim.again(message="han kom")
    case = anna.open(request=row, protected="yes", named=["Anna Ek"])
    assert reads(world, world.colleague, case, row, again) == [False, False, False]
    anna.save(case, "protect", reason="inte längre")
    assert reads(world, world.colleague, case, row, again) == [True, True, True]
    page = bjorn.get(f"/inbox/{row}")
    assert "rädd" in page
    assert "han kom" in page


def test_undoing_a_link_gives_the_team_its_request_in_the_same_act(world: World, anna: Room, kim: Writer) -> None:
    """The wrong request was tied to a protected case: taken out, it is the whole team's again, and the case is not."""
    row, again = kim.send(message="rädd"), kim.again(message="han kom")
    case = anna.open(request=row, protected="yes", named=["Anna Ek"])
    anna.follow(f"{case}/unlink", submission=row)
    assert reads(world, world.colleague, case, row, again) == [False, True, True]
    third = kim.again(message="nästa dag")
    Room(world, world.colleague).get(f"/inbox/{row}")
    assert reads(world, world.owner, case, row, third) == [True, True, True]
