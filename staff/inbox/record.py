"""One stored submission under its key: read it, and write the next entry without ever overwriting another's."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from crypto.opening.casebook import Place, open_value
from staff.audit import Audit
from staff.casebook import Casebook
from staff.entry import Entry, Read, trusted, whole
from staff.errors import MeanwhileError, RefusedActError, UnknownRequestError
from staff.inbox import keys, store
from staff.inbox.entries import FORM
from staff.inbox.listing import SUMMARY
from staff.inbox.opening import seal_summary
from staff.inbox.state import State, fold
from staff.inbox.summary import Summary
from staff.inbox.upgrade import CONTENT, upgraded
from staff.models import StoredEntry
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
        summary = Summary.decode(open_value(key, Place(SUMMARY, row, 0, granted.version), granted.summary))
        summary = upgraded(session, row, granted.day, key, summary)
        highest = Audit(casebook).newest_version(session, key)
    found = FORM.read(key, row, sealed, person.papers.members)
    return Record(row, granted.day, granted.version, key, summary, tuple(found), highest)


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
    number = next_number(record)
    state = fold([*trusted(record.entries), entry])
    summary = seal_summary(record.key, record.row, number, replace(record.summary, state=state))
    sealed = FORM.seal(record.key, record.row, number, entry, person.identity)
    fields = {"v": str(number), "did": entry.kind}

    def put(session: Session) -> None:
        Audit(casebook).write(session, person, "wrote", record.row, record.key, entry.when, fields)
        row = StoredEntry(submission=record.row, number=number, sealed=sealed)
        if not store.write_entry(session, row, summary, record.version):
            raise MeanwhileError

    return put


def next_number(record: Record) -> int:
    """Give the number of the next entry.

    One more than any number there is or was: an entry slipped in by somebody with the database only must not stop us.
    """
    return max(record.version, record.highest, *(one.number for one in record.entries)) + 1


def top_up(casebook: Casebook, record: Record, person: Person) -> None:
    """Grant the key to whoever in the team lacks it, or holds it from somebody who has left the register.

    A new coordinator thus reads what a colleague opens again.
    """
    wanted = keys.members_keys(person, record.state.only)
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
