"""The ids of what was erased, in a file beside the casebook, never in it: a backup put back does not bring them back.

One id a line, in hex; appended and on disk before the casebook forgets. The ids are random and tell nothing. The file
alone decides what is erased at the start: whoever can write to the casebook could put any id into its own table. A line
"again", day and number remembers how many were erased at a start: no ledger can, since nobody is signed in then. A line
"left" and an Ed25519 key in hex names a key that has left: a backup from before lets nobody in again. A line "epoch"
and a number remembers the highest register that was believed: an older one, put back before a start, is refused. A line
"stays" and an id names an order to join that was in force when somebody left who had signed it. Lines "passkey" and
"codes", a row and a number say how new what lets somebody in must be (staff.accounts.remembered): the highest counts.
"seen" and "jumped", and a day: when the app last looked at its clock (staff.erasure.clock); the last line counts.
"""

import logging
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from staff.casebook import Casebook
from staff.folders import store
from staff.models import Collected, Dismissed, Grant, StoredEntry, StoredFolder, StoredSubmission

ID_SIZE = 16
AGAIN = "again"
LEFT = "left"
EPOCH = "epoch"
STAYS = "stays"
SEEN, JUMPED = "seen", "jumped"
NUMBERED = ("passkey", "codes")
GONE = 2**40 - 1  # higher than any counter: taken away for good
KEY_SIZE = 32
FIRST_DAY = date(1970, 1, 1)

log = logging.getLogger("utvag.staff")


@dataclass(frozen=True)
class Restart:
    """Hold how many were erased at a start: after a backup was put back, or a crash in the middle of an erasure."""

    day: date
    count: int


class Record:
    """Append to the file and read it; `path` None means that there is none, and nothing can be erased."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] = (0, 0)
        self._left: frozenset[bytes] = frozenset()
        self._stays: frozenset[bytes] = frozenset()
        self._newest: dict[str, int] = {}
        self._days = {SEEN: 0, JUMPED: 0}

    def add(self, ids: Iterable[bytes]) -> None:
        """Write ids and wait until they are on disk; raises OSError, and then nothing may be erased."""
        self._write([one.hex() for one in ids])

    def again(self, day: int, count: int) -> None:
        """Remember that so many were erased at the start of a day (since 1970); raises OSError."""
        self._write([f"{AGAIN} {day} {count}"])

    def leave(self, keys: Sequence[bytes]) -> None:
        """Remember Ed25519 keys whose holders have left; raises OSError."""
        if keys:
            self._write([f"{LEFT} {one.hex()}" for one in keys])

    def left(self) -> frozenset[bytes]:
        """Read the keys that have left; the file is read again when it has changed, since every request asks."""
        self._look()
        return self._left

    def stay(self, orders: Sequence[bytes]) -> None:
        """Remember orders to join that stay though somebody leaves who signed them; raises OSError."""
        if orders:
            self._write([f"{STAYS} {one.hex()}" for one in orders])

    def stays(self) -> frozenset[bytes]:
        """Read the ids of the orders to join that stay; the file is read again when it has changed."""
        self._look()
        return self._stays

    def _look(self) -> None:
        if self.path is None or not self.path.exists():
            return
        found = self.path.stat()
        if (stamp := (found.st_mtime_ns, found.st_size)) != self._stamp:
            lines = self._lines()
            self._left = frozenset(one for line in lines if (one := _named(line, LEFT, KEY_SIZE)) is not None)
            self._stays = frozenset(one for line in lines if (one := _named(line, STAYS, ID_SIZE)) is not None)
            self._newest = _newest(lines)
            self._days = _days(lines)
            self._stamp = stamp

    def reached(self, epoch: int) -> None:
        """Remember the epoch of a register that was believed, if it is higher than all before; never raises."""
        if self.path is None or epoch <= self.epoch():
            return
        try:
            self._write([f"{EPOCH} {epoch}"])
        except OSError as error:
            log.error("the epoch that was reached could not be remembered: %s", type(error).__name__)

    def newest(self, word: str, row: bytes) -> int:
        """Give the highest number that was remembered of a row, by one of NUMBERED; 0 if none was."""
        self._look()
        return self._newest.get(f"{word} {row.hex()}", 0)

    def remember(self, word: str, row: bytes, number: int) -> None:
        """Remember a number of a row; never raises, since whoever signs in must not be kept out by a full disk."""
        if self.path is None:
            return
        try:
            self._write([f"{word} {row.hex()} {number}"])
        except OSError as error:
            log.error("what lets somebody in could not be remembered: %s", type(error).__name__)

    def day(self, *, jumped: bool = False) -> int:
        """Give the day (since 1970) on which the app last looked at its clock, or last saw it jump; 0 for none."""
        self._look()
        return self._days[JUMPED if jumped else SEEN]

    def look(self, day: int, *, jumped: bool = False) -> None:
        """Remember a look at the clock; never raises. Where there is no file, until the process ends."""
        word = JUMPED if jumped else SEEN
        self._days = self._days | {JUMPED: day} if jumped else {SEEN: day, JUMPED: 0}
        if self.path is None:
            return
        try:
            self._write([f"{word} {day}"])
        except OSError as error:
            log.error("the day could not be remembered: %s", type(error).__name__)

    def epoch(self) -> int:
        """Give the highest epoch that was ever believed, 0 if none is remembered."""
        return max(map(_epoch, self._lines()), default=0)

    def _write(self, lines: Sequence[str]) -> None:
        if self.path is None:
            raise FileNotFoundError("no file for what was erased")
        text = "".join(f"{line}\n" for line in lines)
        with self._lock:
            new = not self.path.exists()
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                left = f"\n{text}".encode()  # a line that a crash cut short must not join with the next
                while left:  # a disk that is nearly full takes a part, and says so with the next
                    left = left[os.write(handle, left) :]
                os.fsync(handle)
            finally:
                os.close(handle)
            if new:
                _sync_folder(self.path.parent)

    def ids(self) -> set[bytes]:
        """Read every id; a line that was cut short is none."""
        return {one for line in self._lines() if (one := _id(line)) is not None}

    def restarts(self) -> list[Restart]:
        """List the starts at which something was erased again, the newest first."""
        return [one for line in reversed(self._lines()) if (one := _restart(line)) is not None]

    def _lines(self) -> list[bytes]:
        if self.path is None or not self.path.exists():
            return []
        return self.path.read_bytes().splitlines()


def _id(line: bytes) -> bytes | None:
    try:
        found = bytes.fromhex(line.decode("ascii"))
    except ValueError:
        return None
    return found if len(found) == ID_SIZE else None


def _named(line: bytes, wanted: str, size: int) -> bytes | None:
    word, _, key = line.decode("ascii", "replace").partition(" ")
    try:
        found = bytes.fromhex(key)
    except ValueError:
        return None
    return found if word == wanted and len(found) == size else None


def _newest(lines: Iterable[bytes]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        name, _, number = line.decode("ascii", "replace").rpartition(" ")
        if name.partition(" ")[0] in NUMBERED and number.isdecimal() and len(number) <= len(str(GONE)):
            found[name] = max(found.get(name, 0), int(number))
    return found


def _days(lines: Iterable[bytes]) -> dict[str, int]:
    found = {SEEN: 0, JUMPED: 0}
    for line in lines:
        word, _, day = line.decode("ascii", "replace").partition(" ")
        if word in found and day.isdecimal() and len(day) < 8:
            # A jump is over with the next look that is believed: later ones have nothing to do with it.
            found = found | {JUMPED: int(day)} if word == JUMPED else {SEEN: int(day), JUMPED: 0}
    return found


def _epoch(line: bytes) -> int:
    word, _, number = line.decode("ascii", "replace").partition(" ")
    return int(number) if word == EPOCH and number.isdecimal() and len(number) <= 10 else 0


def _restart(line: bytes) -> Restart | None:
    word, _, numbers = line.decode("ascii", "replace").partition(" ")
    day, _, count = numbers.partition(" ")
    if word != AGAIN or not (day.isdecimal() and count.isdecimal() and len(numbers) < 20):
        return None
    try:
        return Restart(FIRST_DAY + timedelta(days=int(day)), int(count))
    except OverflowError:
        return None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def restore(casebook: Casebook, record: Record, day: int) -> int:
    """Erase again whatever of the record a casebook holds, and count it; before anybody signs in.

    That is all that a start ever erases. What the casebook alone says was erased is told to the operator, and neither
    erased nor taken into the record: it is no proof, and would make every backup worthless.
    """
    known = record.ids()
    with casebook.read() as session:
        inside = store.said_erased(session)
        back = known & _all_ids(session)
    if inside - known:
        log.error("%d ids stand as erased in the casebook and not in the record beside it", len(inside - known))
    if back:
        _tell(record, day, len(back))
    if back or known - inside:
        with casebook.write() as session:
            destroy(session, sorted(back | (known - inside)), day)
        casebook.settle()
    return len(back)


def _tell(record: Record, day: int, count: int) -> None:
    """Write the protocol's line first: after a crash here the next start writes one more, rather than none."""
    log.warning("erasing %d again: a backup was put back, or an erasure was cut short", count)
    try:
        record.again(day, count)
    except OSError as error:
        log.error("the record of what was erased could not be written: %s", type(error).__name__)


def unrecorded(casebook: Casebook, record: Record) -> int:
    """Count what the casebook alone says was erased: the record is an older one, or somebody wrote the casebook."""
    with casebook.read() as session:
        return len(store.said_erased(session) - record.ids())


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
