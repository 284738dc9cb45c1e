"""How long anybody waits for a database server that says nothing: then the line is cut, and the sender is told.

A server that is gone refuses, and that is told at once. One that hangs, or a network that swallows what is sent, says
nothing for ever, and would keep each thread that serves. The deadline is on our side of the line, since a statement
that the server gives up itself may already stand: a commit that waits for a second machine counts as done there when a
time-out strikes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any  # Any: SQLAlchemy's own words for what a driver is given

from sqlalchemy import URL, Connection, Engine, event

if TYPE_CHECKING:
    import psycopg

# libpq's own options: a peer that has vanished is found within some ten seconds even while nobody asks it anything.
WATCHFUL = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}


def options(url: URL, connect: int, lock: int) -> dict[str, object]:
    """Give what a connection to a server is opened with: seconds to answer a knock, and to wait for another's lock.

    The address's own options stay.
    """
    own = f"{url.query.get('options', '')} -c lock_timeout={lock}s"
    return {"connect_timeout": connect, "options": own.strip(), **WATCHFUL}


def bounded(engine: Engine, seconds: float) -> Engine:
    """Let no statement and no commit of this engine take longer than so many seconds; on SQLite change nothing.

    Too late raises the driver's OperationalError and closes the connection. The trap: what was asked may be done all
    the same, so that only what is harmless twice may be asked again unseen.
    """
    if engine.dialect.name == "postgresql":
        opened = _opener(seconds)
        event.listen(engine, "do_connect", lambda _dialect, _record, words, named: opened(*words, **named))
    return engine


@contextmanager
def unhurried(connection: Connection) -> Iterator[None]:
    """Let this connection take as long as it needs: large tables are moved for minutes, and nobody waits for that."""
    driver: Any = connection.connection.driver_connection  # Any: SQLite's has no limit
    before = getattr(driver, "limit", None)
    if before is None:
        yield
        return
    driver.limit = None
    try:
        yield
    finally:
        driver.limit = before


def gave_up(connection: object) -> bool:
    """Tell whether a driver's connection was closed because the server took too long."""
    return bool(getattr(connection, "gave_up", False))


@cache
def _opener(seconds: float) -> "Callable[..., psycopg.Connection[Any]]":  # Any: rows, as the statement has them
    """Make the way to connect; psycopg is loaded where there is a server, and nowhere else."""
    import psycopg  # noqa: PLC0415  # as the line above says: ten megabytes
    from psycopg.pq import TransactionStatus  # noqa: PLC0415  # as above

    class Impatient(psycopg.Connection[Any]):
        """A connection that closes itself when the server is silent for too long."""

        gave_up = False
        limit: float | None = seconds

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # Any: whatever is asked
            """Wait for an answer as psycopg does, and no longer than the limit."""
            try:
                return super().wait(gen, interval, self.limit if timeout is None else timeout)
            except psycopg.OperationalError:
                if not self.closed and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                    self.gave_up = True
                    self.close()
                raise

    return Impatient.connect
