"""Count what each person opens, in memory: a restart forgets it, and the auditor's page counts anew from the audit."""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from programme.casework import Watching
from programme.hours import ZONE, Hours

MUCH, NIGHT = "much", "night"
HALF_A_DAY = timedelta(hours=12)  # a night belongs to the day on which it began


@dataclass
class Watch:
    """Hold who has opened what lately, and what has been told."""

    opened: dict[bytes, deque[tuple[datetime, bytes]]] = field(default_factory=dict, repr=False)
    told: set[tuple[bytes, str, object]] = field(default_factory=set, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note(self, by: bytes, row: bytes, now: datetime, rule: Watching, hours: Hours) -> list[tuple[str, int]]:
        """Count one opening by a key, and give what is to be told of now: (MUCH or NIGHT, how many different)."""
        with self.lock:
            seen = self.opened.setdefault(by, deque())
            seen.append((now, row))
            while seen and seen[0][0] < now - timedelta(minutes=rule.minutes):
                seen.popleft()
            count = len({one for _, one in seen})
            local = now.astimezone(ZONE)
            found = [(MUCH, local.date())] if count >= rule.many else []
            found += [(NIGHT, (local - HALF_A_DAY).date())] if at_night(now, rule, hours) else []
            fresh = [(what, day) for what, day in found if (by, what, day) not in self.told]
            self.told |= {(by, what, day) for what, day in fresh}
            return [(what, count) for what, _ in fresh]


def at_night(now: datetime, rule: Watching, hours: Hours) -> bool:
    """Tell whether it is night by the programme's setting, and outside its opening hours."""
    local = now.astimezone(ZONE)
    slot = hours.slot(local.date())
    if slot and slot.start <= local.time() < slot.end:
        return False
    begins, ends = rule.night_from, rule.night_to
    late = begins <= local.hour or local.hour < ends
    return late if begins > ends else begins <= local.hour < ends
