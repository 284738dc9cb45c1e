"""The writers' line before an SQLite store: one at a time, bounded in time, never stuck behind a stuck one."""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator

from deaddrop.errors import UnavailableError

SHARED = 0o660
LONGEST_WAIT_SECONDS = 3.0
STUCK_SECONDS = 1.0
LOOK_SECONDS = 0.0002  # a turn takes about half a millisecond: whoever looks more seldom leaves the store idle


class Line:
    """Hold one process's line before one store.

    Within the process a thread waits for a lock of ours; only the first in the line looks at the file lock that other
    processes hold too. When somebody has waited in vain, those who come in the next second are told at once: otherwise
    a store that hangs would hold every thread that serves, also those that only show the number to call.
    """

    def __init__(self) -> None:
        self._first = threading.Lock()
        self._stuck_until = 0.0

    @contextlib.contextmanager
    def turn(self, path: str) -> Iterator[None]:
        """Take the turn, or raise UnavailableError. The kernel gives the file lock back when a process dies."""
        now = time.monotonic()
        deadline = now if now < self._stuck_until else now + LONGEST_WAIT_SECONDS
        if not self._first.acquire(timeout=max(0.0, deadline - now)):
            raise self._stuck()
        try:
            descriptor = self._lock(path, deadline)
            try:
                yield
            finally:
                os.close(descriptor)
        finally:
            self._first.release()

    def _lock(self, path: str, deadline: float) -> int:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, SHARED)
        except OSError as error:
            raise UnavailableError("the lock cannot be opened") from error
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() >= deadline:
                    os.close(descriptor)
                    raise self._stuck() from None
                time.sleep(LOOK_SECONDS)
            else:
                return descriptor

    def _stuck(self) -> UnavailableError:
        self._stuck_until = time.monotonic() + STUCK_SECONDS
        return UnavailableError("waited too long")


_lines: dict[str, Line] = {}
_lines_lock = threading.Lock()


@contextlib.contextmanager
def take(path: str) -> Iterator[None]:
    """Take the writer's turn of the store whose lock file is `path`; raise UnavailableError if it does not come."""
    with _lines_lock:
        line = _lines.setdefault(path, Line())
    with line.turn(path):
        yield
