"""A folder of backups: named by kind and day alone, whole when they have a name, gone when their day has passed."""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crypto.errors import Error
from crypto.sealing.backup import Head, read_head
from staff.backup.errors import BackupError

NAME = re.compile(r"(casebook|erased)-\d{4}-\d{2}-\d{2}\.utvag", re.ASCII)
PART = ".part"


@dataclass(frozen=True)
class Kept:
    """Hold a backup that lies in the folder, by what stands readable in front of it."""

    path: Path
    head: Head


def name(kind: str, day: date) -> str:
    """Name a backup: no hour, no machine, no town."""
    return f"{'erased' if kind == 'erased' else 'casebook'}-{day.isoformat()}.utvag"


def listed(folder: Path) -> list[Kept]:
    """List the backups in a folder, oldest first; what is none, or torn in its head, is passed over."""
    found = []
    for path in sorted(folder.iterdir()):
        if NAME.fullmatch(path.name) and path.is_file():
            with suppress(Error, OSError), path.open("rb") as file:
                found.append(Kept(path, read_head(file)[0]))
    return sorted(found, key=lambda one: (one.head.day, one.path.name))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one that writes backups here; BackupError "folder", or "twice" if another one does."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BackupError("folder", f"{folder}: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BackupError("twice", str(folder)) from None
    finally:
        os.close(handle)


def write(path: Path, content: Iterable[bytes]) -> int:
    """Write a file for its owner alone and give its size; it has its name only once all of it is on disk.

    A part that a crash left behind is written over; an older file of that name stays until the new one is whole.
    Raises BackupError "write".
    """
    part = path.with_name(path.name + PART)
    try:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            for piece in content:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        part.replace(path)
        sync(path.parent)
    except OSError as error:
        raise BackupError("write", f"{path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return size


def expire(folder: Path, today: date) -> list[Path]:
    """Destroy the backups whose last day has passed, and give their paths."""
    gone = [one.path for one in listed(folder) if one.head.expires < today]
    for path in gone:
        path.unlink(missing_ok=True)
    if gone:
        sync(folder)
    return gone


def sync(folder: Path) -> None:
    """Wait until what was named and unnamed in a folder is on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
