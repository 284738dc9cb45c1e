"""A casebook on PostgreSQL, copied by pg_dump as one moment has it, and put back whole or not at all."""

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, MetaData, NullPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from crypto.sealing.backup import CHUNK
from deaddrop.migrating import become_owner, owner
from staff.backup.errors import BackupError

DUMP = ("pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-password")  # what is sealed does not shrink
# Rights are not put back: the owner gives them anew, so a server without those roles serves for a rehearsal.
LOAD = ("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password")
MOST = 2000  # characters of a program's complaint


def opened(url: URL) -> Engine:
    """Open a server's database; what is read in one transaction is of one moment."""
    return create_engine(url, poolclass=NullPool, isolation_level="REPEATABLE READ", hide_parameters=True)


@contextmanager
def copied(url: URL) -> Iterator[tuple[Connection, Iterator[bytes]]]:
    """Lend a connection to a moment, to count it, and pg_dump's archive of that very moment, to be read once.

    Raises BackupError: "gone", "program" (Debian's postgresql-client is missing), "copy" with pg_dump's complaint.
    """
    try:
        with opened(url).connect() as connection:
            moment = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            yield connection, _dumped(url, str(moment))
    except DBAPIError as error:
        raise BackupError("gone", type(error.orig).__name__) from None


def _dumped(url: URL, moment: str) -> Iterator[bytes]:
    where, secret = _address(url)
    with _program([*DUMP, f"--snapshot={moment}", f"--dbname={where}"], secret, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101  # asked for above
        while piece := process.stdout.read(CHUNK):
            yield piece
        _end(process, "copy")


def load(url: URL, content: Iterable[bytes]) -> None:
    """Put an archive back in one transaction: whole, or the database stays as empty as it was.

    Raises BackupError: "program", "load" with pg_restore's complaint. What `content` raises ends it before a commit.
    """
    where, secret = _address(url)
    role = [f"--role={name}"] if (name := _owner(url)) else []
    with _program([*LOAD, *role, f"--dbname={where}"], secret, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101  # asked for above
        try:
            for piece in content:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            process.wait()
        _end(process, "load")


def written_out(path: Path) -> Iterator[bytes]:
    """Give an archive as the lines of SQL that pg_restore makes of it, without a server; BackupError as `load`."""
    with _program([LOAD[0], "--file=-", str(path)], {}, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101  # asked for above
        yield from process.stdout
        _end(process, "load")


def stands(url: URL) -> str:
    """Name a table that stands in a database where a casebook is to be put; "" if it is empty. BackupError "gone"."""
    try:
        with opened(url).connect() as connection:
            return next(iter(sorted(inspect(connection).get_table_names())), "")
    except DBAPIError as error:
        raise BackupError("gone", type(error.orig).__name__) from None


def empty(url: URL) -> None:
    """Drop every table of a database that was filled for a rehearsal, or in vain."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.begin() as connection:
        become_owner(connection)
        found = MetaData()
        found.reflect(connection)
        found.drop_all(connection)


def _owner(url: URL) -> str:
    """Name the owner that what is put back belongs to, "" where this user may not act as it; BackupError "gone"."""
    try:
        with opened(url).connect() as connection:
            return owner(connection)
    except DBAPIError as error:
        raise BackupError("gone", type(error.orig).__name__) from None


@contextmanager
def _program(
    words: list[str], secret: Mapping[str, str], stdin: int | None = None, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of PostgreSQL's programs; whatever happens here, it has ended afterwards."""
    environment = {"PATH": os.defpath, "LC_ALL": "C", **secret}
    try:
        process = subprocess.Popen(  # noqa: S603  # our words
            words, env=environment, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE
        )
    except FileNotFoundError:
        raise BackupError("program", words[0]) from None
    with process:
        try:
            yield process
        finally:
            process.kill()


def _end(process: subprocess.Popen[bytes], reason: str) -> None:
    complaint = process.stderr.read(MOST).decode("utf-8", "replace").strip() if process.stderr else ""
    if process.wait() != 0:
        raise BackupError(reason, complaint.splitlines()[0] if complaint else "")


def _address(url: URL) -> tuple[str, dict[str, str]]:
    """Give the address as libpq takes it, and the password apart: arguments are seen by everybody on the machine."""
    _, given = create_engine(url).dialect.create_connect_args(url)
    known = {name: str(value) for name, value in given.items() if name != "context"}
    secret = known.pop("password", "")
    return make_conninfo("", **known), {"PGPASSWORD": secret} if secret else {}
