"""The portal's half of the mailboxes: with the token, and only with it, read replies, note or remove them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from sqlalchemy import ColumnElement, Engine, and_, delete, func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from crypto.returncode import mailbox_address
from crypto.thread import MOST_WAITING, decoy
from deaddrop.schema import FIRST_DAY, OPENED, REPLIES, empty_log, told, writing


class _Store(Protocol):
    """Say what a store does for whoever has a token."""

    def read(self, token: bytes) -> Sequence[bytes]:
        """Give the mailbox's sealed replies, at most four."""

    def note(self, token: bytes, ids: list[bytes], day: int) -> None:
        """Note on which day (since 1970) replies of the mailbox were first opened."""

    def remove(self, token: bytes, ids: list[bytes]) -> None:
        """Remove replies of the mailbox."""


class Fetch:
    """Work on replies by mailbox token; an address alone, as the database shows it, opens nothing here.

    A token under which nothing lies never takes the writers' turn: a flood of made-up codes keeps nobody waiting.
    """

    def __init__(self, engine: Engine) -> None:
        self._store: _Store = _File(engine) if engine.dialect.name == "sqlite" else _Server(engine)

    def replies(self, token: bytes) -> tuple[bytes, ...]:
        """Give four sealed replies, unused ones random bytes of the same length, for any token.

        Unknown, empty and expired are one state. Raises UnavailableError if the store is away.
        """
        unused = [decoy() for _ in range(MOST_WAITING)]  # always drawn, so that an empty mailbox costs the same
        with told("not read"):
            found = list(self._store.read(token))
        return tuple(found + unused[len(found) :])

    def opened(self, token: bytes, ids: Collection[bytes], today: date) -> None:
        """Note that these replies of the mailbox were opened; the first day stays, and other ids change nothing."""
        with told("not noted"):
            self._store.note(token, list(ids), (today - FIRST_DAY).days)

    def remove(self, token: bytes, ids: Collection[bytes]) -> None:
        """Remove these replies of the mailbox and their bytes; nothing tells whether there were any.

        The trap: name what was seen. A reply that came meanwhile must not vanish unread.
        """
        with told("not removed"):
            self._store.remove(token, list(ids))


class _Server:
    """Call the functions that hash the token on the server: the portal's role reaches no table of replies."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, token: bytes) -> Sequence[bytes]:
        with self._engine.connect() as connection:
            return connection.execute(select(func.read_replies(token))).scalars().all()

    def note(self, token: bytes, ids: list[bytes], day: int) -> None:
        with self._engine.begin() as connection:
            connection.execute(select(func.note_opened(token, ids, day)))

    def remove(self, token: bytes, ids: list[bytes]) -> None:
        with self._engine.begin() as connection:
            connection.execute(select(func.remove_replies(token, ids)))


class _File:
    """Do the same on SQLite, where whoever opens the file could do everything."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, token: bytes) -> Sequence[bytes]:
        wanted = select(REPLIES.c.sealed).where(REPLIES.c.address == mailbox_address(token)).limit(MOST_WAITING)
        with self._engine.connect() as connection:
            return connection.execute(wanted).scalars().all()

    def note(self, token: bytes, ids: list[bytes], day: int) -> None:
        fresh = and_(_named(token, ids), REPLIES.c.id.not_in(select(OPENED.c.id)))
        rows = select(REPLIES.c.id, literal(day)).where(fresh)
        if not self._any(fresh):
            return
        try:
            with writing(self._engine), self._engine.begin() as connection:
                connection.execute(insert(OPENED).from_select(["id", "day"], rows))
        except IntegrityError:
            return  # somebody else with the code was quicker: it is noted

    def remove(self, token: bytes, ids: list[bytes]) -> None:
        if not self._any(_named(token, ids)):
            return
        with writing(self._engine), self._engine.begin() as connection:
            connection.execute(delete(REPLIES).where(_named(token, ids)))
        empty_log(self._engine)

    def _any(self, which: ColumnElement[bool]) -> bool:
        with self._engine.connect() as connection:
            return connection.execute(select(REPLIES.c.id).where(which).limit(1)).first() is not None


def _named(token: bytes, ids: Collection[bytes]) -> ColumnElement[bool]:
    return and_(REPLIES.c.address == mailbox_address(token), REPLIES.c.id.in_(list(ids)))
