"""Who wants to be reminded of what, and where: locked under the pepper."""

import json
from dataclasses import dataclass
from typing import Self

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crypto.errors import CorruptError
from crypto.opening import pepper
from staff.casebook import Casebook
from staff.models import Reminder

PURPOSE = "reminder"
NEW, LATE, GIVEN, ALARM = "new", "late", "given", "alarm"
OCCASIONS = (NEW, LATE, GIVEN, ALARM)
FORMAT = 2  # of what is locked; the first knew no alarm


@dataclass(frozen=True)
class Wish:
    """Hold one person's address and the occasions they want a letter for."""

    address: str
    occasions: frozenset[str]

    def encode(self) -> bytes:
        """Write the wish as JSON."""
        return json.dumps([self.address, sorted(self.occasions), FORMAT], separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote; who chose before there was an alarm is told of it too."""
        address, occasions, *known = json.loads(data)
        chosen = frozenset(occasions) if known else frozenset([*occasions, ALARM])
        return cls(address, chosen & frozenset(OCCASIONS))


class Wishes:
    """Keep one wish for each member, found by the member's tag."""

    def __init__(self, casebook: Casebook, pepper_bytes: bytes) -> None:
        self._casebook = casebook
        self._pepper = pepper_bytes

    def of(self, member: bytes) -> Wish | None:
        """Give a member's wish."""
        return self.all().get(member)

    def all(self) -> dict[bytes, Wish]:
        """Give every wish by member tag; one that was changed or moved is left out."""
        with self._casebook.read() as session:
            rows = session.execute(select(Reminder.member, Reminder.sealed)).all()
        opened = {member: self._open(member, sealed) for member, sealed in rows}
        return {member: wish for member, wish in opened.items() if wish is not None}

    def keep(self, member: bytes, wish: Wish | None) -> None:
        """Keep a member's wish in place of the one before; None forgets it."""
        with self._casebook.write() as session:
            _drop(session, member)
            if wish is not None:
                session.add(Reminder(member=member, sealed=pepper.lock(self._pepper, PURPOSE, member, wish.encode())))
        if wish is None:
            self._casebook.settle()

    def _open(self, member: bytes, sealed: bytes) -> Wish | None:
        try:
            return Wish.decode(pepper.unlock(self._pepper, PURPOSE, member, sealed))
        except (CorruptError, ValueError):
            return None


def _drop(session: Session, member: bytes) -> None:
    session.execute(delete(Reminder).where(Reminder.member == member))
