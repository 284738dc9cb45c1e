"""Keep the roster that the portal seals to: read again when the file changes, never an older one than seen before."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crypto.envelope import Envelope, team_tag
from crypto.errors import RosterError
from crypto.sealing.roster import Roster, verify

MEMORY = "highest-epoch"
LATEST, PREVIOUS = "latest-roster", "previous-roster"
WELCOME_SECONDS = 48 * 3600

log = logging.getLogger("utvag.portal")


class OutOfServiceError(Exception):
    """No roster can be trusted now; refuse service rather than seal to the wrong keys or keep plain text."""


class OtherRosterError(Exception):
    """The envelope was sealed to a roster that is not welcome; `current` is the file to seal to instead."""

    def __init__(self, current: bytes) -> None:
        super().__init__()
        self.current = current


@dataclass(frozen=True)
class _Seen:
    """What the last reading was made from: another file or another day means reading again."""

    stamp: tuple[int, int, int]
    today: date


@dataclass(frozen=True)
class _Welcome:
    """What an envelope may name outside: an epoch, and a team of it."""

    epoch: int
    tags: frozenset[bytes]

    @classmethod
    def of(cls, roster: Roster) -> _Welcome:
        return cls(roster.epoch, frozenset(team_tag(team.municipality) for team in roster.teams))


class RosterKeeper:
    """Gives the current roster, verified against the pinned root key.

    A missing, forged, malformed, expired or too old roster, or one without a team for a municipality that the pages
    offer, puts the portal out of service until the file changes. The roster of the epoch before stays in the state
    folder and is welcome for 48 hours, so that a phone that began to write before a change still gets through; it is
    revoked by a roster that says so, or by raising the pinned minimum epoch.
    """

    def __init__(self, path: Path, root_key: bytes, minimum_epoch: int, state: Path, towns: Sequence[str]) -> None:
        self._path = path
        self._root_key = root_key
        self._state = state
        self._memory = state / MEMORY
        self._towns = towns
        self._lock = threading.Lock()
        self._minimum = minimum_epoch
        self._highest = max(minimum_epoch, _remembered(self._memory))
        self._seen: _Seen | None = None
        self._roster: Roster | None = None
        self._file = b""
        self._before: _Welcome | None = None
        self._ends = 0.0

    def current(self, today: date) -> Roster:
        """Return the roster to seal to on this day (UTC); raise OutOfServiceError."""
        return self._current(today)[0]

    def file(self, today: date) -> bytes:
        """Return the signed file of that roster, as it is; raise OutOfServiceError."""
        return self._current(today)[1]

    def check(self, envelope: Envelope, today: date) -> Roster:
        """Check that an envelope sealed elsewhere names a welcome epoch, its number of places and one of its teams.

        Returns the current roster. Raises OtherRosterError, OutOfServiceError. Nothing of the content can be seen.
        """
        roster, file = self._current(today)
        welcome = [_Welcome.of(roster)]
        if self._before and time.time() < self._ends:
            welcome.append(self._before)
        named = any(one.epoch == envelope.epoch and envelope.team_tag in one.tags for one in welcome)
        if not named or len(envelope.slots) != roster.places:
            raise OtherRosterError(file)
        return roster

    def _current(self, today: date) -> tuple[Roster, bytes]:
        try:
            stat = self._path.stat()
            seen = _Seen((stat.st_mtime_ns, stat.st_size, stat.st_ino), today)
        except OSError:
            seen = _Seen((0, 0, 0), today)
        with self._lock:
            if seen != self._seen:
                self._roster = self._read(today)
                self._seen = seen
            if self._roster is None:
                raise OutOfServiceError
            return self._roster, self._file

    def _read(self, today: date) -> Roster | None:
        try:
            data = self._path.read_bytes()
            roster = verify(data, self._root_key, minimum_epoch=self._highest, today=today)
        except (RosterError, OSError) as error:
            # The roster is public and no visitor has touched it: what is wrong with it may be told in full.
            log.error("out of service: UTVAG_PORTAL_ROSTER: %s: %s", type(error).__name__, error)
            return None
        known = {team.municipality for team in roster.teams}
        missing = [town for town in self._towns if town not in known]
        if missing:
            log.error("out of service: UTVAG_PORTAL_PROGRAMME names %s: no team of the roster", ", ".join(missing))
            return None
        self._remember(roster.epoch)
        self._file = data
        self._keep(data, roster, today)
        return roster

    def _remember(self, epoch: int) -> None:
        if epoch <= self._highest and self._memory.exists():
            return
        self._highest = max(epoch, self._highest)
        self._write(MEMORY, f"{self._highest}\n".encode("ascii"))

    def _keep(self, data: bytes, roster: Roster, today: date) -> None:
        """Keep this roster for the day when it has become the one before, and look whether there is one now."""
        latest = self._state / LATEST
        kept = self._verified(latest, today)
        if kept and kept.epoch < roster.epoch:
            self._write(PREVIOUS, latest.read_bytes())  # the file's time tells when it was superseded
        if kept is None or kept.epoch < roster.epoch:
            self._write(LATEST, data)
        before = self._verified(self._state / PREVIOUS, today)
        fits = before and before.epoch < roster.epoch and before.places == roster.places and not roster.revokes
        self._before = _Welcome.of(before) if before and fits else None
        self._ends = (self._state / PREVIOUS).stat().st_mtime + WELCOME_SECONDS if fits else 0.0

    def _verified(self, path: Path, today: date) -> Roster | None:
        """Read a roster that was kept; a forged, expired or revoked one is as good as none."""
        try:
            return verify(path.read_bytes(), self._root_key, minimum_epoch=self._minimum, today=today)
        except (RosterError, OSError):
            return None

    def _write(self, name: str, content: bytes) -> None:
        try:
            fresh = self._state / f"{name}.{os.getpid()}"
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # else a power cut may leave the name with nothing in it
            fresh.replace(self._state / name)
        except OSError as error:  # it still holds in this process; a full disk must not stop service
            log.error("%s not kept: %s", name, type(error).__name__)  # as above


def _remembered(memory: Path) -> int:
    try:
        return int(memory.read_text("ascii"))
    except (OSError, ValueError):
        return 0
