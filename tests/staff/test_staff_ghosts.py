"""A key that the register does not know signs for nobody: in a case, in an agency's name, in the audit."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update

from crypto.opening.auditing import Act, Spot, audit_key, next_head, row_tag, seal_act
from crypto.opening.casebook import new_key
from crypto.opening.identity import Identity, new_identity
from staff.audit import days
from staff.audit import store as chain
from staff.entry import Entry
from staff.folders.folder import FORM, seal_summary
from staff.models import FolderEntry, StoredFolder
from tests.staff.test_staff_audit import run
from tests.staff.test_staff_folders import NOW, keys_of, make, note, notes, read
from tests.staff.world import Human, World

GHOST = "Karl Nilsson"


def write_as(world: World, holder: Human, folder: bytes, entry: Entry, identity: Identity) -> None:
    """Write an entry as somebody who holds the key and the casebook's file can, signed with any key."""
    keys, person = keys_of(world, holder)
    found = world.parts.folders.peek(keys, folder, person)
    number = found.next_number()
    sealed = FORM.seal(found.key, folder, number, entry, identity, found.key_version)
    summary = seal_summary(found.key, folder, number, found.summary)
    with world.parts.casebook.write() as session:
        session.execute(insert(FolderEntry), [{"folder": folder, "number": number, "sealed": sealed}])
        session.execute(update(StoredFolder).where(StoredFolder.id == folder).values(version=number, summary=summary))


def slip_into_audit(world: World) -> int:
    """Write a row of the audit by a person who never was, with no key but one just drawn; gives its number."""
    with world.parts.casebook.write() as session:
        number, head = chain.head(session)
        key = audit_key(new_key())
        spot = Spot(head, number + 1, days(NOW), row_tag(key, 1))
        act = Act(GHOST, "opened", int(NOW.timestamp()), b"s" * 16, 1, {"v": "3"})
        sealed, own = seal_act(act, spot, new_identity(), key, [world.auditor.identity.box_public])
        after = next_head(spot, sealed, own)
        assert chain.move_head(session, number, spot.number, after)
        chain.add(session, chain.Stored(spot.number, spot.day, spot.tag, sealed, own, after))
    return spot.number


def test_an_entry_by_somebody_who_never_was_is_forged(world: World) -> None:
    """Björn holds the key and the file, and writes under an invented name with a fresh key: it counts for nothing."""
    folder = make(world, world.owner, world.colleague)
    write_as(world, world.colleague, folder, Entry(GHOST, NOW, "note", {"text": "ingen"}), new_identity())
    found = read(world, world.owner, folder)
    assert (notes(found), found.whole, found.entries[-1].entry.kind) == (["hej"], False, "forged")


@pytest.mark.parametrize("who", ["case_officer", "lead", "colleague"])
def test_nobody_writes_in_the_name_of_who_has_left(world: World, who: str) -> None:
    """What they wrote while here still counts after they left; what a fresh key writes under their name does not."""
    gone: Human = getattr(world, who)
    folder = make(world, world.owner)
    write_as(world, world.owner, folder, note(gone, "sant"), gone.identity)
    world.others = [one for one in world.others if one is not gone]
    stay = [one for one in (world.owner, world.colleague, world.stranger) if one is not gone]
    world.roster = world.sign(stay, epoch=2)
    assert read(world, world.owner, folder).whole
    write_as(world, world.owner, folder, note(gone, "falskt"), new_identity())
    found = read(world, world.owner, folder)
    assert (notes(found), found.whole) == (["hej", "sant"], False)


def test_the_auditor_is_told_of_a_row_by_nobody(world: World) -> None:
    """The chain fits, and yet the row is not signed by anybody of the register: the page and the command say so."""
    number = slip_into_audit(world)
    page = world.browser(world.auditor).get("/audit").text
    assert GHOST not in page
    assert "fel underskrift" in page
    key = world.folder / "aron.json"
    key.write_bytes(world.key_file(world.auditor))
    key.chmod(0o600)
    code, said = run(world, "--key", str(key))
    assert code == 1
    assert f"{number}: this row is not signed by the person it names" in said
