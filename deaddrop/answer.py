"""The staff app's half of the mailboxes: put a reply there, see what still waits, and let old ones go."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Engine, delete, func, insert, select

from crypto.errors import MalformedError
from crypto.thread import MOST_WAITING, REPLY_SIZE, reply_id
from deaddrop.errors import FullError
from deaddrop.schema import FIRST_DAY, OPENED, REPLIES, empty_log, take_name, told, writing


class Answer:
    """Leave sealed replies under mailbox addresses. It knows addresses only, never the tokens that read them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def leave(self, address: bytes, sealed: bytes, today: date, *, instead_of: bytes | None = None) -> bytes:
        """Put a reply into a mailbox and give its id; when this returns it is on disk. The same bytes stand once.

        Raises FullError if four wait already and `instead_of` (an id) names none of them, MalformedError for another
        length, UnavailableError if it was not left.
        """
        if len(sealed) != REPLY_SIZE:
            raise MalformedError("another length than a reply's")
        row = {"address": address, "id": reply_id(sealed), "day": (today - FIRST_DAY).days, "sealed": sealed}
        mine = REPLIES.c.address == address
        with told("not left"), writing(self._engine), self._engine.begin() as connection:
            take_name(connection, address)  # two writers would each count three, and leave five
            connection.execute(delete(REPLIES).where(mine, REPLIES.c.id.in_([row["id"], instead_of or row["id"]])))
            count = connection.execute(select(func.count()).select_from(REPLIES).where(mine)).scalar_one()
            if count >= MOST_WAITING:
                raise FullError("four replies wait")
            connection.execute(insert(REPLIES).values(row))
        if instead_of:
            empty_log(self._engine)
        return reply_id(sealed)

    def waiting(self, address: bytes) -> frozenset[bytes]:
        """List the ids of the replies that still wait in a mailbox."""
        with told("not read"), self._engine.connect() as connection:
            found = connection.execute(select(REPLIES.c.id).where(REPLIES.c.address == address))
            return frozenset(found.scalars())

    def opened(self, ids: Collection[bytes]) -> dict[bytes, int]:
        """Give the day (since 1970) on which each of these replies was first opened, of those that were."""
        with told("not read"), self._engine.connect() as connection:
            found = connection.execute(select(OPENED.c.id, OPENED.c.day).where(OPENED.c.id.in_(list(ids))))
            return {row.id: row.day for row in found}

    def expire(self, before: date, keep: Collection[bytes] = ()) -> int:
        """Remove replies left before a day, but those in mailboxes to `keep`; give their number. Leaves no byte.

        What was opened before that day was left before it: the note of it goes too.
        """
        first = (before - FIRST_DAY).days
        old = REPLIES.c.day < first
        with told("not removed"), writing(self._engine), self._engine.begin() as connection:
            gone = connection.execute(delete(REPLIES).where(old, REPLIES.c.address.not_in(list(keep)))).rowcount
            connection.execute(delete(OPENED).where(OPENED.c.day < first))
        if gone or self._engine.dialect.name != "sqlite":  # there what visitors removed waits to be swept, too
            empty_log(self._engine)
        return gone
