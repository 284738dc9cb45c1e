"""Give a submission a new key: for those named in a protected case alone, or since somebody left; or give it back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from crypto.errors import Error
from crypto.opening.casebook import SIZES, Place, key_commitment, new_key, open_value, seal_value
from staff.audit import Audit
from staff.casebook import Casebook
from staff.entry import Entry
from staff.errors import MeanwhileError
from staff.folders.folder import mark
from staff.inbox import keys, store
from staff.inbox import record as records
from staff.inbox.entries import FORM
from staff.inbox.opening import seal_summary
from staff.inbox.record import Record
from staff.inbox.state import fold
from staff.inbox.upgrade import CONTENT
from staff.models import Grant, StoredEntry, StoredSubmission
from staff.person import Person


def restricted(
    casebook: Casebook, record: Record, entries: Sequence[Entry], boxes: Sequence[bytes], person: Person
) -> Callable[[Session], None]:
    """Seal a submission anew for the holders of `boxes` alone, with entries that say so, to write in a commit.

    Content, summary and every entry get a key that nobody has had, all grants go, and only the named get new ones, so
    that whoever keeps an old key opens nothing from now on. The write raises MeanwhileError if somebody wrote first.
    """
    only = Entry(person.name, entries[0].when, "restricted", {"only": " ".join(mark(box) for box in boxes)})
    to = {person.member_tag(box): box for box in boxes}
    return _under_a_new_key(casebook, record, [*entries, only], to, person)


def renewed(casebook: Casebook, record: Record, person: Person, now: datetime) -> Callable[[Session], None]:
    """Seal a submission anew for whoever may hold it now, because somebody has left who had its key.

    A key after a loss gets it only if it was given it before. To write in a commit; raises MeanwhileError there if
    somebody wrote first.
    """
    to = _theirs(casebook, record, person, record.state.only)
    return _under_a_new_key(casebook, record, [Entry(person.name, now, "renewed")], to, person)


def _theirs(casebook: Casebook, record: Record, person: Person, only: Collection[str] = ()) -> dict[bytes, bytes]:
    """List whom a submission is for: the team, but a key after a loss only if it was given it before."""
    with casebook.read() as session:
        found = store.grants_of(session, record.row)
    lacking = {
        tag
        for tag, box in keys.returned(person).items()
        if not keys.holds(found.get(tag, b""), record.row, record.key, box, person)
    }
    return {tag: box for tag, box in keys.members_keys(person, only).items() if tag not in lacking}


def _under_a_new_key(
    casebook: Casebook, record: Record, entries: Sequence[Entry], to: Mapping[bytes, bytes], person: Person
) -> Callable[[Session], None]:
    row, new = record.row, new_key()
    content = records.content(casebook, record)
    with casebook.read() as session:
        kept = store.entries(session, row)
    sealed = {number: _resealed(record.key, new, row, number, value) for number, value in kept.items()}
    added = dict(enumerate(entries, records.next_number(record)))
    sealed |= {number: FORM.seal(new, row, number, entry, person.identity) for number, entry in added.items()}
    version = max(sealed)
    state = fold([*(one.entry for one in record.entries if one.trusted), *added.values()])
    values = {
        "commitment": key_commitment(new, row),
        "summary": seal_summary(new, row, version, replace(record.summary, state=state)),
        "content": seal_value(new, Place(CONTENT, row), content, "16k"),
        "version": version,
    }
    grants = keys.grants(new, row, person, to)

    def put(session: Session) -> None:
        Audit(casebook).write(session, person, "rekeyed", row, new, entries[-1].when, {"v": str(version)})
        one = StoredSubmission
        change = update(one).where(one.id == row, one.version == record.version).values(**values)
        if session.connection().execute(change).rowcount != 1:
            raise MeanwhileError
        session.execute(delete(StoredEntry).where(StoredEntry.submission == row))
        session.add_all(StoredEntry(submission=row, number=number, sealed=value) for number, value in sealed.items())
        session.execute(delete(Grant).where(Grant.submission == row))
        store.add_grants(session, row, grants)

    return put


def opened_up(casebook: Casebook, record: Record, entry: Entry, person: Person) -> Callable[[Session], None]:
    """Grant a submission to the whole team again, with the entry that says why, to write in a commit.

    Its key stays: whoever is given it now may read all of it. Raises MeanwhileError there if somebody wrote first.
    """
    put = records.prepared(casebook, record, entry, person)
    grants = keys.grants(record.key, record.row, person, _theirs(casebook, record, person)) if record.state.only else {}

    def write(session: Session) -> None:
        put(session)
        store.add_grants(session, record.row, grants)

    return write


def _resealed(old: bytes, new: bytes, row: bytes, number: int, sealed: bytes) -> bytes:
    """Seal an entry under another key; one that does not open stays as it is, and is marked as before."""
    place = Place(FORM.table, row, number)
    try:
        content = open_value(old, place, sealed)
    except Error:
        return sealed
    size = next(name for name, room in SIZES.items() if len(content) < room and name != "summary")
    return seal_value(new, place, content, size)
