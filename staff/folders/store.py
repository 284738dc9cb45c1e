"""The folders' questions to the casebook, in one place; all values go in and out sealed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.orm import Session

from staff.models import Erased, FolderEntry, StoredFolder, StoredKeyring, Tray

CHUNK = 500
LAST_DAY = (date.max - date(1970, 1, 1)).days
OUTSIDE = 2**32  # stands for every number that none of our rows has: no value opens there


class Stored(NamedTuple):
    """Hold a folder's row."""

    id: bytes
    day: int
    version: int
    key_version: int
    commitment: bytes
    summary: bytes


class Granted(NamedTuple):
    """Hold one grant in somebody's tray, with what the folder's row says of its key."""

    folder: bytes
    key_version: int
    sealed: bytes
    commitment: bytes


class Change(NamedTuple):
    """Hold what one write puts into a folder that stands at `after` under the key `key_version`."""

    folder: bytes
    after: int
    key_version: int
    summary: bytes
    entries: Mapping[int, bytes]


ONE = StoredFolder
COLUMNS = (ONE.id, ONE.day, ONE.version, ONE.key_version, ONE.commitment, ONE.summary)


def bounded(number: object) -> int:
    """Give a number out of a row as it is, or OUTSIDE if no row of ours could have it."""
    return number if isinstance(number, int) and 0 <= number < OUTSIDE else OUTSIDE


def _stored(row: Row[bytes, int, int, int, bytes, bytes]) -> Stored:
    folder, day, version, key_version, commitment, summary = row
    return Stored(folder, _day(day), bounded(version), bounded(key_version), commitment, summary)


def _day(number: object) -> int:
    found = bounded(number)
    return found if found <= LAST_DAY else 0


def folder(session: Session, row: bytes) -> Stored | None:
    """Fetch one folder's row."""
    found = session.execute(select(*COLUMNS).where(ONE.id == row)).one_or_none()
    return _stored(found) if found else None


def folders(session: Session, ids: Sequence[bytes]) -> Iterator[Stored]:
    """Fetch folders' rows, many at a time."""
    for some in chunks(ids):
        yield from (_stored(row) for row in session.execute(select(*COLUMNS).where(ONE.id.in_(some))))


def versions(session: Session, ids: Collection[bytes]) -> dict[bytes, tuple[int, int]]:
    """Give version and key version of these folders; those that are no more are left out."""
    asked = select(ONE.id, ONE.version, ONE.key_version)
    if len(ids) > CHUNK * 4:  # the index holds all of it: cheaper than looking each one up
        return {row: (bounded(version), bounded(key)) for row, version, key in session.execute(asked) if row in ids}
    found: dict[bytes, tuple[int, int]] = {}
    for some in chunks(list(ids)):
        rows = session.execute(asked.where(ONE.id.in_(some)))
        found |= {row: (bounded(version), bounded(key)) for row, version, key in rows}
    return found


def entries(session: Session, row: bytes) -> dict[int, bytes]:
    """Fetch one folder's sealed entries by their numbers; those with impossible ones are one, at OUTSIDE."""
    found = session.execute(select(FolderEntry.number, FolderEntry.sealed).where(FolderEntry.folder == row))
    return {bounded(number): sealed for number, sealed in found}


def add(session: Session, stored: Stored, sealed: Mapping[int, bytes]) -> None:
    """Add a folder with its first entries."""
    session.execute(insert(StoredFolder), [stored._asdict()])
    _add_entries(session, stored.id, sealed)


def change(session: Session, one: Change) -> bool:
    """Add entries and the summary that follows from them; False if somebody else wrote, or renewed the key, first."""
    standing = (ONE.id == one.folder, ONE.version == one.after, ONE.key_version == one.key_version)
    values = update(StoredFolder).where(*standing).values(version=max(one.entries), summary=one.summary)
    if session.connection().execute(values).rowcount != 1:
        return False
    _add_entries(session, one.folder, one.entries)
    return True


def renew(session: Session, before: Stored, stored: Stored, sealed: Mapping[int, bytes]) -> bool:
    """Put everything of a folder in place anew, under another key; False if somebody else wrote first.

    Drops every grant that waits: they are of the key before.
    """
    standing = (ONE.id == before.id, ONE.version == before.version, ONE.key_version == before.key_version)
    values = {name: value for name, value in stored._asdict().items() if name != "id"}
    if session.connection().execute(update(StoredFolder).where(*standing).values(**values)).rowcount != 1:
        return False
    session.execute(delete(FolderEntry).where(FolderEntry.folder == before.id))
    _add_entries(session, before.id, sealed)
    session.execute(delete(Tray).where(Tray.folder == before.id))
    return True


def grant(session: Session, row: bytes, key_version: int, grants: Mapping[bytes, bytes]) -> None:
    """Put grants into trays, by member tag, in place of those that wait there."""
    session.execute(delete(Tray).where(Tray.folder == row, Tray.member.in_(grants)))
    rows = [
        {"folder": row, "member": member, "key_version": key_version, "sealed": sealed}
        for member, sealed in grants.items()
    ]
    if rows:
        session.execute(insert(Tray), rows)


def tray(session: Session, member: bytes) -> list[Granted]:
    """List the grants that wait for a member."""
    found = session.execute(
        select(Tray.folder, Tray.key_version, Tray.sealed, ONE.commitment)
        .join(StoredFolder, ONE.id == Tray.folder)
        .where(Tray.member == member)
    )
    return [Granted(folder, bounded(version), sealed, commitment) for folder, version, sealed, commitment in found]


def clear_tray(session: Session, member: bytes, taken: Sequence[Granted]) -> None:
    """Take grants out of a member's tray, if they are still those that were read."""
    for one in taken:
        own = (Tray.folder == one.folder, Tray.member == member, Tray.sealed == one.sealed)
        session.execute(delete(Tray).where(*own))


def keyring_version(session: Session, member: bytes) -> int:
    """Give the version of a member's keyring, 0 if there is none."""
    return bounded(session.scalar(select(StoredKeyring.version).where(StoredKeyring.member == member)) or 0)


def keyring(session: Session, member: bytes) -> tuple[int, bytes] | None:
    """Fetch a member's keyring and its version."""
    asked = select(StoredKeyring.version, StoredKeyring.sealed).where(StoredKeyring.member == member)
    found = session.execute(asked).one_or_none()
    return (bounded(found[0]), found[1]) if found else None


def keep_keyring(session: Session, member: bytes, after: int, sealed: bytes) -> bool:
    """Put a keyring in place of the one at version `after` (0: none); False if there is another by now."""
    if not after:
        if keyring_version(session, member):
            return False
        session.execute(insert(StoredKeyring), [{"member": member, "version": 1, "sealed": sealed}])
        return True
    standing = (StoredKeyring.member == member, StoredKeyring.version == after)
    values = update(StoredKeyring).where(*standing).values(version=after + 1, sealed=sealed)
    return session.connection().execute(values).rowcount == 1


def destroy(session: Session, ids: Sequence[bytes], day: int) -> None:
    """Erase folders with everything in them, and remember that they were."""
    for some in chunks(ids):
        for table, column in ((FolderEntry, FolderEntry.folder), (Tray, Tray.folder), (StoredFolder, ONE.id)):
            session.execute(delete(table).where(column.in_(some)))
        known = set(session.scalars(select(Erased.id).where(Erased.id.in_(some))))
        fresh = [{"id": row, "day": day} for row in some if row not in known]
        if fresh:
            session.execute(insert(Erased), fresh)


def erased(session: Session) -> set[bytes]:
    """List what was erased; what still stands is not, whatever the table says: a row slipped in costs no key."""
    return set(session.scalars(select(Erased.id).where(Erased.id.not_in(select(ONE.id)))))


def said_erased(session: Session) -> set[bytes]:
    """List what the table says was erased: no proof, since whoever may write to the casebook may write it."""
    return set(session.scalars(select(Erased.id)))


def count(session: Session) -> int:
    """Count the folders."""
    return session.scalar(select(func.count()).select_from(StoredFolder)) or 0


def chunks(ids: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Cut a list into pieces that a database takes as one question's values."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _add_entries(session: Session, row: bytes, sealed: Mapping[int, bytes]) -> None:
    rows = [{"folder": row, "number": number, "sealed": value} for number, value in sealed.items()]
    session.execute(insert(FolderEntry), rows)
