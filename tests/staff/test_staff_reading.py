from __future__ import annotations

import threading
from pathlib import Path
from typing import Any  # Any: whatever World.send takes

import pytest
from sqlalchemy import delete, select, update

from crypto.opening.casebook import accept_grant, grant, new_key
from crypto.opening.identity import new_identity
from crypto.submission import new_try
from staff.entry import Entry
from staff.errors import UnknownRequestError
from staff.inbox import record, store
from staff.inbox.entries import FORM
from staff.inbox.keys import accept
from staff.inbox.listing import Listing
from staff.inbox.opening import open_all
from staff.inbox.reading import read_request
from staff.models import Collected, Grant, StoredEntry, StoredSubmission
from tests.staff.test_staff_inbox import order
from tests.staff.world import Browser, Human, World


def count(world: World, model: type[Collected | StoredSubmission | StoredEntry | Grant]) -> int:
    """Count a table's rows."""
    with world.parts.casebook.read() as session:
        return len(list(session.scalars(select(model))))


def test_the_whole_request_is_shown_with_the_card_of_safe_contact_on_top(world: World, owner: Browser) -> None:
    """Kim wrote everything the form offers; Anna sees it all, and first how to reach Kim without harm."""
    row = world.send(
        urgency="now",
        need=("safety", "shelter"),
        message="Rad ett\nRad två",
        answer_by="call",
        contact="070-174 06 21",
        when="vardagar före 12",
        avoid=("others_see_phone",),
        avoid_more="min bror",
        code_word="pannkaka",
        call_name="Kim",
        age="adult",
    )
    page = owner.get(f"/inbox/{row}").text
    for words in ("Rad ett\nRad två", "070-174 06 21", "vardagar före 12", "Andra kan se mobilen", "min bror"):
        assert words in page
    for words in ("pannkaka", "vi säger det först", "Kim", "vara trygg, någonstans att sova", "18 eller mer", "Ekstad"):
        assert words in page
    assert page.index("Trygg kontakt") < page.index("Rad ett")
    assert "Lämna aldrig meddelande." in page


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "svenska"),
        ({"page": "so", "language": "page"}, "somaliska"),
        ({"language": "interpreter"}, "svenska · tolk önskas"),
        ({"language": "other", "language_other": "soomaali"}, "soomaali"),
    ],
)
def test_the_card_says_which_language_to_speak(
    world: World, owner: Browser, answers: dict[str, Any], said: str
) -> None:
    """What was asked for, or the page's own: whoever calls or writes back need not guess."""
    row = world.send(message="a", answer_by="call", contact="1", **answers)
    assert f'<dt>Språk</dt><dd><bdi dir="auto">{said}</bdi></dd>' in owner.get(f"/inbox/{row}").text


def test_no_message_is_left_unless_it_was_allowed(world: World, owner: Browser) -> None:
    """Only the tick that allows a message takes the warning away."""
    row = world.send(message="a", answer_by="call", contact="1", avoid=("may_leave_message",))
    page = owner.get(f"/inbox/{row}").text
    assert "Ett kort meddelande får lämnas." in page
    assert "Lämna aldrig meddelande." not in page


def test_words_in_another_language_come_with_a_warning(world: World, owner: Browser) -> None:
    """Arabic in a Swedish form, or a page read in Somali: nobody is to paste it anywhere."""
    warning = "Klistra aldrig in texten i en översättningstjänst."
    assert warning in owner.get(f"/inbox/{world.send(message='أريد أن أترك')}").text
    assert warning in owner.get(f"/inbox/{world.send(message='caawi', page='so')}").text
    assert warning not in owner.get(f"/inbox/{world.send(message='hjälp')}").text


def test_the_first_opening_seals_anew_grants_to_the_team_and_drops_the_envelope(world: World, owner: Browser) -> None:
    """Anna opens: one submission, one entry, grants to her, Björn and the recovery key; no envelope is left."""
    row = bytes.fromhex(world.send(message="hej"))
    assert (count(world, Collected), count(world, StoredSubmission)) == (1, 0)
    owner.get(f"/inbox/{row.hex()}")
    assert (count(world, Collected), count(world, StoredSubmission), count(world, StoredEntry)) == (0, 1, 1)
    with world.parts.casebook.read() as session:
        granted = {one.member: one.sealed for one in session.scalars(select(Grant))}
    person = world.person(world.owner)
    people = (world.owner, world.colleague, world.recovery["ekstad"])
    assert granted.keys() == {person.member_tag(human.identity.box_public) for human in people}
    keys = {
        accept_grant(
            granted[person.member_tag(human.identity.box_public)],
            row,
            human.identity,
            world.owner.identity.sign_public,
        )
        for human in people
    }
    assert len(keys) == 1


def test_a_colleague_reads_by_the_grant(world: World, owner: Browser, colleague: Browser) -> None:
    """Björn reads after Anna; the page names both, and reading twice adds nothing."""
    row = world.send(message="hej du")
    owner.get(f"/inbox/{row}")
    page = colleague.get(f"/inbox/{row}").text
    assert "hej du" in page
    assert page.count("öppnade") == 2
    assert "Anna Ek" in page
    assert colleague.get(f"/inbox/{row}").text.count("öppnade") == 2
    assert count(world, StoredEntry) == 2


def test_nothing_is_shown_before_the_reading_is_committed(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the moment of opening: Anna sees no word of it, and the envelope stays."""

    def full(*_arguments: object) -> bool:
        raise OSError("disk full")

    row = world.send(message="hemlig text")
    monkeypatch.setattr(store, "add_submissions", full)
    answer = owner.get(f"/inbox/{row}")
    assert answer.status_code == 503
    assert "hemlig text" not in answer.text
    assert (count(world, Collected), count(world, StoredSubmission)) == (1, 0)


def test_of_two_who_open_at_once_one_wins_and_both_read(world: World) -> None:
    """Anna and Björn open the same row in the same moment, twenty times over."""
    for number in range(20):
        row = bytes.fromhex(world.send(message=f"nummer {number}"))
        readings: list[str] = []
        start = threading.Barrier(2)

        def read(human: Human, row: bytes = row, start: threading.Barrier = start, out: list[str] = readings) -> None:
            start.wait()
            reading = read_request(world.parts.casebook, Listing(), row, world.person(human), world.clock.now())
            assert reading.newest.submission is not None
            out.append(str(reading.newest.submission.answers["message"]))

        threads = [threading.Thread(target=read, args=(human,)) for human in (world.owner, world.colleague)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert readings == [f"nummer {number}"] * 2
    assert (count(world, StoredSubmission), count(world, Grant), count(world, StoredEntry)) == (20, 60, 40)


def test_another_teams_request_does_not_exist(world: World, owner: Browser, stranger: Browser) -> None:
    """Cilla knows an id of Ekstad's; opened or not, the answer is that of an id that nobody has."""
    row = world.send(message="hej")
    nothing = stranger.get("/inbox/" + "0" * 32)
    assert nothing.status_code == 404

    def without_tokens(page: str) -> str:
        return "\n".join(line for line in page.splitlines() if "csrf_token" not in line)

    for _ in range(2):
        answer = stranger.get(f"/inbox/{row}")
        assert answer.status_code == 404
        assert without_tokens(answer.text) == without_tokens(nothing.text)
        owner.get(f"/inbox/{row}")
    other = bytes.fromhex(world.send(message="hej"))
    with pytest.raises(UnknownRequestError):
        open_all(world.parts.casebook, [other], world.person(world.stranger), world.clock.now())


def test_versions_of_one_try_are_one_request(world: World, owner: Browser, colleague: Browser) -> None:
    """Somebody sent, mended the number and sent again: one row, the newest words, what was changed visible."""
    try_id = new_try()
    first = world.send(minutes=9, try_id=try_id, message="hej", contact="070-174 06 60", answer_by="call")
    second = world.send(minutes=4, try_id=try_id, message="hej", contact="070-174 06 61", answer_by="call")
    page = owner.get("/inbox").text
    assert len(order(page)) == 1
    assert "2 versioner" in page
    for row in (first, second):
        page = owner.get(f"/inbox/{row}").text
        assert "070-174 06 61" in page
        assert "annat då" in page
        assert "070-174 06 60" in page
        assert "version 2" in page
    assert count(world, StoredSubmission) == 2
    assert owner.act(second, "take").status_code == 303
    assert "Hos <bdi>Anna Ek</bdi>" in colleague.get(f"/inbox/{first}").text


def test_a_new_version_brings_back_what_was_set_aside(world: World, owner: Browser, colleague: Browser) -> None:
    """It was set aside as a test; then its writer adds that it burns. It stands in the list again, and stays there."""
    try_id = new_try()
    row = world.send(minutes=9, try_id=try_id, urgency="no", message="test")
    owner.act(row, "set-aside", reason="test")
    assert order(owner.get("/inbox").text) == []
    world.send(minutes=2, try_id=try_id, urgency="now", message="det var inget test")
    page = colleague.get("/inbox").text
    assert len(order(page)) == 1
    assert "Fara nu" in page
    assert "det var inget test" in colleague.get(f"/inbox/{row}").text
    page = owner.get("/inbox").text
    assert len(order(page)) == 1
    assert "Fara nu" in page


def test_a_new_coordinator_reads_once_a_colleague_opens_again(world: World, owner: Browser) -> None:
    """Disa joins the team after a request was opened: her row says so, and Anna's next reading lets her in."""
    row = world.send(message="hej du")
    owner.get(f"/inbox/{row}")
    disa = Human("Disa Ny", "coordinator", "ekstad")
    world.roster = world.sign([world.owner, world.colleague, world.stranger, disa], epoch=2)
    world.enrol(disa)
    browser = world.browser(disa)
    assert "Öppnas inte med din nyckel" in browser.get("/inbox").text
    assert "hej du" not in browser.get(f"/inbox/{row}").text
    assert "hej du" in owner.get(f"/inbox/{row}").text
    assert "hej du" in browser.get("/inbox").text
    assert "hej du" in browser.get(f"/inbox/{row}").text


def test_what_a_colleague_opened_stays_open_after_they_leave(world: World, owner: Browser, colleague: Browser) -> None:
    """Anna opened it and leaves before anybody else looked: Björn, newcomers and the recovery key still read."""
    row = world.send(message="hej du")
    owner.get(f"/inbox/{row}")
    disa = Human("Disa Ny", "coordinator", "ekstad")
    world.roster = world.sign([world.colleague, world.stranger, disa], epoch=2)
    world.enrol(disa)
    world.clock.turn(minutes=16)
    recovery = world.person(world.recovery["ekstad"])
    with world.parts.casebook.read() as session:
        (kept,) = store.granted(session, [bytes.fromhex(row)], recovery.member_tag(recovery.identity.box_public))
    assert accept(kept, recovery)
    assert "hej du" in world.browser(world.colleague).get(f"/inbox/{row}").text
    assert "hej du" in world.browser(disa).get(f"/inbox/{row}").text


def test_an_envelope_of_an_older_roster_is_opened_in_whatever_slot(world: World) -> None:
    """A new roster has moved Anna to another place while an envelope of the old one waited."""
    row = world.send(message="från förra veckan")
    newcomers = [Human(f"Ny {number}", "coordinator", "ekstad") for number in range(4)]
    world.sign([world.owner, world.colleague, world.stranger, *newcomers], epoch=2)
    assert "från förra veckan" in world.browser(world.owner).get("/inbox").text
    assert "från förra veckan" in world.browser(world.colleague).get(f"/inbox/{row}").text


def forge(world: World, row: bytes, **values: object) -> None:
    """Write into the database as somebody who has only that."""
    with world.parts.casebook.write() as session:
        session.execute(update(StoredSubmission).where(StoredSubmission.id == row).values(**values))


def test_a_forged_grant_is_refused(world: World, owner: Browser, colleague: Browser) -> None:
    """Somebody with the database grants Björn a key of their own over words of their own; he is told, not fooled."""
    row = bytes.fromhex(world.send(message="hej"))
    owner.get(f"/inbox/{row.hex()}")
    tag = world.person(world.owner).member_tag(world.colleague.identity.box_public)
    for granter in (new_identity(), world.stranger.identity, world.officer.identity):
        sealed = grant(new_key(), row, world.colleague.identity.box_public, granter)
        with world.parts.casebook.write() as session:
            session.execute(update(Grant).where(Grant.member == tag).values(sealed=sealed))
        fresh = Listing()
        fresh.refresh(world.parts.casebook, world.person(world.colleague))
        (request,) = fresh.requests(fresh.batch)
        assert request.problem == "forged"
    owners = grant(new_key(), row, world.colleague.identity.box_public, world.owner.identity)
    with world.parts.casebook.write() as session:
        session.execute(update(Grant).where(Grant.member == tag).values(sealed=owners))
    page = colleague.get("/inbox").text
    assert "Nyckeln är inte given av någon i teamet" in page
    assert colleague.get(f"/inbox/{row.hex()}").status_code == 200


def test_values_moved_or_rolled_back_do_not_open(world: World, owner: Browser) -> None:
    """Somebody exchanges sealed values between rows or puts an older summary back: damage is said, never believed."""
    one, two = (bytes.fromhex(world.send(message=text)) for text in ("första", "andra"))
    for row in (one, two):
        owner.get(f"/inbox/{row.hex()}")
    with world.parts.casebook.read() as session:
        other = session.get(StoredSubmission, two)
        old = session.get(StoredSubmission, one)
    assert other is not None
    assert old is not None
    owner.act(one.hex(), "take")
    forge(world, one, summary=old.summary)
    listing = Listing()
    listing.refresh(world.parts.casebook, world.person(world.owner))
    assert sorted(request.problem for request in listing.requests(listing.batch)) == ["", "corrupt"]
    forge(world, two, content=old.content)
    page = owner.get(f"/inbox/{two.hex()}").text
    assert "första" not in page
    assert "ändrat eller avhugget" in page


def test_a_removed_or_forged_entry_is_told(world: World, owner: Browser) -> None:
    """Somebody deletes the entry that says who read; the numbers no longer match, and the page says so."""
    row = bytes.fromhex(world.send(message="hej"))
    owner.get(f"/inbox/{row.hex()}")
    owner.act(row.hex(), "take")
    warning = "Händelserna stämmer inte"
    assert warning not in owner.get(f"/inbox/{row.hex()}").text
    with world.parts.casebook.write() as session:
        session.execute(delete(StoredEntry).where(StoredEntry.number == 1))
    assert warning in owner.get(f"/inbox/{row.hex()}").text


def test_nobody_writes_in_anothers_name(world: World, owner: Browser, colleague: Browser) -> None:
    """Björn, who shares the key, writes that Anna took it: shown as forged, it counts for nothing."""
    row = bytes.fromhex(world.send(message="hej"))
    colleague.get(f"/inbox/{row.hex()}")
    found = record.read(world.parts.casebook, row, world.person(world.colleague))
    lie = Entry(world.owner.name, world.clock.now(), "taken")
    signers = (world.colleague.identity, new_identity())
    for sealed in [FORM.seal(found.key, row, 2, lie, signer) for signer in signers]:
        (_, read) = FORM.read(found.key, row, {1: b"", 2: sealed}, world.members)
        assert not read.trusted
        assert read.entry.kind == "forged"
    true = Entry(world.colleague.name, world.clock.now(), "taken")
    moved = FORM.seal(found.key, row, 2, true, world.colleague.identity)
    (read,) = FORM.read(found.key, row, {3: moved}, world.members)
    assert not read.trusted
    with world.parts.casebook.write() as session:
        forged = FORM.seal(found.key, row, 2, lie, world.colleague.identity)
        session.add(StoredEntry(submission=row, number=2, sealed=forged))
    page = owner.get(f"/inbox/{row.hex()}").text
    assert "Ogiltig underskrift" in page
    assert "Händelserna stämmer inte" in page
    assert "Ingen har tagit det än" in page


def test_only_the_two_files_of_the_casebook_are_written(world: World, owner: Browser, tmp_path: Path) -> None:
    """Reading leaves nothing beside the casebook: no cache, no session file, no temporary file."""
    row = world.send(message="hej")
    before = {path.name for path in world.folder.iterdir()}
    owner.get("/inbox")
    owner.get(f"/inbox/{row}")
    assert {path.name for path in tmp_path.iterdir()} - before <= {"casebook.sqlite-wal", "casebook.sqlite-shm"}
