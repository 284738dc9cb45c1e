"""Give the team's requests to a coordinator who is new: hundreds of grants in one commit.

What belongs to a protected case goes only to those it names. Source: docs/envelope.md section 5.3.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crypto.opening.members import COORDINATOR, Member
from staff.audit import Audit
from staff.casebook import Casebook
from staff.folders.folder import mark
from staff.inbox import keys
from staff.inbox import record as records
from staff.models import Grant, StoredSubmission
from staff.person import Person

CHUNK = 200  # submissions in one commit


def lacked(session: Session, person: Person, member: Member) -> list[bytes]:
    """List the team's submissions that the person holds a grant of and the member does not, protected ones too."""
    one = StoredSubmission
    mine, theirs = (
        select(Grant.submission).where(Grant.member == person.member_tag(box))
        for box in (person.identity.box_public, member.box_public)
    )
    return list(session.scalars(select(one.id).where(one.team == person.team, one.id.in_(mine), one.id.not_in(theirs))))


def give(casebook: Casebook, rows: Sequence[bytes], person: Person, member: Member, now: datetime) -> set[bytes]:
    """Grant submissions, at most CHUNK of them, to a coordinator of the team in one commit; give which were granted.

    Left out is what does not open, and what belongs to a protected case that does not name them.
    """
    if member.role != COORDINATOR or member.municipality != person.municipality:
        return set()
    found = records.read_many(casebook, rows, person).values()
    wanted = [one for one in found if not one.state.only or mark(member.box_public) in one.state.only]
    tag = person.member_tag(member.box_public)
    sealed = {one.row: keys.grants(one.key, one.row, person, {tag: member.box_public})[tag] for one in wanted}
    if not sealed:
        return set()
    with casebook.write() as session:
        said = {"who": member.name, "n": str(len(sealed))}
        Audit(casebook).about_me(session, person, "gave", now, said)
        given = _still_lacked(session, list(sealed), tag, {one.row: one.version for one in wanted})
        if given:
            session.execute(insert(Grant), [{"submission": row, "member": tag, "sealed": sealed[row]} for row in given])
    return set(given)


def _still_lacked(session: Session, rows: Sequence[bytes], tag: bytes, versions: dict[bytes, int]) -> list[bytes]:
    """Leave out what somebody else gave meanwhile, or wrote into: it may have another key by now."""
    known = set(session.scalars(select(Grant.submission).where(Grant.member == tag, Grant.submission.in_(rows))))
    one = StoredSubmission
    standing = dict(session.execute(select(one.id, one.version).where(one.id.in_(rows))).all())
    return [row for row in rows if row not in known and standing.get(row) == versions[row]]
