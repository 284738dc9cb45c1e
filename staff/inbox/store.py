"""The inbox's questions to the casebook, in one place; all values go in and out sealed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple  # Any: the value of a column

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from crypto.opening.casebook import GRANT_SIZE
from staff.models import Collected, Grant, StoredEntry, StoredSubmission
from staff.person import Person

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Granted:
    """Hold a submission as one member may read it: `grant` is None if nobody has granted it to them."""

    id: bytes
    day: int
    commitment: bytes
    summary: bytes
    version: int
    grant: bytes | None


class Written(NamedTuple):
    """Hold one entry to be written, sealed, with the summary that follows; `after` is the version that was read."""

    row: bytes
    after: int
    number: int
    sealed: bytes
    summary: bytes


class Waiting(NamedTuple):
    """Hold one envelope that nobody has opened."""

    id: bytes
    team_tag: bytes
    epoch: int
    day: int
    sealed: bytes
    intact: int


def waiting_ids(session: Session, person: Person) -> list[bytes]:
    """List the team's unopened envelopes, and those whose tag no team of the roster has: else nobody would see them."""
    own = select(Collected.id).where(Collected.team_tag == person.team_tag)
    lost = select(Collected.id).where(Collected.team_tag.not_in(list(person.papers.team_tags)))
    return [*session.scalars(own), *session.scalars(lost)]


def submission_versions(session: Session, person: Person) -> dict[bytes, int]:
    """List the team's submissions with the version that each stands at."""
    found = session.execute(
        select(StoredSubmission.id, StoredSubmission.version).where(StoredSubmission.team == person.team)
    )
    return dict(found.all())


def versions_of_team(session: Session, rows: Collection[bytes], person: Person) -> dict[bytes, int]:
    """Give the version that each of these submissions stands at; those of other teams are left out."""
    one = StoredSubmission
    asked = select(one.id, one.version).where(one.id.in_(rows), one.team == person.team)
    return dict(session.execute(asked).all())


def is_of_team(session: Session, row: bytes, person: Person) -> bool:
    """Tell whether there is such a submission in the person's team."""
    return session.scalar(select(StoredSubmission.team).where(StoredSubmission.id == row)) == person.team


def envelopes(session: Session, ids: Collection[bytes]) -> list[Waiting]:
    """Fetch envelopes, as plain rows: ten thousand at a time may come."""
    one = Collected
    found = session.execute(
        select(one.id, one.team_tag, one.epoch, one.day, one.sealed, one.intact).where(one.id.in_(ids))
    )
    return [Waiting(*row) for row in found]


def envelope(session: Session, row: bytes) -> Waiting | None:
    """Fetch one envelope, if nobody has opened it yet."""
    return next(iter(envelopes(session, [row])), None)


def granted(session: Session, ids: Collection[bytes], member: bytes) -> list[Granted]:
    """Fetch the sealed summaries of submissions with one member's grants."""
    one = StoredSubmission
    joined = (Grant.submission == one.id) & (Grant.member == member)
    found = session.execute(
        select(one.id, one.day, one.commitment, one.summary, one.version, Grant.sealed)
        .outerjoin(Grant, joined)
        .where(one.id.in_(ids))
    )
    return [Granted(*row) for row in found]


def content(session: Session, row: bytes) -> bytes | None:
    """Fetch one submission's sealed content."""
    return session.scalar(select(StoredSubmission.content).where(StoredSubmission.id == row))


def entries(session: Session, row: bytes) -> dict[int, bytes]:
    """Fetch one submission's sealed entries by their numbers."""
    found = session.execute(select(StoredEntry.number, StoredEntry.sealed).where(StoredEntry.submission == row))
    return dict(found.all())


def entries_of(session: Session, rows: Collection[bytes]) -> dict[bytes, dict[int, bytes]]:
    """Fetch the sealed entries of many submissions."""
    one, found = StoredEntry, dict[bytes, dict[int, bytes]]()
    for row, number, sealed in session.execute(
        select(one.submission, one.number, one.sealed).where(one.submission.in_(rows))
    ):
        found.setdefault(row, {})[number] = sealed
    return found


def grants_of(session: Session, row: bytes) -> dict[bytes, bytes]:
    """Fetch one submission's grants by member tag."""
    return dict(session.execute(select(Grant.member, Grant.sealed).where(Grant.submission == row)).all())


def drop_envelopes(session: Session, ids: Collection[bytes]) -> set[bytes]:
    """Drop envelopes and give those that were there: of two who drop one, one of them finds nothing."""
    dropped = delete(Collected).where(Collected.id.in_(ids)).returning(Collected.id)
    return set(session.connection().execute(dropped).scalars().all())


def add_submissions(session: Session, submissions: Rows, entries: Rows, grants: Rows) -> None:
    """Add submissions with their first entries and their grants, given by column names."""
    for table, rows in ((StoredSubmission, submissions), (StoredEntry, entries), (Grant, grants)):
        if rows:
            session.execute(insert(table), list(rows))


def add_grants(session: Session, row: bytes, grants: Mapping[bytes, bytes]) -> None:
    """Add grants by member tag, in place of those that the members may have."""
    session.execute(delete(Grant).where(Grant.submission == row, Grant.member.in_(grants)))
    rows = [{"submission": row, "member": member, "sealed": sealed} for member, sealed in grants.items()]
    if rows:
        session.execute(insert(Grant), rows)


def write_entries(session: Session, written: Sequence[Written]) -> bool:
    """Add entries, and the summaries that follow; False if one of the rows no longer stands at version `after`.

    The version is raised only from the one that the writer read: of two writers one finds nothing to raise.
    """
    one = StoredSubmission
    raised = (
        update(one)
        .where(one.id == bindparam("row"), one.version == bindparam("after"))
        .values(version=bindparam("number"), summary=bindparam("closed"))
    )
    named = [{"row": w.row, "after": w.after, "number": w.number, "closed": w.summary} for w in written]
    if session.connection().execute(raised, named).rowcount != len(written):
        return False
    entries = [{"submission": w.row, "number": w.number, "sealed": w.sealed} for w in written]
    session.execute(insert(StoredEntry), entries)
    return True


def granted_to(session: Session, member: bytes) -> set[bytes]:
    """List the submissions that a member holds a grant of; one that was emptied is none."""
    own = select(Grant.submission).where(Grant.member == member, Grant.sealed != bytes(GRANT_SIZE))
    return set(session.scalars(own))
