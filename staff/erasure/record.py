"""The ids of what was erased, in a file beside the casebook, never in it: a backup put back does not bring them back.

One id a line, in hex; appended and on disk before the casebook forgets. The ids are random and tell nothing.
"""

import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from staff.casebook import Casebook
from staff.folders import store
from staff.models import Collected, Dismissed, Erased, Grant, StoredEntry, StoredFolder, StoredSubmission

ID_SIZE = 16


class Record:
    """Append to the file and read it; `path` None means that there is none, and nothing can be erased."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, ids: Iterable[bytes]) -> None:
        """Write ids and wait until they are on disk; raises OSError, and then nothing may be erased."""
        if self.path is None:
            raise FileNotFoundError("no file for what was erased")
        lines = "".join(f"{one.hex()}\n" for one in ids).encode()
        with self._lock:
            new = not self.path.exists()
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, b"\n" + lines)  # a line that a crash cut short must not join with the next
                os.fsync(handle)
            finally:
                os.close(handle)
            if new:
                _sync_folder(self.path.parent)

    def ids(self) -> set[bytes]:
        """Read every id; a line that was cut short is none."""
        if self.path is None or not self.path.exists():
            return set()
        return {one for line in self.path.read_bytes().split() if (one := _id(line)) is not None}


def _id(line: bytes) -> bytes | None:
    try:
        found = bytes.fromhex(line.decode("ascii"))
    except ValueError:
        return None
    return found if len(found) == ID_SIZE else None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def restore(casebook: Casebook, record: Record, day: int) -> int:
    """Erase again whatever of the record a casebook holds, and count it; before anybody signs in.

    What the casebook alone remembers as erased goes into the record, should that be the older of the two.
    """
    known = record.ids()
    with casebook.read() as session:
        inside = set(session.scalars(select(Erased.id)))
        back = (known | inside) & _all_ids(session)
    if record.path is not None and inside - known:
        record.add(sorted(inside - known))
    if back or known - inside:
        with casebook.write() as session:
            destroy(session, sorted(back | (known - inside)), day)
        casebook.settle()
    return len(back)


def _all_ids(session: Session) -> set[bytes]:
    found: set[bytes] = set()
    for column in (StoredFolder.id, StoredSubmission.id, Collected.id):
        found |= set(session.scalars(select(column)))
    return found


def destroy(session: Session, ids: Sequence[bytes], day: int) -> None:
    """Erase folders and submissions with everything in them, in the caller's write transaction.

    A submission's id is its envelope's: one that lies unopened, as in an old backup, goes too.
    """
    for some in store.chunks(ids):
        session.execute(delete(StoredEntry).where(StoredEntry.submission.in_(some)))
        session.execute(delete(Grant).where(Grant.submission.in_(some)))
        session.execute(delete(StoredSubmission).where(StoredSubmission.id.in_(some)))
        session.execute(delete(Collected).where(Collected.id.in_(some)))
        session.execute(delete(Dismissed).where(Dismissed.row.in_(some)))
    store.destroy(session, ids, day)
