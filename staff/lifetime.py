"""How long a process may hold keys: it begins anew each night when nobody is signed in, with nothing left in memory.

A session's key lives in memory only as long as its cookie can open it; but what Python once held may stay in freed
memory. The kernel gives a program that begins anew fresh memory and takes the old, so that nothing reaches the morning.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from programme.hours import ZONE
from staff.office import Office

LEAST = timedelta(hours=12)  # a process that is younger stays
LONGEST = timedelta(hours=25)  # from then on the first moment serves in which nobody is signed in
NIGHT = range(2, 5)  # hours of the day in Sweden
SECONDS = 60.0

log = logging.getLogger("utvag.staff")


class Lifetime:
    """Tell when it is time; `over` stays set from then on."""

    def __init__(self, parts: Office, clock: Callable[[], float] = time.monotonic) -> None:
        self._parts, self._clock = parts, clock
        self._began = clock()
        self.over = threading.Event()

    def due(self, now: datetime) -> bool:
        """Tell whether to begin anew now: at night, or late, and never while anybody is signed in."""
        age = timedelta(seconds=self._clock() - self._began)
        at_night = age >= LEAST and now.astimezone(ZONE).hour in NIGHT
        # What somebody sent when they were locked out waits a quarter of an hour in memory: it is nobody's to lose.
        waits = len(self._parts.sessions) or len(self._parts.parcels)
        return (at_night or age >= LONGEST) and not waits

    def look(self, stop: Callable[[], None]) -> None:
        """End the serving if it is time; the caller begins anew once that has ended."""
        self._parts.sessions.purge()
        self._parts.parcels.purge()
        if not self.over.is_set() and self.due(self._parts.now()):
            log.info("nobody is signed in: beginning anew, so that no key stays in memory")
            self.over.set()
            stop()
