"""The inbox's questions to the casebook, in one place; all values go in and out sealed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from staff.models import Collected, Grant, StoredEntry, StoredSubmission
from staff.person import Person


@dataclass(frozen=True, slots=True)
class Granted:
    """Hold a submission as one member may read it: `grant` is None if nobody has granted it to them."""

    id: bytes
    day: int
    commitment: bytes
    summary: bytes
    version: int
    grant: bytes | None


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


def grants_of(session: Session, row: bytes) -> dict[bytes, bytes]:
    """Fetch one submission's grants by member tag."""
    return dict(session.execute(select(Grant.member, Grant.sealed).where(Grant.submission == row)).all())


def drop_envelope(session: Session, row: bytes) -> bool:
    """Drop an envelope; False if somebody else has done so already."""
    return session.connection().execute(delete(Collected).where(Collected.id == row)).rowcount == 1


def add_grants(session: Session, row: bytes, grants: Mapping[bytes, bytes]) -> None:
    """Add grants by member tag, in place of those that the members may have."""
    session.execute(delete(Grant).where(Grant.submission == row, Grant.member.in_(grants)))
    rows = [{"submission": row, "member": member, "sealed": sealed} for member, sealed in grants.items()]
    if rows:
        session.execute(insert(Grant), rows)


def write_entry(session: Session, entry: StoredEntry, summary: bytes, after: int) -> bool:
    """Add an entry and the summary that follows from it; False if the row no longer stands at version `after`.

    The version is raised only from the one that the writer read: of two writers one finds nothing to raise.
    """
    changed = session.connection().execute(
        update(StoredSubmission)
        .where(StoredSubmission.id == entry.submission, StoredSubmission.version == after)
        .values(version=entry.number, summary=summary)
    )
    if changed.rowcount != 1:
        return False
    session.add(entry)
    session.flush()
    return True


def granted_to(session: Session, member: bytes) -> set[bytes]:
    """List the submissions that a member holds a grant of."""
    return set(session.scalars(select(Grant.submission).where(Grant.member == member)))
