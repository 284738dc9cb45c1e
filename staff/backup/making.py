"""Make a backup: of the casebook each night, of the file of erased ids each hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from crypto.opening.pepper import tag
from crypto.sealing.backup import CHUNK, ERASED, POSTGRESQL, SQLITE, Head, Prove, content_size, seal_backup
from staff.backup import files, postgresql, sqlite
from staff.backup.errors import BackupError
from staff.backup.inside import Inside, count, of_record
from staff.casebook import casebook_url
from staff.erasure.clock import GAP
from staff.erasure.record import Record
from staff.settings import StaffSettings
from web.release import release

EPOCH = date(1970, 1, 1)
NOTHING = (2).to_bytes(4, "big") + b"{}"  # what a copy of the erased ids says of itself


@dataclass(frozen=True)
class Made:
    """Hold what was made and what was destroyed; `doubtful`: nothing was, since the clock may be wrong."""

    path: Path
    size: int
    head: Head
    gone: tuple[Path, ...]
    doubtful: bool


def prove(pepper: bytes) -> Prove:
    """Give what proves that a backup was made by whoever has this pepper."""
    return lambda said: tag(pepper, "backup", said)


def casebook(settings: StaffSettings, folder: Path, today: date, keep: int) -> Made:
    """Copy the casebook as one moment has it, sealed to the backup key; `keep` days from today it may be put back.

    Raises BackupError: "key" (no backup key is set), "deaddrop", "nothing", and what copying and writing raise.
    Nothing is destroyed before the new one is whole.
    """
    url = casebook_url(settings.casebook)
    kind = SQLITE if url.get_backend_name() == "sqlite" else POSTGRESQL
    if settings.casebook == settings.deaddrop:
        raise BackupError("deaddrop")
    with files.alone(folder):
        # Read before the moment of the copy: what is erased stands there first, so the copy names no id beyond it.
        record = of_record(settings.erased_file)
        copied = sqlite.copied(Path(url.database or "")) if kind == SQLITE else postgresql.copied(url)
        with copied as (connection, content):
            inside = Inside(*_counted(connection), *record)
            return _write(settings, folder, _head(settings, kind, today, keep), chain([inside.to_bytes()], content))


def erased(settings: StaffSettings, folder: Path, today: date, keep: int) -> Made:
    """Copy the file of erased ids, sealed to the backup key; the day's older copy gives way to it.

    Raises BackupError: "key", "norecord", "shrunk" (a copy holds more than the file, which only grows), and what
    writing raises.
    """
    path = settings.erased_file
    if path is None or not path.exists():
        raise BackupError("norecord", str(path or "UTVAG_STAFF_ERASED"))
    with files.alone(folder), path.open("rb") as file:
        _refuse_shrunk(folder, path)
        content = chain([NOTHING], iter(lambda: file.read(CHUNK), b""))
        return _write(settings, folder, _head(settings, ERASED, today, keep), content)


def _refuse_shrunk(folder: Path, record: Path) -> None:
    """Let no file that lost lines take the place of a copy that has them."""
    for one in files.listed(folder):
        if one.head.kind == ERASED:
            with one.path.open("rb") as copy:
                if content_size(copy) - len(NOTHING) > record.stat().st_size:
                    raise BackupError("shrunk", one.path.name)


def _counted(connection: Connection) -> tuple[str, dict[str, int], str]:
    try:
        return count(connection)
    except DBAPIError as error:
        raise BackupError("copy", type(error.orig).__name__) from None


def _head(settings: StaffSettings, kind: str, today: date, keep: int) -> Head:
    if settings.backup_key is None:
        raise BackupError("key")
    return Head(kind, today, today + timedelta(days=keep), settings.backup_key, release().version)


def _write(settings: StaffSettings, folder: Path, head: Head, content: Iterator[bytes]) -> Made:
    path = folder / files.name(head.kind, head.day)
    size = files.write(path, seal_backup(head, content, prove(settings.pepper)))
    # A clock that has jumped ahead would destroy every backup there is: it is believed a day later, as for the rest.
    doubt = _ahead(settings, head.day)
    gone = [] if doubt else files.expire(folder, head.day)
    return Made(path, size, head, tuple(gone), doubt)


def _ahead(settings: StaffSettings, today: date) -> bool:
    """Tell whether the clock is further ahead than the staff app's last look, which an app that runs takes each day."""
    seen = Record(settings.erased_file).day()
    return bool(seen) and (today - EPOCH).days > seen + GAP
