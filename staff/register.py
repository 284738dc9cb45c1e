"""The two signed files that the staff app believes: who works here, and whom envelopes are sealed to.

Who joined or left since they were signed stands in orders by two leads, and by one (crypto.opening.joining).
Read again when a file changes, so that a new epoch needs no restart. A file that does not verify lets nobody in:
public keys are believed from signed statements only.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Protocol

from crypto.envelope import team_tag
from crypto.errors import Error, RosterTooOldError
from crypto.opening.joining import amended
from crypto.opening.members import Members, verify_members
from crypto.opening.orders import Signed
from crypto.sealing.roster import Roster, verify
from staff.errors import RegisterError


@dataclass(frozen=True)
class Papers:
    """Hold the verified roster and register of members, as they stood when they were read.

    `members` are those of the register as leads have amended it since; `signed` those that the root key signed.
    """

    roster: Roster
    members: Members
    signed: Members

    @cached_property
    def team_tags(self) -> dict[bytes, str]:
        """Give the municipality behind each team tag of the roster."""
        return {team_tag(team.municipality): team.municipality for team in self.roster.teams}

    def days_left(self, today: date) -> int:
        """Count the days that the roster still holds; negative once it has run out."""
        return (self.roster.not_after - today).days


def no_orders() -> Sequence[Signed]:
    """Give no orders: before there is a casebook to ask."""
    return ()


class Beside(Protocol):
    """Be what remembers beside the casebook who is gone, and whose orders stay though they are."""

    def left(self) -> frozenset[bytes]:
        """Give the Ed25519 keys that have left."""

    def stays(self) -> frozenset[bytes]:
        """Give the ids of the orders to join that stay though somebody left who had signed them."""


class Nothing:
    """Remember nobody: where there is no such file."""

    def left(self) -> frozenset[bytes]:
        """Give no keys."""
        return frozenset()

    def stays(self) -> frozenset[bytes]:
        """Give no orders."""
        return frozenset()


def forget(_epoch: int) -> None:
    """Remember nothing: where nobody serves for long."""


NOTHING = Nothing()


class Register:
    """Lend the current papers; `orders` gives what leads have signed since the root key did, `beside` who is gone.

    `reached` is told each higher epoch that was believed, so that a start after it refuses an older one.
    """

    def __init__(
        self,
        roster: Path,
        members: Path,
        root: bytes,
        minimum_epoch: int = 1,
        orders: Callable[[], Sequence[Signed]] = no_orders,
        beside: Beside = NOTHING,
        reached: Callable[[int], None] = forget,
    ) -> None:
        self._paths = (roster, members)
        self._root = root
        self._orders = orders
        self._beside = beside
        self._reached = reached
        self._counted: tuple[Sequence[Signed], frozenset[bytes], frozenset[bytes]] = ((), frozenset(), frozenset())
        self._highest = minimum_epoch
        self._lock = threading.Lock()
        self._stamp: tuple[tuple[int, int], ...] = ()
        self._papers: Papers | None = None

    def current(self) -> Papers:
        """Give the papers; raise RegisterError if a file is missing, forged, malformed or older than seen before.

        An expired roster is believed here: it stops senders, but what they sent before must still be read.
        """
        with self._lock:
            try:
                stamp = tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in self._paths)
                if self._papers is None or stamp != self._stamp:
                    self._papers, self._stamp = self._read(), stamp
            except (OSError, Error) as error:
                self._papers = None
                raise RegisterError(type(error).__name__) from error
            self._papers = self._amend(self._papers)
            return self._papers

    def _amend(self, papers: Papers) -> Papers:
        counted = (list(self._orders()), self._beside.left(), self._beside.stays())
        if papers.members is papers.signed or counted != self._counted:
            self._counted = counted
            return replace(papers, members=amended(papers.signed, *counted))
        return papers

    def _read(self) -> Papers:
        roster, members = (path.read_bytes() for path in self._paths)
        signed = verify_members(members, self._root)
        papers = Papers(verify(roster, self._root, minimum_epoch=self._highest, today=None), signed, signed)
        # An older register put back beside the current roster would let in whoever has been taken out since.
        if papers.members.epoch < papers.roster.epoch:
            raise RosterTooOldError("the register is of an older epoch than the roster")
        self._highest = papers.roster.epoch
        self._reached(self._highest)
        return papers
