"""Read one request: open what nobody has opened, record who reads, and only then give the words."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crypto.errors import Error
from crypto.submission import Submission
from staff.casebook import Casebook
from staff.errors import UnknownRequestError
from staff.inbox import record as records
from staff.inbox.listing import Listing
from staff.inbox.record import Record
from staff.inbox.request import Request
from staff.inbox.state import Entry, State
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


@dataclass(frozen=True)
class Reading:
    """Hold a request as its page shows it; versions newest first, `rest` of them older than those shown."""

    request: Request
    versions: tuple[Version, ...]
    state: State
    history: tuple[tuple[Entry, bool, int], ...]
    whole: bool
    rest: int = 0

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
    shown = newest_versions(request, skip)
    for one in shown:
        _enter_reading(casebook, one, person, now)
    request = _find(casebook, listing, row, person)
    versions = tuple(_version(casebook, one, request, person) for one in shown)
    history = sorted(_history(request, versions), key=lambda one: one[0].when)
    whole = all(version.record.whole for version in versions if version.record)
    return Reading(request, versions, request.state, tuple(history), whole, len(request.versions) - SHOWN - skip)


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
    known = next(one for one in request.versions if one.id == row)
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
