"""The staff side's database: how it is opened, brought up to date, read and written."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any  # DBAPI connections and execution options have no narrower type

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from deaddrop import patience
from deaddrop.migrating import move
from staff.errors import NotMigratedError
from staff.rights import settle

SCRIPTS = "staff:migrations"
MAY_CREATE = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
WRITES = {"utvag_writes": True}
PRAGMAS: tuple[str, ...] = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "temp_store=MEMORY",
)

KNOCK_SECONDS = 3  # that each machine of a server may take to answer a knock
LOCK_SECONDS = 10  # that a writer waits for another's lock there, as `busy_timeout` does on SQLite
ANSWER_SECONDS = 15  # that a server may take for one statement, or for a commit to reach a second machine


def casebook_url(where: str) -> URL:
    """Read a database URL, or a path as that of an SQLite file."""
    return make_url(where) if "://" in where else URL.create("sqlite", database=str(Path(where).absolute()))


class Casebook:
    """Give sessions for reading and for writing.

    A session that reads sees one moment, on each database: a request that a colleague opens between two of its
    statements would else be in neither list.
    A write begins IMMEDIATE on SQLite: two writers meet at BEGIN and wait, never half-way through, where the second
    would fail with what it has read already out of date.
    """

    def __init__(self, where: str) -> None:
        self.engine = _engine(casebook_url(where))
        self._writer = self.engine.execution_options(**WRITES)
        snapshot = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._reader = self.engine.execution_options(**snapshot)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Lend a session that sees one moment, and whose changes are thrown away."""
        with Session(self._reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Lend a session that commits when the block ends and rolls back if it raises."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def settle(self) -> None:
        """Truncate SQLite's WAL, so that dropped envelopes do not linger there; no harm if a reader is in the way."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                # A checkpoint cannot run inside the transaction that `_begin` opened; it is given back afterwards.
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
                connection.exec_driver_sql("BEGIN")

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def prepare(casebook: Casebook) -> None:
    """Bring the tables up to the newest migration where this user may, else see that they are; safe at every start.

    Raises NotMigratedError if another user must do it, or if a newer version of this program has been here.
    """
    there, newest = revisions(casebook)
    with casebook.engine.connect() as connection:
        may = connection.dialect.name == "sqlite" or connection.execute(MAY_CREATE).scalar_one()
    if there > newest or (there != newest and not may):
        raise NotMigratedError(there, newest)
    if there != newest:
        migrate(casebook)


def revisions(casebook: Casebook) -> tuple[str, str]:
    """Give the revision of a casebook's tables ("" without any) and the newest that this program knows."""
    with casebook.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or "", _newest()


def migrate(casebook: Casebook, to: str = "head") -> None:
    """Bring the tables up or down to a revision ("head", "base" or a number), with all that they hold; settle rights.

    Raises alembic.util.CommandError for a revision that this version does not know.
    """
    with casebook.engine.execution_options(**WRITES).begin() as connection:
        move(connection, SCRIPTS, to)
        if connection.dialect.name != "sqlite":
            settle(connection)


@cache
def _newest() -> str:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    return str(ScriptDirectory.from_config(config).get_current_head())


def ready(casebook: Casebook) -> bool:
    """Tell whether the casebook answers."""
    with casebook.read() as session:
        return bool(session.execute(text("SELECT 1")).scalar_one() == 1)


def _engine(url: URL) -> Engine:
    """Open the engine; SQLite's transactions are begun by us, since its driver would begin them late.

    On a server a connection is tried before it is lent: after a fail-over the next request finds the machine that
    leads now, if the address names all of them and `target_session_attrs=read-write`.
    """
    if url.get_backend_name() == "postgresql":
        told = patience.options(url, KNOCK_SECONDS, LOCK_SECONDS)
        made = create_engine(
            url, hide_parameters=True, connect_args=told, pool_pre_ping=True, pool_timeout=ANSWER_SECONDS
        )
        return patience.bounded(made, ANSWER_SECONDS)
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        Path(url.database or "").touch(mode=0o600)  # nobody else on the machine; SQLite's other files follow it
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("utvag_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
