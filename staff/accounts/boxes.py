"""What one browser has half done: a challenge for its passkey, a passphrase shown and not yet typed once more.

In memory only, locked under a ticket that its cookie carries; the cookie alone or the memory alone opens nothing.
Each laying down draws a new ticket, so that whoever knew the browser's last cookie opens nothing.
"""

import threading
import time
from collections.abc import Callable

from crypto import cookiebox
from crypto.errors import CorruptError
from staff.accounts import ticket as tickets

CHALLENGE, ENROL, PHRASE, CODES = "staff challenge", "staff enrol", "staff phrase", "staff codes"
LIVES = {CHALLENGE: 5 * 60.0, ENROL: 60 * 60.0, PHRASE: 30 * 60.0, CODES: 30 * 60.0}  # seconds
IN_ALL = 2000  # rows of about a kilobyte


class Boxes:
    """Keep such rows, the oldest of which go when there is no room; what has run out goes whenever anybody asks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rows: dict[bytes, tuple[float, bytes]] = {}
        self._lock = threading.Lock()

    def put(self, purpose: str, content: bytes) -> str:
        """Lay something down and give the cookie that opens it."""
        ticket = cookiebox.new_ticket()
        locked = cookiebox.lock(ticket, purpose, content)
        with self._lock:
            self._drop_old()
            while len(self._rows) >= IN_ALL:
                del self._rows[min(self._rows, key=lambda key: self._rows[key][0])]
            self._rows[cookiebox.row_key(ticket, purpose)] = (self._clock() + LIVES[purpose], locked)
        return tickets.written(ticket)

    def look(self, purpose: str, cookie: str) -> bytes | None:
        """Give what a cookie opens, and keep it."""
        ticket = tickets.read(cookie)
        with self._lock:
            self._drop_old()
            found = self._rows.get(cookiebox.row_key(ticket, purpose))
        return _unlocked(ticket, purpose, found)

    def take(self, purpose: str, cookie: str) -> bytes | None:
        """Give what a cookie opens, once."""
        ticket = tickets.read(cookie)
        with self._lock:
            self._drop_old()
            found = self._rows.pop(cookiebox.row_key(ticket, purpose), None)
        return _unlocked(ticket, purpose, found)

    def purge(self) -> None:
        """Drop what has run out."""
        with self._lock:
            self._drop_old()

    def __len__(self) -> int:
        """Count what is kept."""
        return len(self._rows)

    def _drop_old(self) -> None:
        now = self._clock()
        for key in [key for key, (until, _) in self._rows.items() if until <= now]:
            del self._rows[key]


def _unlocked(ticket: bytes, purpose: str, found: tuple[float, bytes] | None) -> bytes | None:
    try:
        return cookiebox.unlock(ticket, purpose, found[1]) if found else None
    except CorruptError:
        return None
