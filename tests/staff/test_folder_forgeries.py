"""What somebody with the casebook's file, or with another's key, tries with folders: each forgery fails or is told."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from crypto.opening.casebook import grant, new_key
from crypto.opening.identity import Identity, new_identity
from staff.entry import Entry
from staff.errors import UnknownFolderError
from staff.folders import Shelf, store
from staff.folders.folder import FORM, seal_summary
from staff.folders.keys import bound
from staff.models import FolderEntry, StoredFolder, StoredKeyring, Tray
from tests.staff.test_staff_folders import NOW, add, keys_of, make, note, notes, read, summarise
from tests.staff.world import World

CANARY = "kanariefågeln i pärmen"


def slip(world: World, folder: bytes, sealed: bytes, key_version: int = 1) -> None:
    """Put a grant into Björn's tray, as whoever writes to the database can."""
    member = world.person(world.colleague).member_tag(world.colleague.identity.box_public)
    with world.parts.casebook.write() as session:
        session.execute(delete(Tray).where(Tray.folder == folder, Tray.member == member))
        values = {"folder": folder, "member": member, "key_version": key_version, "sealed": sealed}
        session.execute(insert(Tray), [values])


@pytest.mark.parametrize("who", ["officer", "auditor", "case_officer", "partner", "nobody"])
def test_only_coordinators_and_leads_are_believed_as_granters(world: World, who: str) -> None:
    """The right key, rightly sealed to Björn, signed by somebody whose role grants nothing: he does not hold it."""
    folder = make(world, world.owner)
    keys, _ = keys_of(world, world.owner)
    granter: Identity = new_identity() if who == "nobody" else getattr(world, who).identity
    slip(world, folder, grant(keys.key(folder), bound(folder), world.colleague.identity.box_public, granter))
    with pytest.raises(UnknownFolderError):
        read(world, world.colleague, folder)
    slip(
        world, folder, grant(keys.key(folder), bound(folder), world.colleague.identity.box_public, world.lead.identity)
    )
    assert notes(read(world, world.colleague, folder)) == ["hej"]


def test_a_grant_serves_one_folder_one_key_and_one_version(world: World) -> None:
    """A true grant moved to another folder, of another key, of another version or for a submission is passed over."""
    folder, other = make(world, world.owner), make(world, world.owner)
    keys, _ = keys_of(world, world.owner)
    box, anna = world.colleague.identity.box_public, world.owner.identity
    key, true = keys.key(folder), grant(keys.key(folder), bound(folder), box, anna)
    forgeries = (
        (other, true, 1),
        (folder, true, 2),
        (folder, grant(new_key(), bound(folder), box, anna), 1),
        (folder, grant(key, folder, box, anna), 1),
        (folder, true[:-1], 1),
        (folder, grant(key, bound(folder), world.stranger.identity.box_public, anna), 1),
    )
    for row, sealed, version in forgeries:
        slip(world, row, sealed, version)
        held, _ = keys_of(world, world.colleague)
        assert row not in held


def test_a_grant_of_a_key_that_was_renewed_opens_nothing(world: World) -> None:
    """Björn lost the folder; the grant that he once had is put back into his tray: it is of the key before."""
    folder = make(world, world.owner)
    keys, person = keys_of(world, world.owner)
    box = world.colleague.identity.box_public
    old = grant(keys.key(folder), bound(folder), box, world.owner.identity)
    world.parts.folders.unshare(keys, folder, person, [world.colleague.member], NOW)
    for version in (1, 2):
        slip(world, folder, old, version)
        with pytest.raises(UnknownFolderError):
            read(world, world.colleague, folder)


def _renumber(session: Session, folder: bytes, _other: bytes) -> None:
    for old, new in ((1, 9), (3, 1), (9, 3)):
        where = (FolderEntry.folder == folder, FolderEntry.number == old)
        session.execute(update(FolderEntry).where(*where).values(number=new))


def _from_another(session: Session, folder: bytes, other: bytes) -> None:
    theirs = session.scalar(select(FolderEntry.sealed).where(FolderEntry.folder == other, FolderEntry.number == 1))
    where = (FolderEntry.folder == folder, FolderEntry.number == 1)
    session.execute(update(FolderEntry).where(*where).values(sealed=theirs))


def _remove(session: Session, folder: bytes, _other: bytes) -> None:
    session.execute(delete(FolderEntry).where(FolderEntry.folder == folder, FolderEntry.number == 3))


def _change(session: Session, folder: bytes, _other: bytes) -> None:
    where = (FolderEntry.folder == folder, FolderEntry.number == 3)
    sealed = session.scalar(select(FolderEntry.sealed).where(*where)) or b""
    session.execute(update(FolderEntry).where(*where).values(sealed=sealed[:-1] + bytes([sealed[-1] ^ 1])))


def _swap_summaries(session: Session, folder: bytes, other: bytes) -> None:
    theirs = session.scalar(select(StoredFolder.summary).where(StoredFolder.id == other))
    session.execute(update(StoredFolder).where(StoredFolder.id == folder).values(summary=theirs))


def _bind_anew(session: Session, folder: bytes, _other: bytes) -> None:
    session.execute(update(StoredFolder).where(StoredFolder.id == folder).values(commitment=b"x" * 32))


FORGERIES: dict[str, Callable[[Session, bytes, bytes], None]] = {
    "two entries change places": _renumber,
    "an entry of another folder stands in one's place": _from_another,
    "an entry is removed": _remove,
    "an entry is changed": _change,
    "the summary is another folder's": _swap_summaries,
    "the row is bound to another key": _bind_anew,
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_was_altered_in_the_file_is_told_and_not_believed(
    world: World, forge: Callable[[Session, bytes, bytes], None]
) -> None:
    """The folder still opens as far as it can, says that it is not whole, and shows nothing forged as true."""
    folder, other = make(world, world.owner), make(world, world.owner, text="en annan")
    add(world, world.owner, folder, "två")
    assert read(world, world.owner, folder).whole
    with world.parts.casebook.write() as session:
        forge(session, folder, other)
    found = read(world, world.owner, folder)
    assert not found.whole
    assert set(notes(found)) <= {"hej", "två"}


def test_an_entry_in_a_colleagues_name_is_not_believed(world: World) -> None:
    """Björn holds the key and writes under Anna's name: marked as forged, and it counts for nothing."""
    folder = make(world, world.owner, world.colleague)
    keys, _ = keys_of(world, world.colleague)
    key = keys.key(folder)
    lie = FORM.seal(key, folder, 3, note(world.owner, "falskt"), world.colleague.identity)
    with world.parts.casebook.write() as session:
        session.execute(insert(FolderEntry), [{"folder": folder, "number": 3, "sealed": lie}])
        summary = seal_summary(key, folder, 3, summarise([]))
        session.execute(update(StoredFolder).where(StoredFolder.id == folder).values(version=3, summary=summary))
    found = read(world, world.owner, folder)
    assert (notes(found), found.whole, found.entries[-1].entry.kind) == (["hej"], False, "forged")


def test_a_keyring_put_back_from_before_is_told(world: World) -> None:
    """The older value at today's version does not open; the older row as a whole opens, and the audit knows better."""
    make(world, world.owner)
    keys_of(world, world.owner)
    with world.parts.casebook.read() as session:
        old = session.scalars(select(StoredKeyring)).one()
    second = make(world, world.owner)
    keys_of(world, world.owner)
    with world.parts.casebook.write() as session:
        session.execute(update(StoredKeyring).values(sealed=old.sealed))
    assert keys_of(world, world.owner)[0].problem == "corrupt"
    with world.parts.casebook.write() as session:
        session.execute(update(StoredKeyring).values(sealed=old.sealed, version=old.version))
    keys, _ = keys_of(world, world.owner)
    assert (keys.problem, second in keys) == ("older", False)


def test_what_does_not_open_has_a_card_that_says_so(world: World) -> None:
    """A changed summary is a card without words, and the other cards are there."""
    folder, other = make(world, world.owner), make(world, world.owner)
    with world.parts.casebook.write() as session:
        session.execute(update(StoredFolder).where(StoredFolder.id == folder).values(summary=b"\1" + b"x" * 552))
    keys, person = keys_of(world, world.owner)
    shelf = Shelf()
    shelf.refresh(world.parts.casebook, keys, person)
    assert {card.id: card.problem for card in shelf.items()} == {folder: "corrupt", other: ""}


@pytest.mark.parametrize("step", ["renew", "grant"])
def test_dying_while_a_key_is_renewed_leaves_all_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The process ends between any two steps: the key before still opens everything for both, and nothing is lost."""
    folder = make(world, world.owner, world.colleague)
    keys, person = keys_of(world, world.owner)
    true = getattr(store, step)

    def die(*given: object) -> object:
        true(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(store, step, die)
    with pytest.raises(KeyboardInterrupt):
        world.parts.folders.unshare(keys, folder, person, [world.colleague.member], NOW)
    monkeypatch.undo()
    for human in (world.owner, world.colleague):
        found = read(world, human, folder)
        assert (notes(found), found.whole, found.key_version) == (["hej"], True, 1)


def test_dying_while_the_tray_is_emptied_loses_no_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keyring and tray change in one commit: after the crash the grant waits there as before."""
    folder = make(world, world.colleague)

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "clear_tray", die)
    with pytest.raises(KeyboardInterrupt):
        keys_of(world, world.colleague)
    monkeypatch.undo()
    assert notes(read(world, world.colleague, folder)) == ["hej"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=3000)
STEPS = st.lists(st.one_of(TEXTS, st.sampled_from([True, False])), max_size=6)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_written_and_whoever_comes_and_goes_comes_back_whole(world: World, steps: list[str | bool]) -> None:
    """Any words, and Björn let in and put out in any order: all words in order, one chain, and he reads if he may."""
    folder, written, may = make(world, world.owner, text=""), [""], False
    for step in steps:
        keys, person = keys_of(world, world.owner)
        if isinstance(step, str):
            add(world, world.owner, folder, step)
            written.append(step)
            continue
        act = world.parts.folders.share if step else world.parts.folders.unshare
        act(keys, folder, person, [world.colleague.member], NOW)
        may = step
    found = read(world, world.owner, folder)
    assert (notes(found), found.whole) == (written, True)
    assert json.loads(found.summary) == ["case", len(written)]
    assert (world.colleague.member in found.holders(world.members)) == may
    if may:
        assert notes(read(world, world.colleague, folder)) == written
    else:
        with pytest.raises(UnknownFolderError):
            read(world, world.colleague, folder)
    seen = world.parts.folders.seen(found, world.person(world.owner))
    assert all(one.trusted and not one.missing for one in seen)


@pytest.mark.sqlite
def test_a_copy_of_the_file_holds_no_word_of_a_folder_or_a_draft(world: World) -> None:
    """Entries, names, kinds and drafts are nowhere in the file, in no spelling of bytes."""
    folder = make(world, world.owner, world.colleague, text=CANARY)
    person = world.person(world.owner)
    world.parts.drafts.keep(person, f"case/{folder.hex()}/note", CANARY.encode(), NOW)
    keys, _ = keys_of(world, world.owner)
    entry = Entry(world.owner.name, NOW, "stage_moved", {"why": CANARY})
    world.parts.folders.append(keys, folder, person, lambda _found: [entry], summarise, NOW)
    for file in world.folder.glob("casebook.sqlite*"):
        data = file.read_bytes()
        for word in (CANARY, world.owner.name, "stage_moved", "ekstad", '"case"', keys.key(folder).hex()):
            for spelling in (word.encode(), word.encode("utf-16-le")):
                assert spelling not in data, (file.name, word)
        assert keys.key(folder) not in data
