"""An SQLite casebook, copied while it is in use, as one moment has it: never by copying its files."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine

from crypto.sealing.backup import CHUNK
from staff.backup.errors import BackupError

COPYING = ".copying"  # after a casebook's name, while it is copied; nothing else is called so
BESIDE = ("-wal", "-shm", "-journal")  # SQLite's own files; one of another casebook would spoil what is put beside it
PATIENCE = 10_000  # milliseconds to wait for whoever writes


@contextmanager
def copied(source: Path) -> Iterator[tuple[Connection, Iterator[bytes]]]:
    """Lend a connection to a copy, to count it, and its bytes, to be read once; made by VACUUM INTO.

    The copy is without what was erased, and without a name before its first byte is read. Raises BackupError: "gone",
    "copy" with the database's complaint.
    """
    if not source.is_file():
        raise BackupError("gone", str(source))
    to = source.with_name(source.name + COPYING)
    _clear(to)  # what a crash left behind is a copy of the casebook beside it and of nothing else
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        _vacuum(source, to)
        with to.open("r+b") as file:
            try:
                with read_only(to).connect() as connection:
                    to.unlink()
                    yield connection, iter(lambda: file.read(CHUNK), b"")
            finally:
                _wipe(file)
    finally:
        _clear(to)


def _clear(to: Path) -> None:
    with suppress(FileNotFoundError), to.open("r+b") as file:
        to.unlink()
        _wipe(file)


def _vacuum(source: Path, to: Path) -> None:
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as living:
            living.execute(f"PRAGMA busy_timeout={PATIENCE}")
            living.execute("VACUUM INTO ?", (str(to),))
    except sqlite3.Error as error:
        raise BackupError("copy", str(error)) from None


def _wipe(file: BinaryIO) -> None:
    """Write zeros over a copy that nobody will read again, where the disk lets us.

    Freed blocks would else keep what is erased tomorrow, and without the backup key around it.
    """
    left = file.seek(0, os.SEEK_END)
    file.seek(0)
    with suppress(OSError):
        while left > 0:
            left -= file.write(bytes(min(CHUNK, left)))
        file.flush()
        os.fsync(file.fileno())


def read_only(path: Path) -> Engine:
    """Open an SQLite file that nobody writes; no other file comes to lie beside it."""
    return create_engine("sqlite://", creator=lambda: _opened(path), poolclass=NullPool)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)


def faults(path: Path) -> list[str]:
    """Let SQLite look at every page of a file, every index and every reference; give what is wrong with it."""
    try:
        with closing(_opened(path)) as opened:
            said = [str(row[0]) for row in opened.execute("PRAGMA integrity_check(5)")]
            loose = opened.execute("PRAGMA foreign_key_check").fetchmany(5)
    except sqlite3.Error as error:
        return [str(error)]
    return [one for one in said if one != "ok"] + [f"{row[0]}: a row of a {row[2]} that is not there" for row in loose]


def stands(path: Path) -> Path | None:
    """Give what stands where a casebook is to be put: the file itself, or one of SQLite's own beside it."""
    return next((one for one in (path, *(Path(f"{path}{end}") for end in BESIDE)) if one.exists()), None)
