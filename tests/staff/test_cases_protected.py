from __future__ import annotations

import pytest

from staff.inbox.listing import Listing
from tests.staff.casework import Room
from tests.staff.world import Human, World
from tests.staff.writer import Writer


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
