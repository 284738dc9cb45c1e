"""What portals agree on while they can ask one server, and each decides for itself while they cannot."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.shared import Shared

LOOK = 10.0  # seconds after which a secret is compared again: a server that was started anew has forgotten it


class AwayError(Exception):
    """The server is gone, too slow, full, or set so that it may not be used: do without it for now."""


class SharedSecret:
    """A secret of 32 random bytes that all portals hold together, in memory only; each its own while they cannot agree.

    With `seconds` it lives so long and no longer. Who finds none lays down their own, so that a server that was
    started anew soon has what most portals hold; who finds another's takes that.
    """

    def __init__(
        self,
        name: str,
        seconds: float | None = None,
        shared: Shared | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = f"utvag:secret:{name}"
        self._seconds = seconds
        self._shared = shared
        self._clock = clock
        self._lock = threading.Lock()
        self._secret, self._ends, self._look_at = b"", 0.0, 0.0

    def current(self) -> bytes:
        """Return the secret that holds now."""
        with self._lock:
            now = self._clock()
            if not self._secret or (self._seconds and now >= self._ends):
                self._secret, self._ends, self._look_at = secrets.token_bytes(32), now + (self._seconds or 0), now
            if self._shared and now >= self._look_at:
                self._look_at = now + LOOK
                self._agree(self._shared, now)
            return self._secret

    def _agree(self, shared: Shared, now: float) -> None:
        """Lay our secret down if there is none, and take what lies there."""
        left = max(1, int((self._ends - now) * 1000)) if self._seconds else None

        def question() -> Any:  # Any: what a transaction gives has no types
            act = shared.client.pipeline()
            act.set(self._name, self._secret, px=left, nx=True)
            act.get(self._name)
            act.pttl(self._name)
            return act.execute()

        try:
            _, secret, milliseconds = shared.ask(question)
        except AwayError:
            return
        if secret and (milliseconds > 0 or not self._seconds):
            self._secret = bytes(secret)
            self._ends = now + milliseconds / 1000
