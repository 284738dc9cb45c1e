"""Rows that no key of a person's opens: laid aside for that person alone, and taken out again.

Nobody's judgement of the request, so it is no entry: a colleague who can open it finds it where it was.
"""

import json
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crypto.errors import Error
from crypto.opening import pepper
from staff.audit import Audit
from staff.casebook import Casebook
from staff.inbox.request import Request
from staff.models import Dismissed
from staff.person import Person

PURPOSE = "dismissed"


def dismissed(session: Session, person: Person) -> frozenset[bytes]:
    """List what a person has laid aside; a row that somebody else put into the table hides nothing."""
    member = person.member_tag(person.identity.box_public)
    found = session.execute(select(Dismissed.row, Dismissed.value).where(Dismissed.member == member))
    return frozenset(row for row, value in found if _holds(person, row, member, value))


def dismiss(casebook: Casebook, audit: Audit, request: Request, person: Person, now: datetime) -> bool:
    """Lay a request aside that does not open; False, with nothing done, if it does."""
    if not request.shut:
        return False
    rows, member = [row.id for row in request.rows], person.member_tag(person.identity.box_public)
    when = json.dumps([int(now.timestamp())]).encode()
    with casebook.write() as session:
        audit.about_me(session, person, "laid_aside", now, {"row": request.anchor.id.hex()[:8]})
        _remove(session, rows, member)
        values = [pepper.lock(person.pepper, PURPOSE, row + member, when) for row in rows]
        named = [{"row": row, "member": member, "value": value} for row, value in zip(rows, values, strict=True)]
        session.execute(insert(Dismissed), named)
    return True


def restore(casebook: Casebook, request: Request, person: Person) -> None:
    """Take out again what was laid aside."""
    with casebook.write() as session:
        _remove(session, [row.id for row in request.rows], person.member_tag(person.identity.box_public))


def _remove(session: Session, rows: Collection[bytes], member: bytes) -> None:
    session.execute(delete(Dismissed).where(Dismissed.row.in_(rows), Dismissed.member == member))


def _holds(person: Person, row: bytes, member: bytes, value: bytes) -> bool:
    try:
        pepper.unlock(person.pepper, PURPOSE, row + member, value)
    except Error:
        return False
    return True
