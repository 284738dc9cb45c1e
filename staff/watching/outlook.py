"""What stands still now, for the pages, the letters and the figures: looked at each minute, never in a request."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from programme.hours import ZONE, Hours
from programme.operations import Operations
from staff.casebook import Casebook
from staff.watching.mark import Mark
from staff.watching.pulse import Portal, Pulse
from staff.watching.unread import Unread, by_day, lying

SECONDS = 60.0  # between two looks
MOST = 4  # portals that are named at a time; whoever writes to the dead drop could make up more
BACK = 60  # days in which an office day is looked for

log = logging.getLogger("utvag.staff")


@dataclass(frozen=True)
class Standing:
    """Hold what one town's people are told of; None for what is well.

    `nobody` is for how long no portal has been heard from at all, as in an installation that is not joined up yet.
    `collected` is when something was last collected, if that is too long ago; `unread` since when something lies.
    """

    portals: tuple[Portal, ...] = ()
    known: int = 0
    away: timedelta | None = None
    nobody: timedelta | None = None
    collected: datetime | None = None
    unread: datetime | None = None


class Outlook:
    """Look and remember; what is asked of it in a request is answered from memory."""

    def __init__(
        self,
        casebook: Casebook,
        mark: Mark,
        heard: Callable[[], Mapping[str, int]],
        hours: Hours,
        rules: Operations,
        now: Callable[[], datetime],
    ) -> None:
        self._casebook, self._mark, self._hours, self._rules, self._now = casebook, mark, hours, rules, now
        self.pulse = Pulse(heard)
        self._unread = Unread()
        self._collected: datetime | None = None
        self.oldest_day: datetime | None = None

    def look(self) -> None:
        """Look at everything once; only the class of a failure is logged, and the next look tries again."""
        try:
            now = self._now()
            self.pulse.look(now)
            self._collected = self._mark.read() or self._collected or now
            with self._casebook.read() as session:
                found = lying(session)
            self._unread.look(found, now)
            self.oldest_day = by_day(found)
        except Exception as error:  # noqa: BLE001  # whatever it was, the next look tries again
            log.error("looking at what stands still failed: %s", type(error).__name__)

    def collected(self) -> datetime | None:
        """Tell when something was last collected, or since when this process waits for that; None before a look."""
        return self._collected

    def standing(self, team: bytes) -> Standing:
        """Give what the people of a team are told of."""
        now, rules = self._now(), self._rules
        silent = timedelta(minutes=rules.silent_minutes)
        portals = self.pulse.portals(now)
        away = now - self.pulse.away if self.pulse.away else timedelta()
        nobody = self.pulse.nobody(now) or timedelta()
        return Standing(
            portals=tuple(one for one in portals if one.silent >= silent or one.ahead)[:MOST],
            known=len(portals),
            away=away if away >= silent else None,
            nobody=nobody if nobody >= silent else None,
            collected=self._too_long(self._collected, rules.uncollected_hours),
            unread=self._too_long(self._unread.since(team), rules.unread_hours),
        )

    def alarms(self, team: bytes) -> frozenset[bytes]:
        """Name what a letter is sent for: each alarm anew on each day on which somebody works."""
        standing, day = self.standing(team), self._office_day()
        found = {b"collected": standing.collected, b"unread": standing.unread}
        return frozenset(b"%s %d" % (name, day) for name, since in found.items() if since is not None)

    def unread_class(self) -> int:
        """Give 1 if something has lain for longer than the set office hours, by its day alone, and 2 for twice that."""
        since, hours = self.oldest_day, self._rules.unread_hours
        return sum(self._too_long(since, times * hours) is not None for times in (1, 2))

    def _too_long(self, since: datetime | None, hours: int) -> datetime | None:
        if since is None or self._hours.office_time(since, self._now()) <= timedelta(hours=hours):
            return None
        return since

    def _office_day(self) -> int:
        """Give the last day on which work has begun, so that no letter comes for a new date at midnight."""
        local = self._now().astimezone(ZONE)
        for back in range(BACK):
            day = local.date() - timedelta(days=back)
            slot = self._hours.slot(day)
            if slot and (back or local.time() >= slot.start):
                return day.toordinal()
        return 0
