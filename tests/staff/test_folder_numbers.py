"""Numbers that no row of ours has, written into the file: one fenced row, and every page of the team goes on."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, literal_column, select, update

from crypto.errors import CorruptError, MalformedError
from crypto.opening.auditing import Spot, next_head
from crypto.opening.casebook import Place, accept_grant, grant, new_key, open_many
from crypto.opening.identity import new_identity
from crypto.opening.keyring import open_keyring, seal_keyring
from staff.agencies.handover import HandoverSummary
from staff.agencies.transfer import TransferSummary
from staff.audit.verify import Check, verify
from staff.errors import UnknownFolderError
from staff.folders import Shelf
from staff.folders.folder import LEAP
from staff.models import AuditRow, FolderEntry, StoredFolder, StoredKeyring, Tray
from tests.staff.test_staff_folders import add, keys_of, make, notes, read
from tests.staff.world import World

HUGE = 2**33


@pytest.mark.parametrize("number", [-1, HUGE, 2**70])
def test_a_number_out_of_range_is_a_changed_row(number: int) -> None:
    """Whatever binds a value to a number answers with our own error, never with one that nobody waits for."""
    identity, key = new_identity(), new_key()
    for place in (Place("folder", b"x" * 16, number), Place("folder", b"x" * 16, 0, number)):
        with pytest.raises(CorruptError):
            place.associated()
    assert list(open_many("folder", [(key, b"x" * 16, number, b"\x01" + b"x" * 80)])) == [None]
    with pytest.raises(CorruptError):
        open_keyring(identity, seal_keyring(identity, {}, 1), number)
    granted = grant(key, b"row", identity.box_public, identity)
    with pytest.raises(CorruptError):
        accept_grant(granted, b"row", identity, identity.sign_public, number)
    for spot in (Spot(bytes(32), 1, number, b"t" * 16), Spot(bytes(32), -1, 1, b"t" * 16)):
        with pytest.raises(CorruptError):
            spot.associated()
        with pytest.raises(CorruptError):
            next_head(spot, b"", b"")


@pytest.mark.sqlite  # a server's own types refuse such a row
@pytest.mark.parametrize(
    "change",
    [
        {"version": HUGE},
        {"version": -1},
        {"version": literal_column("'abc'")},
        {"version": 2**32 - 1},
        {"key_version": HUGE},
        {"key_version": literal_column("'abc'")},
        {"day": 10**9},
    ],
)
def test_one_bad_row_is_one_bad_card_and_the_others_stand(world: World, change: dict[str, object]) -> None:
    """The list has both: the good one as it was, the bad one marked, whoever reads it is told, nothing falls over."""
    good, bad = make(world, world.owner), make(world, world.owner, text="två")
    ((name, value),) = change.items()
    with world.parts.casebook.write() as session:
        session.execute(update(StoredFolder).where(StoredFolder.id == bad).values({name: value}))
    keys, person = keys_of(world, world.owner)
    shelf = Shelf()
    shelf.refresh(world.parts.casebook, keys, person)
    cards = {card.id: card.problem for card in shelf.items()}
    assert cards == {good: "", bad: {"version": "corrupt", "key_version": "not_mine", "day": ""}[name]}
    assert read(world, world.owner, good).whole
    if name == "key_version":
        with pytest.raises(UnknownFolderError):
            read(world, world.owner, bad)
    else:
        found = read(world, world.owner, bad)
        assert (found.whole, notes(found)) == (name == "day", ["två"])


@pytest.mark.sqlite  # a server's own types refuse such a row
@pytest.mark.parametrize("number", [-1, HUGE, 2**32 - 1, LEAP * 3, 3, 4])
def test_a_junk_entry_uses_up_no_numbers(world: World, number: int) -> None:
    """The junk is told and kept apart; the next note is written, on a number that is free, and read."""
    folder = make(world, world.owner)
    with world.parts.casebook.write() as session:
        session.execute(insert(FolderEntry), [{"folder": folder, "number": number, "sealed": b"\x01" + b"x" * 600}])
    for words in ("två", "tre"):
        assert add(world, world.owner, folder, words).version < 10
    found = read(world, world.owner, folder)
    assert (notes(found), found.whole) == (["hej", "två", "tre"], False)
    assert [one.entry.kind for one in found.entries].count("unreadable") == 1


@pytest.mark.sqlite  # a server's own types refuse such a row
def test_a_bad_grant_and_a_bad_keyring_shut_nobody_out(world: World) -> None:
    """A grant of an impossible version is passed over; a keyring of one is told, and what waits is still read."""
    first, second = make(world, world.colleague), make(world, world.colleague)
    with world.parts.casebook.write() as session:
        session.execute(update(Tray).where(Tray.folder == first).values(key_version=HUGE))
    keys, _ = keys_of(world, world.colleague)
    assert (first in keys, second in keys) == (False, True)
    third = make(world, world.colleague)
    with world.parts.casebook.write() as session:
        session.execute(update(StoredKeyring).values(version=HUGE))
    keys, _ = keys_of(world, world.colleague)
    assert keys.problem == "corrupt"
    assert third in keys


def test_a_day_that_was_never_is_told_by_the_audit(world: World) -> None:
    """The auditor's page and the check name the row instead of dying at it."""
    make(world, world.owner)
    with world.parts.casebook.write() as session:
        newest = session.scalar(select(AuditRow.number).order_by(AuditRow.number.desc())) or 0
        session.execute(update(AuditRow).where(AuditRow.number == newest).values(day=-1))
    page = world.browser(world.auditor).get("/audit")
    assert page.status_code == 200
    check = Check()
    with world.parts.casebook.read() as session:
        assert verify(session, check, identity=world.auditor.identity, members=world.members)
    assert (newest, "changed") in [(fault.number, fault.what) for fault in check.faults]


HANDOVER = '["handover",1,"a","b","asked","2026-12-01",%s,0,0,"",""]'
TRANSFER = '["transfer",1,"a","b","c","asked",%s,"0",false,0,""]'


@pytest.mark.parametrize("number", ["1e999", "-1", "1" * 300, "NaN", '"x"', "null", "true", "[" * 90 + "]" * 90])
def test_a_summary_with_a_number_that_is_none_is_malformed(number: str) -> None:
    """Whoever holds the key writes the summary: what they write there is one of ours or refused, in one way."""
    for kind, words in ((HandoverSummary, HANDOVER), (TransferSummary, TRANSFER)):
        assert kind.decode((words % 5).encode()).asked_at == 5
        with pytest.raises(MalformedError):
            kind.decode((words % number).encode())
