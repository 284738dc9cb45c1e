"""How often a sign-in may be tried; the windows move, so nobody is ever locked out for good.

A browser that has signed in under the name before counts for itself alone: whatever others do, its owner gets a turn.
All others count by name and network, then by network, then all together; what is refused at one count costs nothing
at the next, so that one guesser cannot use up what all share.
"""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Flask
from flask_limiter import Limiter
from limits import RateLimitItem, RateLimitItemPerMinute

from staff.errors import ThrottledError
from web.windows import SWEPT

PER_NAME = RateLimitItemPerMinute(5, 1, "name")
PER_NAME_LONG = RateLimitItemPerMinute(20, 60, "name-long")
PER_NETWORK = RateLimitItemPerMinute(30, 1, "network")
IN_ALL = RateLimitItemPerMinute(60, 1, "all")
CHALLENGES = RateLimitItemPerMinute(60, 1, "challenges")  # from one network: each takes a row in memory


@dataclass(frozen=True)
class Door:
    """Hold who knocks: tags of the name and of the network, and the number of a browser known under that name."""

    name: str
    network: str
    known: str = ""

    def own(self) -> Iterator[tuple[RateLimitItem, str]]:
        """List the counts that a successful sign-in forgives."""
        key = f"{self.name}/{self.known or self.network}"
        yield from ((PER_NAME, key), (PER_NAME_LONG, key))

    def all(self) -> Iterator[tuple[RateLimitItem, str]]:
        """List every count that a try is held against, the narrowest first."""
        yield from self.own()
        if not self.known:
            yield from ((PER_NETWORK, self.network), (IN_ALL, ""))


class Throttle:
    """Count tries. Keys are tags under the pepper, in this process's memory only."""

    def __init__(self, app: Flask) -> None:
        self._limiter = Limiter(
            key_func=lambda: "", app=app, storage_uri=SWEPT, strategy="moving-window", headers_enabled=False
        )

    def count(self, door: Door) -> None:
        """Count one try; raise ThrottledError with the seconds to wait if it is one too many."""
        self._hit(door.all())

    def challenge(self, door: Door) -> None:
        """Count one challenge for a passkey; raise ThrottledError as `count` does."""
        self._hit([(CHALLENGES, door.network)])

    def _hit(self, counts: Iterable[tuple[RateLimitItem, str]]) -> None:
        for item, key in counts:
            if not self._limiter.limiter.hit(item, key):
                reset = self._limiter.limiter.get_window_stats(item, key).reset_time
                raise ThrottledError(max(1, math.ceil(reset - time.time())))

    def forgive(self, door: Door) -> None:
        """Forget the tries at a name from where it has been signed in."""
        for item, key in door.own():
            self._limiter.limiter.clear(item, key)
