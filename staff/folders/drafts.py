"""What somebody is writing, sealed for them alone: it survives a lock, a time-out and a restart.

Source: docs/envelope.md section 5.5.
"""

from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from crypto.errors import CorruptError
from crypto.opening.casebook import SIZES, Place, open_value, seal_value
from crypto.opening.keyring import own_key
from crypto.primitives import keyed_hash
from staff.audit import days
from staff.casebook import Casebook
from staff.errors import RefusedActError
from staff.folders.store import chunks
from staff.models import StoredDraft
from staff.person import Person

TABLE = "drafts"
TIME = 8  # bytes


class Drafts:
    """Keep, give back and drop drafts; a place is any text that names a form, such as "case/<id>/note"."""

    def __init__(self, casebook: Casebook) -> None:
        self._casebook = casebook

    def keep(self, person: Person, place: str, text: bytes, now: datetime) -> None:
        """Keep a draft in place of the one that stood there; raise RefusedActError("long") above 64 KiB."""
        key = own_key(person.identity, TABLE)
        row = _row(key, place)
        content = int(now.timestamp()).to_bytes(TIME, "big") + text
        size = next((name for name in ("16k", "64k") if len(content) < SIZES[name]), None)
        if size is None:
            raise RefusedActError("long")
        sealed = seal_value(key, Place(TABLE, row), content, size)
        with self._casebook.write() as session:
            session.execute(delete(StoredDraft).where(StoredDraft.id == row))
            session.execute(insert(StoredDraft), [{"id": row, "day": days(now), "sealed": sealed}])

    def load(self, person: Person, place: str) -> tuple[bytes, datetime] | None:
        """Give a draft and when it was kept; None if there is none, or none that opens."""
        key = own_key(person.identity, TABLE)
        row = _row(key, place)
        with self._casebook.read() as session:
            sealed = session.scalar(select(StoredDraft.sealed).where(StoredDraft.id == row))
        if sealed is None:
            return None
        try:
            content = open_value(key, Place(TABLE, row), sealed)
        except CorruptError:
            return None
        return content[TIME:], datetime.fromtimestamp(int.from_bytes(content[:TIME], "big"), UTC)

    def drop(self, person: Person, *places: str) -> None:
        """Drop drafts that were sent, or that nobody wants."""
        key = own_key(person.identity, TABLE)
        rows = [_row(key, place) for place in places]
        with self._casebook.write() as session:
            for some in chunks(rows):
                session.execute(delete(StoredDraft).where(StoredDraft.id.in_(some)))

    def expire(self, before: int) -> None:
        """Drop what was kept last before a day (since 1970)."""
        with self._casebook.write() as session:
            session.execute(delete(StoredDraft).where(StoredDraft.day < before))


def _row(key: bytes, place: str) -> bytes:
    return keyed_hash(key, "utvag/1/draft", place.encode("utf-8", "replace"))[:16]
