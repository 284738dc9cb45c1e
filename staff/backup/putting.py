"""Put a backup back: whole or not at all, what was erased since erased again, before anybody can sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from crypto.errors import CorruptError, MalformedError
from crypto.opening.identity import Opener
from crypto.sealing.backup import ERASED, SQLITE, Head
from staff.audit import days
from staff.audit.verify import Check, verify
from staff.backup import files, postgresql, sqlite
from staff.backup.errors import BackupError
from staff.backup.inside import Inside, count
from staff.backup.taken import Taken, newest_record, opened, refuse_expired, refuse_older
from staff.casebook import Casebook, casebook_url, migrate, prepare
from staff.erasure.record import Record, restore
from staff.errors import NotMigratedError
from staff.folders import store

RESTORING = ".restoring"
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Where:
    """Hold where a casebook is put (a path or an address) and the file of erased ids beside it.

    `copy` is the newest copy of that file, where there is one. `expired` and `older` say why a backup is put back
    though its day has passed, or the file of erased ids is older than it; "" where nobody says so.
    """

    casebook: str
    record: Path
    copy: bytes | None = None
    expired: str = ""
    older: str = ""


@dataclass(frozen=True)
class Put:
    """Hold what was put back and what was found on the way: for the screen and the protocol.

    `broken` is the first row at which the chain of the audit is not whole, 0 where it is. `newest` is the day on which
    the app last wrote to the file of erased ids that stands beside it.
    """

    head: Head
    inside: Inside
    revision: str
    again: int
    broken: int
    newest: date | None
    proven: bool


def put_back(one: Taken, opener: Opener, where: Where, now: datetime) -> Put:
    """Put a casebook back where nothing stands, with the newest file of erased ids beside it.

    Raises BackupError: "kind", "expired", "tocome", "used" (something stands there), "gone", "norecord", "tworecords",
    "oldrecord", "otherkey", "torn", "foreign", "program", "load", "counts", "pages", "newer" and "write"; nothing
    stands there then.
    """
    head = one.looked.head
    if head.kind == ERASED:
        raise BackupError("kind", head.kind)
    refuse_expired(one, now.astimezone(UTC).date(), where.expired)
    _refuse_used(head, where)
    standing = where.record.read_bytes() if where.record.exists() else None
    record = newest_record(standing, where.copy, where.older)
    try:
        inside, content = opened(one, opener)
        if inside is None:
            raise BackupError("kind", head.kind)
        refuse_older(inside, record, where.older)
        if record != standing:
            # First the file, then the casebook: whatever is cut short between them, no casebook stands without it.
            files.write(where.record, [record])
        with _laid(head, where, content) as place:
            _refuse_other(place, head, inside)
            settled = _settle(place, where, now)
    except CorruptError as error:
        raise BackupError("torn", str(error)) from None
    except MalformedError as error:
        raise BackupError("foreign", str(error)) from None
    day = Record(where.record).day()
    newest = date.fromordinal(EPOCH + day) if day else None
    return Put(head, inside, settled.revision, settled.again, settled.broken, newest, one.looked.proven)


def _refuse_used(head: Head, where: Where) -> None:
    url = casebook_url(where.casebook)
    if (head.kind == SQLITE) != (url.get_backend_name() == "sqlite"):
        raise BackupError("kind", head.kind)
    found = sqlite.stands(Path(url.database or "")) if head.kind == SQLITE else postgresql.stands(url)
    if found:
        raise BackupError("used", str(found))


@contextmanager
def _laid(head: Head, where: Where, content: Iterator[bytes]) -> Iterator[str]:
    """Lay the casebook where nobody takes it for one, and give it its place only if the block ends well."""
    url = casebook_url(where.casebook)
    if head.kind != SQLITE:
        postgresql.load(url, content)
        try:
            yield where.casebook
        except BaseException:
            postgresql.empty(url)
            raise
        return
    target = Path(url.database or "")
    aside = target.with_name(target.name + RESTORING)
    _clear(aside)
    try:
        files.write(aside, content)
        yield str(aside)
        aside.replace(target)
        files.sync(target.parent)
    finally:
        _clear(aside)


def _clear(aside: Path) -> None:
    for one in (aside, *(Path(f"{aside}{end}") for end in sqlite.BESIDE)):
        one.unlink(missing_ok=True)


def _refuse_other(place: str, head: Head, inside: Inside) -> None:
    """Compare what was laid with what the backup says of itself, on the database's own word too."""
    if head.kind == SQLITE and (wrong := sqlite.faults(Path(place))):
        raise BackupError("pages", wrong[0])
    engine = sqlite.read_only(Path(place)) if head.kind == SQLITE else postgresql.opened(casebook_url(place))
    with engine.connect() as connection:
        refuse_counts(connection, inside)


def refuse_counts(connection: Connection, inside: Inside) -> None:
    """Count a casebook again; raise BackupError "counts" with the first table that differs."""
    try:
        revision, counts, audit = count(connection)
    except DBAPIError as error:
        raise BackupError("pages", type(error.orig).__name__) from None
    differs = [name for name in counts.keys() | inside.counts.keys() if counts.get(name) != inside.counts.get(name)]
    if differs or (revision, audit) != (inside.revision, inside.audit):
        raise BackupError("counts", min(differs, default="alembic_version, audit_head"))


class _Settled(NamedTuple):
    """Hold what was erased again, the first broken row of the audit, and the revision of the tables now."""

    again: int
    broken: int
    revision: str


def _settle(place: str, where: Where, now: datetime) -> _Settled:
    """Bring the tables up to date, erase again, and check the chain."""
    casebook, record = Casebook(place), Record(where.record)
    try:
        prepare(casebook)
        if casebook.engine.dialect.name != "sqlite":
            migrate(casebook)  # nothing is left to move: it gives the app's role its rights
        with casebook.read() as session:
            if not where.older and store.said_erased(session) - record.ids():
                raise BackupError("oldrecord")
        again = restore(casebook, record, days(now))
        with casebook.read() as session:
            check = Check()
            verify(session, check)
            revision = count(session.connection())[0]
        casebook.settle()
    except NotMigratedError:
        raise BackupError("newer") from None
    finally:
        casebook.close()
    return _Settled(again, check.faults[0].number if check.faults else 0, revision)
