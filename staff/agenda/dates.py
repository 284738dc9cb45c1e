"""What stands in the calendar: a pure function of the cases' summaries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from programme.hours import ZONE
from staff.cases.model import Window
from staff.cases.summary import Summary

AHEAD = 14  # days for which times to call are written out
WINDOW = "window"


@dataclass(frozen=True)
class Happening:
    """Hold one thing of the calendar: a whole day, or with `start` and `end` (aware) a time to call.

    `title` is what a colleague wrote, for the page only: no file ever holds it.
    """

    case: bytes
    working: str
    kind: str
    day: date
    start: datetime | None = None
    end: datetime | None = None
    title: str = ""
    late: bool = False


def happenings(cases: Mapping[bytes, Summary], now: datetime) -> list[Happening]:
    """List what is planned in open cases, what is late, and when people may be called in the days to come."""
    today = now.astimezone(ZONE).date()
    found: list[Happening] = []
    for row, case in cases.items():
        if case.position.open:
            found += [
                Happening(row, case.working, one.kind, one.day, title=one.title, late=one.day < today)
                for one in case.nexts
            ]
            found += _windows(row, case.working, case.windows, today)
    return sorted(found, key=_order)


def _order(one: Happening) -> tuple[date, datetime, str, str, bytes]:
    return one.day, one.start or datetime.min.replace(tzinfo=UTC), one.working, one.kind, one.case


def _windows(row: bytes, working: str, windows: Iterable[Window], today: date) -> list[Happening]:
    days = [today + timedelta(days=number) for number in range(AHEAD)]
    return [
        Happening(row, working, WINDOW, day, _at(day, window.start), _at(day, window.end))
        for window in windows
        for day in days
        if day.weekday() in window.days
    ]


def _at(day: date, minute: int) -> datetime:
    """Give a minute of a Swedish day in UTC; minute 1440 is the next midnight."""
    whole, rest = divmod(minute, 24 * 60)
    return datetime.combine(day + timedelta(days=whole), time(rest // 60, rest % 60), ZONE).astimezone(UTC)


def mine(cases: Mapping[bytes, Summary], who: str) -> dict[bytes, Summary]:
    """Keep the cases that somebody holds or shares."""
    return {row: case for row, case in cases.items() if who == case.holder or who in case.helpers}
