"""What a case takes with it when it is erased, what keeps it, and what an archive's file must hold by then."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from staff.audit import days
from staff.cases.summary import summarise
from staff.entry import Entry
from staff.erasure.sweep import KEPT_DAYS, sweep
from staff.models import StoredDraft
from tests.staff.casework import Room
from tests.staff.dealing import LAW, Case, post, signed_file, told_in
from tests.staff.test_pages_of_erasing import LONG_AGO, case, decide, erase, is_there
from tests.staff.world import ORIGIN, Browser, World

OFFER = {"town": "bjorkby", "chosen": ["e4", "e8"], "cover": "", "said_yes": "yes"}


def drafts(world: World) -> int:
    """Count the drafts that are kept."""
    with world.parts.casebook.read() as session:
        return session.scalar(select(func.count()).select_from(StoredDraft)) or 0


def write(world: World, folder: bytes, when: datetime = LONG_AGO) -> None:
    """Let Anna write a note in a case."""
    keys, anna = world.session(world.owner)
    note = Entry(anna.name, when, "note", {"id": "n2", "text": "skrivet efteråt"})
    world.parts.folders.append(keys, folder, anna, lambda _folder: [note], summarise, world.clock.now())


def hold(browser: Browser, subject: str) -> None:
    """Stop the erasure of something for two years."""
    until = (browser.world.clock.now() + timedelta(days=700)).date().isoformat()
    browser.post("/erasure/hold", subject=subject, reason="rättegång i Granvik", until=until)


def test_a_case_takes_its_hand_overs_transfers_and_drafts_with_it(world: World) -> None:
    """Handed to Sonja, offered to another town, a note begun and left: a year after the closing all of it is gone."""
    made = Case(world)
    offered = made.do("transfer", **OFFER).headers["Location"]
    handed = made.hand_over(basis=LAW["basis"], reason=LAW["reason"], purpose=LAW["purpose"])
    world.clock.turn(seconds=65)
    anna = Room(world, world.owner)
    where = f"/cases/{made.id.hex()}"
    anna.send(f"{where}/draft", form="note", text="påbörjat och lämnat")
    anna.save(where, "close", reason="klart och slut", outcome="completed")
    assert drafts(world) == 1
    decide(world, ("case", "closed", 12, "erase"))
    world.clock.turn(days=400)
    owner = world.browser(world.owner)
    assert "2 överlämnanden med" in owner.get("/erasure").text
    page = erase(owner, made.id)
    assert "1 gallrad" in page
    assert "och 2 överlämnanden" in page
    copies = [bytes.fromhex(one) for one in (handed, offered[-32:])]
    assert [is_there(world, one) for one in (made.id, *copies)] == [False, False, False]
    assert (owner.get(offered).status_code, drafts(world)) == (404, 0)
    assert world.parts.erased.ids() >= {made.id, *copies}


def test_a_case_that_names_another_folder_as_its_copy_does_not_take_it_along(world: World, owner: Browser) -> None:
    """A colleague's key may have signed that another case is a hand-over of this one: that one stays."""
    decide(world, ("case", "closed", 60, "erase"))
    other, folder = case(world, "Ask 3"), case(world)
    keys, anna = world.session(world.owner)
    fields = {"folder": other.hex(), "until": "2019-05-01", "agency": "social"}
    false = Entry(anna.name, LONG_AGO + timedelta(days=31), "handed", fields)
    world.parts.folders.append(keys, folder, anna, lambda _folder: [false], summarise, world.clock.now())
    assert "1 gallrad" in erase(owner, folder)
    assert (is_there(world, folder), is_there(world, other)) == (False, True)


def test_a_copy_that_the_eraser_cannot_open_keeps_the_case_until_a_colleague_erases_it(world: World) -> None:
    """Björn holds no key of what was offered: he is told, nothing goes; Anna, who has it, erases both."""
    made = Case(world)
    offered = bytes.fromhex(made.do("transfer", **OFFER).headers["Location"][-32:])
    keys, anna = world.session(world.owner)
    world.parts.folders.rekey(keys, offered, anna, [world.owner.member], world.clock.now())
    world.clock.turn(seconds=65)
    Room(world, world.owner).save(f"/cases/{made.id.hex()}", "close", reason="klart och slut", outcome="completed")
    decide(world, ("case", "closed", 12, "erase"))
    world.clock.turn(days=400)
    assert "går inte att öppna med din nyckel" in erase(world.browser(world.colleague), made.id)
    assert is_there(world, made.id)
    assert "1 gallrad" in erase(world.browser(world.owner), made.id)
    assert not is_there(world, offered)


def test_a_transfer_goes_by_its_own_clock_in_either_town(world: World) -> None:
    """Taken over and a year old: the town that took it may erase what was sent; both cases stay."""
    made = Case(world)
    where = made.do("transfer", **OFFER).headers["Location"]
    cilla = world.browser(world.stranger)
    new = post(cilla, f"{where}/take", working="Tall 7").headers["Location"]
    decide(world, ("transfer", "answered", 12, "erase"))
    offered = bytes.fromhex(where[-32:])
    assert "Inget av det valda kan gallras nu" in erase(cilla, offered)
    world.clock.turn(days=400)
    cilla = world.browser(world.stranger)
    assert told_in(cilla.get(where).text) == {"talk", "mapping"}
    assert "1 gallrad" in erase(cilla, offered)
    assert [is_there(world, one) for one in (offered, made.id, bytes.fromhex(new[-32:]))] == [False, True, True]


def test_a_hold_on_a_request_holds_the_case_that_it_becomes_part_of(world: World, owner: Browser) -> None:
    """Held as a request, then tied to a case that is due: the case stays with it until the hold is ended."""
    row = world.send(message="hej")
    owner.get(f"/inbox/{row}")
    decide(world, ("case", "closed", 60, "erase"), ("request", "received", 1, "erase"))
    hold(owner, row)
    folder = case(world, link=row)
    assert "Inget av det valda kan gallras nu" in erase(owner, folder)
    assert is_there(world, folder)
    assert owner.get(f"/inbox/{row}").status_code == 200
    owner.post("/erasure/release", subject=row)
    assert "1 gallrad" in erase(owner, folder)


def test_what_is_written_after_the_archives_file_needs_a_new_file(world: World, owner: Browser) -> None:
    """A note added since the file was fetched: not ready, and the page offers the file again; then it goes."""
    decide(world, ("case", "closed", 60, "archive"))
    folder = case(world)
    file = f"/erasure/archive/{folder.hex()}"
    assert signed_file(world, owner, file).mimetype == "application/pdf"
    write(world, folder)
    assert "Inget av det valda kan gallras nu" in erase(owner, folder)
    assert "Hämta filen till arkivet" in owner.get("/erasure").text
    assert signed_file(world, owner, file).mimetype == "application/pdf"
    assert "Hämta igen" in owner.get("/erasure").text
    assert "1 gallrad" in erase(owner, folder)


def test_looking_at_the_list_opens_no_case(world: World, owner: Browser) -> None:
    """The page comes from summaries: no row of the audit for any case, until it is erased or archived."""
    decide(world, ("case", "closed", 60, "erase"))
    folder = case(world)
    keys, anna = world.session(world.owner)
    for _ in range(2):
        assert "Björk 14" in owner.get("/erasure").text
    seen = world.parts.folders.seen(world.parts.folders.peek(keys, folder, anna), anna)
    assert [one.what for one in seen] == ["created"]
    assert str((LONG_AGO + timedelta(days=30)).date().year + 5) in owner.get("/erasure").text


def test_what_was_written_while_it_was_erased_keeps_it(world: World, owner: Browser) -> None:
    """A case opened again between the reading and the commit: nothing goes, and nothing is on record."""
    decide(world, ("case", "closed", 60, "erase"))
    folder = case(world)
    take = world.parts.folders.append
    token = owner.token("/erasure")

    def late(*given: object, **named: object) -> object:
        if named.get("what") == "erased":
            world.parts.folders.append = take  # type: ignore[method-assign]  # a colleague is quicker, once
            write(world, folder)
        return take(*given, **named)  # type: ignore[arg-type]  # whatever it was called with

    hold(owner, "ab" * 16)  # there is a ledger to add to
    world.parts.folders.append = late  # type: ignore[method-assign,assignment]  # as above
    data = {"csrf_token": token, "sure": "yes", "subject": folder.hex()}
    owner.client.post("/erasure/erase", data=data, base_url=ORIGIN)
    assert "Någon skrev i det samtidigt" in owner.get("/erasure").text
    assert is_there(world, folder)
    assert world.parts.erased.ids() == set()


def test_drafts_that_nobody_touches_go_after_thirty_days(world: World) -> None:
    """One left for thirty-one days is swept, one of today stays; a fault in between is logged and ends nothing."""
    anna, now = world.person(world.owner), world.clock.now()
    world.parts.drafts.keep(anna, "old", b"gammalt", now - timedelta(days=KEPT_DAYS + 1))
    world.parts.drafts.keep(anna, "new", b"nytt", now)
    world.run_on()
    sweep(world.parts)
    assert world.parts.drafts.load(anna, "old") is None
    assert world.parts.drafts.load(anna, "new") is not None
    assert days(now) > KEPT_DAYS
