"""The decrypted list of one session: opened once, kept in memory, thrown away with the session.

A page of the list shows a snapshot: rows come in batches, and a page names the newest batch it knows, so that what
comes later waits behind "3 nya – visa" and never moves the list under the hand.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session

from crypto.errors import Error, ForgedError, NotARecipientError
from crypto.opening.casebook import Place, open_value
from staff.casebook import Casebook
from staff.inbox import store
from staff.inbox.dismissing import dismissed
from staff.inbox.keys import accept
from staff.inbox.request import VIEWS, Request, Row, gather
from staff.inbox.state import State
from staff.inbox.store import Granted, Waiting
from staff.inbox.summary import Summary, facts_of
from staff.inbox.unsealing import open_envelope
from staff.inbox.upgrade import upgraded
from staff.person import Person

CHUNK = 500
SUMMARY = "summary"
T = TypeVar("T")

log = logging.getLogger("utvag.staff")


class Listing:
    """Keep the rows that a session has opened; `refresh` opens only what is new or changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[bytes, Row] = {}
        self._cached: tuple[int, list[Request]] | None = None
        self._counts: dict[str, int] = {}
        self._dismissed: frozenset[bytes] = frozenset()
        self.batch = 0

    def refresh(self, casebook: Casebook, person: Person) -> None:
        """Bring the rows up to date with the casebook."""
        with self._lock, casebook.read() as session:
            self._refresh(session, person)

    def _refresh(self, session: Session, person: Person) -> None:
        waiting = set(store.waiting_ids(session, person))
        versions = store.submission_versions(session, person)
        laid_aside = dismissed(session, person)
        if laid_aside != self._dismissed:
            self._dismissed, self._cached = laid_aside, None
        stale = self._stale(session, waiting, versions, person)
        gone = self._rows.keys() - waiting - versions.keys()
        if not (stale or gone):
            return
        if stale.keys() - self._rows.keys():
            self.batch += 1
        for lost in gone:
            del self._rows[lost]
        for row in _open_rows(session, stale, person):
            known = self._rows.get(row.id)
            self._rows[row.id] = replace(row, batch=known.batch if known else self.batch)
        self._cached = None

    def requests(self, upto: int) -> list[Request]:
        """List the requests of a snapshot, in order."""
        with self._lock:
            upto = min(upto, self.batch)
            if self._cached is None or self._cached[0] != upto:
                rows = (row for row in self._rows.values() if row.batch <= upto)
                self._cached = (upto, [self._marked(one) for one in gather(rows)])
                self._counts = {}
            return self._cached[1]

    def _marked(self, request: Request) -> Request:
        """Mark what the reader laid aside: all of it, so that a new version brings it back."""
        hidden = self._dismissed and self._dismissed.issuperset(row.id for row in request.rows)
        return replace(request, dismissed=True) if hidden else request

    def standing(self) -> list[Request]:
        """List the requests of whichever snapshot was asked for last, without sorting anything anew."""
        cached = self._cached
        return cached[1] if cached is not None else self.requests(self.batch)

    def counts(self, upto: int, me: str) -> dict[str, int]:
        """Count what each view holds in a snapshot."""
        requests = self.requests(upto)
        if not self._counts:
            self._counts = {name: sum(view(one, me) for one in requests) for name, view in VIEWS.items()}
        return self._counts

    def find(self, row: bytes) -> Request | None:
        """Find the request that a submission belongs to, whatever the snapshot."""
        if row not in self._rows:
            return None
        return next(one for one in self.requests(self.batch) if any(found.id == row for found in one.rows))

    def new_since(self, upto: int, casebook: Casebook, person: Person) -> int:
        """Count the submissions that came after a snapshot, without opening any."""
        with casebook.read() as session:
            ids = [*store.waiting_ids(session, person), *store.submission_versions(session, person)]
        with self._lock:
            rows = self._rows
            return sum(1 for row in ids if row not in rows or rows[row].batch > upto)

    def _stale(
        self, session: Session, waiting: set[bytes], versions: dict[bytes, int], person: Person
    ) -> dict[bytes, int]:
        """List what must be opened: new envelopes (version 0), submissions that are new, changed or granted since."""
        known = self._rows
        stale = {row: 0 for row in waiting if row not in known}
        stale |= {row: to for row, to in versions.items() if row not in known or known[row].version != to}
        closed = [row for row, to in versions.items() if row not in stale and known[row].summary.problem == "not_mine"]
        if closed:
            mine = store.granted_to(session, person.member_tag(person.identity.box_public))
            stale |= {row: versions[row] for row in closed if row in mine}
        return stale


def _open_rows(session: Session, stale: dict[bytes, int], person: Person) -> Iterator[Row]:
    member = person.member_tag(person.identity.box_public)
    for ids in _chunks([row for row, version in stale.items() if not version]):
        for envelope in store.envelopes(session, ids):
            summary = _fenced(partial(summarise, envelope, person))
            yield Row(envelope.id, 0, 0, envelope.day, summary)
    for ids in _chunks([row for row, version in stale.items() if version]):
        for granted in store.granted(session, ids, member):
            summary = _fenced(partial(open_summary, session, granted, person))
            yield Row(granted.id, granted.version, 0, granted.day, summary)


def _chunks(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _fenced(make: Callable[[], Summary]) -> Summary:
    """Make one row's summary; a fault of ours in one row must not take the list from the whole team."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001  # whatever it was, the row says so and stays, and its class is logged
        log.error("a row could not be listed: %s", type(error).__name__)
        return Summary(None, "fault", (), State())


def summarise(envelope: Waiting, person: Person) -> Summary:
    """Open an envelope as far as the list needs, in the person's own slot only."""
    opened = open_envelope(envelope.sealed, envelope.epoch, person)
    facts = facts_of(opened.submission, envelope.day) if opened.submission else None
    inside = facts.municipality if facts else ""
    return Summary(facts, opened.problem, flags_of(envelope, inside, person), State())


def flags_of(envelope: Waiting, inside: str, person: Person) -> tuple[str, ...]:
    """Say what is odd about an envelope: its bytes, its town, or that no team has its tag."""
    outside = person.papers.team_tags.get(envelope.team_tag, "")
    odd = {"damaged": not envelope.intact, "lost": not outside, "town": bool(inside) and inside != outside}
    return tuple(name for name, is_so in odd.items() if is_so)


def open_summary(session: Session, granted: Granted, person: Person) -> Summary:
    """Open a submission's summary by the person's grant; what cannot be opened becomes a problem, never an error."""
    if granted.grant is None:
        return Summary(None, "not_mine", (), State())
    try:
        key = accept(granted, person)
        place = Place(SUMMARY, granted.id, 0, granted.version)
        summary = Summary.decode(open_value(key, place, granted.summary))
        return upgraded(session, granted.id, granted.day, key, summary)
    except NotARecipientError:
        return Summary(None, "not_mine", (), State())
    except ForgedError:
        return Summary(None, "forged", (), State())
    except Error:
        return Summary(None, "corrupt", (), State())
