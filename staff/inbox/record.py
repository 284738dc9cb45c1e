"""One stored submission under its key: read it, and write the next entry without ever overwriting another's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from crypto.errors import Error
from crypto.opening.casebook import Place, open_value
from staff.audit import About, Audit
from staff.audit.store import take_turn
from staff.casebook import Casebook
from staff.entry import Entry, Read, trusted, whole
from staff.errors import MeanwhileError, RefusedActError, UnknownRequestError
from staff.inbox import keys, store
from staff.inbox.entries import FORM
from staff.inbox.listing import SUMMARY
from staff.inbox.opening import Sealed, seal_summary
from staff.inbox.state import State, fold
from staff.inbox.store import Granted, Written
from staff.inbox.summary import Summary
from staff.inbox.upgrade import CONTENT, upgraded
from staff.person import Person

TRIES = 5


@dataclass(frozen=True)
class Record:
    """Hold one submission as it stands: its key, its summary, its entries.

    `highest` is the highest number that an entry of it ever had, as the audit remembers it.
    """

    row: bytes
    day: int
    version: int
    key: bytes = field(repr=False)
    summary: Summary
    entries: tuple[Read, ...]
    highest: int = 0

    @property
    def older(self) -> bool:
        """Tell whether an earlier state was put back: row and entries are true, and there was more."""
        return self.highest > self.version

    @property
    def state(self) -> State:
        """Give what the trusted entries amount to."""
        return fold(trusted(self.entries))

    @property
    def whole(self) -> bool:
        """Tell whether every entry that was ever written is there and trusted."""
        return not self.older and whole(self.entries, self.version) and all(one.trusted for one in self.entries)


def read(casebook: Casebook, row: bytes, person: Person) -> Record:
    """Read a submission that somebody has opened.

    Raises UnknownRequestError if there is none in the person's team, and crypto's errors if the person's grant or the
    summary does not hold.
    """
    member = person.member_tag(person.identity.box_public)
    with casebook.read() as session:
        if not store.is_of_team(session, row, person):
            raise UnknownRequestError
        (granted,) = store.granted(session, [row], member)
        sealed = store.entries(session, row)
        key = keys.accept(granted, person)
        summary = _summary(session, granted, key)
        highest = Audit(casebook).newest_version(session, key)
    found = FORM.read(key, row, sealed, person.papers.members)
    return Record(row, granted.day, granted.version, key, summary, tuple(found), highest)


def read_many(casebook: Casebook, rows: Sequence[bytes], person: Person) -> dict[bytes, Record]:
    """Read submissions as `read` does, some hundreds in few questions; those that do not open are left out."""
    member = person.member_tag(person.identity.box_public)
    with casebook.read() as session:
        ours = store.versions_of_team(session, rows, person)
        sealed = store.entries_of(session, list(ours))
        opened = list(_opened(session, store.granted(session, list(ours), member), person))
        highest = Audit(casebook).newest_versions(session, [key for _, key, _ in opened])
    found = {}
    for one, key, summary in opened:
        entries = tuple(FORM.read(key, one.id, sealed.get(one.id, {}), person.papers.members))
        found[one.id] = Record(one.id, one.day, one.version, key, summary, entries, highest[key])
    return found


def _opened(session: Session, granted: Iterable[Granted], person: Person) -> Iterator[tuple[Granted, bytes, Summary]]:
    for one in granted:
        with suppress(Error):
            key = keys.accept(one, person)
            yield one, key, _summary(session, one, key)


def _summary(session: Session, granted: Granted, key: bytes) -> Summary:
    place = Place(SUMMARY, granted.id, 0, granted.version)
    return upgraded(session, granted.id, granted.day, key, Summary.decode(open_value(key, place, granted.summary)))


def first_of(sealed: Sealed) -> Record:
    """Give the record of what was opened for the first time just now, without reading it back."""
    entries = (Read(1, sealed.first, trusted=True),)
    return Record(sealed.id, sealed.day, 1, sealed.key, sealed.summary, entries, 1)


def content(casebook: Casebook, record: Record) -> bytes:
    """Open a submission's content; raise CorruptError if it was changed."""
    with casebook.read() as session:
        sealed = store.content(session, record.row)
    return open_value(record.key, Place(CONTENT, record.row), sealed or b"")


def nothing(_session: Session) -> None:
    """Write nothing beside an entry."""


def append(
    casebook: Casebook,
    row: bytes,
    person: Person,
    decide: Callable[[Record], Entry | None],
    beside: Callable[[Session], None] = nothing,
) -> Record:
    """Write what `decide` makes of the record as it stands; None writes nothing.

    `beside` writes more in the same transaction, after the last call of `decide`.
    If somebody else wrote first, the record is read and decided upon anew, so that the second of two people acts on
    what the first one did, or is told by `decide`'s RefusedActError.
    """
    for _ in range(TRIES):
        record = read(casebook, row, person)
        entry = decide(record)
        if entry is None:
            return record
        with suppress(MeanwhileError):
            _write(casebook, record, entry, person, beside)
            return record
    raise RefusedActError("busy")


def note(casebook: Casebook, records: Iterable[Record], person: Person, what: str, now: datetime) -> None:
    """Write the rows of the audit that say what somebody did with these submissions, in one commit."""
    with casebook.write() as session:
        for record in records:
            fields = {"v": str(max(record.version, record.highest))}
            Audit(casebook).write(session, person, what, record.row, record.key, now, fields)


def _write(casebook: Casebook, record: Record, entry: Entry, person: Person, beside: Callable[[Session], None]) -> None:
    """Write an entry with its row of the audit; raise MeanwhileError if somebody else wrote first."""
    put = prepared(casebook, record, entry, person)
    with casebook.write() as session:
        put(session)
        beside(session)


def prepared(casebook: Casebook, record: Record, entry: Entry, person: Person) -> Callable[[Session], None]:
    """Seal an entry and its row of the audit for another act's commit; MeanwhileError there if somebody was first."""
    ready = seal_next(record, entry, person)
    return lambda session: _put(casebook, session, [ready], person, entry.when)


class Next(NamedTuple):
    """Hold a record's next entry, sealed, with the row of the audit that goes before it."""

    written: Written
    about: About


def seal_next(record: Record, entry: Entry, person: Person) -> Next:
    """Seal the next entry of a record, and the summary that follows."""
    row, key, number = record.row, record.key, next_number(record)
    state = fold([*trusted(record.entries), entry])
    summary = seal_summary(key, row, number, replace(record.summary, state=state))
    written = Written(row, record.version, number, FORM.seal(key, row, number, entry, person.identity), summary)
    return Next(written, About("wrote", row, key, {"v": str(number), "did": entry.kind}))


def write_many(casebook: Casebook, ready: Sequence[Next], person: Person, now: datetime) -> set[bytes]:
    """Write an entry into each of many records, in one commit; give those that nobody else wrote into first."""
    with casebook.write() as session:
        take_turn(session)
        standing = store.versions_of_team(session, [one.written.row for one in ready], person)
        still = [one for one in ready if standing.get(one.written.row) == one.written.after]
        _put(casebook, session, still, person, now)
    return {one.written.row for one in still}


def _put(casebook: Casebook, session: Session, ready: Sequence[Next], person: Person, now: datetime) -> None:
    """Write rows of the audit and entries; raise MeanwhileError if somebody else wrote into one of them first."""
    Audit(casebook).write_all(session, person, [one.about for one in ready], now)
    if ready and not store.write_entries(session, [one.written for one in ready]):
        raise MeanwhileError


def next_number(record: Record) -> int:
    """Give the number of the next entry.

    One more than any number there is or was: an entry slipped in by somebody with the database only must not stop us.
    """
    return max(record.version, record.highest, *(one.number for one in record.entries)) + 1


def top_up(casebook: Casebook, record: Record, person: Person) -> None:
    """Grant the key to whoever in the team lacks it, or holds it from somebody who has left the register.

    A new coordinator thus reads what a colleague opens again; a key after a loss does not, before two have signed.
    """
    later = keys.returned(person)
    wanted = {tag: box for tag, box in keys.members_keys(person, record.state.only).items() if tag not in later}
    with casebook.read() as session:
        if not _lacking(session, record.row, wanted, person):
            return
    with casebook.write() as session:
        lacking = _lacking(session, record.row, wanted, person)
        grants = keys.grants(record.key, record.row, person, {tag: wanted[tag] for tag in lacking})
        store.add_grants(session, record.row, grants)


def _lacking(session: Session, row: bytes, wanted: Mapping[bytes, bytes], person: Person) -> set[bytes]:
    """List the member tags that have no grant which would be believed."""
    found = store.grants_of(session, row)
    return {tag for tag in wanted if tag not in found or keys.believed(found[tag], person) is None}
