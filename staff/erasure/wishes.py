"""Who has asked for their words to be erased, and which rule keeps them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from programme.erasure import KEEP, Decision
from programme.hours import ZONE
from staff.cases.followup import months_after
from staff.erasure.acts import Desk


@dataclass(frozen=True)
class Wished:
    """Hold one wish: the request, when it was asked, the decision about its class (None: kept), and when it goes.

    `day` is None where its time has not begun, or nothing ever ends it.
    """

    request: bytes
    asked: date
    of: str
    decision: Decision | None
    day: date | None
    working: str = ""


def wishes(desk: Desk) -> list[Wished]:
    """List the wishes that nobody has answered, the oldest first."""
    listing = desk.session.listing
    listing.refresh(desk.parts.casebook, desk.person)
    erasure = desk.parts.settings.programme.casework.erasure
    found = []
    for one in listing.requests(listing.batch):
        if not one.erase:
            continue
        of = "case" if one.state.case else "aside" if one.aside else "request"
        decision = erasure.decision(of)
        latest = _day(max(row.sent for row in one.rows))
        runs = decision is not None and decision.act != KEEP and of != "case"
        day = months_after(latest, decision.months) if decision is not None and runs else None
        asked = _day(min(row.sent for row in one.follow_ups))
        found.append(Wished(one.anchor.id, asked, of, decision, day, one.state.working))
    return sorted(found, key=lambda wish: (wish.asked, wish.request))


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZONE).date()
