"""Bring envelopes from the dead drop into the casebook: copy, commit, erase, in that order.

Whatever dies between two steps is made good by the next collection: not committed means still in the dead drop, not
erased means that its id is already in `seen`.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.envelope import Envelope, envelope_id
from crypto.errors import MalformedError
from deaddrop.collect import Waiting
from staff.casebook import Casebook
from staff.errors import NotErasedError
from staff.inbox.summary import clamp_day
from staff.models import Collected, Seen

BATCH = 500
BATCHES = 200  # in one turn; what is left is for the next
PATIENCE = 10.0  # seconds that somebody waits for a turn before being told that it did not work
SHORTEST, LONGEST = 120.0, 420.0  # seconds between two collections, unless a setting says otherwise

log = logging.getLogger("utvag.staff")


class Source(Protocol):
    """Be a dead drop, as `deaddrop.collect.Collect` is."""

    def waiting(self, limit: int = BATCH) -> list[Waiting]:
        """Copy what waits."""

    def erase(self, ids: list[bytes]) -> None:
        """Erase what has been committed."""


def collect(casebook: Casebook, source: Source) -> int:
    """Collect what waits, a bounded number of batches at a time, and count what was new.

    Raises NotErasedError if the dead drop gives again, and nothing else, what it was told to erase: a trigger there
    must not keep the collector busy for ever.
    """
    new = 0
    erased: set[bytes] = set()
    for _ in range(BATCHES):
        batch = source.waiting(BATCH)
        if not batch:
            break
        with casebook.write() as session:
            brought = keep(session, batch)
        ids = [one.id for one in batch]
        if not brought and erased.issuperset(ids):
            raise NotErasedError
        # The commit above is on disk: only now may the other copy go.
        source.erase(ids)
        erased.update(ids)
        new += brought
    return new


def keep(session: Session, batch: list[Waiting]) -> int:
    """Add to the casebook what it has not seen, and remember the ids; both in the caller's one transaction.

    An envelope is kept under the hash of its own bytes: a damaged or exchanged row thus never takes the place of the
    true one, and is kept beside it with a flag.
    """
    rows = {row.id: row for row in map(_row, batch)}
    seen = set(session.scalars(select(Seen.id).where(Seen.id.in_(rows))))
    new = [row for key, row in rows.items() if key not in seen]
    session.add_all(new)
    session.add_all(Seen(id=row.id, epoch=row.epoch) for row in new)
    return len(new)


def _row(waiting: Waiting) -> Collected:
    """Make a row; team and epoch come from the sealed header, since the columns beside it prove nothing."""
    tag, epoch = waiting.team_tag, waiting.epoch
    try:
        header = Envelope.from_bytes(waiting.sealed)
        tag, epoch = header.team_tag, header.epoch
    except MalformedError:
        log.info("collected something that is not an envelope")
    return Collected(
        id=envelope_id(waiting.sealed),
        team_tag=tag,
        epoch=epoch,
        day=clamp_day(waiting.day),
        sealed=waiting.sealed,
        intact=int(waiting.intact),
    )


class Collector:
    """Collect on a timer and on demand, one at a time, and remember when it last went well.

    `also` is done each time, and must not raise: replies are left and old ones let go in the same turn. `told` is
    told each time that it went well.
    """

    def __init__(
        self,
        casebook: Casebook,
        source: Source,
        seconds: float | None,
        also: Callable[[], object] | None = None,
    ) -> None:
        self._casebook = casebook
        self._source = source
        self._seconds = seconds
        self._also = also
        self._turn = threading.Lock()
        self.told: Callable[[], object] | None = None
        self.last: datetime | None = None
        self.failed = False

    def run(self) -> bool:
        """Collect now; False if it failed or another turn does not end. Only the class of a failure is logged."""
        if not self._turn.acquire(timeout=PATIENCE):
            return False
        try:
            if self._also:
                self._also()
            collect(self._casebook, self._source)
            if self.told:
                self.told()
            self._casebook.settle()
        except Exception as error:  # noqa: BLE001  # whatever it was, the envelopes are safe and the next turn tries again
            log.error("collecting failed: %s", type(error).__name__)
            self.failed = True
            return False
        finally:
            self._turn.release()
        self.last, self.failed = datetime.now(UTC), False
        return True

    def pause(self) -> float:
        """Draw the seconds until the next collection."""
        return self._seconds or random.SystemRandom().uniform(SHORTEST, LONGEST)


def every(pause: Callable[[], float], job: Callable[[], object], name: str) -> threading.Thread:
    """Run a job now and then for as long as the process lives."""

    def loop() -> None:
        while True:
            job()
            time.sleep(pause())

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread
