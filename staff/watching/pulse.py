"""When each portal was last heard from, by the minute that it leaves in the dead drop.

The minute is the portal's own: whoever runs code as the portal may leave any, so it is shown and nothing hangs on it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deaddrop.errors import UnavailableError

LIVELY = timedelta(minutes=3)  # in which a portal that lives is seen to beat: each minute there, each minute here
SKEW = timedelta(minutes=5)  # between the clocks of two machines
GONE = timedelta(days=7)  # of one portal among others: it was taken down
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # as the portal's settings have it: nothing that reads as words
NAMELESS = "?"
LATEST = 60_000 * 1440  # minutes; no portal's clock is further ahead than the year 2134


@dataclass(frozen=True)
class Portal:
    """Hold how one portal is: for how long it was not heard from, and how far its clock is ahead (or behind)."""

    name: str
    silent: timedelta
    ahead: timedelta


@dataclass(frozen=True)
class _Known:
    minute: int
    changed: datetime | None  # by our clock; None as long as the first look's minute stands


class Pulse:
    """Look each minute and remember: a minute that changes is life, whatever the portal's clock says."""

    def __init__(self, heard: Callable[[], Mapping[str, int]]) -> None:
        self._heard = heard
        self._known: dict[str, _Known] = {}
        self._began: datetime | None = None
        self.away: datetime | None = None  # since when the dead drop does not answer: then no portal can be heard

    def look(self, now: datetime) -> None:
        """Look once; a dead drop that is away is remembered, and raises nothing."""
        try:
            found = self._heard()
        except UnavailableError:
            self.away = self.away or now
            return
        self.away = None
        self._began = self._began or now
        named = {name if NAME.fullmatch(name) else NAMELESS: minute for name, minute in found.items()}
        self._known = {name: self._one(name, min(max(minute, 0), LATEST), now) for name, minute in named.items()}

    def _one(self, name: str, minute: int, now: datetime) -> _Known:
        known = self._known.get(name)
        if known is None:
            return _Known(minute, None if self._began == now else now)
        return known if known.minute == minute else _Known(minute, now)

    def nobody(self, now: datetime) -> timedelta | None:
        """Give for how long no portal at all was known, ever since we look; None where one is, or may be."""
        if self.away is not None or self._began is None or self._known:
            return None
        return now - self._began

    def portals(self, now: datetime) -> list[Portal]:
        """List the portals by name; none where the dead drop is away, or nobody has looked for long enough to tell."""
        if self.away is not None or self._began is None or now - self._began < LIVELY:
            return []
        found = [_portal(name, known, now) for name, known in sorted(self._known.items())]
        lively = any(one.silent <= GONE for one in found)
        return [one for one in found if one.silent <= GONE or not lively]


def _portal(name: str, known: _Known, now: datetime) -> Portal:
    said = datetime.fromtimestamp(known.minute * 60, UTC)
    if known.changed:
        return Portal(name, now - known.changed, _skew(said - known.changed))
    return Portal(name, now - min(said, now), _skew(max(said - now, timedelta())))


def _skew(difference: timedelta) -> timedelta:
    return difference if abs(difference) > SKEW else timedelta()


def at_once(heard: Mapping[str, int], now: datetime) -> list[Portal]:
    """List the portals by a single look, as a command takes one: a clock that is behind looks like silence."""
    pulse = Pulse(lambda: heard)
    pulse.look(now - LIVELY)
    return pulse.portals(now)
