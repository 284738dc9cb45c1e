"""Set many requests aside in one act, as after a flood, and take all of it back in one.

Each request keeps its own first opening, its own entry, its own row of the audit and its own number in the register:
only the commits are shared. What has no time in one answer is left for the next.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from crypto.errors import Error
from staff.entry import Entry
from staff.errors import MeanwhileError, RefusedActError, UnknownRequestError
from staff.inbox import answering, phrases
from staff.inbox import record as records
from staff.inbox.acts import Wish, decide, do
from staff.inbox.draft import Draft
from staff.inbox.listing import Listing
from staff.inbox.opening import open_new
from staff.inbox.record import Next, Record
from staff.inbox.request import Request
from staff.office import Office
from staff.person import Person

CHUNK = 200  # requests in one commit: others wait less than a second for it
PATIENCE = 8.0  # seconds of one answer


@dataclass(frozen=True)
class Outcome:
    """Hold which requests were done, how many were refused, and which are left for want of time."""

    done: tuple[bytes, ...]
    refused: int
    left: tuple[bytes, ...]


def may_set_aside(request: Request) -> bool:
    """Tell whether a request can be set aside: it opens, and nobody has decided about it."""
    return not request.shut and request.state.open and not request.aside


def by_anchor(listing: Listing, rows: Sequence[bytes]) -> dict[bytes, Request]:
    """Find requests by their anchors, many at once; those that are no more are left out."""
    there = {one.anchor.id: one for one in listing.requests(listing.batch)}
    return {row: there[row] for row in rows if row in there}


def set_aside(
    rows: Sequence[bytes], seen: Mapping[bytes, int], wish: Wish, listing: Listing, person: Person, parts: Office
) -> Outcome:
    """Set requests aside, given by their anchors, as long as there is time; nothing is refused for the others' sake.

    `seen` is the newest entry of each that whoever chose it knew: what a colleague did since is left alone.
    """
    listing.refresh(parts.casebook, person)
    asked = by_anchor(listing, rows)
    plain = {one.anchor.id for one in asked.values() if not one.anchor.version and len(one.rows) == 1}

    def read(some: Sequence[bytes], now: datetime) -> dict[bytes, Record]:
        opened = open_new(parts.casebook, [row for row in some if row in plain], person, now)
        first = {one.id: records.first_of(one) for one in opened}
        return first | records.read_many(parts.casebook, [row for row in some if row not in first], person)

    def judge(row: bytes, record: Record, now: datetime) -> Entry:
        if record.state.holder not in ("", person.name, asked[row].state.holder):
            raise RefusedActError("taken", record.state.holder)
        return decide(record, asked[row], replace(wish, seen=seen.get(row, 0)), person, now)

    many = Many(person, parts, judge, read)
    simple = [row for row in rows if row in asked and (row in plain or not asked[row].fresh)]
    others = [row for row in asked if row not in plain and asked[row].fresh]
    outcome = many.run(simple)
    gone = len(rows) - len(simple) - len(others)
    outcome = replace(outcome, refused=outcome.refused + gone)
    return _with_the_rest(others, lambda row: replace(wish, seen=seen.get(row, 0)), listing, many, outcome)


def _with_the_rest(
    rows: Sequence[bytes], wish_of: Callable[[bytes], Wish], listing: Listing, many: "Many", so_far: Outcome
) -> Outcome:
    """Do one by one what has several messages, some of them unread: each of these is opened with care."""
    done, refused, left = list(so_far.done), so_far.refused, list(so_far.left)
    for row in rows:
        if many.late:
            left.append(row)
            continue
        try:
            do(many.parts.casebook, listing, row, wish_of(row), many.person, many.parts.now())
            done.append(row)
        except (RefusedActError, UnknownRequestError, Error):
            refused += 1
    return Outcome(tuple(done), refused, tuple(left))


def put_back(rows: Sequence[bytes], person: Person, parts: Office) -> Outcome:
    """Take back the setting aside of requests; what somebody has put back already stays as it is."""

    def judge(_row: bytes, record: Record, now: datetime) -> Entry:
        if not record.state.aside:
            raise RefusedActError("already")
        return Entry(person.name, now, "put_back")

    def read(some: Sequence[bytes], _now: datetime) -> dict[bytes, Record]:
        return records.read_many(parts.casebook, some, person)

    return Many(person, parts, judge, read).run(rows)


class Many:
    """Write one entry into each of many requests, some hundreds in a commit, until the time of one answer has passed.

    `read` gives those of a chunk that the person can read, opened for the first time if they must be.
    """

    def __init__(
        self,
        person: Person,
        parts: Office,
        judge: Callable[[bytes, Record, datetime], Entry],
        read: Callable[[Sequence[bytes], datetime], Mapping[bytes, Record]],
    ) -> None:
        self.person = person
        self.parts = parts
        self._judge = judge
        self._read = read
        self._until = time.monotonic() + PATIENCE

    @property
    def late(self) -> bool:
        """Tell whether the time of one answer has passed."""
        return time.monotonic() > self._until

    def run(self, rows: Sequence[bytes]) -> Outcome:
        """Write, and say what was done, refused and left."""
        done: list[bytes] = []
        refused = 0
        for start in range(0, len(rows), CHUNK):
            if self.late:
                return Outcome(tuple(done), refused, tuple(rows[start:]))
            some = rows[start : start + CHUNK]
            wrote = self._chunk(some)
            done += wrote
            refused += len(some) - len(wrote)
        return Outcome(tuple(done), refused, ())

    def _chunk(self, some: Sequence[bytes]) -> list[bytes]:
        """Do a chunk; where a colleague wrote meanwhile, that one is read anew and judged by itself."""
        now, casebook = self.parts.now(), self.parts.casebook
        ready = list(self._prepared(self._read(some, now), now))
        try:
            wrote = records.write_many(casebook, ready, self.person, now) if ready else set()
        except MeanwhileError:
            wrote = set()
        rows = [one.written.row for one in ready]
        return [row for row in rows if row in wrote or self._alone(row)]

    def _prepared(self, found: Mapping[bytes, Record], now: datetime) -> Iterator[Next]:
        for row, record in found.items():
            with suppress(RefusedActError):
                yield records.seal_next(record, self._judge(row, record, now), self.person)

    def _alone(self, row: bytes) -> bool:
        now = self.parts.now()
        try:
            records.append(self.parts.casebook, row, self.person, lambda record: self._judge(row, record, now))
        except (RefusedActError, UnknownRequestError, Error):
            return False
        return True


def reply_to(rows: Sequence[bytes], listing: Listing, person: Person, parts: Office) -> int:
    """Send the ready reply to each of these that has a code; count those that got it or will get it."""
    sent = 0
    readers = parts.settings.programme.readers
    for row in rows:
        found = listing.find(row)
        if found is None or found.facts is None or not found.facts.box or found.claim:
            continue
        sender = readers.get(found.facts.page, readers["sv"])
        draft = Draft(phrases.not_ours(found.facts.page), sender, seen=found.anchor.version + 2)
        with suppress(RefusedActError, UnknownRequestError, Error):
            answering.reply(parts.casebook, parts.outbox, listing, row, draft, person, parts.now())
            sent += 1
    return sent
