"""The portal's half of the mailboxes: with the token, and only with it, read replies or remove them."""

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import DBAPIError

from crypto.returncode import mailbox_address
from crypto.thread import MOST_WAITING, decoy
from deaddrop.errors import UnavailableError
from deaddrop.schema import REPLIES, empty_log, writing


class Fetch:
    """Read and remove replies by mailbox token; an address alone, as the database shows it, opens nothing here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replies(self, token: bytes) -> tuple[bytes, ...]:
        """Give four sealed replies, unused ones random bytes of the same length, for any token.

        Unknown, empty and expired are one state. Raises UnavailableError if the store is away.
        """
        wanted = select(REPLIES.c.sealed).where(REPLIES.c.address == mailbox_address(token)).limit(MOST_WAITING)
        unused = [decoy() for _ in range(MOST_WAITING)]  # always drawn, so that an empty mailbox costs the same
        try:
            with self._engine.connect() as connection:
                found = list(connection.execute(wanted).scalars())
        except DBAPIError as error:
            raise UnavailableError("not read") from error
        return tuple(found + unused[len(found) :])

    def remove(self, token: bytes) -> None:
        """Remove all replies of a mailbox and their bytes; nothing tells whether there were any."""
        try:
            with writing(self._engine), self._engine.begin() as connection:
                connection.execute(delete(REPLIES).where(REPLIES.c.address == mailbox_address(token)))
            empty_log(self._engine)
        except DBAPIError as error:
            raise UnavailableError("not removed") from error
