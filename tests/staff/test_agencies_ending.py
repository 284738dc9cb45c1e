"""A hand-over that is over keeps no key in the receiver's hands, though nobody opens the case."""

from __future__ import annotations

from staff.agencies.ending import end_over
from staff.folders import store
from staff.folders.folder import mark
from tests.staff.casework import Room
from tests.staff.dealing import Case, post
from tests.staff.leavers import box, hand_of
from tests.staff.world import Human, World


def holds(world: World, human: Human, folder: str) -> bool:
    """Tell whether somebody's key opens a folder as it lies in the casebook now."""
    keys, _ = world.session(human)
    with world.parts.casebook.read() as session:
        stored = store.folder(session, bytes.fromhex(folder))
    held = keys.held().get(bytes.fromhex(folder))
    return bool(stored and held and held[0] == stored.key_version)


def marks(world: World, folder: str) -> set[str]:
    """Name by their marks who holds a folder."""
    keys, person = world.session(world.owner)
    found = world.parts.folders.peek(keys, bytes.fromhex(folder), person)
    return {mark(one.box_public) for one in found.holders(world.members)}


def test_the_days_page_takes_the_key_of_what_is_over(case: Case, world: World) -> None:
    """The last day passes, and Björn signs in: Sonja's key opens it no more, and the case says that the time is out."""
    folder = case.hand_over(until=case.day(1))
    post(world.browser(world.case_officer), f"/handed/{folder}/accept")
    other = case.hand_over(world.case_officer)
    world.clock.turn(days=3)
    assert holds(world, world.case_officer, folder)
    Room(world, world.colleague).get("/today")
    assert not holds(world, world.case_officer, folder)
    assert mark(box(world.case_officer)) not in marks(world, folder)
    assert case.dealings.handed[folder].ended == "expired"
    assert holds(world, world.case_officer, other)
    assert case.dealings.handed[other].ended == ""


def test_what_the_receiver_declined_is_ended_too_and_only_once(case: Case, world: World) -> None:
    """Sonja declines: Anna's next day page ends it; the one after has nothing to do until tomorrow."""
    folder = case.hand_over()
    post(world.browser(world.case_officer), f"/handed/{folder}/decline", text="Det är inte vårt område.")
    hand = hand_of(world, world.owner)
    hand.session.shelf.refresh(world.parts.casebook, hand.session.keys, hand.person)
    assert end_over(hand) == 1
    assert case.dealings.handed[folder].ended == "declined"
    assert end_over(hand) == 0
    fresh = hand_of(world, world.owner)
    fresh.session.shelf.refresh(world.parts.casebook, fresh.session.keys, fresh.person)
    assert end_over(fresh) == 0


def test_a_turn_without_time_goes_on_at_the_next_page(case: Case, world: World) -> None:
    """Two cases are over and there is time for one: the next page ends the other."""
    second = Case(world, case.reader)
    folders = [one.hand_over(until=one.day(1)) for one in (case, second)]
    world.clock.turn(days=3)
    hand = hand_of(world, world.colleague)
    hand.session.shelf.refresh(world.parts.casebook, hand.session.keys, hand.person)
    assert end_over(hand, -1.0) == 1
    assert [holds(world, world.case_officer, one) for one in folders].count(True) == 1
    hand.session.shelf.refresh(world.parts.casebook, hand.session.keys, hand.person)
    assert end_over(hand) == 1
    assert not any(holds(world, world.case_officer, one) for one in folders)
