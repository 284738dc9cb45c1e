"""What is unusual in the rows that an auditor opens: much in an hour, at night, in spite of a conflict.

Counted anew from the audit itself, so that neither a restart nor a lost notice hides anything.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from programme.casework import Watching
from programme.hours import ZONE, Hours
from staff.audit.verify import Told
from staff.insiders.declaring import ROW as CONFLICT
from staff.insiders.watch import HALF_A_DAY, MUCH, NIGHT, at_night

READING = frozenset(
    {
        "opened",
        "first_opened",
        "opened_name",
        "unmasked",
        "read after reason",
        "exported",
        "extract",
        "archived",
        "printed",
    }
)
TIMES = 3  # as much as a person's usual hour, and at least half of what the setting calls much


@dataclass(frozen=True)
class Finding:
    """Hold one thing to look at: `count` different things read since `when`; `usual` is the person's usual hour."""

    what: str
    who: str
    when: datetime
    count: int = 0
    usual: int = 0
    number: int = 0


def unusual(rows: Iterable[Told], rule: Watching, hours: Hours) -> list[Finding]:
    """List what is unusual, the newest first."""
    by_hour: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    by_night: dict[tuple[str, object], list[tuple[datetime, str]]] = defaultdict(list)
    found = []
    for one in rows:
        if one.problem or one.when is None:
            continue
        if one.what == CONFLICT:
            found.append(Finding(CONFLICT, one.who, one.when, number=one.number))
        if one.what in READING:
            local = one.when.astimezone(ZONE)
            by_hour[one.who, local.replace(minute=0, second=0, microsecond=0)].add(one.subject)
            if at_night(one.when, rule, hours):
                by_night[one.who, (local - HALF_A_DAY).date()].append((one.when, one.subject))
    nights = [
        Finding(NIGHT, who, min(when for when, _ in some), len({subject for _, subject in some}))
        for (who, _), some in by_night.items()
    ]
    return sorted([*found, *nights, *_much(by_hour, rule)], key=lambda one: one.when, reverse=True)


def _much(by_hour: dict[tuple[str, datetime], set[str]], rule: Watching) -> list[Finding]:
    """List the hours in which somebody read much: by the setting, or by far more than is usual for them."""
    counts: dict[str, list[int]] = defaultdict(list)
    for (who, _), subjects in by_hour.items():
        counts[who].append(len(subjects))
    usual = {who: int(median(some)) for who, some in counts.items()}
    return [
        Finding(MUCH, who, hour, len(subjects), usual[who])
        for (who, hour), subjects in by_hour.items()
        if len(subjects) >= rule.many or (len(subjects) >= max(rule.many // 2, TIMES * max(usual[who], 1)))
    ]
