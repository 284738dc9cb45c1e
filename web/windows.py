"""limits' memory storage, walked less often and by one thread at a time."""

import threading

from limits.storage import MemoryStorage

SWEEP_SECONDS = 5
SWEPT = "swept://"  # the storage below, as Flask-Limiter is told of it


class SweptMemory(MemoryStorage):
    """limits' memory storage that looks for expired counters every five seconds, not every ten milliseconds.

    The original walks all counters a hundred times a second from a new thread: with a flood from many networks that
    walk is itself the attack. It also takes a counter away while another thread has it in hand, which ends that
    thread's request in a KeyError, and keeps the name of every counter that ran out; here whoever counts, forgets or
    sweeps does so alone, and a name goes with its counter.
    """

    STORAGE_SCHEME = ["swept"]  # noqa: RUF012  # the type that limits declares

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, **options: str
    ) -> None:  # limits' own signature
        self._alone = threading.RLock()  # first: the original's sweeping begins before it is made
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)

    def get(self, key: str) -> int:
        """Read a counter, and forget it if it ran out."""
        with self._alone:
            return super().get(key)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count in a fixed window."""
        with self._alone:
            return super().incr(key, expiry, amount)

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count in a moving window, or refuse."""
        with self._alone:
            return super().acquire_entry(key, limit, expiry, amount)

    def clear(self, key: str) -> None:
        """Forget a counter."""
        with self._alone:
            super().clear(key)

    def _MemoryStorage__expire_events(self) -> None:  # noqa: N802  # limits' own name for its sweeping
        with self._alone:
            super()._MemoryStorage__expire_events()  # type: ignore[misc]  # private there
            for key in [key for key, events in self.events.items() if not events]:
                del self.events[key]

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802  # limits' own name for what sets the pace
        if not self.timer.is_alive():
            self.timer = threading.Timer(SWEEP_SECONDS, self._MemoryStorage__expire_events)
            self.timer.daemon = True
            self.timer.start()
