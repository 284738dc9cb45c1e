"""Sealed replies between the casebook and the dead drop: whatever dies in between, each lies there in the end, once.

A reply is committed to the casebook first, sealed as it will lie in the dead drop, then left there, then marked as
left. Leaving the same bytes again changes nothing, so a mark that was never made costs nothing. Nothing here needs a
key: the collecting thread leaves what a coordinator's request could not.
"""

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from deaddrop.answer import Answer
from deaddrop.errors import Error, FullError
from deaddrop.schema import FIRST_DAY
from staff.casebook import Casebook
from staff.models import Outgoing

WAITS, FULL = 0, -1  # in the column `left`, where else the day stands
AWAY = (Error, SQLAlchemyError, OSError)

log = logging.getLogger("utvag.staff")


def utc_now() -> datetime:
    """Give the time, aware."""
    return datetime.now(UTC)


def days(today: date) -> int:
    """Count the days since 1970, as both stores do."""
    return (today - FIRST_DAY).days


class Outbox:
    """Leave replies in the dead drop, look at what waits there, and let old ones go."""

    def __init__(
        self, casebook: Casebook, answer: Answer, kept_days: int, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._casebook = casebook
        self._answer = answer
        self._turn = threading.Lock()
        self.kept_days = kept_days
        self.now = now

    def send(self, ids: Collection[bytes] | None = None) -> bool:
        """Leave these replies, or all that wait; False if one is left over. Never raises for a dead drop that is away.

        One turn at a time: else a reply that the person has just removed could be left a second time.
        """
        with self._turn:
            found = [row for row in self._waiting() if ids is None or row.id in ids]
            left = [self._leave(row, self.now().date()) for row in found]  # each one, whatever became of another
        return all(left)

    def _waiting(self) -> list[Outgoing]:
        with self._casebook.read() as session:
            return list(session.scalars(select(Outgoing).where(Outgoing.left <= WAITS)))

    def _leave(self, row: Outgoing, today: date) -> bool:
        left = days(today)
        try:
            self._answer.leave(row.address, row.sealed, today, instead_of=row.instead_of or None)
        except FullError:
            left = FULL
        except AWAY as error:
            log.error("a reply could not be left: %s", type(error).__name__)
            return False
        with self._casebook.write() as session:
            session.execute(update(Outgoing).where(Outgoing.id == row.id).values(left=left))
        return left > WAITS

    def replace(self, choices: Mapping[bytes, bytes]) -> None:
        """Say which waiting reply each of these is to take the place of."""
        with self._casebook.write() as session:
            for row, instead_of in choices.items():
                session.execute(update(Outgoing).where(Outgoing.id == row).values(instead_of=instead_of))

    def standing(self, ids: Collection[bytes]) -> dict[bytes, Outgoing]:
        """Give what is still kept of these replies; one that was delivered and entered is not."""
        with self._casebook.read() as session:
            return {row.id: row for row in session.scalars(select(Outgoing).where(Outgoing.id.in_(ids)))}

    def lying(self, addresses: Collection[bytes]) -> dict[bytes, frozenset[bytes]] | None:
        """List by address which replies wait in the dead drop; None if it cannot be asked just now."""
        try:
            return {address: self._answer.waiting(address) for address in addresses}
        except AWAY as error:
            log.error("mailboxes could not be looked at: %s", type(error).__name__)
            return None

    def opened(self, ids: Collection[bytes]) -> dict[bytes, int]:
        """Give the day (since 1970) on which each of these was first opened; nothing if it cannot be asked just now."""
        try:
            return self._answer.opened(ids) if ids else {}
        except AWAY as error:
            log.error("mailboxes could not be looked at: %s", type(error).__name__)
            return {}

    def expire(self) -> None:
        """Let go of what has lain in the dead drop for longer than the programme keeps replies."""
        self._answer.expire(self.now().date() - timedelta(days=self.kept_days))

    def run(self) -> None:
        """Do what the collecting thread does each time; a failure waits for the next turn."""
        try:
            self.send()
            self.expire()
        except AWAY as error:
            log.error("replies wait: %s", type(error).__name__)


def forget(session: Session, ids: Collection[bytes]) -> None:
    """Drop the sealed bytes of replies that lie in the dead drop, in the transaction that enters it."""
    session.execute(delete(Outgoing).where(Outgoing.id.in_(ids)))
