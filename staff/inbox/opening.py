"""The first opening: seal the content anew under a casebook key, grant it to the team, drop the envelope.

All of it is one commit, made before anything is shown. Of two people who open at once one wins; the other reads by the
grant that the winner gave.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any  # the values of a row's columns

from sqlalchemy.orm import Session

from crypto.opening.casebook import Place, key_commitment, new_key, seal_value
from staff import diary
from staff.audit import About, Audit
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
from staff.person import Person

CHUNK = 200  # envelopes in one commit


def open_all(
    casebook: Casebook, rows: Sequence[bytes], person: Person, now: datetime, only: Sequence[str] = ()
) -> list[Opened | None]:
    """Open envelopes for good, many in one commit: under one try there may be hundreds. None for one opened meanwhile.

    An answer's problem is "not_mine" or "corrupt" if no slot opens: the envelope then stays where it is. `only` names,
    by mark, who alone is granted them: what belongs to a protected case is for its people. Raises UnknownRequestError
    for another team's.
    """
    chunks = (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
    return [one for chunk in chunks for one in _open_chunk(casebook, chunk, person, now, only)]


def _open_chunk(
    casebook: Casebook, rows: Sequence[bytes], person: Person, now: datetime, only: Sequence[str]
) -> list[Opened | None]:
    found, ready = _open(casebook, rows, person, now, only)
    kept = {one.id for one in _keep(casebook, ready, person, now)}
    lost = {one.id for one in ready} - kept
    return [None if row in lost else found.get(row) for row in rows]


def open_new(casebook: Casebook, rows: Sequence[bytes], person: Person, now: datetime) -> list["Sealed"]:
    """Open envelopes in one commit and give what stands in their places now.

    Those that do not open, and those that somebody else opened first, are left out.
    """
    return _keep(casebook, _open(casebook, rows, person, now, ())[1], person, now)


def _open(
    casebook: Casebook, rows: Sequence[bytes], person: Person, now: datetime, only: Sequence[str]
) -> tuple[dict[bytes, Opened], list["Sealed"]]:
    with casebook.read() as session:
        envelopes = store.envelopes(session, rows)
    if any(one.team_tag != person.team_tag and one.team_tag in person.papers.team_tags for one in envelopes):
        raise UnknownRequestError
    found = {one.id: open_envelope(one.sealed, one.epoch, person, all_places=True) for one in envelopes}
    first = Entry(person.name, now, "opened", {"only": " ".join(only)} if only else {})
    to = keys.members_keys(person, only)
    ready = [
        _seal(one, content, found[one.id], person, first, to)
        for one in envelopes
        if (content := found[one.id].content) is not None
    ]
    return found, ready


@dataclass(frozen=True)
class Sealed:
    """Hold what takes an envelope's place: the submission with its summary and first entry, the grants by member."""

    id: bytes
    day: int
    key: bytes = field(repr=False)
    summary: Summary
    first: Entry
    grants: Mapping[bytes, bytes]
    submission: Mapping[str, Any]
    entry: Mapping[str, Any]


def _seal(
    envelope: Waiting, content: bytes, opened: Opened, person: Person, first: Entry, to: Mapping[bytes, bytes]
) -> Sealed:
    key, row = new_key(), envelope.id
    facts: Facts | None = facts_of(opened.submission, envelope.day) if opened.submission else None
    flags = flags_of(envelope, facts.municipality if facts else "", person)
    summary = Summary(facts, opened.problem, flags, fold([first]), int(first.when.timestamp()))
    submission = {
        "id": row,
        "team": person.team,
        "day": envelope.day,
        "commitment": key_commitment(key, row),
        "summary": seal_summary(key, row, 1, summary),
        "content": seal_value(key, Place(CONTENT, row), content, "16k"),
        "version": 1,
    }
    entry = {"submission": row, "number": 1, "sealed": FORM.seal(key, row, 1, first, person.identity)}
    return Sealed(row, envelope.day, key, summary, first, keys.grants(key, row, person, to), submission, entry)


def _keep(casebook: Casebook, ready: Collection[Sealed], person: Person, now: datetime) -> list[Sealed]:
    """Put each in its envelope's place, in one commit; give those whose envelope nobody else had dropped first.

    Each enters a row of the audit, and then the next number of the team's register.
    """
    if not ready:
        return []
    with casebook.write() as session:
        take_turn(session)
        dropped = store.drop_envelopes(session, [one.id for one in ready])
        kept = [one for one in ready if one.id in dropped]
        rows = [About("first_opened", one.id, one.key, {"v": "1"}, new=True) for one in kept]
        Audit(casebook).write_all(session, person, rows, now)
        diary.enter_all(session, person.team, [one.day for one in kept], diary.Kind.REQUEST)
        _add(session, kept)
    return kept


def _add(session: Session, kept: Sequence[Sealed]) -> None:
    grants = [
        {"submission": one.id, "member": member, "sealed": sealed}
        for one in kept
        for member, sealed in one.grants.items()
    ]
    store.add_submissions(session, [one.submission for one in kept], [one.entry for one in kept], grants)


def seal_summary(key: bytes, row: bytes, version: int, summary: Summary) -> bytes:
    """Seal a summary where it stands; it opens at that version only."""
    return seal_value(key, Place(SUMMARY, row, 0, version), summary.encode(), "summary")
