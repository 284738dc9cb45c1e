"""What happened since somebody was last here, told to the next shift: acts and short lines, no long texts. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from programme.hours import ZONE
from staff.audit import Seen
from staff.cases.state import QUIET
from staff.day.cases import Case, Frame
from staff.entry import Entry
from staff.folders.folder import OWN_KINDS

UNLOCKED = "signed_in"
SPANS = ("unlock", "now", "day", "week")
SAME = timedelta(minutes=1)  # what one saving wrote stands as one
# The short field of an entry that the next shift needs; a note, a form and what somebody said stay in the case.
LINES = {
    "task": "title",
    "flag": "text",
    "waiting": "on",
    "forward": "to",
    "back": "to",
    "attempt": "result",
    "taken": "holder",
    "measure": "what",
}


@dataclass(frozen=True)
class Event:
    """Hold one thing that somebody did; `line` is a code or a short text of theirs."""

    when: datetime
    who: str
    kind: str
    line: str = ""


def begins(span: str, signed_in: Sequence[Seen], now: datetime) -> datetime:
    """Give the time since when to tell: the unlock before this one, this one, yesterday's beginning, or a week back.

    Whoever has never unlocked before is told of the last day.
    """
    midnight = datetime.combine(now.astimezone(ZONE).date(), time(), ZONE)
    if span == "week":
        return (midnight - timedelta(days=7)).astimezone(UTC)
    unlocked = [one.when for one in signed_in if one.trusted and one.what == UNLOCKED]
    found = {"unlock": unlocked[-2:-1], "now": unlocked[-1:]}.get(span)
    if found:
        return found[0]
    return (midnight - timedelta(days=1)).astimezone(UTC)


def changed(cases: Iterable[Case], since: datetime) -> list[Case]:
    """List the cases in which something happened, the latest first."""
    found = [one for one in cases if one.summary.changed_at and one.summary.changed_at >= since]
    return sorted(found, key=lambda one: (-one.summary.danger, -(one.summary.changed_at or since).timestamp()))


def events(entries: Iterable[Entry], since: datetime, shut: Collection[str] = ()) -> list[Event]:
    """List what happened in one case, oldest first; the same kind by the same person within a minute is told once.

    Of what is drawn from the submissions in `shut`, relatives' words that nobody has tested, the text stays there.
    """
    found: list[Event] = []
    for entry in entries:
        if entry.when < since or entry.kind in QUIET or entry.kind in OWN_KINDS:
            continue
        text = "" if entry.fields.get("drawn") in shut else entry.fields.get(LINES.get(entry.kind, ""), "")
        line = " ".join(text.split())[:200]
        kind = "waited" if entry.kind == "waiting" and not entry.fields.get("on") else entry.kind
        one = Event(entry.when, entry.who, kind, line)
        twice = found and not line and (found[-1].who, found[-1].kind) == (one.who, one.kind)
        if not (twice and one.when - found[-1].when < SAME):
            found.append(one)
    return found


def soon(cases: Iterable[Case], frame: Frame) -> list[Case]:
    """List the cases that ask for something until tomorrow's end, in which nothing need have happened."""
    until = frame.today + timedelta(days=1)
    held = [one for one in cases if one.summary.position.open]
    return [one for one in held if one.summary.nexts and one.summary.nexts[0].day <= until]
