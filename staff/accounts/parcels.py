"""What was sent after its sender's session had locked: kept for a while, locked under their browser's cookie.

No key of theirs is there to seal it with, so that it stays in memory and nowhere else. The cookie alone or the memory
alone opens nothing, and it is given back to nobody but the member whose tag it was kept under.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crypto import cookiebox
from crypto.errors import CorruptError
from staff.accounts import ticket as tickets

PURPOSE = "staff parcel"
LIFE = 15 * 60.0  # seconds
PER_BROWSER = 256 * 1024  # bytes locked: two of the longest forms
IN_ALL = 8 * 1024 * 1024  # bytes locked


@dataclass(frozen=True)
class Parcel:
    """Hold what one browser sent while it was locked, each thing for itself, oldest first."""

    owner: bytes
    until: float
    locked: tuple[bytes, ...] = field(repr=False)

    @property
    def size(self) -> int:
        """Count the bytes."""
        return sum(map(len, self.locked))


class Parcels:
    """Keep parcels, the oldest of which go when there is no room; what has run out goes whenever anybody asks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rows: dict[bytes, Parcel] = {}
        self._lock = threading.Lock()

    def put(self, cookie: str, owner: bytes, content: bytes) -> str:
        """Keep something for a member, with what this browser has kept for them before; gives the new cookie.

        The ticket is a fresh one each time: whoever knew the browser's last cookie opens nothing.
        """
        before = self.take(cookie, owner)
        ticket = cookiebox.new_ticket()
        locked = [cookiebox.lock(ticket, PURPOSE, one) for one in (*before, content)]
        while sum(map(len, locked)) > PER_BROWSER:
            del locked[0]
        made = Parcel(owner, self._clock() + LIFE, tuple(locked))
        with self._lock:
            self._make_room(made.size)
            if made.locked:
                self._rows[cookiebox.row_key(ticket, PURPOSE)] = made
        return tickets.written(ticket)

    def take(self, cookie: str, owner: bytes) -> Sequence[bytes]:
        """Give what a browser's cookie opens, once; what was kept for another member is dropped unread."""
        ticket = tickets.read(cookie)
        with self._lock:
            self._drop_old()
            return self._opened(self._rows.pop(cookiebox.row_key(ticket, PURPOSE), None), ticket, owner)

    def look(self, cookie: str, owner: bytes) -> Sequence[bytes]:
        """Give what a browser's cookie opens and leave it there: it is taken once it lies elsewhere."""
        ticket = tickets.read(cookie)
        with self._lock:
            self._drop_old()
            return self._opened(self._rows.get(cookiebox.row_key(ticket, PURPOSE)), ticket, owner)

    def waits(self, cookie: str) -> bool:
        """Tell whether something is kept under a cookie."""
        with self._lock:
            self._drop_old()
            return cookiebox.row_key(tickets.read(cookie), PURPOSE) in self._rows

    def purge(self) -> None:
        """Drop what has run out."""
        with self._lock:
            self._drop_old()

    def __len__(self) -> int:
        """Count the browsers that something is kept for."""
        return len(self._rows)

    @staticmethod
    def _opened(found: Parcel | None, ticket: bytes, owner: bytes) -> Sequence[bytes]:
        if found is None or found.owner != owner:
            return ()
        try:
            return [cookiebox.unlock(ticket, PURPOSE, one) for one in found.locked]
        except CorruptError:
            return ()

    def _drop_old(self) -> None:
        now = self._clock()
        for key in [key for key, row in self._rows.items() if row.until <= now]:
            del self._rows[key]

    def _make_room(self, size: int) -> None:
        self._drop_old()
        while self._rows and sum(row.size for row in self._rows.values()) + size > IN_ALL:
            del self._rows[min(self._rows, key=lambda key: self._rows[key].until)]
