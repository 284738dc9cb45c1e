"""Look a backup through with its key, and rehearse putting it back: in a folder that is gone afterwards."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from crypto.errors import CorruptError, MalformedError
from crypto.opening.identity import Opener
from crypto.sealing.backup import SQLITE
from staff.audit.verify import Check, verify
from staff.backup import files, postgresql, sqlite
from staff.backup.errors import BackupError
from staff.backup.inside import Inside
from staff.backup.putting import Put, Where, put_back, refuse_counts
from staff.backup.taken import Taken, opened
from staff.casebook import casebook_url
from staff.erasure.record import Record

PREFIX = "utvag-rehearsal-"
TABLE = re.compile(rb'COPY (?:public\.)?"?([a-z_]+)"? \(')
END = b"\\.\n"


@dataclass(frozen=True)
class Seen:
    """Hold what a backup holds: of a casebook what it says of itself, counted again; of erased ids their number.

    `broken` is the first row at which the chain of the audit is not whole, 0 where it is, None where only a server
    could tell.
    """

    inside: Inside | None
    ids: int = 0
    broken: int | None = None


@contextmanager
def scratch(folder: Path | None) -> Iterator[Path]:
    """Lend a folder for its owner alone; it is gone when the block ends, however it ends."""
    made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def look_through(one: Taken, opener: Opener, folder: Path) -> Seen:
    """Open every chunk, look at every page, and count every row.

    Raises BackupError: "otherkey", "torn", "foreign", "pages", "counts", "program", "load", "write".
    """
    try:
        inside, content = opened(one, opener)
        files.write(folder / "content", content)
    except CorruptError as error:
        raise BackupError("torn", str(error)) from None
    except MalformedError as error:
        raise BackupError("foreign", str(error)) from None
    if inside is None:
        return Seen(None, len(Record(folder / "content").ids()))
    if one.looked.head.kind == SQLITE:
        return Seen(inside, broken=_count_pages(folder / "content", inside))
    _count_archive(folder / "content", inside)
    return Seen(inside)


def _count_pages(path: Path, inside: Inside) -> int:
    """Look at every page and count every row; give the first broken row of the audit, 0 if it is whole."""
    if wrong := sqlite.faults(path):
        raise BackupError("pages", wrong[0])
    with sqlite.read_only(path).connect() as connection:
        refuse_counts(connection, inside)
        check = Check()
        if "audit" in inside.counts:  # the first two versions had none
            with Session(connection) as session:
                verify(session, check)
    return check.faults[0].number if check.faults else 0


def _count_archive(path: Path, inside: Inside) -> None:
    """Let pg_restore write the archive out, without a server, and count its rows."""
    counts: dict[str, int] = {}
    for name in rows(postgresql.written_out(path)):
        counts[name] = counts.get(name, 0) + 1
    differs = [name for name, number in inside.counts.items() if counts.get(name, 0) != number]
    if differs:
        raise BackupError("counts", min(differs))


def rows(lines: Iterator[bytes]) -> Iterator[str]:
    """Name the table of every row in what pg_restore writes out."""
    name = ""
    for line in lines:
        if name and line != END:
            yield name
        elif name:
            name = ""
        elif found := TABLE.match(line):
            name = found[1].decode("ascii")


def rehearse(one: Taken, opener: Opener, place: Where, now: datetime) -> Put:
    """Put a backup back as on the day when it is needed, where `place` says; on a server it is emptied again.

    Raises as `put_back` does. The folder of an SQLite `place` is the caller's to destroy.
    """
    done = put_back(one, opener, place, now)
    url = casebook_url(place.casebook)
    if url.get_backend_name() != "sqlite":
        postgresql.empty(url)
    return done
