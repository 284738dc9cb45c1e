"""Folders: made, granted, read, added to, given another key, and what forgery does to them."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, update

from crypto.opening.members import Member
from staff.diary import Kind, lines
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Folder, Keys, Shelf
from staff.models import Erased, FolderEntry, StoredFolder, StoredKeyring, Tray
from staff.person import Person
from tests.staff.world import Human, World

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def summarise(entries: Sequence[Entry]) -> bytes:
    """Summarise a folder by its kind and the notes in it, counted."""
    return json.dumps(["case", sum(one.kind == "note" for one in entries)]).encode()


def note(human: Human, text: str) -> Entry:
    """Write a note."""
    return Entry(human.name, NOW, "note", {"text": text})


def make(world: World, *to: Human, text: str = "hej") -> bytes:
    """Make a folder with one note, by the owner, for these people."""
    members: list[Member] = [one.member for one in to]
    return world.parts.folders.create(world.person(world.owner), [note(world.owner, text)], summarise, members, NOW)


def keys_of(world: World, human: Human) -> tuple[Keys, Person]:
    """Give somebody's keys as a new session has them."""
    person = world.person(human)
    keys = Keys()
    keys.refresh(world.parts.casebook, person, NOW)
    return keys, person


def read(world: World, human: Human, folder: bytes) -> Folder:
    """Read a folder in a new session."""
    keys, person = keys_of(world, human)
    return world.parts.folders.read(keys, folder, person, NOW)


def notes(folder: Folder) -> list[str]:
    """List the notes' texts."""
    return [one.fields["text"] for one in folder.trusted if one.kind == "note"]


def add(world: World, human: Human, folder: bytes, text: str) -> Folder:
    """Add a note."""
    keys, person = keys_of(world, human)
    return world.parts.folders.append(keys, folder, person, lambda _found: [note(human, text)], summarise, NOW)


def test_a_folder_is_read_by_those_it_was_granted_to_and_by_nobody_else(world: World) -> None:
    """The colleague reads and adds; for the stranger, who holds no key, there is no such folder."""
    folder = make(world, world.owner, world.colleague)
    assert notes(read(world, world.colleague, folder)) == ["hej"]
    assert add(world, world.colleague, folder, "två").whole
    found = read(world, world.owner, folder)
    assert (notes(found), json.loads(found.summary), found.whole) == (["hej", "två"], ["case", 2], True)
    with pytest.raises(UnknownFolderError):
        read(world, world.stranger, folder)
    with pytest.raises(UnknownFolderError):
        read(world, world.owner, b"x" * 16)


def test_a_grant_moves_from_the_tray_into_the_keyring(world: World) -> None:
    """After the next unlock the tray is empty, the keyring holds the key, and a later session reads by it."""
    folder = make(world, world.colleague)
    casebook, tag = world.parts.casebook, world.person(world.colleague).member_tag(world.colleague.identity.box_public)
    with casebook.read() as session:
        assert session.scalars(select(Tray.member)).all().count(tag) == 1
    keys_of(world, world.colleague)
    with casebook.read() as session:
        assert tag not in session.scalars(select(Tray.member)).all()
        assert session.scalar(select(StoredKeyring.version).where(StoredKeyring.member == tag)) == 1
    assert notes(read(world, world.colleague, folder)) == ["hej"]


def test_who_opened_a_folder_is_seen_by_who_may_open_it(world: World) -> None:
    """The row is there before the words are, and carries name, act and time."""
    folder = make(world, world.owner, world.colleague)
    read(world, world.colleague, folder)
    found = read(world, world.owner, folder)
    seen = world.parts.folders.seen(found, world.person(world.owner))
    assert [(one.who, one.what, one.missing, one.trusted) for one in seen] == [
        ("Anna Ek", "created", 0, True),
        ("Björn Lind", "opened", 0, True),
        ("Anna Ek", "opened", 0, True),
    ]
    assert seen[0].when == NOW


def test_police_never_get_the_key_of_a_case(world: World) -> None:
    """Granting a case to a police officer is refused, at the making and later; nothing is written."""
    with pytest.raises(RefusedActError, match="role"):
        make(world, world.owner, world.officer)
    folder = make(world, world.owner)
    keys, person = keys_of(world, world.owner)
    with pytest.raises(RefusedActError, match="role"):
        world.parts.folders.share(keys, folder, person, [world.officer.member], NOW)
    with pytest.raises(UnknownFolderError):
        read(world, world.officer, folder)


def test_who_is_added_later_reads_everything(world: World) -> None:
    """Sharing grants the key as it is, and says so in the folder."""
    folder = make(world, world.owner)
    keys, person = keys_of(world, world.owner)
    world.parts.folders.share(keys, folder, person, [world.colleague.member], NOW)
    found = read(world, world.colleague, folder)
    assert notes(found) == ["hej"]
    assert {one.name for one in found.holders(world.members)} >= {"Anna Ek", "Björn Lind"}
    assert json.loads(found.summary) == ["case", 1]


def test_who_loses_a_folder_reads_nothing_new(world: World) -> None:
    """Another key, granted to the others only; what was written and who opened it stays readable to them."""
    folder = make(world, world.owner, world.colleague)
    read(world, world.colleague, folder)
    old, lost = keys_of(world, world.colleague)
    keys, person = keys_of(world, world.owner)
    found = world.parts.folders.unshare(keys, folder, person, [world.colleague.member], NOW)
    assert (notes(found), found.whole, found.key_version) == (["hej"], True, 2)
    with pytest.raises(UnknownFolderError):
        world.parts.folders.read(old, folder, lost, NOW)
    with pytest.raises(UnknownFolderError):
        read(world, world.colleague, folder)
    assert add(world, world.owner, folder, "nytt").whole
    seen = world.parts.folders.seen(read(world, world.owner, folder), person)
    assert [one.what for one in seen] == ["created", "opened", "rekeyed", "wrote", "opened"]


def test_a_made_folder_stands_in_the_register_by_day_and_number_only(world: World) -> None:
    """Two cases are numbers 1 and 2 of the team, and the stranger's team counts for itself."""
    for human in (world.owner, world.owner, world.stranger):
        world.parts.folders.create(world.person(human), [], summarise, [human.member], NOW, register=Kind.CASE)
    with world.parts.casebook.read() as session:
        own, other = (lines(session, world.person(human).team) for human in (world.owner, world.stranger))
    assert [(one.number, one.kind) for one in own] == [(1, Kind.CASE), (2, Kind.CASE)]
    assert [one.number for one in other] == [1]


def test_what_is_written_beside_stands_or_falls_with_the_folder(world: World) -> None:
    """A failure beside it leaves no folder, no grant, no line in the register and no row of the audit."""

    def fail(_session: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        world.parts.folders.create(
            world.person(world.owner), [], summarise, [world.owner.member], NOW, register=Kind.CASE, beside=fail
        )
    with world.parts.casebook.read() as session:
        assert session.scalars(select(StoredFolder.id)).all() == []
        assert lines(session, world.person(world.owner).team) == []


def test_two_writers_at_once_lose_nothing(world: World) -> None:
    """Eight notes by two people from eight threads: all eight stand, in one order, under one chain."""
    folder = make(world, world.owner, world.colleague)
    people = [world.owner, world.colleague] * 4
    sessions = [keys_of(world, human) for human in people[:2]]
    failed: list[BaseException] = []

    def write(number: int) -> None:
        keys, person = sessions[number % 2]
        for _ in range(10):
            try:
                world.parts.folders.append(
                    keys, folder, person, lambda _f: [note(people[number], str(number))], summarise, NOW
                )
                return
            except RefusedActError:
                continue
            except BaseException as error:  # noqa: BLE001  # whatever it was, the test tells it
                failed.append(error)
                return

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read(world, world.owner, folder)
    assert failed == []
    assert sorted(notes(found)) == sorted(["hej", *map(str, range(8))])
    assert found.whole
    assert json.loads(found.summary) == ["case", 9]


def test_what_was_destroyed_is_gone_and_its_key_with_it(world: World) -> None:
    """No row is left, the id is remembered, and the keyring lets the key go at the next unlock."""
    folder = make(world, world.owner)
    keys_of(world, world.owner)
    with world.parts.casebook.write() as session:
        world.parts.folders.destroy([folder], session, NOW)
    with world.parts.casebook.read() as session:
        assert session.scalars(select(StoredFolder.id)).all() == []
        assert session.scalars(select(Erased.id)).all() == [folder]
    keys, _ = keys_of(world, world.owner)
    assert folder not in keys
    with world.parts.casebook.read() as session:
        assert session.scalar(select(StoredKeyring.version)) == 2


def test_the_shelf_opens_only_what_is_new(world: World) -> None:
    """A card stays the same object until its folder changes; what somebody else holds has no card."""
    first, second = make(world, world.owner), make(world, world.owner)
    make(world, world.colleague)
    keys, person = keys_of(world, world.owner)
    shelf = Shelf()
    shelf.refresh(world.parts.casebook, keys, person)
    before, stamp = {card.id: card for card in shelf.items()}, shelf.stamp
    assert before.keys() == {first, second}
    shelf.refresh(world.parts.casebook, keys, person)
    assert shelf.stamp == stamp
    add(world, world.owner, first, "två")
    shelf.refresh(world.parts.casebook, keys, person)
    after = {card.id: card for card in shelf.items()}
    assert after[second] is before[second]
    assert json.loads(after[first].summary or b"") == ["case", 2]
    assert shelf.made(_count)[first] == 2


def _count(card: object) -> int:
    summary = getattr(card, "summary", None)
    return int(json.loads(summary)[1]) if summary else 0


def test_a_draft_survives_and_is_its_writers_alone(world: World) -> None:
    """A draft comes back in a later session with its time; another person at the same place finds none."""
    drafts, person = world.parts.drafts, world.person(world.owner)
    drafts.keep(person, "case/x/note", "påbörjat".encode(), NOW)
    drafts.keep(person, "case/x/note", b"mer", NOW)
    assert drafts.load(person, "case/x/note") == (b"mer", NOW)
    assert drafts.load(person, "case/y/note") is None
    assert drafts.load(world.person(world.colleague), "case/x/note") is None
    with pytest.raises(RefusedActError, match="long"):
        drafts.keep(person, "case/x/note", b"x" * 70_000, NOW)
    drafts.drop(person, "case/x/note")
    assert drafts.load(person, "case/x/note") is None


def test_a_folder_put_back_to_an_older_state_says_so(world: World) -> None:
    """Row and entries of before, all of them true: the audit remembers that there was more."""
    folder = make(world, world.owner)
    with world.parts.casebook.read() as session:
        before = session.get(StoredFolder, folder)
    add(world, world.owner, folder, "två")
    assert before is not None
    with world.parts.casebook.write() as session:
        session.execute(delete(FolderEntry).where(FolderEntry.number > before.version))
        session.execute(
            update(StoredFolder).where(StoredFolder.id == folder).values(version=before.version, summary=before.summary)
        )
    found = read(world, world.owner, folder)
    assert (found.problem, found.whole, notes(found)) == ("older", False, ["hej"])
    assert not add(world, world.owner, folder, "tre").whole
