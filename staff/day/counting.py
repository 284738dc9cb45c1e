"""What the menu counts: from what the session has in memory already, counted anew only when that has changed."""

from collections.abc import Mapping
from datetime import datetime

from staff.accounts.session import Row as Session
from staff.day.cases import Frame, answered_on, on_shelf
from staff.day.queue import queue
from staff.day.today import today


def menu_counts(session: Session, me: str, now: datetime) -> Mapping[str, int]:
    """Count what waits behind each word of the menu, by the pages' own names; nothing is opened or fetched for it."""
    day, requests = session.day, session.listing.standing()
    key = (session.shelf.stamp, id(requests), int(now.timestamp()) // 60)
    if day.menu is None or day.menu[0] != key:
        frame, cases = Frame(me, now), on_shelf(session.shelf)
        found = {
            "today": sum(map(len, today(requests, cases, frame, answered_on(session.shelf)))),
            "inbox": sum(1 for one in requests if not (one.settled or one.shut)),
            "cases": sum(1 for one in cases if one.summary.position.open),
            "queue": sum(1 for spot in queue(requests, cases, frame) if spot.ready),
        }
        day.menu = key, found
    return day.menu[1]
