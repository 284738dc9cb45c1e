"""Where sealed envelopes go: to the dead drop, or to this machine's spool for as long as that is away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Protocol

from sqlalchemy import Engine

from crypto import envelope
from crypto.envelope import Envelope
from crypto.errors import MalformedError
from deaddrop.errors import MisfitError, OtherPlacesError, UnavailableError
from deaddrop.leave import Leave
from deaddrop.preparing import prepare
from deaddrop.schema import ask
from portal.roster import OutOfServiceError
from portal.spool import Round, Spool
from web.late import LATE

PAUSE = 2.0  # seconds between two tries of the dead drop while it is away; no request tries it meanwhile
LOOK = 60.0  # seconds after which the spool is looked at anyway: another process of this machine may have died

log = logging.getLogger("utvag.portal")


class Drop(Protocol):
    """Where envelopes are left: `deaddrop.leave.Leave`, or a test's own."""

    def leave(self, data: bytes, today: date, /) -> None:
        """Store one envelope, durably; raise UnavailableError if it was not stored."""


class Delivery:
    """Leaves envelopes, durably. With a spool, a dead drop that is away costs one wait, and no request after that.

    `epoch` gives the current roster's epoch (raises OutOfServiceError); `begin` starts the thread that hands over.
    Safe in threads.
    """

    def __init__(self, store: Engine, spool: Spool | None, epoch: Callable[[date], int]) -> None:
        self._store = store
        self._spool = spool
        self._epoch = epoch
        self._lock = threading.RLock()
        self._drops: dict[int, Drop] = {}
        self._away = False
        self._looked: date | None = None  # on which day replaced rosters were looked for
        self._wanted, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def leave(self, data: bytes, places: int, today: date) -> None:
        """Leave one envelope; when this returns it is on disk, here or there. The same bytes are kept once.

        Raises MalformedError for another length than the roster's, UnavailableError if it is nowhere on disk.
        """
        if not self._away:
            try:
                self.drop(places).leave(data, today)
            except UnavailableError as error:
                if self._spool is None or isinstance(error, MisfitError):
                    raise
                self._tell_away(error)
            else:
                return
        if self._spool is None or len(data) != envelope.size(places):
            raise MalformedError("an envelope with another number of places")
        try:
            self._spool.keep(data)
        finally:
            self._wanted.set()  # not before: the thread would find nothing to try the dead drop with

    def drop(self, places: int, *, trying: bool = False) -> Drop:
        """Return the dead drop for a number of places; its tables are made at the first need.

        Whoever waited in line while another found it away does not wait again. Who is `trying` does, and tells nobody.
        """
        with self._lock:
            if places not in self._drops:
                if self._away and not trying:
                    raise UnavailableError("known to be away")
                try:
                    prepare(self._store, places)
                except OtherPlacesError as error:
                    log.error("the dead drop does not fit the roster: %s", error, extra=LATE)
                    raise MisfitError("made for another number of places") from error
                except UnavailableError as error:
                    if not trying:
                        self._tell_away(error)  # before the lock is given up: the next in line looks at once
                    raise
                self._drops[places] = Leave(self._store, places)
            return self._drops[places]

    def reachable(self, places: int) -> None:
        """Look whether an envelope could be left now, in the dead drop or the spool; raises UnavailableError."""
        try:
            self.drop(places, trying=not self._away)  # who only looks tells nobody that it is away
            ask(self._store)
        except MisfitError:
            raise
        except UnavailableError:
            if self._spool is None or not self._spool.room():
                raise

    def used(self) -> tuple[int, int]:
        """Count what waits in the spool, and its places; (0, 0) without one. Raises UnavailableError."""
        return self._spool.used() if self._spool else (0, 0)

    @property
    def away(self) -> bool:
        """Tell whether the dead drop is known to be away: where a spool takes over, whose thread tries it meanwhile."""
        return self._away

    def begin(self) -> None:
        """Begin to hand over what waits in the spool, from an earlier start too; without one do nothing."""
        if self._spool is not None and self._thread is None:
            self._wanted.set()
            self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """End the handing over; what waits stays on disk."""
        self._over.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()

    def hand_over(self, now: datetime) -> bool:
        """Go through the spool once; tell whether nothing more can be done for it now."""
        if self._spool is None:
            return True
        today = now.astimezone(UTC).date()
        try:
            done = self._spool.hand_over(lambda data: self._give(data, today))
            if self._away and not done.handed:  # nothing was left to be given: it must answer all the same
                ask(self._store)
        except UnavailableError:
            self._drop_replaced(self._spool, today)
            return False
        self._tell_back(done)
        return done.left == 0

    def _give(self, data: bytes, today: date) -> None:
        self.drop(len(Envelope.from_bytes(data).slots), trying=True).leave(data, today)

    def _drop_replaced(self, spool: Spool, today: date) -> None:
        if today == self._looked:  # every envelope's head is read: once a day is enough
            return
        try:
            dropped = spool.drop_replaced(self._epoch(today), today)
        except OutOfServiceError:
            return
        self._looked = today
        if dropped:
            log.error("%d envelopes were dropped from the spool: their roster was replaced too long ago", dropped)

    def _run(self) -> None:
        while not self._over.is_set():
            self._wanted.wait(LOOK)
            self._wanted.clear()
            while not self._over.is_set() and not self._try():
                self._over.wait(PAUSE)

    def _try(self) -> bool:
        try:
            return self.hand_over(datetime.now(UTC))
        except Exception as error:  # noqa: BLE001  # whatever it is, the spool is looked at again
            log.error("not handed over: %s", type(error).__name__, extra=LATE)
            return False

    def _tell_away(self, error: UnavailableError) -> None:
        if self._spool is None:
            return
        with self._lock:
            told, self._away = self._away, True
        if not told:
            log.error("the dead drop is away, the spool takes over: %s", type(error).__name__, extra=LATE)

    def _tell_back(self, done: Round) -> None:
        with self._lock:
            was_away, self._away = self._away, False
        if done.damaged:
            log.error("%d damaged files were removed from the spool", done.damaged)
        if was_away or done.handed:
            log.warning("the dead drop is there, what waited was handed over", extra=LATE)  # how many came is not said
