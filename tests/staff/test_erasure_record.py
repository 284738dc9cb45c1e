"""What was erased stays erased: in the file, in its log, and when an older copy of the casebook is put back."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from staff.audit import days, days_of
from staff.casebook import Casebook
from staff.entry import Entry
from staff.erasure.record import Record, destroy, restore
from staff.errors import UnknownFolderError
from staff.folders import Keys
from tests.staff.world import World

TODAY = days(datetime.now(UTC))


def make_case(world: World) -> bytes:
    """Make a folder of Anna's with one word in it."""
    anna = world.person(world.owner)
    first = Entry(anna.name, world.clock.now(), "opened", {"working": "Björk 14"})
    team = anna.papers.members.team("ekstad")
    return world.parts.folders.create(
        anna, [first], lambda _entries: json.dumps(["case"]).encode(), team, world.clock.now()
    )


def erase(world: World, *ids: bytes) -> None:
    """Erase as the page does: on record first, then from the casebook, then from its log."""
    world.parts.erased.add(ids)
    with world.parts.casebook.write() as session:
        destroy(session, ids, TODAY)
    world.parts.casebook.settle()


def copy(world: World, to: Path) -> Path:
    """Take a backup."""
    world.parts.casebook.settle()
    return Path(shutil.copy(world.settings.casebook, to))


def sealed_parts(world: World, folder: bytes, submission: bytes) -> list[bytes]:
    """Give pieces of every sealed value of a folder and a submission, to look for on disk."""
    found: list[bytes] = []
    with world.parts.casebook.read() as session:
        for table, column, row in (
            ("folders", "summary", folder),
            ("submissions", "content", submission),
            ("submissions", "summary", submission),
        ):
            asked = f"SELECT {column} FROM {table} WHERE id = ?"  # noqa: S608  # names from the list above
            found += [one[0] for one in session.connection().exec_driver_sql(asked, (row,))]
        for table, column, row in (("folder_entries", "folder", folder), ("entries", "submission", submission)):
            asked = f"SELECT sealed FROM {table} WHERE {column} = ?"  # noqa: S608  # names from the list above
            found += [one[0] for one in session.connection().exec_driver_sql(asked, (row,))]
    assert len(found) >= 5
    return [value[start : start + 16] for value in found for start in range(0, len(value) - 16, 160)]


def found_in(data: bytes, pieces: list[bytes]) -> float:
    """Tell which share of the pieces stands there; a few lie across two of the file's pages and are never found."""
    return sum(piece in data for piece in pieces) / len(pieces)


def on_disk(world: World) -> bytes:
    """Read the casebook with its log."""
    return b"".join(path.read_bytes() for path in world.folder.glob("casebook.sqlite*"))


@pytest.mark.sqlite
def test_what_was_erased_is_nowhere_in_the_casebooks_files(world: World) -> None:
    """Not a piece of any sealed value of a case or a request stands in the file or its log afterwards."""
    folder, row = make_case(world), bytes.fromhex(world.send(message="hej"))
    browser = world.browser(world.owner)
    browser.get(f"/inbox/{row.hex()}")
    pieces = sealed_parts(world, folder, row)
    assert found_in(on_disk(world), pieces) > 0.9
    erase(world, folder, row)
    assert found_in(on_disk(world), pieces) == 0
    assert browser.get(f"/inbox/{row.hex()}").status_code == 404
    with pytest.raises(UnknownFolderError):
        world.parts.folders.peek(Keys(), folder, world.person(world.owner))


@pytest.mark.sqlite
def test_an_older_casebook_put_back_forgets_again_before_anybody_signs_in(world: World, tmp_path: Path) -> None:
    """A backup from before the erasure is put back: at the start it is erased again, the unopened envelope too."""
    folder, opened = make_case(world), bytes.fromhex(world.send(message="hej"))
    waiting = bytes.fromhex(world.send(message="oöppnat"))
    world.browser(world.owner).get(f"/inbox/{opened.hex()}")
    backup = copy(world, tmp_path / "backup")
    pieces = sealed_parts(world, folder, opened)
    erase(world, folder, opened, waiting)
    world.parts.casebook.close()
    for path in world.folder.glob("casebook.sqlite-*"):
        path.unlink()
    shutil.copy(backup, world.settings.casebook)
    assert found_in(on_disk(world), pieces) > 0.9
    world.start()
    world.clock.turn(seconds=60)
    assert found_in(on_disk(world), pieces) == 0
    browser = world.browser(world.owner)
    for row in (opened, waiting):
        assert browser.get(f"/inbox/{row.hex()}").status_code == 404
    with pytest.raises(UnknownFolderError):
        world.parts.folders.peek(Keys(), folder, world.person(world.owner))


def test_a_key_that_a_keyring_still_holds_is_dropped_at_the_next_unlock(world: World) -> None:
    """After an erasure the person's keyring is written anew without the key."""
    folder, other = make_case(world), make_case(world)
    anna = world.person(world.owner)
    keys = Keys()
    keys.refresh(world.parts.casebook, anna)
    assert folder in keys
    erase(world, folder)
    fresh = Keys()
    fresh.refresh(world.parts.casebook, anna)
    assert (folder in fresh, other in fresh) == (False, True)


def test_a_record_that_was_lost_is_told_and_the_casebook_does_not_write_it_anew(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator reads it in the log, coordinators and auditor on their pages; it is theirs to mend."""
    folder = make_case(world)
    erase(world, folder)
    path = world.settings.erased_file
    assert path is not None
    path.unlink()
    assert restore(world.parts.casebook, Record(path), TODAY) == 0
    assert Record(path).ids() == set()
    assert "1 ids stand as erased in the casebook and not in the record" in caplog.text
    for human, page in ((world.owner, "/erasure"), (world.auditor, "/audit")):
        assert "1 id står som gallrade i databasen" in world.browser(human).get(page).text


@pytest.mark.sqlite
def test_whoever_writes_ids_into_the_casebook_erases_nothing(world: World, tmp_path: Path) -> None:
    """Every id slipped in as erased: a start destroys none, here or in a backup put back, and no key is thrown away."""
    folder = make_case(world)
    world.browser(world.owner).get("/today")
    backup = copy(world, tmp_path / "backup")
    with world.parts.casebook.write() as session:
        session.connection().exec_driver_sql("INSERT INTO erased (id, day) SELECT id, 1 FROM folders")
    assert restore(world.parts.casebook, world.parts.erased, TODAY) == 0
    assert world.parts.erased.ids() == set()
    put_back = Casebook(str(backup))
    assert restore(put_back, world.parts.erased, TODAY) == 0
    put_back.close()
    keys, anna = world.session(world.owner)
    assert world.parts.folders.peek(keys, folder, anna).whole


def test_what_a_start_erased_again_stands_in_the_protocol(world: World, tmp_path: Path) -> None:
    """The page says when and how many, after a backup was put back; a start with nothing to do adds no line."""
    folder = make_case(world)
    world.parts.casebook.settle()
    world.parts.erased.add([folder])  # and there the app died: nothing was committed
    path = world.settings.erased_file
    for back in (1, 0):
        assert restore(world.parts.casebook, Record(path), TODAY) == back
    (told,) = Record(path).restarts()
    assert (days_of(told.day), told.count) == (TODAY, 1)
    assert Record(path).ids() == {folder}
    page = world.browser(world.owner).get("/erasure").text
    assert "1 gallrades på nytt när appen startade" in page


def test_a_line_that_nobody_wrote_is_no_protocol(tmp_path: Path) -> None:
    """Whatever else stands in the file, it is read as nothing."""
    (tmp_path / "erased").write_text("again\nagain x 3\nagain 20780 \nagain 99999999 1\nagainst 1 1\nagain 20780 3\n")
    assert [one.count for one in Record(tmp_path / "erased").restarts()] == [3]


def test_a_line_that_a_crash_cut_short_spoils_no_other(tmp_path: Path) -> None:
    """Half a line is no id, and what is written next stands on a line of its own."""
    record = Record(tmp_path / "erased")
    record.add([b"a" * 16])
    with (tmp_path / "erased").open("ab") as file:
        file.write(b"6161")
    record.add([b"b" * 16])
    assert record.ids() == {b"a" * 16, b"b" * 16}
    assert (tmp_path / "erased").stat().st_mode & 0o777 == 0o600


@pytest.mark.sqlite
def test_without_a_place_for_the_record_nothing_is_erased(tmp_path: Path, world: World) -> None:
    """A casebook that is no file needs the setting: else an old backup would bring everything back."""
    settings = replace(world.settings, casebook="postgresql://x/y")
    assert settings.erased_file is None
    with pytest.raises(FileNotFoundError):
        Record(settings.erased_file).add([b"a" * 16])
    assert Record(None).ids() == set()
    Casebook(str(tmp_path / "other")).close()
