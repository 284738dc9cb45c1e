"""Opening hours: the next time somebody reads, over nights, weekends, holidays and the change of clocks."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.hours import LAST_CALL, ZONE, Hours, Slot, closed_in_sweden

WEEKDAYS = Hours({day: Slot(time(8), time(16)) for day in range(5)})
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone


def at(text: str) -> datetime:
    """Read a time in Sweden."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23 05:00", "2026-11-23 08:00"),  # Monday before opening
        ("2026-11-23 09:17", "2026-11-23 09:17"),  # while somebody reads
        ("2026-11-23 15:29", "2026-11-23 15:29"),
        ("2026-11-23 15:30", "2026-11-24 08:00"),  # too late for today
        ("2026-11-27 17:00", "2026-11-30 08:00"),  # Friday evening
        ("2026-12-23 17:00", "2026-12-28 08:00"),  # Christmas, with its eve and the weekend
        ("2026-12-30 16:00", "2027-01-04 08:00"),  # New Year's Eve and Day, then the weekend
        ("2026-06-18 16:00", "2026-06-22 08:00"),  # Midsummer's Eve
        ("2026-04-02 16:00", "2026-04-07 08:00"),  # Easter
        ("2026-05-13 18:00", "2026-05-15 08:00"),  # Ascension Day
        ("2026-03-28 12:00", "2026-03-30 08:00"),  # over the change of clocks
    ],
)
def test_the_next_reading(now: str, expected: str) -> None:
    """Counted from the hours and the Swedish calendar, never typed."""
    assert WEEKDAYS.next_reading(at(now)) == at(expected)


def test_a_day_that_the_programme_closes_itself() -> None:
    """Days between holidays can be closed by hand."""
    hours = Hours(WEEKDAYS.week, frozenset({date(2026, 11, 24)}))
    assert hours.next_reading(at("2026-11-23 16:00")) == at("2026-11-25 08:00")


def test_eves_are_closed_though_no_law_says_so() -> None:
    """Midsummer's, Christmas and New Year's Eve."""
    eves = {date(2026, 6, 19), date(2026, 12, 24), date(2026, 12, 31)}
    assert eves <= closed_in_sweden(2026)
    assert date(2026, 11, 23) not in closed_in_sweden(2026)


def test_a_programme_that_never_opens_says_so() -> None:
    """No promise is made up."""
    never = Hours({0: Slot(time(8), time(16))}, frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(400)))
    with pytest.raises(ValueError, match="closed"):
        never.next_reading(at("2026-02-01 12:00"))
    with pytest.raises(ValueError, match="closed"):
        never.after(at("2026-02-01 12:00"), timedelta(hours=1))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23 08:00", "2026-11-23 16:00", 8),
        ("2026-11-23 12:00", "2026-11-24 12:00", 8),
        ("2026-11-27 15:00", "2026-11-30 09:00", 2),
        ("2026-11-28 00:00", "2026-11-29 23:00", 0),
        ("2026-12-23 12:00", "2026-12-28 12:00", 8),
        ("2026-11-24 12:00", "2026-11-23 12:00", 0),
    ],
)
def test_office_time_counts_open_hours_only(start: str, end: str, hours: int) -> None:
    """Nights, weekends and holidays do not count; backwards is nothing."""
    assert WEEKDAYS.office_time(at(start), at(end)) == timedelta(hours=hours)


@given(now=MOMENTS)
def test_somebody_really_reads_then(now: datetime) -> None:
    """The next reading lies ahead, in open hours, with time left before closing, and none was passed over."""
    reading = WEEKDAYS.next_reading(now)
    slot = WEEKDAYS.slot(reading.date())
    assert reading >= now
    assert slot is not None
    assert slot.start <= reading.time()
    assert reading + LAST_CALL <= datetime.combine(reading.date(), slot.end, ZONE)
    assert WEEKDAYS.office_time(now, reading) <= LAST_CALL


@given(start=MOMENTS, wait=st.integers(1, 40))
def test_a_promise_is_exactly_that_much_office_time_away(start: datetime, wait: int) -> None:
    """`after` and `office_time` agree."""
    end = WEEKDAYS.after(start, timedelta(hours=wait))
    assert WEEKDAYS.office_time(start, end) == timedelta(hours=wait)


@pytest.mark.parametrize("year", [2020, 2026, 2027, 2032, 2038])
def test_the_swedish_calendar_is_the_librarys_own(year: int) -> None:
    """Loaded by its file, it closes the days that the library names when it is asked for Sweden."""
    asked = holidays.country_holidays("SE", years=year, include_sundays=False, categories=("public", "de_facto"))
    assert closed_in_sweden(year) == set(asked)


def test_no_other_countrys_calendar_is_loaded() -> None:
    """A worker holds Sweden's holidays and not those of 250 countries, which weigh a tenth of its memory."""
    asks = "import sys, programme.hours as h; h.closed_in_sweden(2026); print('holidays.countries' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asks], capture_output=True, check=True).stdout == b"False\n"
