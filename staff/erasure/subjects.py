"""Collect what may be erased, of what one coordinator may read: the team's cases, hand-overs and requests."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from crypto.errors import MalformedError
from programme.erasure import Erasure
from programme.hours import ZONE
from staff.accounts.session import Row
from staff.agencies.handover import HandoverSummary
from staff.cases.followup import months_after
from staff.cases.stages import Erasure as Standing
from staff.cases.state import fold
from staff.cases.summary import Summary, kind_of
from staff.erasure.falling import Subject
from staff.folders import Card
from staff.inbox.request import Request
from staff.office import Office
from staff.person import Person

COUNTED = "erasure"  # the word in the audit: the case was opened to reckon its time


def subjects(parts: Office, session: Row, person: Person, until: date) -> list[Subject]:
    """List everything that a decision names and that might be due by a day; each case that is opened is audited."""
    session.shelf.refresh(parts.casebook, session.keys, person)
    session.listing.refresh(parts.casebook, person)
    erasure = parts.settings.programme.casework.erasure
    found = []
    for card in session.shelf.items():
        kind = kind_of(card.summary or b"")
        if kind == "case":
            found += _case(parts, session, person, card, erasure, until)
        if kind == "handover":
            found += _handover(card)
    return found + requests(session.listing.requests(session.listing.batch))


def _case(parts: Office, session: Row, person: Person, card: Card, erasure: Erasure, until: date) -> list[Subject]:
    """Open a closed case if it may be due: when it was closed, and which requests belong to it, stands inside."""
    decision = erasure.decision("case")
    try:
        one = Summary.decode(card.summary or b"")
    except MalformedError:
        return []
    begun = one.opened_at
    if decision is None or one.position.open or begun is None or months_after(_day(begun), decision.months) > until:
        return []
    state = fold(parts.folders.read(session.keys, card.id, person, parts.now(), what=COUNTED).trusted)
    closings = [moved.when for moved in state.moves if moved.act == "close"]
    days = {"closed": _day(closings[-1])} if closings else {}
    if state.changed_at:
        days["changed"] = _day(state.changed_at)
    with_it = _with(session, {bytes.fromhex(row) for row in state.links})
    return [Subject(card.id, "case", one.working, days, with_it, one.position.erasure is Standing.HELD)]


def _with(session: Row, linked: set[bytes]) -> tuple[bytes, ...]:
    """Give every submission of the threads that are linked: versions and what was written since go with the first."""
    threads = [session.listing.find(row) for row in linked]
    return tuple(sorted(linked | {row.id for thread in threads if thread for row in thread.rows}))


def _handover(card: Card) -> list[Subject]:
    try:
        one = HandoverSummary.decode(card.summary or b"")
    except MalformedError:
        return []
    return [Subject(card.id, "handover", one.working, {"ended": one.until})]


def requests(found: Iterable[Request]) -> list[Subject]:
    """Make subjects of requests that somebody has opened and that belong to no case."""
    made = []
    for request in found:
        if request.fresh or request.state.case:
            continue
        came = datetime.fromtimestamp(max(row.sent for row in request.rows), UTC)
        rows = tuple(sorted(row.id for row in request.rows))
        of = "aside" if request.aside else "request"
        made.append(Subject(request.anchor.id, of, "", {"received": _day(came)}, rows))
    return made


def _day(when: datetime) -> date:
    return when.astimezone(ZONE).date()
