"""Who may give a folder another key, who may say who holds it, and whose ledger is the team's."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, insert, select, update

from crypto.opening.casebook import grant, key_commitment, new_key
from crypto.opening.members import Member
from staff.entry import Entry
from staff.errors import UnknownFolderError
from staff.folders import Shelf, store
from staff.folders.folder import REKEYED, SHARED, UNSHARED, mark, naming, numbered, seal_entries, seal_summary
from staff.folders.keys import bound
from staff.folders.making import granted
from staff.ledger import Ledger
from staff.models import StoredFolder, Tray
from tests.staff.test_staff_folders import NOW, add, keys_of, make, notes, read, summarise
from tests.staff.test_staff_ghosts import write_as
from tests.staff.world import Human, World


def poison(world: World, folder: bytes, by: Human, to: Human, before: bytes) -> None:
    """Bind a folder's row to a key of one's own and grant it, as a coordinator with the casebook's file can."""
    bad, version = new_key(), 2
    entries = numbered(3, [naming(REKEYED, by.name, NOW, [to.member], key=before.hex())])
    member = world.person(to).member_tag(to.identity.box_public)
    stored = store.Stored(
        folder, 1, 3, version, key_commitment(bad, bound(folder)), seal_summary(bad, folder, 3, summarise([]))
    )
    sealed = seal_entries(bad, folder, entries, by.identity, version)
    with world.parts.casebook.write() as session:
        session.execute(update(StoredFolder).where(StoredFolder.id == folder).values(**stored._asdict()))
        session.execute(delete(Tray).where(Tray.folder == folder, Tray.member == member))
        store._add_entries(session, folder, sealed)
        given = grant(bad, bound(folder), to.identity.box_public, by.identity, version)
        session.execute(insert(Tray), [{"folder": folder, "member": member, "key_version": version, "sealed": given}])


@pytest.mark.parametrize("who", ["stranger", "lead"])
def test_nobody_renews_a_key_that_they_do_not_know(world: World, who: str) -> None:
    """Cilla of another town makes Anna forget nothing, nor a lead without the key; once mended, Anna reads on."""
    folder = make(world, world.owner)
    keys_of(world, world.owner)
    with world.parts.casebook.read() as session:
        whole = store.folder(session, folder)
    assert whole is not None
    poison(world, folder, getattr(world, who), world.owner, b"?" * 32)
    with pytest.raises(UnknownFolderError):
        read(world, world.owner, folder)
    with world.parts.casebook.write() as session:
        values = {name: value for name, value in whole._asdict().items() if name != "id"}
        session.execute(update(StoredFolder).where(StoredFolder.id == folder).values(**values))
    assert notes(read(world, world.owner, folder)) == ["hej"]


def test_whoever_was_away_follows_several_renewals(world: World) -> None:
    """Björn holds the first key; it is renewed twice while he is away, and each renewal names the key before."""
    folder = make(world, world.owner, world.colleague)
    assert notes(read(world, world.colleague, folder)) == ["hej"]
    people: list[Member] = [world.owner.member, world.colleague.member]
    for _ in range(2):
        keys, person = keys_of(world, world.owner)
        world.parts.folders.rekey(keys, folder, person, people, NOW)
    add(world, world.owner, folder, "två")
    found = read(world, world.colleague, folder)
    assert (found.key_version, notes(found)) == (3, ["hej", "två"])


@pytest.mark.parametrize("kind", [UNSHARED, REKEYED, SHARED])
def test_an_agency_says_nothing_about_who_holds_the_key(world: World, kind: str) -> None:
    """Sonja holds a hand-over and signs that she lost it, or that another has it: everybody still counts as before."""
    sonja, other = world.case_officer, world.officer
    folder = world.parts.folders.create(
        world.person(world.owner),
        [],
        lambda _entries: json.dumps(["handover", 1]).encode(),
        [world.owner.member, sonja.member],
        NOW,
    )
    before = read(world, world.owner, folder).holders(world.members)
    assert sonja.member in before
    named = other.member if kind == SHARED else sonja.member if kind == UNSHARED else world.owner.member
    said = Entry(sonja.name, NOW, kind, {"to": mark(named.box_public), "names": named.name})
    write_as(world, sonja, folder, said, sonja.identity)
    found = read(world, world.owner, folder)
    assert found.entries[-1].trusted
    assert found.holders(world.members) == before


def slip_in_ledger(world: World, by: Human, name: str) -> bytes:
    """Put a ledger with the lowest id there is among Ekstad's, made by somebody and readable by them."""
    person, row, key = world.person(by), bytes(16), new_key()
    members = [world.owner.member, world.colleague.member, world.lead.member]
    entries = [Entry(by.name, NOW, "hold", {}), naming(SHARED, by.name, NOW, members)]
    summary = seal_summary(key, row, 2, json.dumps(["ledger", 1, name, 2]).encode())
    with world.parts.casebook.write() as session:
        stored = store.Stored(row, 20_000, 2, 1, key_commitment(key, bound(row)), summary)
        store.add(session, stored, seal_entries(key, row, numbered(1, entries), by.identity, 1))
        store.grant(session, row, 1, granted(key, row, 1, members, person))
    return row


@pytest.mark.parametrize("name", ["documents", "erasure", "figures", "shift"])
def test_a_ledger_by_another_town_is_not_ours(world: World, name: str) -> None:
    """Cilla's ledger stands first by its id; Ekstad reads its own, writes into its own, and counts nothing of hers."""
    row = slip_in_ledger(world, world.stranger, name)
    ledger = ledger_of(world, name)
    ledger.append(lambda _entries: [Entry(world.owner.name, NOW, "asked", {"what": "kanariefågel"})])
    ledger_of(world, name).append(lambda _entries: [Entry(world.owner.name, NOW, "asked", {"what": "två"})])
    found = [one.fields["what"] for one in ledger_of(world, name).entries() if one.kind == "asked"]
    assert found == ["kanariefågel", "två"]
    assert "hold" not in [one.kind for one in ledger_of(world, name).entries()]
    with world.parts.casebook.read() as session:
        assert len(store.entries(session, row)) == 2
        assert len(session.scalars(select(StoredFolder.id)).all()) == 2


def test_a_ledger_by_a_colleague_is_ours(world: World) -> None:
    """The same row made by Björn is read and written to, also after he has left."""
    slip_in_ledger(world, world.colleague, "documents")
    world.roster = world.sign([world.owner, world.stranger], epoch=2)
    assert next(one.kind for one in ledger_of(world, "documents").entries()) == "hold"


def ledger_of(world: World, name: str) -> Ledger:
    """Give Ekstad's ledger as Anna has it in a new session."""
    keys, person = keys_of(world, world.owner)
    return Ledger(name, world.parts.casebook, world.parts.folders, keys, Shelf(), person, NOW)
