"""Give many folders to one member: hundreds of grants in one commit, each with its entry and its row of the audit.

What a folder is, is taken from its summary, which only holders of its key can write; who holds it is not proven first:
whoever is given a key once more has lost nothing. Source: docs/envelope.md sections 5.3 and 5.4.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from crypto.opening.members import Member
from staff.audit import About, Audit
from staff.audit.store import take_turn
from staff.casebook import Casebook
from staff.errors import RefusedActError
from staff.folders import store
from staff.folders.folder import SHARED, naming, next_after, open_summary, refuse_outsiders, seal_entries, seal_summary
from staff.folders.keys import Keys
from staff.folders.making import granted, refuse_granter
from staff.models import FolderEntry, StoredFolder, Tray
from staff.person import Person

CHUNK = 200  # folders in one commit

Fits = Callable[[bytes], bool]


@dataclass(frozen=True)
class _Gift:
    """Hold one folder's change, sealed, with its grants by member tag and the row of the audit that goes before it."""

    change: store.Change
    grants: Mapping[bytes, bytes]
    about: About


def give(  # who gives what to whom, by which keys, when
    casebook: Casebook, keys: Keys, rows: Sequence[bytes], person: Person, member: Member, now: datetime, fits: Fits
) -> set[bytes]:
    """Grant folders, at most CHUNK of them, to a member in one commit; give the ids of those that were granted.

    Left out is what the person does not hold, what does not open, and what `fits` says no to: it is given the summary.
    Raises RefusedActError("role").
    """
    refuse_granter(person)
    with casebook.write() as session:
        take_turn(session)  # from here on nobody else writes: what is read stands until the commit
        gifts = list(_sealed(session, Audit(casebook), keys.held(), rows, person, (member, now, fits)))
        Audit(casebook).write_all(session, person, [one.about for one in gifts], now)
        if gifts:
            _write(session, gifts)
    return {one.change.folder for one in gifts}


def _sealed(
    session: Session,
    audit: Audit,
    held: Mapping[bytes, tuple[int, bytes]],
    rows: Sequence[bytes],
    person: Person,
    wish: tuple[Member, datetime, Fits],
) -> Iterator[_Gift]:
    member, now, fits = wish
    mine = [row for row in rows if row in held]
    stored = [one for one in store.folders(session, mine) if one.key_version == held[one.id][0]]
    numbers = _numbers(session, [one.id for one in stored])
    standing = audit.standing(session, [held[one.id][1] for one in stored])
    said = naming(SHARED, person.name, now, [member])
    for one in stored:
        version, key = held[one.id]
        summary = open_summary(key, one.id, one.version, one.summary)
        if summary is None or not fits(summary) or not _allowed(summary, member):
            continue
        k, highest = standing[key]
        number = next_after([highest, one.version, *numbers.get(one.id, ())])
        entries = seal_entries(key, one.id, {number: said}, person.identity, version)
        change = store.Change(one.id, one.version, version, seal_summary(key, one.id, number, summary), entries)
        about = About("shared", one.id, key, {"v": str(number), "did": SHARED}, after=k)
        yield _Gift(change, granted(key, one.id, version, [member], person), about)


def _allowed(summary: bytes, member: Member) -> bool:
    try:
        refuse_outsiders(summary, [member])
    except RefusedActError:
        return False
    return True


def _numbers(session: Session, ids: Sequence[bytes]) -> dict[bytes, list[int]]:
    """Give the numbers of each folder's entries, without the entries."""
    found: dict[bytes, list[int]] = {}
    for some in store.chunks(ids):
        asked = select(FolderEntry.folder, FolderEntry.number).where(FolderEntry.folder.in_(some))
        for row, number in session.execute(asked):
            found.setdefault(row, []).append(store.bounded(number))
    return found


def _write(session: Session, gifts: Sequence[_Gift]) -> None:
    """Write summaries, entries and grants, in few questions; all of them stand as they were read: we have the turn."""
    one = StoredFolder
    raised = update(one).where(one.id == bindparam("row")).values(version=bindparam("number"), summary=bindparam("now"))
    changes = [gift.change for gift in gifts]
    named = [{"row": each.folder, "number": max(each.entries), "now": each.summary} for each in changes]
    session.connection().execute(raised, named)
    entries = [
        {"folder": each.folder, "number": number, "sealed": sealed}
        for each in changes
        for number, sealed in each.entries.items()
    ]
    session.execute(insert(FolderEntry), entries)
    grants = [(gift.change, tag, sealed) for gift in gifts for tag, sealed in gift.grants.items()]
    for tag in {tag for _, tag, _ in grants}:
        session.execute(delete(Tray).where(Tray.member == tag, Tray.folder.in_([each.folder for each in changes])))
    rows = [
        {"folder": each.folder, "member": tag, "key_version": each.key_version, "sealed": sealed}
        for each, tag, sealed in grants
    ]
    session.execute(insert(Tray), rows)
