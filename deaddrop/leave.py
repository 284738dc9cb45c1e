"""The portal's half of the dead drop: it can add an envelope and nothing else."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, PoolProxiedConnection, insert

from crypto import envelope
from crypto.envelope import Envelope
from crypto.errors import MalformedError
from deaddrop.errors import MisfitError, OtherPlacesError, UnavailableError
from deaddrop.patience import gave_up
from deaddrop.preparing import prepare
from deaddrop.schema import FIRST_DAY, envelopes, file_of, writing

UNIQUE_VIOLATION = {"SQLITE_CONSTRAINT_PRIMARYKEY", "23505"}  # SQLite's name, PostgreSQL's SQLSTATE
File = tuple[int, int]


class _CutError(UnavailableError):
    """Say that the server closed a connection which had been open: with a new one it may work."""


@dataclass(slots=True)
class _Connected:
    """Hold one thread's connection and the file that it was opened on."""

    connection: PoolProxiedConnection
    file: File | None


class Leave:
    """Leave envelopes of one length in a dead drop. Safe in threads: each has a connection of its own.

    The statement is compiled once and run on the driver's connection, a third of the time of a Core execution; it is
    the only statement this class knows.
    """

    def __init__(self, engine: Engine, places: int) -> None:
        self._engine = engine
        self._places = places
        self._size = envelope.size(places)
        dialect = engine.dialect
        self._sql = str(insert(envelopes(places)).compile(dialect=dialect))
        self._positional = dialect.positional
        driver = dialect.loaded_dbapi
        self._refused: type[Exception] = driver.IntegrityError
        self._failure: type[Exception] = driver.Error
        self._path = file_of(engine)
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
        self._follow_the_file()
        with writing(self._engine):
            try:
                self._insert(row)
            except _CutError:  # a server that was started anew; what it may have stored already stands once
                self._insert(row)

    def _insert(self, row: Mapping[str, object]) -> None:
        try:
            connected = self._connected()
            cursor = connected.connection.cursor()
            if self._engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(self._sql, tuple(row.values()) if self._positional else row)
            stored = cursor.rowcount
            connected.connection.commit()
        except self._refused as error:
            self._drop()
            # The id is a hash over the whole envelope: only these very bytes collide, and they are stored. Any other
            # refusal (a length, a trigger) means that nothing is, whatever class the driver gives it.
            if {getattr(error, "sqlite_errorname", ""), getattr(error, "sqlstate", "")}.isdisjoint(UNIQUE_VIOLATION):
                raise MisfitError("refused by the store") from error
        except (self._failure, OSError) as error:
            failed = _CutError if self._is_cut() else UnavailableError
            self._drop()
            raise failed("not stored") from error
        else:
            self._believe(connected, stored)

    def _is_cut(self) -> bool:
        """Tell whether a server has closed the connection that was open; one that was silent is not asked again."""
        connected: _Connected | None = getattr(self._thread, "connected", None)
        driver = connected.connection.driver_connection if connected else None
        return bool(getattr(driver, "closed", False)) and not gave_up(driver)

    def _believe(self, connected: _Connected, stored: int) -> None:
        """Give no receipt for a row that was silently passed over, or written to a file that is no longer there."""
        if stored != 1 or connected.file != self._file():
            self._drop()
            raise UnavailableError("not stored where it will be collected")

    def _follow_the_file(self) -> None:
        """Open the store anew if another file stands at its path: one that was moved away is never collected."""
        known: _Connected | None = getattr(self._thread, "connected", None)
        if known is None or known.file == self._file():
            return
        self._drop()
        if self._file() is None:
            raise UnavailableError("the dead drop is gone")
        try:
            prepare(self._engine, self._places)
        except OtherPlacesError as error:
            raise MisfitError("another dead drop stands at its path") from error

    def _connected(self) -> _Connected:
        connected: _Connected | None = getattr(self._thread, "connected", None)
        if connected is None:
            file = self._file()
            if file is None and self._path is not None:
                raise UnavailableError("the dead drop is gone")  # SQLite would make an empty one that nobody knows
            connected = self._thread.connected = _Connected(self._engine.raw_connection(), file)
        return connected

    def _file(self) -> File | None:
        if self._path is None:
            return None
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _drop(self) -> None:
        """Close this thread's connection, whatever state it is in: the next envelope opens a new one."""
        connected, self._thread.connected = getattr(self._thread, "connected", None), None
        if connected is not None:
            connected.connection.invalidate()  # without a last word to a server that may be gone
