"""Collect what may be erased, of what one coordinator may read: the team's cases, requests, and copies that were made.

The list is made of summaries and opens no case; `reckoning` opens those that are to go.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from crypto.errors import MalformedError
from programme.hours import ZONE
from staff.accounts.session import Row
from staff.agencies.handover import HandoverSummary
from staff.agencies.transfer import TransferSummary
from staff.cases.stages import Erasure as Standing
from staff.cases.summary import Summary
from staff.erasure.falling import Subject
from staff.folders import Card
from staff.inbox.request import Request
from staff.office import Office
from staff.person import Person


def subjects(parts: Office, session: Row, person: Person) -> list[Subject]:
    """List everything that a decision can name, as its summary has it."""
    session.shelf.refresh(parts.casebook, session.keys, person)
    session.listing.refresh(parts.casebook, person)
    found = session.listing.requests(session.listing.batch)
    cards = session.shelf.items()
    closed = {card.id: one for card in cards if (one := _closed(card)) is not None}
    copies = [copy for card in cards if (copy := _copy(card, closed)) is not None]
    tied, made = tied_to(found), _made(copies)
    cases = [_case(card, closed[card.id], tied, made) for card in cards if card.id in closed]
    return [*cases, *copies, *requests(found)]


def _closed(card: Card) -> Summary | None:
    """Read the summary of a case that is closed."""
    try:
        one = Summary.decode(card.summary or b"")
    except MalformedError:
        return None
    return None if one.position.open else one


def _case(card: Card, one: Summary, tied: Mapping[bytes, list[bytes]], made: Mapping[bytes, list[bytes]]) -> Subject:
    times = {"closed": one.closed_at or one.changed_at, "changed": one.changed_at}
    parts = tuple(sorted(tied.get(card.id, ())))
    return Subject(
        card.id,
        "case",
        one.working,
        {clock: day_of(when) for clock, when in times.items() if when},
        parts,
        one.position.erasure is Standing.HELD,
        tuple(made.get(card.id, ())),
        mark=mark(card.version, parts),
    )


def tied_to(found: Iterable[Request]) -> dict[bytes, list[bytes]]:
    """Give the submissions of every thread that is tied to a case, by the case."""
    tied: dict[bytes, list[bytes]] = {}
    for request in found:
        if request.state.case:
            tied.setdefault(bytes.fromhex(request.state.case), []).extend(row.id for row in request.rows)
    return tied


def _made(copies: Iterable[Subject]) -> dict[bytes, list[bytes]]:
    made: dict[bytes, list[bytes]] = {}
    for copy in copies:
        made.setdefault(copy.about, []).append(copy.id)
    return made


def mark(version: int, parts: Sequence[bytes]) -> str:
    """Give what changes whenever something is written in a case, or in a thread (`parts`) that is tied to it."""
    return hashlib.sha256(b"".join((version.to_bytes(8, "big"), *sorted(parts)))).hexdigest()[:32]


def _copy(card: Card, closed: Mapping[bytes, Summary]) -> Subject | None:
    """Make a subject of a hand-over or a transfer; it stays as long as the case that it was made of is held."""
    found = _handover(card) or _transfer(card)
    if found is None:
        return None
    of, working, days, case = found
    about = bytes.fromhex(case) if len(case) == 32 and set(case) <= set("0123456789abcdef") else b""
    shut = about in closed and closed[about].position.erasure is Standing.HELD
    return Subject(card.id, of, working, days, shut=shut, about=about)


Copied = tuple[str, str, dict[str, date], str]


def _handover(card: Card) -> Copied | None:
    try:
        one = HandoverSummary.decode(card.summary or b"")
    except MalformedError:
        return None
    return "handover", one.working, {"ended": one.until}, one.case


def _transfer(card: Card) -> Copied | None:
    try:
        one = TransferSummary.decode(card.summary or b"")
        times = {"offered": one.asked_at, "answered": one.answered_at}
        days = {clock: day_of(datetime.fromtimestamp(when, UTC)) for clock, when in times.items() if when > 0}
    except (MalformedError, ValueError, OverflowError, OSError):
        return None
    return "transfer", one.working, days, one.case


def requests(found: Iterable[Request]) -> list[Subject]:
    """Make subjects of requests that somebody has opened and that belong to no case."""
    made = []
    for request in found:
        if request.fresh or request.state.case:
            continue
        came = datetime.fromtimestamp(max(row.sent for row in request.rows), UTC)
        rows = tuple(sorted(row.id for row in request.rows))
        of = "aside" if request.aside else "request"
        made.append(Subject(request.anchor.id, of, "", {"received": day_of(came)}, rows))
    return made


def day_of(when: datetime) -> date:
    """Give the day in Sweden."""
    return when.astimezone(ZONE).date()
