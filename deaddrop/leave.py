"""The portal's half of the dead drop: it can add an envelope and nothing else."""

import threading
from datetime import date

from sqlalchemy import Engine, PoolProxiedConnection, insert

from crypto import envelope
from crypto.envelope import Envelope
from crypto.errors import MalformedError
from deaddrop.errors import UnavailableError
from deaddrop.schema import FIRST_DAY, envelopes, writing


class Leave:
    """Leave envelopes of one length in a dead drop. Safe in threads: each has a connection of its own.

    The statement is compiled once and run on the driver's connection, a third of the time of a Core execution; it is
    the only statement this class knows.
    """

    def __init__(self, engine: Engine, places: int) -> None:
        self._engine = engine
        self._size = envelope.size(places)
        dialect = engine.dialect
        self._sql = str(insert(envelopes(places)).compile(dialect=dialect))
        self._positional = dialect.positional
        driver = dialect.loaded_dbapi
        self._duplicate: type[Exception] = driver.IntegrityError
        self._failure: type[Exception] = driver.Error
        self._thread = threading.local()

    def leave(self, data: bytes, today: date) -> None:
        """Store one envelope; when this returns it is on disk. The same bytes twice are stored once.

        `today` is the day that stands outside, no finer time. Raises MalformedError for anything but an envelope of
        this dead drop's length, UnavailableError if it was not stored.
        """
        parts = Envelope.from_bytes(data)
        if len(data) != self._size:
            raise MalformedError("an envelope with another number of places")
        row: dict[str, object] = {
            "id": envelope.envelope_id(data),
            "team_tag": parts.team_tag,
            "epoch": parts.epoch,
            "day": (today - FIRST_DAY).days,
            "sealed": data,
        }
        with writing(self._engine):
            self._insert(tuple(row.values()) if self._positional else row)

    def _insert(self, row: tuple[object, ...] | dict[str, object]) -> None:
        try:
            connection = self._connection()
            cursor = connection.cursor()
            if self._engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(self._sql, row)
            connection.commit()
        except self._duplicate:
            # The id is a hash over the whole envelope and its form was checked above: only these very bytes collide.
            self._drop()
        except (self._failure, OSError) as error:
            self._drop()
            raise UnavailableError("not stored") from error

    def _connection(self) -> PoolProxiedConnection:
        connection: PoolProxiedConnection | None = getattr(self._thread, "connection", None)
        if connection is None:
            connection = self._thread.connection = self._engine.raw_connection()
        return connection

    def _drop(self) -> None:
        """Close this thread's connection, whatever state it is in: the next envelope opens a new one."""
        connection, self._thread.connection = getattr(self._thread, "connection", None), None
        if connection is not None:
            connection.close()
