from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from programme import Programme
from programme.casework import FollowUp
from staff.cases.followup import dates, months_after, working_day
from tests.staff.world import PROGRAMME

HOURS = Programme.load(PROGRAMME).hours
USUAL = FollowUp()
START = date(2026, 11, 23)  # a Monday


def gaps(days: list[date]) -> list[int]:
    """Give the days between one and the next."""
    return [(after - before).days for before, after in pairwise(days)]


def test_daily_weekly_every_second_week_monthly_and_then_if_asked() -> None:
    """Somebody threatened who has said yes: fourteen days, then weeks, fortnights, months, and twice after the year."""
    days = dates(START, USUAL, HOURS, near=True, longer=True)
    assert days[:14] == [START + timedelta(days=number) for number in range(1, 15)]
    assert gaps(days)[14:16] == [7, 7]
    first_quarter = [day for day in days if day <= months_after(START, 3)]
    assert len(first_quarter) == 14 + 11
    assert [day for day in days if day > months_after(START, 12) + timedelta(days=7)] == [
        date(2028, 5, 23),
        date(2028, 11, 23),
    ]
    assert (
        len(
            [
                day
                for day in days
                if months_after(START, 6) + timedelta(days=14) < day <= months_after(START, 12) + timedelta(days=4)
            ]
        )
        == 6
    )


def test_without_a_threat_there_are_no_daily_ones_and_without_a_yes_none_after_a_year() -> None:
    """Otherwise the first follow-up is a week on, and after twelve months it is over."""
    days = dates(START, USUAL, HOURS, near=False, longer=False)
    assert days[0] == START + timedelta(days=7)
    assert min(gaps(days)) >= 4
    assert days[-1] == date(2027, 11, 23)


def test_holidays_move_to_the_next_working_day_but_daily_ones_stay() -> None:
    """Weekly on Fridays: Christmas Day 2026 becomes Monday the 28th; a daily one on Saturday stays on Saturday."""
    days = dates(date(2026, 12, 18), USUAL, HOURS, near=False, longer=False)
    assert days[:2] == [date(2026, 12, 28), date(2027, 1, 4)]
    assert date(2026, 12, 25) not in days
    near = dates(date(2026, 12, 18), USUAL, HOURS, near=True, longer=False)
    assert date(2026, 12, 25) in near
    weekdays = FollowUp(daily_on_closed_days=False)
    assert date(2026, 12, 25) not in dates(date(2026, 12, 18), weekdays, HOURS, near=True, longer=False)


def test_the_end_of_a_short_month() -> None:
    """A month after the last of January is the last of February, in a leap year too."""
    assert months_after(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_after(date(2027, 12, 31), 2) == date(2028, 2, 29)


@settings(max_examples=80)
@given(st.dates(date(2026, 1, 1), date(2035, 12, 31)), st.booleans(), st.booleans())
def test_every_day_is_later_once_and_worked_on(start: date, near: bool, longer: bool) -> None:
    """From any day: each date once, in order, after the start; what is not daily falls on a working day."""
    days = dates(start, USUAL, HOURS, near=near, longer=longer)
    assert days == sorted(set(days))
    assert days[0] > start
    daily = {start + timedelta(days=number) for number in range(1, 15)} if near else set()
    assert all(HOURS.slot(day) for day in days if day not in daily)
    assert max(gaps([day for day in days if day <= months_after(start, 12)])) <= 36
    assert working_day(days[-1], HOURS) == days[-1]
