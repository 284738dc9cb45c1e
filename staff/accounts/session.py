"""The split session: a row in memory that only the browser's cookie opens.

The row holds the seed of the person's key locked under a random ticket that only the cookie carries; the cookie alone
or the memory alone opens nothing. Rows never reach the casebook, a log or a backup. What a session has decrypted for
its list lives in the row and dies with it.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from crypto import cookiebox
from crypto.errors import CorruptError
from crypto.opening.identity import Identity
from staff.accounts import ticket as tickets
from staff.audit.desk import Desk
from staff.day.memory import Day
from staff.folders import Keys, Shelf
from staff.inbox.listing import Listing
from staff.insiders.memory import Memory
from staff.notes import Notes

PURPOSE = "staff session"
IDLE = 15 * 60.0  # seconds
FRESH = 5 * 60.0  # seconds for which a passphrase or a passkey, once given, serves for dangerous acts too
ABSOLUTE = 10 * 3600.0  # seconds
PER_PERSON = 3
IN_ALL = 200


@dataclass
class Row:
    """Hold one session: the locked seed, when it began, was last used and last proven, and what it has decrypted.

    `id` names it to its owner and opens nothing.
    """

    locked: bytes = field(repr=False)
    owner: bytes
    began: float
    used: float
    proved: float = 0.0
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    listing: Listing = field(default_factory=Listing, repr=False)
    notes: Notes = field(default_factory=Notes, repr=False)
    late: Notes = field(default_factory=Notes, repr=False)
    sender: str = ""
    recovery_left: int = 0
    ended_on: int = -1  # the day (since 1970) on which what is over was ended
    search: str = field(default="", repr=False)
    keys: Keys = field(default_factory=Keys, repr=False)
    audit_desk: Desk = field(default_factory=Desk, repr=False)
    shelf: Shelf = field(default_factory=Shelf, repr=False)
    day: Day = field(default_factory=Day, repr=False)
    insiders: Memory = field(default_factory=Memory, repr=False)
    asked: tuple[bool, bool] | None = None

    def seconds_left(self, now: float) -> float:
        """Count the seconds until this session locks by itself."""
        return min(self.used + IDLE, self.began + ABSOLUTE) - now


@dataclass(frozen=True)
class Seen:
    """Hold what is told of an open session: the seconds since it began and since it was used; nothing of where."""

    id: str
    began: int
    used: int


class Sessions:
    """Keep the rows; what has run out is dropped whenever anybody asks, and by `purge` in between."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rows: dict[bytes, Row] = {}
        self._lock = threading.Lock()

    def open(self, identity: Identity) -> str:
        """Begin a session and give the cookie's value."""
        ticket, now = cookiebox.new_ticket(), self._clock()
        row = Row(cookiebox.lock(ticket, PURPOSE, identity.seed), identity.box_public, now, now, now)
        with self._lock:
            self._drop_old(now)
            self._make_room(identity.box_public)
            self._rows[cookiebox.row_key(ticket, PURPOSE)] = row
        return tickets.written(ticket)

    def unlock(self, cookie: str, *, touch: bool = True) -> tuple[Identity, Row] | None:
        """Give the identity and row behind a cookie, or None; `touch` counts the request as use."""
        ticket = tickets.read(cookie)
        now = self._clock()
        with self._lock:
            self._drop_old(now)
            row = self._rows.get(cookiebox.row_key(ticket, PURPOSE))
            if row is None:
                return None
            if touch:
                row.used = now
        try:
            return Identity.from_seed(cookiebox.unlock(ticket, PURPOSE, row.locked)), row
        except (CorruptError, ValueError):
            return None

    def lock(self, cookie: str) -> None:
        """Drop the row behind a cookie; nothing is left to open."""
        with self._lock:
            self._rows.pop(cookiebox.row_key(tickets.read(cookie), PURPOSE), None)

    def prove(self, row: Row) -> None:
        """Note that whoever sits there has just given their passphrase or a passkey."""
        row.proved = self._clock()

    def is_fresh(self, row: Row) -> bool:
        """Tell whether a passphrase or a passkey was given in the last minutes."""
        return self._clock() - row.proved < FRESH

    def of(self, owner: bytes) -> list[Seen]:
        """List the open sessions of a key (X25519), the one used last first."""
        now = self._clock()
        with self._lock:
            self._drop_old(now)
            own = [row for row in self._rows.values() if row.owner == owner]
        found = [Seen(row.id, int(now - row.began), int(now - row.used)) for row in own]
        return sorted(found, key=lambda one: (one.used, one.id))

    def end(self, owner: bytes, chosen: str = "", but: str = "") -> int:
        """End one session of a key by its id, or all but one; give how many ended. Nothing is left to open."""
        with self._lock:
            ended = [
                key
                for key, row in self._rows.items()
                if row.owner == owner and row.id != but and chosen in ("", row.id)
            ]
            for key in ended:
                del self._rows[key]
        return len(ended)

    def purge(self) -> None:
        """Drop what has run out."""
        with self._lock:
            self._drop_old(self._clock())

    def seconds_left(self, row: Row) -> int:
        """Count the whole seconds until a session locks by itself."""
        return max(0, int(row.seconds_left(self._clock())))

    def __len__(self) -> int:
        """Count the open sessions."""
        return len(self._rows)

    def _drop_old(self, now: float) -> None:
        for key in [key for key, row in self._rows.items() if row.seconds_left(now) <= 0]:
            del self._rows[key]

    def _make_room(self, owner: bytes) -> None:
        """Drop the person's, then anybody's, longest unused sessions beyond the bounds."""
        own = [key for key, row in self._rows.items() if row.owner == owner]
        for key in sorted(own, key=lambda key: self._rows[key].used)[: max(0, len(own) - PER_PERSON + 1)]:
            del self._rows[key]
        while len(self._rows) >= IN_ALL:
            del self._rows[min(self._rows, key=lambda key: self._rows[key].used)]
