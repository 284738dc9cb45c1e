"""Read many folders for a computation: hundreds in each commit of their rows of the audit, before anything is given.

Each folder's own audit says that this key opened it, as when it is read alone; that is what a commit for each of them
cost most. The commits stay short, so that nobody else waits for the chain while thousands are read.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.opening.casebook import key_commitment
from staff.audit import About, Audit
from staff.audit.store import take_turn
from staff.casebook import Casebook
from staff.errors import UnknownFolderError
from staff.folders import store
from staff.folders.folder import FORM, Folder, open_summary
from staff.folders.keys import Keys, bound
from staff.folders.store import Stored
from staff.models import FolderEntry
from staff.person import Person

CHUNK = 200  # folders in one commit
T = TypeVar("T")


def count_each(  # what is read, by whom, when, and what is made of it
    casebook: Casebook,
    keys: Keys,
    rows: Sequence[bytes],
    person: Person,
    now: datetime,
    make: Callable[[Folder], T],
    what: str,
) -> list[T]:
    """Give what `make` makes of each folder, once the audit of every one of them says `what`.

    Raises UnknownFolderError for a folder that is not there, or not this person's any more. The trap: `make` must show
    nothing to anybody, since a later commit may still fail.
    """
    keys.refresh(casebook, person, now)
    found: list[T] = []
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        with casebook.write() as session:
            take_turn(session)  # what is read here stands until the commit that says so
            folders = list(_read(session, Audit(casebook), keys, some, person))
            if len(folders) < len(some):
                raise UnknownFolderError
            acts = [About(what, one.id, one.key, _version(one), after=k) for one, k in folders]
            Audit(casebook).write_all(session, person, acts, now)
        found += [make(one) for one, _ in folders]
    return found


def _version(one: Folder) -> dict[str, str]:
    return {"v": str(max(one.version, one.highest))}


def _read(
    session: Session, audit: Audit, keys: Keys, rows: Sequence[bytes], person: Person
) -> Iterator[tuple[Folder, int]]:
    held = keys.held()
    stored = [one for one in store.folders(session, rows) if held.get(one.id, (0,))[0] == one.key_version]
    standing = audit.standing(session, [held[one.id][1] for one in stored])
    sealed = _entries(session, [one.id for one in stored])
    for one in stored:
        key = held[one.id][1]
        k, highest = standing[key]
        yield _folder(one, key, sealed.get(one.id, {}), highest, person), k


def _folder(one: Stored, key: bytes, sealed: dict[int, bytes], highest: int, person: Person) -> Folder:
    entries = FORM.read(key, one.id, sealed, person.papers.members, one.key_version)
    summary = open_summary(key, one.id, one.version, one.summary)
    broken = summary is None or key_commitment(key, bound(one.id)) != one.commitment
    problem = "corrupt" if broken else "older" if highest > one.version else ""
    read = tuple(entries)
    return Folder(one.id, one.day, one.version, one.key_version, key, summary or b"", read, highest, problem)


def _entries(session: Session, ids: Sequence[bytes]) -> dict[bytes, dict[int, bytes]]:
    one, found = FolderEntry, dict[bytes, dict[int, bytes]]()
    for some in store.chunks(ids):
        asked = select(one.folder, one.number, one.sealed).where(one.folder.in_(some))
        for row, number, sealed in session.execute(asked):
            found.setdefault(row, {})[store.bounded(number)] = sealed
    return found
