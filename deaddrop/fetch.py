"""The portal's half of the mailboxes: with the token, and only with it, read replies, note or remove them."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Engine, and_, delete, insert, literal, select
from sqlalchemy.exc import IntegrityError

from crypto.returncode import mailbox_address
from crypto.thread import MOST_WAITING, decoy
from deaddrop.schema import FIRST_DAY, OPENED, REPLIES, empty_log, told, writing


class Fetch:
    """Work on replies by mailbox token; an address alone, as the database shows it, opens nothing here.

    A token under which nothing lies never takes the writers' turn: a flood of made-up codes keeps nobody waiting.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replies(self, token: bytes) -> tuple[bytes, ...]:
        """Give four sealed replies, unused ones random bytes of the same length, for any token.

        Unknown, empty and expired are one state. Raises UnavailableError if the store is away.
        """
        wanted = select(REPLIES.c.sealed).where(REPLIES.c.address == mailbox_address(token)).limit(MOST_WAITING)
        unused = [decoy() for _ in range(MOST_WAITING)]  # always drawn, so that an empty mailbox costs the same
        with told("not read"), self._engine.connect() as connection:
            found = list(connection.execute(wanted).scalars())
        return tuple(found + unused[len(found) :])

    def opened(self, token: bytes, ids: Collection[bytes], today: date) -> None:
        """Note that these replies of the mailbox were opened; the first day stays, and other ids change nothing."""
        fresh = and_(_named(token, ids), REPLIES.c.id.not_in(select(OPENED.c.id)))
        rows = select(REPLIES.c.id, literal((today - FIRST_DAY).days)).where(fresh)
        with told("not noted"):
            if not self._any(fresh):
                return
            try:
                with writing(self._engine), self._engine.begin() as connection:
                    connection.execute(insert(OPENED).from_select(["id", "day"], rows))
            except IntegrityError:
                return  # somebody else with the code was quicker: it is noted

    def remove(self, token: bytes, ids: Collection[bytes]) -> None:
        """Remove these replies of the mailbox and their bytes; nothing tells whether there were any.

        The trap: name what was seen. A reply that came meanwhile must not vanish unread.
        """
        with told("not removed"):
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
