"""The store that both programs reach: its tables, its connection and its writer lock.

Written for SQLite (the default) and PostgreSQL alike: keys come from the client, no server defaults, no finer time than
a day, no order of arrival (WITHOUT ROWID, and the key is a hash).
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Protocol  # create_engine's own options have no narrower type than Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from crypto import envelope
from crypto.thread import REPLY_SIZE
from deaddrop import patience, turns
from deaddrop.errors import UnavailableError

BUSY_MILLISECONDS = 1000
# What a session is begun with stands above what a role's own settings say, which whoever has its password may change.
SESSION = {
    "search_path": "public",
    "default_transaction_read_only": "off",
    "synchronous_commit": "on",
    # Each statement sees what was committed before it: else a sweep could take a table for empty that is not.
    "default_transaction_isolation": r"read\ committed",
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "30s",
    "statement_timeout": "0",  # our own side cuts the line: deaddrop.patience
}
SERVER_SECONDS = 3  # that a server may take to answer a knock, and that a writer waits for another's lock there
ANSWER_SECONDS = 5  # that a server may take for one statement: longer than for a lock, whose refusal it tells itself
CROWD = 2000  # envelopes that wait; a server writes so many anew in some tenths of a second
FIRST_DAY = date(1970, 1, 1)


class _Driver(Protocol):
    """Say what this module needs of a driver's connection."""

    isolation_level: str | None

    def execute(self, sql: str) -> object:
        """Run one statement."""


def envelopes(places: int) -> Table:
    """Describe the table of envelopes; every blob's exact length is kept by the schema itself."""
    number = BigInteger().with_variant(Integer(), "sqlite")  # STRICT tables know no BIGINT
    return Table(
        "envelopes",
        MetaData(),
        Column("id", LargeBinary, primary_key=True),
        Column("team_tag", LargeBinary, nullable=False),
        Column("epoch", number, nullable=False),
        Column("day", Integer, nullable=False, comment="days since 1970-01-01, UTC"),
        Column("sealed", LargeBinary, nullable=False),
        CheckConstraint("length(id) = 16", name="id_length"),
        CheckConstraint("length(team_tag) = 8", name="team_tag_length"),
        CheckConstraint(f"length(sealed) = {envelope.size(places)}", name="sealed_length"),
        sqlite_with_rowid=False,
        sqlite_strict=True,
    )


REPLIES = Table(
    "replies",
    MetaData(),
    Column("address", LargeBinary, primary_key=True),
    Column("id", LargeBinary, primary_key=True),
    Column("day", Integer, nullable=False, comment="days since 1970-01-01, UTC"),
    Column("sealed", LargeBinary, nullable=False),
    CheckConstraint("length(address) = 32", name="address_length"),
    CheckConstraint("length(id) = 16", name="reply_id_length"),
    CheckConstraint(f"length(sealed) = {REPLY_SIZE}", name="reply_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
"""Sealed replies, which wait under a mailbox's address until they are removed or their time is up."""

OPENED = Table(
    "opened",
    REPLIES.metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("day", Integer, nullable=False, comment="days since 1970-01-01, UTC"),
    CheckConstraint("length(id) = 16", name="opened_id_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
"""On which day a reply was first opened; beside the replies, so that the portal adds a row and changes none."""

BEATS = Table(
    "beats",
    REPLIES.metadata,
    Column("name", Text, primary_key=True),
    Column("minute", BigInteger().with_variant(Integer(), "sqlite"), nullable=False, comment="since 1970-01-01, UTC"),
    CheckConstraint("length(name) BETWEEN 1 AND 64", name="beat_name_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
"""In which minute each portal was last alive: it tells of the program, whether anybody comes or not."""


def engine(address: str | Path, seconds: float = ANSWER_SECONDS) -> Engine:
    """Open a dead drop by a database address or a path (SQLite).

    On SQLite: write-ahead log, every commit on disk before it returns, erased bytes overwritten. On a server: nobody
    waits longer than `seconds` for one statement of one that hangs.
    """
    url = make_url(str(address)) if "://" in str(address) else URL.create("sqlite", database=str(address))
    made = create_engine(url, poolclass=NullPool, hide_parameters=True, **_server(url))
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_sqlite)
    return patience.bounded(made, seconds)


def _server(url: URL) -> dict[str, Any]:
    """Give what only a server's engine is told; the address's own options stay."""
    if url.get_backend_name() == "sqlite":
        return {}
    begun = "".join(f" -c {name}={value}" for name, value in SESSION.items())
    patient = patience.options(url, SERVER_SECONDS, SERVER_SECONDS)
    patient["options"] = f"{patient['options']}{begun}"
    return {"connect_args": patient, "use_native_hstore": False}  # else its types are looked up, which is closed


def _prepare_sqlite(connection: _Driver, _record: object) -> None:
    connection.isolation_level = None  # the driver starts no transaction of its own: `writing` does
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Turn whatever the database refuses or cannot do into UnavailableError; `what` says what was not done."""
    try:
        yield
    except DBAPIError as error:
        raise UnavailableError(what) from error


def take_name(connection: Connection, name: bytes) -> None:
    """Wait on a server until no other transaction has taken the name; it is given back when this one ends.

    On SQLite the writer's turn has done that already.
    """
    if connection.dialect.name != "sqlite":
        number = int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def ask(made: Engine) -> None:
    """Ask the store for a sign of life; raises UnavailableError. It reads no table and makes no file."""
    path = file_of(made)
    if path is not None and not os.path.exists(path):
        raise UnavailableError("the dead drop is gone")  # SQLite would make an empty one that nobody knows
    with told("not asked"), made.connect() as connection:
        connection.execute(select(1))


def create_file(made: Engine) -> None:
    """Make the file for its owner and group only: portal and staff app may run as two users of one group."""
    path = file_of(made)
    if path is not None:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, turns.SHARED))
        except OSError as error:
            raise UnavailableError("the file cannot be opened") from error


def file_of(made: Engine) -> str | None:
    """Give the path of an SQLite store, or None where a server keeps it."""
    return made.url.database if made.dialect.name == "sqlite" else None


@contextlib.contextmanager
def writing(made: Engine) -> Iterator[None]:
    """Take the writer's turn: on SQLite a lock, since its own waiting starves some; elsewhere nothing.

    Raises UnavailableError after a few seconds in the line (`deaddrop.turns`).
    """
    path = file_of(made)
    if path is None:
        yield
        return
    with turns.take(f"{path}.lock"):
        yield


def empty_log(made: Engine) -> None:
    """Leave no byte of what was erased: cut SQLite's write-ahead log to nothing, let a server's `sweep()` do its part.

    On SQLite done in a writer's turn: nobody writes meanwhile. On a server it takes a moment's lock if it gets one;
    what it could not sweep now is swept the next time, since nothing depends on it. While a crowd waits there nothing
    is swept: writing all of it anew would keep those who send out for seconds, again at each batch.
    """
    if made.dialect.name == "sqlite":
        with writing(made), contextlib.closing(made.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        with contextlib.suppress(DBAPIError), made.begin() as connection:
            crowded = text("SELECT 1 FROM envelopes OFFSET :crowd LIMIT 1")
            if connection.execute(crowded, {"crowd": CROWD}).first() is None:
                connection.execute(select(func.sweep()))
