"""The portal's short memory: refused drafts, and what the confirmation shows. Locked, bounded, never evicting.

One contract, two desks: in this process's memory (here), or shared by several portals (`portal.shareddesk`).
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

CROWD = ""  # the bucket of all who come through Tor or an unnamed proxy: it may fill half a desk, and no more
ROW_COST = 256  # bytes that a row costs beside its content: dictionary, heap, key


@dataclass(frozen=True, slots=True)
class _Row:
    ends: float
    bucket: str
    locked: bytes

    @property
    def cost(self) -> int:
        return len(self.locked) + ROW_COST


class Desk(Protocol):
    """Rows for a few minutes each; content comes locked under a key that only a cookie has.

    Bounded in bytes, in all and per rate bucket, so that one sender's flood leaves room for others. A full desk
    refuses the new row: evicting would let a flood throw out another person's text. None of its acts raises.
    """

    def put(self, key: bytes, bucket: str, locked: bytes, seconds: float) -> bool:
        """Lay a row on the desk, in place of one with the same key; tell whether there was room."""

    def room(self, bucket: str, size: int) -> bool:
        """Tell whether a row with `size` bytes of locked content would fit now."""

    def get(self, key: bytes) -> bytes | None:
        """Return the row's locked content until its time is up."""

    def drop(self, *keys: bytes) -> None:
        """Take rows away, one at least; nothing happens to those that are not there."""

    @property
    def used(self) -> tuple[int, int]:
        """Count the bytes that lie on the desk now, and those that may."""


def most(bucket: str, total: int, per_bucket: int) -> int:
    """Return how many bytes of a desk one bucket may fill."""
    return total // 2 if bucket == CROWD else per_bucket


class MemoryDesk:
    """A desk in this process's memory (see `Desk`)."""

    def __init__(self, total: int, per_bucket: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._per_bucket = per_bucket
        self._clock = clock
        self._lock = threading.Lock()
        self._rows: dict[bytes, _Row] = {}
        self._ends: list[tuple[float, bytes]] = []
        self._bytes = 0
        self._bytes_of: Counter[str] = Counter()

    def put(self, key: bytes, bucket: str, locked: bytes, seconds: float) -> bool:
        """Lay a row on the desk, in place of one with the same key; tell whether there was room."""
        row = _Row(self._clock() + seconds, bucket, locked)
        with self._lock:
            self._sweep()
            self._remove(key)
            if not self._fits(bucket, row.cost):
                return False
            self._rows[key] = row
            self._bytes += row.cost
            self._bytes_of[bucket] += row.cost
            heapq.heappush(self._ends, (row.ends, key))
            return True

    def room(self, bucket: str, size: int) -> bool:
        """Tell whether a row with `size` bytes of locked content would fit now."""
        with self._lock:
            self._sweep()
            return self._fits(bucket, size + ROW_COST)

    def get(self, key: bytes) -> bytes | None:
        """Return the row's locked content until its time is up."""
        with self._lock:
            self._sweep()
            row = self._rows.get(key)
            return row.locked if row else None

    def drop(self, *keys: bytes) -> None:
        """Take rows away, one at least; nothing happens to those that are not there."""
        with self._lock:
            for key in keys:
                self._remove(key)

    @property
    def size(self) -> int:
        """Count the bytes that lie on the desk now."""
        with self._lock:
            return self._bytes

    @property
    def used(self) -> tuple[int, int]:
        """Count the bytes that lie on the desk now, and those that may."""
        return self.size, self._total

    def _fits(self, bucket: str, cost: int) -> bool:
        allowed = most(bucket, self._total, self._per_bucket)
        return self._bytes + cost <= self._total and self._bytes_of[bucket] + cost <= allowed

    def _remove(self, key: bytes) -> None:
        row = self._rows.pop(key, None)
        if row is None:
            return
        self._bytes -= row.cost
        self._bytes_of[row.bucket] -= row.cost
        if not self._bytes_of[row.bucket]:
            del self._bytes_of[row.bucket]

    def _sweep(self) -> None:
        now = self._clock()
        while self._ends and self._ends[0][0] <= now:
            ends, key = heapq.heappop(self._ends)
            row = self._rows.get(key)
            if row and row.ends == ends:  # an older entry of a replaced row must not take the newer one
                self._remove(key)
        if len(self._ends) > 64 + 4 * len(self._rows):  # rows that were replaced or dropped leave their entries behind
            self._ends = [(row.ends, key) for key, row in self._rows.items()]
            heapq.heapify(self._ends)
