"""How often a sign-in may be tried, per name and in all; the window moves, so nobody is ever locked out for good."""

import math
import time

from flask import Flask
from flask_limiter import Limiter
from limits import RateLimitItemPerMinute

from staff.errors import ThrottledError

PER_NAME = RateLimitItemPerMinute(5, 1, "name")
PER_NAME_LONG = RateLimitItemPerMinute(20, 60, "name-long")
IN_ALL = RateLimitItemPerMinute(60, 1, "all")


class Throttle:
    """Count tries. Keys are tags under the pepper, in this process's memory only."""

    def __init__(self, app: Flask) -> None:
        self._limiter = Limiter(
            key_func=lambda: "", app=app, storage_uri="memory://", strategy="moving-window", headers_enabled=False
        )

    def count(self, name_tag: bytes) -> None:
        """Count one try at a name; raise ThrottledError with the seconds to wait if it is one too many."""
        for item, key in ((PER_NAME, name_tag.hex()), (PER_NAME_LONG, name_tag.hex()), (IN_ALL, "")):
            if not self._limiter.limiter.hit(item, key):
                reset = self._limiter.limiter.get_window_stats(item, key).reset_time
                raise ThrottledError(max(1, math.ceil(reset - time.time())))

    def forgive(self, name_tag: bytes) -> None:
        """Forget the tries at a name, once it has been signed in."""
        for item in (PER_NAME, PER_NAME_LONG):
            self._limiter.limiter.clear(item, name_tag.hex())
