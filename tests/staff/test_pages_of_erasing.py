"""The pages of erasure: what falls due, what is held, what goes, what is said of it, and who may not."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from programme.erasure import Decision, Erasure
from programme.hours import ZONE
from staff.cases.followup import months_after
from staff.cases.phrases import said_day
from staff.cases.summary import summarise
from staff.entry import Entry
from staff.folders import Keys
from staff.inbox import record
from staff.models import StoredFolder
from tests.staff.dealing import signed_file
from tests.staff.world import ORIGIN, Browser, World
from tests.staff.writer import Writer

LONG_AGO = datetime(2019, 3, 1, 9, 0, tzinfo=UTC)
CANARY, REASON = "kanariefågel", "rättegång i Granvik"


def decide(world: World, *decisions: tuple[str, str, int, str]) -> None:
    """Let the settings hold other decisions."""
    made = tuple(
        Decision(of, f"Beslut om {of}", "SN 2026/112", date(2026, 3, 1), starts, months, act)
        for of, starts, months, act in decisions
    )
    programme = world.settings.programme
    casework = replace(programme.casework, erasure=Erasure(made))
    world.parts.settings = replace(world.settings, programme=replace(programme, casework=casework))


def case(world: World, working: str = "Björk 14", *, closed: bool = True, link: str = "", **more: str) -> bytes:
    """Make a case of Anna's that began, and perhaps closed, long ago."""
    anna = world.person(world.owner)
    entries = [Entry(anna.name, LONG_AGO, "opened", {"working": working, "how": "call"})]
    entries.append(Entry(anna.name, LONG_AGO, "note", {"id": "n", "text": CANARY}))
    if link:
        entries.append(Entry(anna.name, LONG_AGO, "linked", {"submission": link, "source": "person", **more}))
    if closed:
        fields = {"reason": "klart", "outcome": "completed"}
        entries.append(Entry(anna.name, LONG_AGO + timedelta(days=30), "close", fields))
    members = anna.papers.members.with_role("ekstad", "coordinator", "lead")
    return world.parts.folders.create(anna, entries, summarise, members, LONG_AGO)


def is_there(world: World, folder: bytes) -> bool:
    """Tell whether a folder still stands in the casebook."""
    with world.parts.casebook.read() as session:
        return session.scalar(select(StoredFolder.id).where(StoredFolder.id == folder)) is not None


def erase(browser: Browser, *folders: bytes, sure: str = "yes") -> str:
    """Tick cases and press the button; gives the page that follows."""
    token = browser.token("/erasure")
    data = {"csrf_token": token, "sure": sure, "subject": [one.hex() for one in folders]}
    assert browser.client.post("/erasure/erase", data=data, base_url=ORIGIN).status_code == 303
    return browser.get("/erasure").text


def test_a_case_that_is_due_goes_with_its_requests_and_leaves_a_protocol(world: World, owner: Browser) -> None:
    """Closed long ago, with a request: both go at once; the protocol says one, by which decision, and no name."""
    row = world.send(message=CANARY)
    owner.get(f"/inbox/{row}")
    decide(world, ("case", "closed", 60, "erase"))
    folder, other = case(world, link=row), case(world, "Ask 3", closed=False)
    page = owner.get("/erasure").text
    assert "Björk 14" in page
    assert "Ask 3" not in page
    page = erase(owner, folder)
    assert "1 gallrad" in page
    assert (is_there(world, folder), is_there(world, other)) == (False, True)
    assert owner.get(f"/inbox/{row}").status_code == 404
    assert owner.get(f"/cases/{folder.hex()}").status_code == 404
    assert "Björk 14" not in page
    assert "SN 2026/112" in page
    assert world.parts.erased.ids() == {folder, bytes.fromhex(row)}


def test_nothing_goes_without_being_sure(world: World, owner: Browser) -> None:
    """Ticked, but not said twice: it stays."""
    decide(world, ("case", "closed", 60, "erase"))
    folder = case(world)
    assert "Kryssa i att du är säker" in erase(owner, folder, sure="")
    assert is_there(world, folder)


def test_what_nobody_decided_about_stays(world: World, owner: Browser) -> None:
    """Without a decision nothing is listed, and a form that names the case erases nothing."""
    decide(world)
    folder = case(world)
    assert "Björk 14" not in owner.get("/erasure").text
    assert "Inget av det valda kan gallras nu" in erase(owner, folder)
    assert is_there(world, folder)


def test_a_hold_with_reason_and_end_keeps_it_until_it_is_released(world: World, owner: Browser) -> None:
    """Anna holds a case, Björn sees why and until when and cannot erase it; she ends the hold, and it goes."""
    decide(world, ("case", "closed", 60, "erase"))
    folder = case(world)
    until = str(world.clock.now().date() + timedelta(days=100))
    owner.post("/erasure/hold", subject=folder.hex(), reason=REASON, until=until)
    colleague = world.browser(world.colleague)
    page = colleague.get("/erasure").text
    assert REASON in page
    assert f"Stoppat till {until}" in page
    assert "Inget av det valda kan gallras nu" in erase(colleague, folder)
    owner.post("/erasure/release", subject=folder.hex())
    assert "1 gallrad" in erase(colleague, folder)


@pytest.mark.parametrize(("reason", "until"), [("", "2030-01-01"), (REASON, ""), (REASON, "2001-01-01"), (REASON, "x")])
def test_a_hold_needs_a_reason_and_an_end(world: World, owner: Browser, reason: str, until: str) -> None:
    """Refused with the fault named, and what was typed stands in the field."""
    decide(world, ("case", "closed", 60, "erase"))
    folder = case(world)
    owner.post("/erasure/hold", subject=folder.hex(), reason=reason, until=until)
    page = owner.get("/erasure").text
    assert "Inget ändrades" in page
    assert "Stoppat till" not in page
    assert not reason or f">{reason}</textarea>" in page


def test_a_case_that_is_held_in_its_own_page_stays(world: World, owner: Browser) -> None:
    """The case's own erasure state is asked too."""
    decide(world, ("case", "closed", 60, "erase"))
    folder, anna, keys = case(world), world.person(world.owner), Keys()
    hold = Entry(anna.name, LONG_AGO + timedelta(days=60), "erasure_hold", {"reason": "rättsprocess"})
    world.parts.folders.append(keys, folder, anna, lambda _folder: [hold], summarise, world.clock.now())
    assert "Stoppat i ärendet" in owner.get("/erasure").text
    assert "Inget av det valda kan gallras nu" in erase(owner, folder)


def test_what_was_set_aside_goes_by_its_own_decision(world: World, owner: Browser) -> None:
    """A request set aside goes three months after it came; one that waits, and one that nobody opened, stay."""
    aside, waits, unread = (world.send(message=f"{CANARY} {number}") for number in range(3))
    for row in (aside, waits):
        owner.get(f"/inbox/{row}")
    owner.act(aside, "set-aside", reason="hostile")
    decide(world, ("aside", "received", 3, "erase"))
    world.clock.turn(days=100)
    owner = world.browser(world.owner)
    page = erase(owner, bytes.fromhex(aside), bytes.fromhex(waits), bytes.fromhex(unread))
    assert "1 gallrad" in page
    assert [owner.get(f"/inbox/{row}").status_code for row in (aside, waits, unread)] == [404, 200, 200]


def test_the_archive_gets_its_file_before_anything_goes(world: World, owner: Browser) -> None:
    """Not erased before the file was fetched; the file holds the whole case, its title a working name only."""
    row = world.send(message=f"förfrågan {CANARY}")
    owner.get(f"/inbox/{row}")
    decide(world, ("case", "closed", 60, "archive"))
    folder = case(world, link=row)
    assert "Inget av det valda kan gallras nu" in erase(owner, folder)
    answer = signed_file(world, owner, f"/erasure/archive/{folder.hex()}")
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == (
        "application/pdf",
        "attachment; filename=arkiv.pdf",
    )
    read = PdfReader(io.BytesIO(answer.data))
    text = "".join(page.extract_text() for page in read.pages)
    assert text.count(CANARY) == 2
    anna = world.person(world.owner)
    key = record.read(world.parts.casebook, bytes.fromhex(row), anna).key
    assert [one.what for one in world.parts.audit.of(key, world.members)][-1] == "archived"
    assert "SN 2026/112" in text
    assert read.metadata is not None
    assert read.metadata.title == "Björk 14"
    assert "1 gallrad" in erase(owner, folder)


def test_the_archive_gets_what_we_answered_too(world: World, owner: Browser) -> None:
    """A case without the programme's own replies is half a case: the words, who wrote them, and that they arrived."""
    row = Writer(world).send(answer_by="code", message="hej")
    owner.act(row, "reply", text=f"kom i morgon {CANARY}", **{"from": "Samordnarna i Ekstad"})
    world.collect()
    decide(world, ("case", "closed", 60, "archive"))
    answer = signed_file(world, owner, f"/erasure/archive/{case(world, link=row).hex()}")
    text = " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages).split())
    assert f"kom i morgon {CANARY}" in text
    assert "Från: Samordnarna i Ekstad" in text
    assert "Svar 1" in text
    assert f"Lagt i brevlådan: {said_day(world.clock.now().date())}" in text


def test_a_relatives_untested_words_stop_the_archives_file(world: World, owner: Browser) -> None:
    """A protected source that nobody has tested is not written into a file that leaves."""
    row = world.send(form="other", message=CANARY)
    owner.get(f"/inbox/{row}")
    decide(world, ("case", "closed", 60, "archive"))
    folder = case(world, link=row, source="relative")
    form = {"act": "export", "case": folder.hex(), "what": "archive", "why": "Arkivet ska ha den."}
    refused = owner.post("/orders/new", **form)
    assert refused.headers["Location"].startswith("/orders/new")
    assert "inte prövade" in owner.get(refused.headers["Location"]).text


def test_if_the_record_cannot_be_written_nothing_is_erased(world: World, owner: Browser, tmp_path: Path) -> None:
    """A disk that does not take the ids: said, and everything is as it was."""
    decide(world, ("case", "closed", 60, "erase"))
    folder = case(world)
    world.parts.erased.path = tmp_path / "nowhere" / "erased"
    page = erase(owner, folder)
    assert "Det gick inte att skriva ned" in page
    assert "Inget är gallrat än" in page
    assert is_there(world, folder)


def test_another_town_and_the_lead_cannot_reach_it(world: World, owner: Browser, stranger: Browser) -> None:
    """Cilla sees none of Ekstad's cases and erases none by their ids; the lead has no such page."""
    decide(world, ("case", "closed", 60, "erase"))
    folder = case(world)
    assert "Björk 14" not in stranger.get("/erasure").text
    erase(stranger, folder)
    assert is_there(world, folder)
    assert stranger.client.get(f"/erasure/archive/{folder.hex()}", base_url=ORIGIN).status_code == 404
    assert world.browser(world.lead).get("/erasure").status_code == 404


def test_who_asked_is_listed_with_the_rule_that_keeps_it(world: World, owner: Browser, kim: Writer) -> None:
    """Kim asks under the code; the page says which decision keeps it and until when, or that there is none."""
    row = kim.send(message="hej")
    owner.get(f"/inbox/{row}")
    asked = kim.again(erase="yes")
    owner.get(f"/inbox/{asked}")
    decide(world)
    assert "Inget gallringsbeslut: det sparas" in owner.get("/erasure").text
    decide(world, ("request", "received", 3, "erase"))
    page = owner.get("/erasure").text
    assert "Beslut om request, SN 2026/112" in page
    assert str(months_after(world.clock.now().astimezone(ZONE).date(), 3)) in page
    assert f"/inbox/{row}" in page
