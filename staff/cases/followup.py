"""When a case is followed up: the template's dates, counted from the day when the plan begins."""

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from programme.casework import FollowUp
from programme.hours import Hours

PATIENCE = 30  # days; a programme that is closed longer than this moves nothing


def dates(start: date, template: FollowUp, hours: Hours, *, near: bool, longer: bool) -> list[date]:
    """List the days of follow-up, in order and each once.

    `near`: somebody is threatened or has moved, so that the first weeks are daily. `longer`: the person has said yes
    to being asked later. A day on which nobody works moves to the next working day, but for the daily ones where the
    template keeps them: a threat does not rest at week-ends.
    """
    daily = [start + timedelta(days=number) for number in range(1, template.daily_days + 1)] if near else []
    if not template.daily_on_closed_days:
        daily = [day for day in daily if hours.slot(day)]
    rest = [working_day(day, hours) for day in _rarer(start, template, near=near, longer=longer)]
    return sorted({*daily, *rest})


def working_day(day: date, hours: Hours) -> date:
    """Give the day itself or the next on which somebody works."""
    days = (day + timedelta(days=number) for number in range(PATIENCE))
    return next((one for one in days if hours.slot(one)), day)


def months_after(start: date, months: int) -> date:
    """Give the same day so many months later, or the last of a month that is too short."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _rarer(start: date, template: FollowUp, *, near: bool, longer: bool) -> Iterator[date]:
    after = start + timedelta(days=template.daily_days) if near else start
    for step, months in ((7, template.weekly_months), (14, template.fortnightly_months)):
        end = months_after(start, months)  # the last one may fall just after it, so that no gap is longer than a month
        while after < end:
            after += timedelta(days=step)
            yield after
    done = max(template.weekly_months, template.fortnightly_months)
    yield from (months_after(start, month) for month in range(done + 1, template.monthly_months + 1))
    yield from (months_after(start, month) for month in template.later_months if longer)
