"""What was made of a protected case is for its named people: hand-overs, offers, and what they become."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from staff.agencies import reach
from staff.cases.state import fold
from staff.errors import RefusedActError, UnknownFolderError
from staff.models import Tray
from tests.staff.casework import Room
from tests.staff.dealing import LAW, Case, post
from tests.staff.world import Human, World

SHUT: dict[str, str | list[str]] = {"named": ["Anna Ek"], "reason": "hot inifrån"}


def offered(case: Case, *people: Human) -> bytes:
    """Offer the case to Björkby, or to some there; give the folder's id."""
    form = {"town": "bjorkby", "chosen": ["e4"], "said_yes": "yes", "people": [one.name for one in people]}
    return bytes.fromhex(case.do("transfer", **form).headers["Location"].rpartition("/")[2])


def recovered(world: World, folder: bytes, town: str = "ekstad") -> bool:
    """Tell whether a town's recovery key holds a folder."""
    box = world.recovery[town].identity.box_public
    with world.parts.casebook.read() as session:
        tags = {bytes(tag) for tag in session.scalars(select(Tray.member).where(Tray.folder == folder))}
    return world.person(world.owner).member_tag(box) in tags


def opens(world: World, human: Human, folder: bytes) -> bool:
    """Tell whether somebody's key opens a folder, as it is in the casebook now."""
    keys, person = world.session(human)
    try:
        world.parts.folders.peek(keys, folder, person)
    except UnknownFolderError:
        return False
    return True


def taken(world: World, folder: bytes) -> bytes:
    """Let Cilla take an offer over; give the new case's id."""
    answer = post(world.browser(world.stranger), f"/transfers/{folder.hex()}/take", working="Tall 7")
    return bytes.fromhex(answer.headers["Location"].rpartition("/")[2])


def test_no_recovery_key_holds_what_was_made_of_a_protected_case(world: World) -> None:
    """A hand-over and an offer of a protected case are Anna's and the receivers'; also once they were taken back."""
    case = Case(world, None, protected="yes")
    folder, other = bytes.fromhex(case.hand_over(**LAW)), offered(case, world.stranger)
    post(world.browser(world.stranger), f"/transfers/{other.hex()}/decline", reason="Vi är för få just nu.")
    case.do("take-back", handover=folder.hex(), reason="Personen har flyttat")
    case.reader.get(case.base)
    for one in (folder, other):
        assert not recovered(world, one)
        assert opens(world, world.owner, one)
        assert not opens(world, world.colleague, one)
    assert not opens(world, world.stranger, other)
    assert not opens(world, world.case_officer, folder)


def test_protecting_a_case_shuts_what_was_made_of_it(world: World) -> None:
    """Björn held the copies as the team does; from then on Anna and the receivers do, until she opens it up again."""
    anna = Room(world, world.owner)
    case = Case(world, anna.browser)
    made = bytes.fromhex(case.hand_over()), offered(case)
    path = f"/cases/{case.id.hex()}"
    assert all(opens(world, world.colleague, one) for one in made)
    anna.save(path, "protect", **SHUT)
    for one, receiver in zip(made, (world.case_officer, world.stranger), strict=True):
        assert not opens(world, world.colleague, one)
        assert not recovered(world, one)
        assert opens(world, world.owner, one)
        assert opens(world, receiver, one)
    anna.save(path, "protect", reason="inte längre")
    assert all(opens(world, world.colleague, one) and recovered(world, one) for one in made)


def test_what_protecting_did_not_reach_is_reached_at_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The casebook is busy just then: the page says so, and Anna's next look at the case shuts the copies."""
    anna = Room(world, world.owner)
    case = Case(world, anna.browser)
    folder = bytes.fromhex(case.hand_over())
    follow = reach.follow

    def busy(*_all: object) -> None:
        raise RefusedActError("busy")

    monkeypatch.setattr("staff.cases.saving.follow", busy)
    anna.save(f"/cases/{case.id.hex()}", "protect", **SHUT)
    assert case.state.protected
    assert reach.follow is follow
    anna.get(f"/cases/{case.id.hex()}")
    assert not opens(world, world.colleague, folder)


def test_a_protected_case_is_protected_in_the_other_town(world: World) -> None:
    """Offered to Cilla, who is Björkby's whole team: her case is protected, and no lead or recovery key has it."""
    case = Case(world, None, protected="yes")
    new = taken(world, offered(case, world.stranger))
    keys, person = world.session(world.stranger)
    state = fold(world.parts.folders.peek(keys, new, person).trusted)
    assert (state.protected, state.named) == (True, (world.stranger.name,))
    assert not recovered(world, new, "bjorkby")


def test_an_offer_knows_that_its_case_was_protected_since(world: World) -> None:
    """Anna protects the case while Björkby thinks it over: what they open is protected."""
    anna = Room(world, world.owner)
    case = Case(world, anna.browser)
    folder = offered(case)
    anna.save(f"/cases/{case.id.hex()}", "protect", **SHUT)
    new = taken(world, folder)
    keys, person = world.session(world.stranger)
    assert fold(world.parts.folders.peek(keys, new, person).trusted).protected
    assert not recovered(world, new, "bjorkby")


def test_an_open_case_stays_open_in_the_other_town(world: World) -> None:
    """Offered to the team there, it is the team's, and its recovery key holds it."""
    new = taken(world, offered(Case(world)))
    keys, person = world.session(world.stranger)
    assert not fold(world.parts.folders.peek(keys, new, person).trusted).protected
    assert recovered(world, new, "bjorkby")
