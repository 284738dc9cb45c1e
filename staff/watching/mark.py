"""When something was last collected: kept in the casebook under the pepper, so that a restart does not forget it."""

from datetime import UTC, datetime

from sqlalchemy import delete, select

from crypto.errors import CorruptError
from crypto.opening import pepper
from staff.casebook import Casebook
from staff.models import StoredMark

PURPOSE = "collected"


class Mark:
    """Keep one time, in a row that looks as a member's mark does."""

    def __init__(self, casebook: Casebook, pepper_bytes: bytes) -> None:
        self._casebook = casebook
        self._pepper = pepper_bytes
        self._row = pepper.tag(pepper_bytes, "watching", PURPOSE)

    def read(self) -> datetime | None:
        """Give the time; None if there is none, or one that was changed."""
        with self._casebook.read() as session:
            locked = session.scalar(select(StoredMark.sealed).where(StoredMark.member == self._row))
        try:
            seconds = pepper.unlock(self._pepper, PURPOSE, self._row, locked) if locked else b""
            return datetime.fromtimestamp(int(seconds), UTC) if seconds else None
        except (CorruptError, ValueError, OverflowError, OSError):
            return None

    def keep(self, when: datetime) -> None:
        """Keep a time in place of the one before."""
        locked = pepper.lock(self._pepper, PURPOSE, self._row, str(int(when.timestamp())).encode())
        with self._casebook.write() as session:
            session.execute(delete(StoredMark).where(StoredMark.member == self._row))
            session.add(StoredMark(member=self._row, sealed=locked))
