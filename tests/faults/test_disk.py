"""A disk that is full or has turned read-only: nobody is thanked for what is not kept, and no word is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from crypto.envelope import envelope_id
from deaddrop.collect import Collect
from staff.entry import Entry
from staff.erasure.record import Record
from tests.faults.disk import Disk, run
from tests.portal.test_portal_sealed import envelope, send
from tests.portal.world import Phone, inputs
from tests.portal.world import World as Public
from tests.staff.casework import Room
from tests.staff.test_pages_of_erasing import case, decide, erase, is_there
from tests.staff.test_staff_collecting import kept
from tests.staff.test_staff_replies import answer
from tests.staff.world import World
from tests.staff.writer import Writer

BLOCK = 4096  # bytes that the file system gives at a time, at most
NOT_THROUGH = "Det gick inte fram. Texten finns kvar här."
KEPT = "Det du skrev finns kvar här i en kvart"
BACK = "Det gick inte att spara då. Det du skrev finns kvar."


@contextmanager
def full(disk: Disk) -> Iterator[None]:
    """Fill the disk for a while."""
    disk.fill()
    yield
    disk.free()


@pytest.fixture
def house(tmp_path: Path, disk: Disk) -> Iterator[World]:
    """A staff app whose casebook lies on the small disk, and its dead drop elsewhere."""
    made = World(tmp_path, casebook=str(disk.path / "casebook.sqlite"))
    yield made
    made.close()


def test_a_portal_whose_disk_is_full_hands_every_text_back(disk: Disk) -> None:
    """Script on or off: not thanked, the words still there; with room again one tap sends them, and all arrive."""
    world = Public(disk.path)
    world.write_roster()
    app = world.app()
    phone = Phone(app)
    phone.get("/me")
    assert phone.post("/me", {"message": "före"}).headers["Location"] == "/done"
    with full(disk):
        assert handed_back(phone, "mitt i")
        assert send(app, data := envelope(world, "förseglat")).status_code == 503
    assert phone.post("/me", {"message": "mitt i"}).headers["Location"] == "/done"
    assert send(app, data).status_code == 201
    assert texts(world) == ["före", "förseglat", "mitt i"]


def handed_back(phone: Phone, text: str) -> bool:
    """Send a text; True if the form comes back with it, and says that it did not get through."""
    assert phone.post("/me", {"message": text}).headers["Location"] == "/me"
    page = phone.get("/me")
    return NOT_THROUGH in page.text and inputs(page.text)["message"][0].strip() == text


def texts(world: Public) -> list[str]:
    """List what waits, as the coordinator would read it."""
    return sorted(str(one.answers["message"]) for one in world.received())


def test_a_portal_whose_disk_turns_read_only_hands_every_text_back(disk: Disk) -> None:
    """The disk fails amid service: whoever was thanked before is found when it has been put in order."""
    world = Public(disk.path)
    world.write_roster()
    run("sync", "-f", world.roster)
    app = world.app()
    phone = Phone(app)
    phone.get("/me")
    assert phone.post("/me", {"message": "före"}).headers["Location"] == "/done"
    disk.break_down()
    assert handed_back(phone, "mitt i")
    assert send(app, envelope(world, "förseglat")).status_code == 503
    app.extensions["utvag"].intake.delivery.drop(8)._drop()  # the portal ends
    disk.repair()
    assert texts(world) == ["före"]
    assert Phone(world.app()).post("/me", {"message": "mitt i"}).headers["Location"].startswith("/done")
    assert texts(world) == ["före", "mitt i"]


def test_what_a_coordinator_wrote_comes_back_when_there_is_room(
    house: World, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    """A note that could not be saved: a page in words, no word of it on a disk or in the log, and then the draft."""
    room = Room(house, house.owner)
    case = room.open()
    room.save(case, "note", text="före felet")
    hidden = room.hidden(case, "note")
    with full(disk):
        refused = room.send(f"{case}/save/note", **hidden, text="kvittrande mitt i")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
        assert KEPT in refused.text
        assert len(house.parts.parcels) == 1
        assert b"kvittrande" not in b"".join(one.read_bytes() for one in disk.path.iterdir() if one.is_file())
    led = room.browser.get("/today")
    assert led.headers["Location"].startswith(f"{case}?write=note")
    page = room.get(led.headers["Location"])
    assert BACK in page
    assert "kvittrande mitt i" in page
    assert len(house.parts.parcels) == 0
    room.save(case, "note", text="kvittrande mitt i")
    assert [one.fields["text"] for one in notes(room, case)] == ["före felet", "kvittrande mitt i"]
    assert "kvittrande" not in caplog.text


def test_a_casebook_whose_disk_turns_read_only_is_whole_when_it_is_mended(house: World, disk: Disk) -> None:
    """What was answered before stands after the repair; the act between was not answered, and its words were kept."""
    room = Room(house, house.owner)
    case = room.open()
    room.save(case, "note", text="före felet")
    hidden = room.hidden(case, "note")
    disk.break_down()
    assert KEPT in room.send(f"{case}/save/note", **hidden, text="mitt i").text
    house.close()
    disk.repair()
    house.start()
    house.clock.turn(minutes=1)  # no code lets anybody in twice
    assert [one.fields["text"] for one in notes(Room(house, house.owner), case)] == ["före felet"]


def notes(room: Room, case: str) -> list[Entry]:
    """List the notes of a case."""
    keys, person = room.world.session(room.human)
    return [
        one
        for one in room.world.parts.folders.peek(keys, bytes.fromhex(case[-32:]), person).trusted
        if one.kind == "note"
    ]


def test_what_cannot_be_kept_stays_in_the_dead_drop(house: World, disk: Disk) -> None:
    """Collecting stops at a full disk, and says so; afterwards each request comes once."""
    room, sealed = Room(house, house.owner), [house.envelope(message=str(number)) for number in range(3)]
    for one in sealed:
        house.leave(one)
    with full(disk):
        assert not house.parts.collector.run()
        assert Collect(house.engine).count() == 3
    assert "Det gick inte att hämta" not in room.follow("/inbox/collect")
    assert kept(house) == {envelope_id(one) for one in sealed}
    assert Collect(house.engine).count() == 0


def test_an_answer_waits_when_the_dead_drops_disk_is_full(tmp_path: Path, disk: Disk) -> None:
    """The coordinator's words are in the casebook; the sealed answer is left when there is room, once."""
    world = World(tmp_path, deaddrop=str(disk.path / "deaddrop.sqlite"))
    browser, kim = world.browser(world.owner), Writer(world)
    row = kim.send(message="hej")
    with full(disk):
        assert "kvar att skicka" in answer(browser, row, "vi ringer i morgon")
    world.collect()
    assert [one.text for one in kim.replies()] == ["vi ringer i morgon"]
    world.close()


def test_nothing_is_erased_whose_id_could_not_be_written_down(tmp_path: Path, disk: Disk) -> None:
    """The record has no room: the page says so and the case stands; with room again it goes, and is on record."""
    world = World(tmp_path)
    world.settings = replace(world.settings, erased=disk.path / "erased")
    world.app = world.start()
    decide(world, ("case", "closed", 60, "erase"))
    browser, folder = world.browser(world.owner), case(world)
    with (disk.path / "erased").open("ab") as record:
        record.write(b"\n" * (-record.tell() % BLOCK))  # the last block is full: not one line more has room
    with full(disk):
        assert "Det gick inte att skriva ned vad som gallras. Inget gallrades." in erase(browser, folder)
        assert is_there(world, folder)
        assert world.parts.erased.ids() == set()
    assert "1 gallrad" in erase(browser, folder)
    assert not is_there(world, folder)
    assert world.parts.erased.ids() == {folder}
    world.close()


def test_a_line_of_the_record_that_was_cut_short_spoils_no_other(disk: Disk) -> None:
    """The disk takes a part of what is written down: that is refused, and later lines are read as they are."""
    record, first, second = Record(disk.path / "erased"), bytes(16), bytes([1]) * 16
    record.add([first])
    with full(disk), pytest.raises(OSError, match="No space left"):
        record.add([bytes([number]) * 16 for number in range(2, 200)])
    record.add([second])
    assert {first, second} <= record.ids()


def test_whoever_locks_is_locked_whatever_the_disk_says(house: World, disk: Disk) -> None:
    """The log of a locking cannot be written: the keys leave memory all the same."""
    room = Room(house, house.owner)
    with full(disk):
        room.send("/lock")
        assert len(house.parts.sessions) == 0
