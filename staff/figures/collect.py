"""Collect the facts of a half-year from what one coordinator may read: times and codes, no name and no text."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from crypto.errors import Error
from programme.hours import Hours
from staff.accounts.session import Row
from staff.cases.model import CaseState, Moved, Version
from staff.cases.state import fold
from staff.cases.summary import Summary, kind_of
from staff.cases.values import read_day, read_items
from staff.entry import Entry
from staff.figures.count import CaseFact, Facts, RequestFact, Stay
from staff.figures.half import Half
from staff.folders import Folder
from staff.folders.counting import count_each
from staff.inbox import record
from staff.inbox.request import Request
from staff.office import Office
from staff.person import Person

COUNTED = "counted"  # the word in the audit: somebody's key opened the case to count it, and showed nothing of it
RATINGS = {"low": range(1, 5), "middle": range(5, 8), "high": range(8, 11)}


def facts(parts: Office, session: Row, person: Person, half: Half) -> Facts:
    """Read what a half-year may touch; each case that is read stands in the audit."""
    session.shelf.refresh(parts.casebook, session.keys, person)
    session.listing.refresh(parts.casebook, person)
    rows, now = _touched(session, half), parts.now()
    read = count_each(parts.casebook, session.keys, rows, person, now, _read, COUNTED)
    cases = [fact for fact, _ in read if fact is not None]
    reached = {row: when for _, links in read for row, when in links.items()}
    hours = parts.settings.programme.hours
    asked = [one for one in session.listing.requests(session.listing.batch) if _counts(one, half)]
    return Facts([request_fact(one, _answered(parts, one, person, reached), hours) for one in asked], cases)


def _read(folder: Folder) -> tuple[CaseFact | None, dict[str, datetime]]:
    """Make what is counted of a case, nothing of a protected one, and when its requests' person was reached."""
    entries = folder.trusted
    state = fold(entries)
    reached = dict.fromkeys(state.links, state.reached_at) if state.reached_at else {}
    return None if state.protected else case_fact(state, entries), reached


def _touched(session: Row, half: Half) -> list[bytes]:
    """List the cases that were there in the half-year or are linked to its requests; protected ones are not opened."""
    found = []
    for card in session.shelf.items():
        if card.summary and kind_of(card.summary) == "case":
            try:
                one = Summary.decode(card.summary)
            except Error:
                continue
            begun = one.opened_at is not None and Half.of(one.opened_at) <= half
            if begun and not one.protected and one.changed_at is not None and Half.of(one.changed_at) >= half:
                found.append(card.id)
    return sorted(found)


def _counts(request: Request, half: Half) -> bool:
    return not request.aside and half.holds(datetime.fromtimestamp(min(one.sent for one in request.versions), UTC))


def _answered(parts: Office, request: Request, person: Person, reached: Mapping[str, datetime]) -> datetime | None:
    """Give when somebody first answered: by a reply under the code, or by reaching the person in a case."""
    times = [reached[row.id.hex()] for row in request.rows if row.id.hex() in reached]
    if request.state.replies:
        entries = record.read(parts.casebook, request.anchor.id, person).entries
        times += [one.entry.when for one in entries if one.trusted and one.entry.kind == "replied"]
    return min(times, default=None)


def request_fact(request: Request, answered: datetime | None, hours: Hours) -> RequestFact:
    """Make the fact of a request: when it came, and the office time until it was answered."""
    came = datetime.fromtimestamp(min(one.sent for one in request.versions), UTC)
    return RequestFact(came, hours.office_time(came, answered) if answered else None)


def case_fact(state: CaseState, entries: Sequence[Entry]) -> CaseFact:
    """Make the fact of a case from what its entries amount to."""
    assessment = state.forms.get("assessment", ())
    return CaseFact(
        opened=(state.opened_at, state.how) if state.opened_at else None,
        reopened=tuple(moved.when for moved in state.moves if moved.act == "reopen"),
        closed=tuple(_closings(state.moves, entries)),
        stays=tuple(_stays(state)),
        assessed=assessment[0].when if assessment else None,
        needs=frozenset(read_items(assessment[-1].fields.get("needs", ""))) if assessment else frozenset(),
        followups=tuple(_followup(one) for one in state.follow_ups if one.fields.get("unreached") != "yes"),
    )


def _closings(moves: Sequence[Moved], entries: Sequence[Entry]) -> list[tuple[datetime, str]]:
    """Give each closing that counted with its outcome, which stands in the entry of the same moment."""
    outcomes = {entry.when: entry.fields.get("outcome", "") for entry in entries if entry.kind == "close"}
    return [(moved.when, outcomes.get(moved.when, "")) for moved in moves if moved.act == "close"]


def _stays(state: CaseState) -> list[Stay]:
    """Give the stays that ended by going on; what was skipped was not stayed in."""
    found, stage, since = [], 1, state.opened_at
    for moved in state.moves:
        if moved.act in ("forward", "back") and since is not None:
            if moved.act == "forward":
                found.append(Stay(stage, since, max(since, moved.when)))
            stage, since = moved.stage, moved.when
    return found


def _followup(one: Version) -> tuple[datetime, Mapping[str, str]]:
    day = read_day(one.fields.get("done", ""))
    when = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) if day else one.when
    rating = one.fields.get("rating", "")
    classes = [
        name for name, span in RATINGS.items() if rating.isascii() and rating.isdecimal() and int(rating) in span
    ]
    return min(when, one.when + timedelta(days=1)), {**one.fields, "rating": classes[0] if classes else ""}
