"""The first opening: seal the content anew under a casebook key, grant it to the team, drop the envelope.

All of it is one commit, made before anything is shown. Of two people who open at once one wins; the other reads by the
grant that the winner gave.
"""

from datetime import datetime

from crypto.opening.casebook import Place, key_commitment, new_key, seal_value
from staff.casebook import Casebook
from staff.errors import UnknownRequestError
from staff.inbox import entries, keys, store
from staff.inbox.listing import SUMMARY, flags_of
from staff.inbox.state import Entry, fold
from staff.inbox.store import Waiting
from staff.inbox.summary import Facts, Summary, facts_of
from staff.inbox.unsealing import Opened, open_envelope
from staff.models import StoredEntry, StoredSubmission
from staff.person import Person

CONTENT = "content"


def open_first(casebook: Casebook, row: bytes, person: Person, now: datetime) -> Opened | None:
    """Open an envelope for good, if nobody has; None if it has been opened meanwhile.

    The answer's problem is "not_mine" or "corrupt" if no slot opens: the envelope then stays where it is. Raises
    UnknownRequestError for another team's.
    """
    with casebook.read() as session:
        envelope = store.envelope(session, row)
    if envelope is None:
        return None
    if envelope.team_tag != person.team_tag and envelope.team_tag in person.papers.team_tags:
        raise UnknownRequestError
    opened = open_envelope(envelope.sealed, envelope.epoch, person, all_places=True)
    if opened.content is None:
        return opened
    return opened if _keep(casebook, envelope, opened, opened.content, person, now) else None


def _keep(casebook: Casebook, envelope: Waiting, opened: Opened, content: bytes, person: Person, now: datetime) -> bool:
    """Write everything in one commit; False if somebody else dropped the envelope first."""
    key, row = new_key(), envelope.id
    submission, entry = _rows(key, envelope, opened, content, person, now)
    grants = keys.grants(key, row, person, keys.members_keys(person))
    with casebook.write() as session:
        if not store.drop_envelope(session, row):
            return False
        session.add(submission)
        session.flush()
        session.add(entry)
        store.add_grants(session, row, grants)
    return True


def _rows(
    key: bytes, envelope: Waiting, opened: Opened, content: bytes, person: Person, now: datetime
) -> tuple[StoredSubmission, StoredEntry]:
    facts: Facts | None = facts_of(opened.submission, envelope.day) if opened.submission else None
    flags = flags_of(envelope, facts.municipality if facts else "", person)
    first = Entry(person.name, now, "opened")
    summary = Summary(facts, opened.problem, flags, fold([first]), int(now.timestamp()))
    submission = StoredSubmission(
        id=envelope.id,
        team=person.team,
        day=envelope.day,
        commitment=key_commitment(key, envelope.id),
        summary=seal_summary(key, envelope.id, 1, summary),
        content=seal_value(key, Place(CONTENT, envelope.id), content, "16k"),
        version=1,
    )
    sealed = entries.seal(key, envelope.id, 1, first, person.identity)
    return submission, StoredEntry(submission=envelope.id, number=1, sealed=sealed)


def seal_summary(key: bytes, row: bytes, version: int, summary: Summary) -> bytes:
    """Seal a summary where it stands; it opens at that version only."""
    return seal_value(key, Place(SUMMARY, row, 0, version), summary.encode(), "summary")
