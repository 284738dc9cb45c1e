"""Somebody at an agency, or in another town, loses their key: what was handed to them comes back to the new one."""

from __future__ import annotations

import pytest

from crypto.opening.members import LEFT
from staff.agencies import returning
from staff.entry import Entry
from staff.folders.folder import SHARED, mark
from tests.staff.dealing import Case, post, told_in
from tests.staff.leavers import box, hand_of, shut_out
from tests.staff.test_agencies_transfer import offer
from tests.staff.test_people_ceremonies import spoken
from tests.staff.world import Browser, Human, World


def renew(world: World, human: Human, agency: str = "") -> Human:
    """Let somebody lose their key and get a new one, signed by the root key; another agency if one is given."""
    if human.town == "ekstad":
        shut_out(world, human)
    new = Human(human.name, human.role, human.town, agency or human.agency)
    people = [new if one is human else one for one in (world.owner, world.colleague, world.stranger)]
    world.others = [new if one is human else one for one in world.others]
    world.roster = world.sign(people, epoch=world.roster.epoch + 1)
    world.enrol(new)
    world.clock.turn(minutes=1)
    return new


def give_back(world: World, browser: Browser, to: Human) -> str:
    """Press the button for somebody and read the page."""
    browser.post("/cases/colleagues/back", to=mark(box(to)))
    return browser.get("/cases/colleagues").text


def test_a_new_key_gets_the_hand_overs_of_the_lost_one(case: Case, world: World) -> None:
    """Sonja's laptop is stolen: Björn sees that her new key lacks one, gives it, and she answers as before."""
    folder = case.hand_over()
    post(world.browser(world.case_officer), f"/handed/{folder}/accept")
    sonja = renew(world, world.case_officer)
    new = world.browser(sonja)
    assert new.get(f"/handed/{folder}").status_code == 404
    bjorn = world.browser(world.colleague)
    door, cases, told, button = spoken("Somebody at an agency has a new key")
    listed = bjorn.get("/cases").text
    assert door in listed
    assert cases in listed
    page = bjorn.get("/cases/colleagues").text
    assert f"Socialtjänsten i Ekstad</bdi> {told}" in page
    assert f">{button}<" in page
    assert "1 överlämnande eller erbjudande" in page
    assert "1 är given tillbaka" in give_back(world, bjorn, sonja)
    assert "har en ny nyckel" not in bjorn.get("/cases/colleagues").text
    assert told_in(new.get(f"/handed/{folder}").text) == {"talk", "mapping"}
    post(new, f"/handed/{folder}/reply", text="Jag är tillbaka.")
    assert "Jag är tillbaka." in case.reader.get(f"{case.base}/handover/{folder}").text
    keys, person = world.session(world.owner)
    found = world.parts.folders.peek(keys, bytes.fromhex(folder), person)
    seen = world.parts.folders.seen(found, person)
    assert ("Björn Lind", "shared") in [(one.who, one.what) for one in seen]


def test_a_namesake_of_another_agency_gets_nothing(case: Case, world: World) -> None:
    """Somebody else is called Sonja Vik, at another agency: she is not offered what the one before her was handed."""
    case.hand_over()
    other = renew(world, world.case_officer, "Vården i Ekstad")
    bjorn = world.browser(world.colleague)
    assert "har en ny nyckel" not in bjorn.get("/cases/colleagues").text
    assert "saknar inget" in give_back(world, bjorn, other)


def test_what_was_taken_back_or_is_over_stays_so(case: Case, world: World) -> None:
    """Of three one was taken back and one has passed its last day: the new key is given the third alone."""
    one, _late, _third = case.hand_over(), case.hand_over(until=case.day(1)), case.hand_over()
    case.do("take-back", handover=one, reason="Det behövs inte längre.")
    renew(world, world.case_officer)
    world.clock.turn(days=2)
    assert [len(each.folders) for each in returning.lacking(hand_of(world, world.colleague))] == [1]


def test_an_entry_by_an_agency_gives_nobody_anything(case: Case, world: World) -> None:
    """Sonja holds the key and writes that the police had it too: Petra's new key is given nothing by that."""
    folder = case.hand_over()
    keys, person = world.session(world.case_officer)
    said = Entry(person.name, world.clock.now(), SHARED, {"to": mark(box(world.officer)), "names": world.officer.name})
    world.parts.folders.append(
        keys, bytes.fromhex(folder), person, lambda _found: [said], lambda _entries: summary(world, folder), said.when
    )
    petra = renew(world, world.officer)
    hand = hand_of(world, world.colleague)
    assert returning.give_back(hand, mark(box(petra))) == returning.Returned(0, 0)
    assert bytes.fromhex(folder) not in hand_of(world, petra).session.keys


def summary(world: World, folder: str) -> bytes:
    """Give a folder's summary as it stands."""
    keys, person = world.session(world.owner)
    return world.parts.folders.peek(keys, bytes.fromhex(folder), person).summary


def test_a_coordinator_of_another_town_gets_an_offer_back(case: Case, world: World) -> None:
    """Cilla's key is renewed while an offer waits for her answer: Anna, who sent it, gives it to the new key."""
    folder = offer(case)
    cilla = renew(world, world.stranger)
    assert world.browser(cilla).get(f"/transfers/{folder}").status_code == 404
    world.clock.turn(minutes=1)
    assert "1 är given tillbaka" in give_back(world, case.reader, cilla)
    assert told_in(world.browser(cilla).get(f"/transfers/{folder}").text) == {"talk", "mapping"}
    assert {one.role for one in world.members.members if one.name == "Cilla Björk"} & LEFT


def test_what_one_turn_has_no_time_for_goes_on(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time runs out after the first of two: the page counts, goes on by itself, and the rest follows."""
    folders = [case.hand_over(), case.hand_over()]
    sonja = renew(world, world.case_officer)
    bjorn = world.browser(world.colleague)
    monkeypatch.setattr("staff.agencies.returning.PATIENCE", -1.0)
    page = give_back(world, bjorn, sonja)
    monkeypatch.undo()
    assert "1 är given tillbaka. 1 är kvar" in page
    assert "data-again" in page
    assert "1 är given tillbaka" in give_back(world, bjorn, sonja)
    keys = hand_of(world, sonja).session.keys
    assert all(bytes.fromhex(one) in keys for one in folders)
