"""Invitations: a code that is shown once, and how far whoever has it has come. Source: docs/envelope.md section 4.6.

The row is found by a tag of the code under the pepper; of the code itself nothing is kept.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crypto.errors import CorruptError, Error
from crypto.opening import pepper
from crypto.opening.members import Member, read_person
from staff.casebook import Casebook
from staff.models import Invitation as Stored

PURPOSE = "invitation"
SIZE = 4096  # bytes
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
LENGTH = 16
TO_USE, TO_SIGN = 3, 14  # days: for the code, and then for the two signatures
JOIN, RENEW = "join", "renew"


@dataclass(frozen=True)
class Invitation:
    """Hold one invitation: to join, or to renew a second factor that was lost; `last` is its last day (since 1970).

    `statement` is the public file that the invited person's key has signed, once there is one; to renew, the Ed25519
    key that may. `order` is the row of the order to join, once a lead has compared the fingerprint.
    """

    id: bytes
    kind: str
    last: int
    name: str
    role: str
    municipality: str
    agency: str
    by: str
    statement: bytes = b""
    order: bytes = b""

    @property
    def member(self) -> Member | None:
        """Give what the invited person's own key states of them, if it is what they were invited as."""
        if self.kind != JOIN or not self.statement:
            return None
        try:
            stated = read_person(self.statement)
        except Error:
            return None
        said = (stated.name, stated.role, stated.municipality, stated.agency)
        return stated if said == (self.name, self.role, self.municipality, self.agency) else None

    def made(self, statement: bytes, today: int) -> Self:
        """Give the invitation as it stands once the key is made; from here on, two have time to sign."""
        return replace(self, statement=statement, last=today + TO_SIGN)

    def encode(self) -> bytes:
        """Write it to be locked."""
        texts = [self.name, self.role, self.municipality, self.agency, self.by]
        value = [self.kind, self.last, *texts, self.statement.hex(), self.order.hex()]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, row: bytes, data: bytes) -> Self:
        """Read what `encode` wrote."""
        kind, last, name, role, municipality, agency, by, statement, order = json.loads(data)
        made = bytes.fromhex(statement), bytes.fromhex(order)
        return cls(row, kind, int(last), name, role, municipality, agency, by, *made)


class Invitations:
    """Keep invitations; one whose last day has passed counts for nothing, and goes when somebody next writes one."""

    def __init__(self, casebook: Casebook, pepper_bytes: bytes) -> None:
        self._casebook = casebook
        self._pepper = pepper_bytes

    def row(self, code: str) -> bytes:
        """Give the row of a code, however its letters are written and grouped."""
        letters = "".join(one for one in code.upper() if one in LETTERS)
        return pepper.tag(self._pepper, PURPOSE, letters)[:16]

    def find(self, row: bytes, today: int) -> Invitation | None:
        """Give an invitation that holds today."""
        with self._casebook.read() as session:
            return self.find_in(session, row, today)

    def find_in(self, session: Session, row: bytes, today: int) -> Invitation | None:
        """Do as `find` does, in the caller's transaction."""
        return next((one for one in self._rows(session, row) if one.last >= today), None)

    def all(self, today: int) -> list[Invitation]:
        """List the invitations that hold today, by name."""
        with self._casebook.read() as session:
            return self.all_in(session, today)

    def all_in(self, session: Session, today: int) -> list[Invitation]:
        """Do as `all` does, in the caller's transaction."""
        return sorted((one for one in self._rows(session) if one.last >= today), key=lambda one: one.name.casefold())

    def over(self, session: Session, today: int) -> list[Invitation]:
        """List those whose last day has passed."""
        return [one for one in self._rows(session) if one.last < today]

    def keep(self, session: Session, one: Invitation) -> None:
        """Put an invitation in the place of what stood there, in the caller's write transaction."""
        self.drop(session, one.id)
        locked = pepper.lock(self._pepper, PURPOSE, one.id, one.encode(), SIZE)
        session.execute(insert(Stored), [{"id": one.id, "day": one.last, "locked": locked}])

    def drop(self, session: Session, row: bytes) -> None:
        """Take an invitation away."""
        session.execute(delete(Stored).where(Stored.id == row))

    def forget(self, session: Session, sign_public: bytes) -> None:
        """Take away what lets a key (Ed25519) get another second factor: it has left."""
        for one in list(self._rows(session)):
            if one.kind == RENEW and one.statement == sign_public:
                self.drop(session, one.id)

    def _rows(self, session: Session, row: bytes | None = None) -> Iterator[Invitation]:
        chosen = select(Stored.id, Stored.locked)
        for found, locked in session.execute(chosen if row is None else chosen.where(Stored.id == row)).all():
            try:
                yield Invitation.decode(found, pepper.unlock(self._pepper, PURPOSE, found, locked))
            except (CorruptError, ValueError, TypeError):
                continue  # changed or moved: nobody gets in by it


def new_code() -> str:
    """Draw a code: sixteen letters and digits in groups of four, 80 random bits."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, LENGTH, 4))
