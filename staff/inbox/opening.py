"""The first opening: seal the content anew under a casebook key, grant it to the team, drop the envelope.

All of it is one commit, made before anything is shown. Of two people who open at once one wins; the other reads by the
grant that the winner gave.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from crypto.opening.casebook import Place, key_commitment, new_key, seal_value
from staff import diary
from staff.audit import Audit
from staff.audit.store import take_turn
from staff.casebook import Casebook
from staff.entry import Entry
from staff.errors import UnknownRequestError
from staff.inbox import keys, store
from staff.inbox.entries import FORM
from staff.inbox.listing import SUMMARY, flags_of
from staff.inbox.state import fold
from staff.inbox.store import Waiting
from staff.inbox.summary import Facts, Summary, facts_of
from staff.inbox.unsealing import Opened, open_envelope
from staff.inbox.upgrade import CONTENT
from staff.models import StoredEntry, StoredSubmission
from staff.person import Person

CHUNK = 50  # envelopes in one commit


def open_first(casebook: Casebook, row: bytes, person: Person, now: datetime) -> Opened | None:
    """Open an envelope for good, if nobody has; None if it has been opened meanwhile.

    The answer's problem is "not_mine" or "corrupt" if no slot opens: the envelope then stays where it is. Raises
    UnknownRequestError for another team's.
    """
    return open_all(casebook, [row], person, now)[0]


def open_all(
    casebook: Casebook, rows: Sequence[bytes], person: Person, now: datetime, only: Sequence[str] = ()
) -> list[Opened | None]:
    """Open envelopes as `open_first` does, many in one commit: under one try there may be hundreds.

    `only` names, by mark, who alone is granted them: what belongs to a protected case is for its people.
    """
    chunks = (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
    return [one for chunk in chunks for one in _open_chunk(casebook, chunk, person, now, only)]


def _open_chunk(
    casebook: Casebook, rows: Sequence[bytes], person: Person, now: datetime, only: Sequence[str]
) -> list[Opened | None]:
    with casebook.read() as session:
        envelopes = store.envelopes(session, rows)
    if any(one.team_tag != person.team_tag and one.team_tag in person.papers.team_tags for one in envelopes):
        raise UnknownRequestError
    found = {one.id: open_envelope(one.sealed, one.epoch, person, all_places=True) for one in envelopes}
    ready = [
        _seal(one, content, found[one.id], person, now, only)
        for one in envelopes
        if (content := found[one.id].content) is not None
    ]
    if not ready:
        return [found.get(row) for row in rows]
    with casebook.write() as session:
        take_turn(session)
        lost = [one.submission.id for one in ready if not _keep(session, one, _entering(casebook, one, person, now))]
    return [None if row in lost else found.get(row) for row in rows]


@dataclass(frozen=True)
class Sealed:
    """Hold what takes an envelope's place: the submission, its first entry, the grants by member tag."""

    submission: StoredSubmission
    entry: StoredEntry
    grants: Mapping[bytes, bytes]
    key: bytes = field(repr=False)


def _seal(
    envelope: Waiting, content: bytes, opened: Opened, person: Person, now: datetime, only: Sequence[str]
) -> Sealed:
    key = new_key()
    first = Entry(person.name, now, "opened", {"only": " ".join(only)} if only else {})
    submission, entry = _rows(key, envelope, opened, content, person, first)
    return Sealed(submission, entry, keys.grants(key, envelope.id, person, keys.members_keys(person, only)), key)


def _entering(casebook: Casebook, sealed: Sealed, person: Person, now: datetime) -> Callable[[Session], None]:
    """Make what enters a first opening: a row of the audit, then the next number of the team's register."""

    def enter(session: Session) -> None:
        row = sealed.submission
        Audit(casebook).write(session, person, "first_opened", row.id, sealed.key, now, {"v": "1"})
        diary.enter(session, person.team, row.day, diary.Kind.REQUEST)

    return enter


def _keep(session: Session, sealed: Sealed, enter: Callable[[Session], None]) -> bool:
    """Put it in the envelope's place, in the caller's one commit; False if somebody else dropped the envelope first."""
    row = sealed.submission.id
    if not store.drop_envelope(session, row):
        return False
    enter(session)
    session.add(sealed.submission)
    session.flush()
    session.add(sealed.entry)
    store.add_grants(session, row, sealed.grants)
    return True


def _rows(
    key: bytes, envelope: Waiting, opened: Opened, content: bytes, person: Person, first: Entry
) -> tuple[StoredSubmission, StoredEntry]:
    facts: Facts | None = facts_of(opened.submission, envelope.day) if opened.submission else None
    flags = flags_of(envelope, facts.municipality if facts else "", person)
    summary = Summary(facts, opened.problem, flags, fold([first]), int(first.when.timestamp()))
    submission = StoredSubmission(
        id=envelope.id,
        team=person.team,
        day=envelope.day,
        commitment=key_commitment(key, envelope.id),
        summary=seal_summary(key, envelope.id, 1, summary),
        content=seal_value(key, Place(CONTENT, envelope.id), content, "16k"),
        version=1,
    )
    sealed = FORM.seal(key, envelope.id, 1, first, person.identity)
    return submission, StoredEntry(submission=envelope.id, number=1, sealed=sealed)


def seal_summary(key: bytes, row: bytes, version: int, summary: Summary) -> bytes:
    """Seal a summary where it stands; it opens at that version only."""
    return seal_value(key, Place(SUMMARY, row, 0, version), summary.encode(), "summary")
