"""Read one request: open what nobody has opened, record who reads, and only then give the words."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from crypto.errors import Error, ForgedError
from crypto.submission import Submission
from crypto.thread import verify_follow_up
from staff.casebook import Casebook
from staff.entry import Entry
from staff.errors import UnknownRequestError
from staff.inbox import record as records
from staff.inbox.listing import Listing
from staff.inbox.record import Record
from staff.inbox.replies import Sent, fold_replies
from staff.inbox.request import Request
from staff.inbox.state import State
from staff.inbox.unsealing import read_content
from staff.inbox.versions import open_versions
from staff.person import Person

SHOWN = 20  # versions on one page: somebody may send hundreds under one try
REST = 6000  # characters shown of a content that does not decode


@dataclass(frozen=True)
class Version:
    """Hold one version of a request as it is shown: a submission, or a problem and what could be saved."""

    id: bytes
    sent: datetime
    submission: Submission | None = field(repr=False)
    problem: str
    flags: tuple[str, ...] = ()
    saved: str = field(default="", repr=False)
    record: Record | None = None
    proven: bool = True


@dataclass(frozen=True)
class Reading:
    """Hold a request as its page shows it: versions newest first, follow-ups in the order of their counters.

    `rest` and `rest_written` count those of either that are older than what is shown.
    """

    request: Request
    versions: tuple[Version, ...]
    state: State
    history: tuple[tuple[Entry, bool, int], ...]
    whole: bool
    rest: int = 0
    follow_ups: tuple[Version, ...] = ()
    rest_written: int = 0
    replies: tuple[Sent, ...] = ()
    older: bool = False

    @property
    def newest(self) -> Version:
        """Give the version that counts."""
        return self.versions[0]


def read_request(
    casebook: Casebook, listing: Listing, row: bytes, person: Person, now: datetime, skip: int = 0
) -> Reading:
    """Read a request whose id is any of its versions'; raise UnknownRequestError for another team's or none.

    Of many versions the newest are read, and the anchor; `skip` passes over so many after the newest.

    The trap: this writes. What it opens for the first time is sealed anew, and the person's first reading of each
    version is entered, before any of it is given.
    """
    request = _find(casebook, listing, row, person)
    open_versions(casebook, request, person, now)
    request = _find(casebook, listing, row, person)
    shown, written = newest_versions(request, skip), newest_written(request, skip)
    for one in (*shown, *written):
        _enter_reading(casebook, one, person, now)
    request = _find(casebook, listing, row, person)
    versions = tuple(_version(casebook, one, request, person) for one in shown)
    later = tuple(_follow_up(casebook, one, request, person) for one in written)
    opened = [one.record for one in (*versions, *later) if one.record]
    # Committed before a word of it is given.
    records.note(casebook, opened, person, "opened", now)
    history = sorted([*_history(request, versions), *_later(later)], key=lambda one: one[0].when)
    return Reading(
        request,
        versions,
        request.state,
        tuple(history),
        all(one.whole for one in opened),
        len(request.versions) - SHOWN - skip,
        later,
        len(request.follow_ups) - SHOWN - skip,
        _replies(request, versions),
        any(one.older for one in opened),
    )


def newest_written(request: Request, skip: int) -> list[bytes]:
    """List the ids of the follow-ups to show, in order: the last ones, or as many before those passed over."""
    end = max(0, len(request.follow_ups) - skip)
    return [one.id for one in request.follow_ups[max(0, end - SHOWN) : end]]


def _replies(request: Request, versions: Sequence[Version]) -> tuple[Sent, ...]:
    anchor = next((one.record for one in versions if one.id == request.anchor.id), None)
    return fold_replies(one.entry for one in anchor.entries if one.trusted) if anchor else ()


def _follow_up(casebook: Casebook, row: bytes, request: Request, person: Person) -> Version:
    """Read a follow-up, and prove it once more by the words themselves: a summary alone is not believed here."""
    found = _version(casebook, row, request, person)
    facts = next(one.summary.facts for one in request.follow_ups if one.id == row)
    first = next(one for one in request.versions if one.summary.facts and facts and one.summary.facts.box == facts.box)
    if found.submission is None:
        return found
    try:
        submission = _version(casebook, first.id, request, person).submission
        if submission is None or submission.mailbox is None:
            raise ForgedError("the thread has no first submission")
        verify_follow_up(found.submission, submission.mailbox)
    except ForgedError:
        return replace(found, proven=False)
    return found


def _later(follow_ups: Sequence[Version]) -> Iterator[tuple[Entry, bool, int]]:
    """Give the entries of follow-ups, under the number 0."""
    for message in follow_ups:
        for one in message.record.entries if message.record else ():
            yield one.entry, one.trusted, 0


def newest_versions(request: Request, skip: int) -> list[bytes]:
    """List the ids of the versions to show, newest first: the one that counts, some after it, and the anchor."""
    ids = [one.id for one in reversed(request.versions)]
    wanted = {ids[0], request.anchor.id, *ids[1 + skip : SHOWN + skip]}
    return [one for one in ids if one in wanted]


def read_skip(text: str) -> int:
    """Read how many versions an address passes over; whatever is strange in it passes over none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _history(request: Request, versions: Sequence[Version]) -> Iterator[tuple[Entry, bool, int]]:
    """Give every entry of the versions read, whether it is trusted, and the version's number from the oldest on."""
    numbers = {one.id: number for number, one in enumerate(request.versions, 1)}
    for version in reversed(versions):
        for one in version.record.entries if version.record else ():
            yield one.entry, one.trusted, numbers[version.id]


def _find(casebook: Casebook, listing: Listing, row: bytes, person: Person) -> Request:
    listing.refresh(casebook, person)
    request = listing.find(row)
    if request is None:
        raise UnknownRequestError
    return request


def _enter_reading(casebook: Casebook, row: bytes, person: Person, now: datetime) -> None:
    """Make sure that this person's first reading is in the casebook, if they can read it at all."""
    try:
        record = records.append(casebook, row, person, lambda record: _first_reading(record, person, now))
    except (Error, UnknownRequestError):
        return
    records.top_up(casebook, record, person)


def _first_reading(record: Record, person: Person, now: datetime) -> Entry | None:
    known = any(one.trusted and one.entry.kind == "opened" and one.entry.who == person.name for one in record.entries)
    return None if known else Entry(person.name, now, "opened")


def _version(casebook: Casebook, row: bytes, request: Request, person: Person) -> Version:
    known = next(one for one in request.rows if one.id == row)
    sent = datetime.fromtimestamp(known.sent, UTC)
    try:
        record = records.read(casebook, row, person)
        content = records.content(casebook, record)
    except (Error, UnknownRequestError):
        return Version(row, sent, None, known.summary.problem or "corrupt", known.summary.flags)
    opened = read_content(content)
    saved = "" if opened.submission else save(content)
    return Version(row, sent, opened.submission, opened.problem, record.summary.flags, saved, record)


def save(content: bytes) -> str:
    """Give what can be saved of a content that does not decode, as text: laid out if it is JSON after all."""
    text = content.decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace").decode()[:REST]
