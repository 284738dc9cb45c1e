"""Keep the roster that the portal seals to: read again when the file changes, never an older one than seen before."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crypto.errors import RosterError
from crypto.sealing.roster import Roster, verify

MEMORY = "highest-epoch"

log = logging.getLogger("utvag.portal")


class OutOfServiceError(Exception):
    """No roster can be trusted now; refuse service rather than seal to the wrong keys or keep plain text."""


@dataclass(frozen=True)
class _Seen:
    """What the last reading was made from: another file or another day means reading again."""

    stamp: tuple[int, int, int]
    today: date


class RosterKeeper:
    """Gives the current roster, verified against the pinned root key.

    A missing, forged, malformed, expired or too old roster, or one without a team for a municipality that the pages
    offer, puts the portal out of service until the file changes.
    """

    def __init__(self, path: Path, root_key: bytes, minimum_epoch: int, state: Path, towns: Sequence[str]) -> None:
        self._path = path
        self._root_key = root_key
        self._memory = state / MEMORY
        self._towns = towns
        self._lock = threading.Lock()
        self._highest = max(minimum_epoch, _remembered(self._memory))
        self._seen: _Seen | None = None
        self._roster: Roster | None = None

    def current(self, today: date) -> Roster:
        """Return the roster to seal to on this day (UTC); raise OutOfServiceError."""
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
            return self._roster

    def _read(self, today: date) -> Roster | None:
        try:
            roster = verify(self._path.read_bytes(), self._root_key, minimum_epoch=self._highest, today=today)
            for town in self._towns:
                roster.team(town)
        except (RosterError, OSError, KeyError) as error:
            log.error("out of service: %s", type(error).__name__)  # the class is all that is logged
            return None
        self._remember(roster.epoch)
        return roster

    def _remember(self, epoch: int) -> None:
        if epoch <= self._highest and self._memory.exists():
            return
        self._highest = max(epoch, self._highest)
        try:
            fresh = self._memory.with_suffix(f".{os.getpid()}")
            fresh.write_text(f"{self._highest}\n", "ascii")
            fresh.replace(self._memory)
        except OSError as error:  # it still holds in this process; a full disk must not stop service
            log.error("highest epoch not kept: %s", type(error).__name__)  # as above


def _remembered(memory: Path) -> int:
    try:
        return int(memory.read_text("ascii"))
    except (OSError, ValueError):
        return 0
