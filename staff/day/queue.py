"""One's own queue: whom to reach and when it is safe, and what else of one's own is due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from programme.hours import ZONE, Hours
from staff.cases.model import Window
from staff.cases.values import is_open_at
from staff.day.cases import Case, Frame, due, is_mine, is_unreached, urgency
from staff.day.today import is_untended
from staff.inbox.request import Request

WEEK = 8  # days: a window that was just missed comes again within them
PAUSE = timedelta(hours=2)  # office time before another try, where no safe time is known


@dataclass(frozen=True)
class Spot:
    """Hold one place in the queue: a request to answer, or a case; `at` is when it is safe to try, None for now."""

    request: Request | None = None
    case: Case | None = None
    at: datetime | None = None
    reach: bool = False

    @property
    def ready(self) -> bool:
        """Tell whether it waits for nothing but its coordinator."""
        return self.at is None


def queue(requests: Iterable[Request], cases: Iterable[Case], frame: Frame) -> list[Spot]:
    """List what is one's own: what can be done now, requests first; then whom to try later, by the time."""
    mine = (one for one in requests if one.state.holder == frame.me and not (one.aside or one.shut))
    spots = [Spot(request=one) for one in mine if is_untended(one)]
    held = sorted((one for one in cases if is_mine(one, frame.me)), key=urgency)
    spots += [spot for one in held if (spot := _spot(one, frame)) is not None]
    ready = [spot for spot in spots if spot.ready]
    later = [(spot.at, place, spot) for place, spot in enumerate(spots) if spot.at is not None]
    return [*ready, *(spot for _, _, spot in sorted(later))]


def _spot(case: Case, frame: Frame) -> Spot | None:
    if not case.summary.position.open:
        return None
    if is_unreached(case):
        return Spot(case=case, at=safe_at(case, frame), reach=True)
    return Spot(case=case) if due(case, frame.today) else None


def safe_at(case: Case, frame: Frame) -> datetime | None:
    """Give when a person who has not been reached may be tried; None if that is now.

    A time that somebody set after the last try holds; it then waits for the next safe window.
    """
    one = case.summary
    earliest = max(frame.now, one.again) if one.again else frame.now
    if one.windows and not is_open_at(one.windows, earliest):
        return next_window(one.windows, earliest) or earliest
    return earliest if earliest > frame.now else None


def next_window(windows: Sequence[Window], after: datetime) -> datetime | None:
    """Give the beginning of the next safe window after a time, in Swedish time; None if there is no window."""
    first = after.astimezone(ZONE).date()
    starts = (
        datetime.combine(day, time(one.start // 60, one.start % 60), ZONE)
        for day in (first + timedelta(days=number) for number in range(WEEK))
        for one in windows
        if day.weekday() in one.days and one.start < 24 * 60
    )
    return min((start for start in starts if start > after), default=None)


def try_again(windows: Sequence[Window], now: datetime, hours: Hours) -> datetime:
    """Give when to try again somebody who did not answer: their next safe window, else two office hours later."""
    found = next_window(windows, now)
    if found is not None:
        return found
    try:
        return hours.after(now, PAUSE)
    except ValueError:
        return now + timedelta(days=1)
