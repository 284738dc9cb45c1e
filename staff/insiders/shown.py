"""What other pages show of notices and alarms: everything in words, nothing left to decide."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from crypto.errors import MalformedError
from crypto.opening.members import COORDINATOR, LEAD
from staff.accounts.session import Row
from staff.cases.summary import Summary
from staff.insiders import notices
from staff.insiders.notices import GLASS, HANDED, Notice, Shown
from staff.insiders.tidying import forget_erased
from staff.insiders.words import NOTICES
from staff.office import Office
from staff.person import Person


@dataclass(frozen=True)
class Told:
    """Hold one notice for a page; `working` and `url` are "" where the reader holds no key to what it is about."""

    folder: bytes
    who: str
    when: datetime
    now: datetime
    notice: Notice
    working: str = ""
    url: str = ""


def notice_word(what: str) -> str:
    """Say what a notice tells of."""
    return NOTICES.get(what, what)


def told(parts: Office, session: Row, person: Person) -> list[Told]:
    """List what this person is to see, with the way to it where there is one; nothing of what was erased stays."""
    session.shelf.refresh(parts.casebook, session.keys, person)
    forget_erased(parts, session, person)
    return [_told(one, parts, session, person) for one in notices.unseen(parts, session, person)]


def _told(one: Shown, parts: Office, session: Row, person: Person) -> Told:
    working, url = _there(one.notice, session, person)
    return Told(one.folder, one.who, one.when, parts.now(), one.notice, working, url)


def _there(notice: Notice, session: Row, person: Person) -> tuple[str, str]:
    """Say which case it is about, to those who hold its key; an auditor holds none, a lead sees no name."""
    role = person.member.role
    if len(notice.ref) != 32 or notice.what not in (GLASS, HANDED) or role not in (COORDINATOR, LEAD):
        return "", ""
    row = bytes.fromhex(notice.ref)
    if notice.what == HANDED and notice.text != "case":
        return "", url_for("inbox.read", row_id=row)
    card = session.shelf.get(row)
    if card is None or card.summary is None or role == LEAD:
        return "", ""
    with suppress(MalformedError):
        return Summary.decode(card.summary).working, url_for("cases.show", folder=row)
    return "", ""
