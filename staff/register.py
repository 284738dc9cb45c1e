"""The two signed files that the staff app believes: who works here, and whom envelopes are sealed to.

Read again when a file changes, so that a new epoch needs no restart. A file that does not verify lets nobody in:
public keys are believed from signed statements only.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from crypto.envelope import team_tag
from crypto.errors import Error, RosterExpiredError
from crypto.opening.members import Members, verify_members
from crypto.sealing.roster import LONGEST, Roster, verify
from staff.errors import RegisterError


@dataclass(frozen=True)
class Papers:
    """Hold the verified roster and register of members, as they stood when they were read."""

    roster: Roster
    members: Members

    @cached_property
    def team_tags(self) -> dict[bytes, str]:
        """Give the municipality behind each team tag of the roster."""
        return {team_tag(team.municipality): team.municipality for team in self.roster.teams}

    def days_left(self, today: date) -> int:
        """Count the days that the roster still holds; negative once it has run out."""
        return (self.roster.not_after - today).days


class Register:
    """Lend the current papers."""

    def __init__(self, roster: Path, members: Path, root: bytes) -> None:
        self._paths = (roster, members)
        self._root = root
        self._lock = threading.Lock()
        self._stamp: tuple[tuple[int, int], ...] = ()
        self._papers: Papers | None = None

    def current(self) -> Papers:
        """Give the papers; raise RegisterError if a file is missing, forged or malformed.

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
            return self._papers

    def _read(self) -> Papers:
        roster, members = (path.read_bytes() for path in self._paths)
        return Papers(verify_whatever_its_age(roster, self._root), verify_members(members, self._root))


def verify_whatever_its_age(data: bytes, root: bytes) -> Roster:
    """Verify a roster in every respect but its last day; raise RosterError for all else."""
    today = datetime.now(UTC).date()
    while True:
        try:
            return verify(data, root, minimum_epoch=1, today=today)
        except RosterExpiredError:
            today -= LONGEST - timedelta(days=1)
