"""What somebody is writing, sealed for them alone: it survives a lock, a time-out and a restart.

Source: docs/envelope.md section 5.5.
"""

import re
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

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
# Of a save: the page that it came from, and a number that grows there: "5f2a91c0.3". No word fits.
TURN = re.compile(r"([0-9a-f]{1,8})\.([0-9]{1,9})")


class Drafts:
    """Keep, give back and drop drafts; a place is any text that names a form, such as "case/<id>/note"."""

    def __init__(self, casebook: Casebook) -> None:
        self._casebook = casebook

    def keep(self, person: Person, place: str, text: bytes, now: datetime, turn: str = "") -> None:
        """Keep a draft in place of the one that stood there, unless that is of this turn of a page or of a later one.

        Raises RefusedActError("long") above 64 KiB.
        """
        key = own_key(person.identity, TABLE)
        row = _row(key, place)
        mark = turn if TURN.fullmatch(turn) else ""
        content = int(now.timestamp()).to_bytes(TIME, "big") + text + b"\0" + mark.encode()
        size = next((name for name in ("16k", "64k") if len(content) < SIZES[name]), None)
        if size is None:
            raise RefusedActError("long")
        draft = {"day": days(now), "sealed": seal_value(key, Place(TABLE, row), content, size)}
        with self._casebook.write() as session:
            if _added(session, row, draft):
                return
            # The row is locked and written over, never taken out: another save of the same instant waits here, and
            # then compares itself with this one.
            same = select(StoredDraft.sealed).where(StoredDraft.id == row).with_for_update()
            found = _opened(key, row, session.scalar(same))
            stands = parted(found)[1] if found else ""
            if not covers(stands, mark) or (not text and stands == mark):
                session.execute(update(StoredDraft).where(StoredDraft.id == row).values(draft))

    def empty(self, person: Person, place: str, now: datetime, turn: str) -> None:
        """Drop a draft that was emptied or sent, and keep its turn in its place: no older save brings it back.

        What is kept says no word, looks like any draft from outside, and goes with the drafts that nobody touches.
        """
        if TURN.fullmatch(turn):
            self.keep(person, place, b"", now, turn)
        else:
            self.drop(person, place)

    def load(self, person: Person, place: str) -> tuple[bytes, datetime] | None:
        """Give a draft and when it was kept; None if there is none, or none that opens."""
        content = self._content(person, place)
        text, turn = parted(content) if content else (b"", "")
        if content is None or (turn and not text):
            return None
        return text, datetime.fromtimestamp(int.from_bytes(content[:TIME], "big"), UTC)

    def holds(self, person: Person, place: str, turn: str) -> bool:
        """Tell whether that turn of a page is in, or a later one; of a draft that was emptied or sent, too."""
        content = self._content(person, place)
        return content is not None and covers(parted(content)[1], turn)

    def _content(self, person: Person, place: str) -> bytes | None:
        key = own_key(person.identity, TABLE)
        row = _row(key, place)
        with self._casebook.read() as session:
            sealed = session.scalar(select(StoredDraft.sealed).where(StoredDraft.id == row))
        return _opened(key, row, sealed)

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


def parted(content: bytes) -> tuple[bytes, str]:
    """Part what was sealed into the text and its turn; a version before turns wrote the text alone."""
    text, mark, turn = content[TIME:].rpartition(b"\0")
    return (text, turn.decode("ascii", "replace")) if mark else (turn, "")


def covers(turn: str, asked: str) -> bool:
    """Tell whether a turn is the one that is asked for, or a later one of the same page."""
    newest, least = TURN.fullmatch(turn), TURN.fullmatch(asked)
    return newest is not None and least is not None and newest[1] == least[1] and int(newest[2]) >= int(least[2])


def _added(session: Session, row: bytes, draft: dict[str, object]) -> bool:
    """Add a draft where none stands; where one does, or another writer is just adding it, say so and change nothing."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = make(StoredDraft).values(id=row, **draft).on_conflict_do_nothing().returning(StoredDraft.id)
    return session.scalar(new) is not None


def _opened(key: bytes, row: bytes, sealed: bytes | None) -> bytes | None:
    try:
        return None if sealed is None else open_value(key, Place(TABLE, row), sealed)
    except CorruptError:
        return None


def _row(key: bytes, place: str) -> bytes:
    return keyed_hash(key, "utvag/1/draft", place.encode("utf-8", "replace"))[:16]
