"""Opening hours with Swedish holidays: when somebody reads next, and how much office time has passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays

if TYPE_CHECKING:
    from holidays.countries.sweden import Sweden

ZONE = ZoneInfo("Europe/Stockholm")
LAST_CALL = timedelta(minutes=30)  # what arrives later than this before closing is promised for the next day
HORIZON = 60  # days; a programme that is closed longer than this opens nowhere in sight


@dataclass(frozen=True)
class Slot:
    """The opening hours of one weekday, in Swedish time; `start` is before `end`."""

    start: time
    end: time


@dataclass(frozen=True)
class Hours:
    """Weekly opening hours (0 is Monday) and extra closed days; at least one weekday is open.

    Public holidays and the eves on which Swedish authorities stay shut (Midsummer, Christmas, New Year) are closed
    without being listed.
    """

    week: Mapping[int, Slot]
    closed: frozenset[date] = field(default_factory=frozenset)

    def slot(self, day: date) -> Slot | None:
        """Return the day's opening hours, or None if nobody works."""
        if day in self.closed or day in closed_in_sweden(day.year):
            return None
        return self.week.get(day.weekday())

    def spans(self, start: datetime) -> list[tuple[datetime, datetime]]:
        """List the opening spans from the day of `start` on, for HORIZON days, in Swedish time."""
        first = start.astimezone(ZONE).date()
        days = (first + timedelta(days=n) for n in range(HORIZON))
        return [(_at(day, slot.start), _at(day, slot.end)) for day in days if (slot := self.slot(day))]

    def next_reading(self, now: datetime) -> datetime:
        """Return when somebody reads next: `now` itself during opening hours, until LAST_CALL before closing.

        Takes an aware time and returns one in Swedish time. Raises ValueError if nothing opens within HORIZON days.
        """
        for start, end in self.spans(now):
            if now < end - LAST_CALL:
                return max(start, now.astimezone(ZONE))
        raise ValueError("the programme is closed for as long as can be seen")

    def after(self, start: datetime, wait: timedelta) -> datetime:
        """Return the time at which `wait` of office time has passed since `start`."""
        left = wait
        for opening, closing in self.spans(start):
            begin = max(opening, start)
            if begin >= closing:
                continue
            if begin + left <= closing:
                return (begin + left).astimezone(ZONE)
            left -= closing - begin
        raise ValueError("the programme is closed for as long as can be seen")

    def office_time(self, start: datetime, end: datetime) -> timedelta:
        """Return how much office time lies between two aware times; zero if `end` is not after `start`."""
        total = timedelta()
        day = start.astimezone(ZONE).date()
        while day <= end.astimezone(ZONE).date():
            slot = self.slot(day)
            if slot:
                span = min(_at(day, slot.end), end) - max(_at(day, slot.start), start)
                total += max(span, timedelta())
            day += timedelta(days=1)
        return total


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, ZONE)


@cache
def closed_in_sweden(year: int) -> frozenset[date]:
    """Return the year's public holidays and de facto closed eves."""
    return frozenset(_sweden()(years=year, include_sundays=False, categories=("public", "de_facto")))


@cache
def _sweden() -> type[Sweden]:
    """Load the library's Swedish calendar by its file: asked for by name, all 250 countries come along (8 MB)."""
    file = Path(holidays.__file__).parent / "countries" / "sweden.py"
    spec = spec_from_file_location("holidays_in_sweden", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not there")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[Sweden] = module.Sweden
    return found
