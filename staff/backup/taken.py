"""A backup that has been looked at whole, and what must stand beside a casebook before it is put back.

The file of erased ids decides what a start erases again, who has left, which phones are lost and which register is too
old. It only grows, so it can be told whether one is older than a backup: then it is refused.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from crypto.errors import CorruptError, ForgedError, MalformedError, NotARecipientError
from crypto.opening.backup import open_backup
from crypto.opening.identity import Opener
from crypto.sealing.backup import ERASED, Looked, Prove, look
from staff.backup.errors import BackupError
from staff.backup.inside import LONGEST, Inside


@dataclass(frozen=True)
class Taken:
    """Hold an open file whose form, sum and proof hold."""

    file: BinaryIO
    looked: Looked


@contextmanager
def taken(path: Path, prove: Prove | None) -> Iterator[Taken]:
    """Look at a backup whole and lend it; one open file, so that nobody changes it in between unseen.

    Raises BackupError: "foreign" (no backup of ours), "torn", "forged", "unread".
    """
    try:
        with path.open("rb") as file:
            yield Taken(file, look(file, prove))
    except MalformedError as error:
        raise BackupError("foreign", str(error)) from None
    except CorruptError as error:
        raise BackupError("torn", str(error)) from None
    except ForgedError:
        raise BackupError("forged") from None
    except OSError as error:
        raise BackupError("unread", f"{path}: {error.strerror}") from None


def opened(one: Taken, opener: Opener) -> tuple[Inside | None, Iterator[bytes]]:
    """Give what a backup says of its content (None: of the erased ids), and the content, to be read once.

    Raises BackupError "otherkey"; while it is read, CorruptError: what was read so far is nothing then.
    """
    try:
        content = open_backup(one.file, one.looked, opener)
    except NotARecipientError:
        raise BackupError("otherkey", one.looked.head.key.hex()[:16]) from None
    start = bytearray()
    size = None
    for piece in content:
        start += piece
        size = 4 + int.from_bytes(start[:4], "big") if len(start) >= 4 else None
        if size is not None and (size > LONGEST or len(start) >= size):
            break
    if size is None or len(start) < size:
        raise CorruptError("it ends before what it says of itself")
    inside = None if one.looked.head.kind == ERASED else Inside.read(bytes(start[4:size]))
    return inside, _rest(bytes(start[size:]), content)


def _rest(first: bytes, content: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from content


def refuse_expired(one: Taken, today: date, because: str) -> None:
    """Refuse a backup whose last day has passed, unless somebody says why; and one that is of a day to come.

    Raises BackupError: "expired" (its last day), "tocome" (its day).
    """
    head = one.looked.head
    if head.day > today:
        raise BackupError("tocome", str(head.day))
    if head.expires < today and not because:
        raise BackupError("expired", str(head.expires))


def newest_record(standing: bytes | None, given: bytes | None, because: str = "") -> bytes:
    """Choose between the file of erased ids that stands there and a copy: whichever goes on where the other ends.

    Where neither is there, an empty one serves if somebody says why. Raises BackupError: "norecord" (nobody does),
    "tworecords" (neither goes on from the other).
    """
    if standing is None and given is None and not because:
        raise BackupError("norecord")
    shorter, longer = sorted((standing or b"", given or b""), key=len)
    if not longer.startswith(shorter):
        raise BackupError("tworecords")
    return longer


def refuse_older(inside: Inside, record: bytes, because: str) -> None:
    """Refuse a file of erased ids that is older than the backup, or another's, unless somebody says why.

    Raises BackupError "oldrecord".
    """
    if not because and hashlib.sha256(record[: inside.erased_size]).hexdigest() != inside.erased_sum:
        raise BackupError("oldrecord")
