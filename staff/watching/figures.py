"""What the staff app tells those who run it: how things stand, in steps, and nothing of who works or writes when."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import timedelta

from prometheus_client.core import GaugeMetricFamily, Metric

from staff.errors import RegisterError
from staff.office import Office

PREFIX = "utvag_staff"
STEPS = tuple(60 * minutes for minutes in (0, 15, 60, 4 * 60, 24 * 60, 72 * 60))  # when exactly is nobody's business


def figures(parts: Office) -> Iterator[Metric]:
    """Give everything that the staff app shows; its requests are not counted: few work here."""
    words = "1 if people can work: roster and register believed, casebook answers."
    yield GaugeMetricFamily(f"{PREFIX}_ready", words, int(parts.ready()))
    words = "Days that the roster still holds; -1 without one that is believed."
    yield GaugeMetricFamily(f"{PREFIX}_roster_days_left", words, _days_left(parts))
    words = "At least so long ago was something last collected, in steps up to three days."
    yield GaugeMetricFamily(f"{PREFIX}_collection_age_seconds", words, _collection_age(parts))
    words = "1: something lies unread for longer than the set office hours, by its day alone; 2: for twice that."
    yield GaugeMetricFamily(f"{PREFIX}_unread_class", words, parts.outlook.unread_class())
    yield from _portals(parts)


def _days_left(parts: Office) -> int:
    try:
        return max(parts.register.current().days_left(parts.now().date()), -1)
    except RegisterError:
        return -1


def _collection_age(parts: Office) -> int:
    since = parts.outlook.collected()
    age = (parts.now() - since).total_seconds() if since else 0.0
    return step(age)


def step(seconds: float) -> int:
    """Give the largest step that is not larger."""
    return STEPS[max(bisect_right(STEPS, seconds) - 1, 0)]


def _portals(parts: Office) -> Iterator[Metric]:
    """Tell of each portal's beats, which come whether anybody does or not; none while the dead drop is away."""
    silent = GaugeMetricFamily(
        f"{PREFIX}_portal_silent_seconds", "Since a portal was last heard from.", labels=["name"]
    )
    ahead = GaugeMetricFamily(f"{PREFIX}_portal_clock_seconds", "How far a portal's clock is ahead.", labels=["name"])
    for one in parts.outlook.pulse.portals(parts.now()):
        for family, span in ((silent, one.silent), (ahead, one.ahead)):
            family.add_metric([one.name], span // timedelta(seconds=1))
    yield silent
    yield ahead
