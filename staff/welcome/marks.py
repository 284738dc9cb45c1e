"""What is remembered of a person beside their account: that they saw the tour, and what they signed of secrecy.

One row for each member, locked under the pepper at one size, so that a copy of the casebook does not tell who has done
what. What it says of secrecy counts only by its signature. Source: docs/envelope.md section 6.
"""

import json
from dataclasses import dataclass
from typing import Self

from sqlalchemy import delete, select

from crypto.errors import CorruptError
from crypto.opening import pepper
from staff.casebook import Casebook
from staff.models import StoredMark

PURPOSE = "mark"


@dataclass(frozen=True)
class Mark:
    """Hold one member's row; `when` is in seconds since 1970 and 0 for never, `signature` in hex."""

    toured: bool = False
    version: str = ""
    when: int = 0
    signature: str = ""

    def encode(self) -> bytes:
        """Write the row as JSON."""
        value = [self.toured, self.version, self.when, self.signature]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote; ValueError or TypeError for anything else."""
        toured, version, when, signature = json.loads(data)
        return cls(bool(toured), str(version), int(when), str(signature))


class Marks:
    """Keep one mark for each member, found by the member's tag."""

    def __init__(self, casebook: Casebook, pepper_bytes: bytes) -> None:
        self._casebook = casebook
        self._pepper = pepper_bytes

    def of(self, member: bytes) -> Mark:
        """Give a member's mark; an empty one where there is none, or one that was changed or moved."""
        with self._casebook.read() as session:
            sealed = session.scalar(select(StoredMark.sealed).where(StoredMark.member == member))
        return self._open(member, sealed) if sealed else Mark()

    def all(self) -> dict[bytes, Mark]:
        """Give every mark by member tag."""
        with self._casebook.read() as session:
            rows = session.execute(select(StoredMark.member, StoredMark.sealed)).all()
        return {member: self._open(member, sealed) for member, sealed in rows}

    def keep(self, member: bytes, mark: Mark) -> None:
        """Keep a member's mark in place of the one before."""
        sealed = pepper.lock(self._pepper, PURPOSE, member, mark.encode())
        with self._casebook.write() as session:
            session.execute(delete(StoredMark).where(StoredMark.member == member))
            session.add(StoredMark(member=member, sealed=sealed))

    def _open(self, member: bytes, sealed: bytes) -> Mark:
        try:
            return Mark.decode(pepper.unlock(self._pepper, PURPOSE, member, sealed))
        except (CorruptError, ValueError, TypeError):
            return Mark()
