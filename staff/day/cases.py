"""One case as the day's lists know it: its card, read once, and what it asks for today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from crypto.errors import MalformedError
from programme.hours import ZONE
from staff.agencies.news import answered
from staff.cases.model import DANGER
from staff.cases.stages import Stage
from staff.cases.summary import Next, Summary
from staff.cases.values import is_open_at
from staff.clip import clip
from staff.folders import Card, Shelf

LONG_AGO = datetime.fromtimestamp(0, UTC)
REACHING = frozenset({"contact", "meeting", "follow_up"})  # kinds of dates for which somebody must be reached


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one case that the person may read."""

    id: bytes
    version: int
    summary: Summary


@dataclass(frozen=True)
class Frame:
    """Hold who asks, and when: everything that decides what a case asks for now."""

    me: str
    now: datetime

    @cached_property
    def today(self) -> date:
        """Give today's date in Sweden."""
        return self.now.astimezone(ZONE).date()


def read(card: Card) -> Case | None:
    """Read a card; None for another kind of folder and for what does not open. Asked once for each version."""
    try:
        return None if card.summary is None else Case(card.id, card.version, Summary.decode(card.summary))
    except MalformedError:
        return None


def on_shelf(shelf: Shelf) -> list[Case]:
    """List the cases whose keys the session holds, in no order."""
    return [case for case in shelf.made(read).values() if case is not None]


def answered_on(shelf: Shelf) -> frozenset[bytes]:
    """List the cases in which an agency or another town has answered since anything was written."""
    return answered(shelf, {one.id: one.summary.changed_at for one in on_shelf(shelf)})


def is_name(short: str, full: str) -> bool:
    """Tell whether a name in a summary is this person's: it may have been cut to fit."""
    return bool(short) and (short == full or clip(full, len(short.encode())) == short)


def is_mine(case: Case, me: str) -> bool:
    """Tell whether somebody holds the case or shares its work."""
    one = case.summary
    return is_name(one.holder, me) or any(is_name(helper, me) for helper in one.helpers)


def held_by(case: Case) -> str:
    """Give who holds an open case; of closed ones no list says it, or one that nobody ever held would stand out."""
    return case.summary.holder if case.summary.position.open else ""


def is_danger(case: Case) -> bool:
    """Tell whether an open case says danger now."""
    return case.summary.position.open and case.summary.danger == DANGER


def is_same_day(case: Case) -> bool:
    """Tell whether somebody under 18 waits for what must be done on the day when they were heard of."""
    one = case.summary
    return one.position.open and one.under18 and not one.same_day_done


def due(case: Case, today: date, kinds: Iterable[str] = ()) -> tuple[Next, ...]:
    """List the case's dates that have come or passed, of some kinds or of all; none of a closed case."""
    nexts = case.summary.nexts
    if not nexts or nexts[0].day > today or not case.summary.position.open:
        return ()  # the earliest stands first: of most cases nothing more is asked
    return tuple(one for one in nexts if one.day <= today and (not kinds or one.kind in kinds))


def is_unreached(case: Case) -> bool:
    """Tell whether an open case's person was not reached the last time, or never: past the first stage they were."""
    one = case.summary
    never = one.reached_at is None and one.position.stage is Stage.CONTACT
    return one.position.open and (never or one.again is not None)


def is_reachable(case: Case, frame: Frame) -> bool:
    """Tell whether there is a reason to reach the person, and this is a safe time for it."""
    one = case.summary
    if not (is_unreached(case) or due(case, frame.today, REACHING)):
        return False
    if one.again is not None and one.again > frame.now:
        return False
    return is_open_at(one.windows, frame.now) if one.windows else one.again is not None


def is_asked(case: Case, me: str) -> bool:
    """Tell whether a question is open to somebody: in their own cases, and in those that nobody holds."""
    one = case.summary
    return one.position.open and bool(one.questions) and (not one.holder or is_mine(case, me))


def is_flagged(case: Case, frame: Frame) -> bool:
    """Tell whether an open case has a flag that has not run out."""
    flag = case.summary.flag
    return case.summary.position.open and flag is not None and (flag[1] is None or flag[1] >= frame.today)


def urgency(case: Case) -> tuple[bool, int, bool, date, datetime]:
    """Give a case's place in the usual order: open, danger, children, then by the earliest date."""
    one = case.summary
    first = one.nexts[0].day if one.nexts else date.max
    return not one.position.open, -one.danger, not is_same_day(case), first, one.changed_at or LONG_AGO
