"""What cannot wait: requests and cases in groups, the gravest first, each of them once.

Pure: a list of requests and one of cases go in, groups come out. Whoever fits several groups stands in the first, with
what is to be done next.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar  # Any: sort keys of each kind

from staff.day.cases import (
    LONG_AGO,
    Case,
    Frame,
    due,
    is_asked,
    is_danger,
    is_mine,
    is_reachable,
    is_same_day,
    urgency,
)
from staff.inbox.replies import unfetched
from staff.inbox.request import Request
from staff.inbox.state import DANGER

TASKS = ("task", "meeting", "measure", "application", "contact")
T = TypeVar("T")
CaseRule = Callable[[Case, Frame], bool]
RequestRule = Callable[[Request, Frame], bool]


@dataclass(frozen=True)
class Group:
    """Hold one group of what cannot wait: requests first, then cases, each in order."""

    name: str
    requests: tuple[Request, ...] = ()
    cases: tuple[Case, ...] = ()

    def __len__(self) -> int:
        """Count both."""
        return len(self.requests) + len(self.cases)


def is_untended(request: Request) -> bool:
    """Tell whether a request still waits for somebody's first answer or decision; what is in a case waits there."""
    state = request.state
    waits = state.open and state.replied_at is None and not state.case
    return request.fresh or request.again or waits


REQUESTS: Mapping[str, RequestRule] = {
    "danger": lambda one, _frame: one.level == DANGER and is_untended(one),
    "unread": lambda one, _frame: one.fresh,
    "again": lambda one, _frame: one.again or one.erase,
    "free": lambda one, _frame: not one.state.holder and is_untended(one),
    "unfetched": lambda one, frame: bool(one.state.unsent) or unfetched(one.state, frame.today),
}

CASES: Mapping[str, CaseRule] = {
    "danger": lambda one, _frame: is_danger(one),
    "same_day": lambda one, _frame: is_same_day(one),
    "window": is_reachable,
    "tasks": lambda one, frame: bool(due(one, frame.today, TASKS)),
    "review": lambda one, frame: bool(due(one, frame.today, ("review",))),
    "follow_up": lambda one, frame: bool(due(one, frame.today, ("follow_up",))),
    "asked": lambda one, frame: is_asked(one, frame.me),
    "waiting": lambda one, _frame: one.summary.position.open and bool(one.summary.waiting),
    "aimless": lambda one, _frame: one.summary.aimless,
}

# The order on the page. What is not among the rules above is filled by other parts ("answered": agencies).
ORDER = (
    "danger",
    "unread",
    "same_day",
    "again",
    "window",
    "free",
    "tasks",
    "review",
    "follow_up",
    "answered",
    "asked",
    "unfetched",
    "waiting",
    "aimless",
)


def today(
    requests: Iterable[Request], cases: Iterable[Case], frame: Frame, answered: frozenset[bytes] = frozenset()
) -> list[Group]:
    """Sort out what cannot wait; groups that hold nothing are left out.

    `answered` are the cases in which an agency has answered a hand-over. A request that cannot be opened, or that was
    set aside, asks for nothing here.
    """
    asking = [one for one in requests if not (one.aside or one.shut)]
    by_request = _sorted_out(asking, REQUESTS, frame)
    rules: dict[str, CaseRule] = {**CASES, "answered": lambda one, _frame: one.id in answered}
    by_case = _sorted_out(cases, {name: rules[name] for name in ORDER if name in rules}, frame)
    groups = (
        Group(
            name, tuple(by_request.get(name, ())), tuple(sorted(by_case.get(name, ()), key=PLACES.get(name, urgency)))
        )
        for name in ORDER
    )
    return [group for group in groups if len(group)]


PLACES: Mapping[str, Callable[[Case], Any]] = {
    "same_day": lambda one: one.summary.collected_at or LONG_AGO,
    "waiting": lambda one: one.summary.waiting_since or LONG_AGO,
    "aimless": lambda one: one.summary.changed_at or LONG_AGO,
}


def _sorted_out(
    things: Iterable[T], rules: Mapping[str, Callable[[T, Frame], bool]], frame: Frame
) -> dict[str, list[T]]:
    """Put each thing into the first group whose rule it fits."""
    found: dict[str, list[T]] = {}
    for one in things:
        name = next((name for name, fits in rules.items() if fits(one, frame)), None)
        if name is not None:
            found.setdefault(name, []).append(one)
    return found


def only_mine(groups: Iterable[Group], me: str) -> list[Group]:
    """Leave what others hold out; what nobody holds stays."""
    kept = (
        Group(
            one.name,
            tuple(request for request in one.requests if request.state.holder in ("", me)),
            tuple(case for case in one.cases if not case.summary.holder or is_mine(case, me)),
        )
        for one in groups
    )
    return [group for group in kept if len(group)]


def act_of(case: Case, frame: Frame) -> tuple[str, str]:
    """Say what is to be done next in a case, as (kind, title): the gravest first. Each line has one."""
    one = case.summary
    ready = due(case, frame.today)
    if is_same_day(case):
        return "same_day", ""
    if is_reachable(case, frame):
        return "reach", ""
    if ready:
        return ready[0].kind, ready[0].title
    if is_asked(case, frame.me):
        return "question", ""
    if one.nexts:
        return one.nexts[0].kind, one.nexts[0].title
    return ("waiting", one.waiting) if one.waiting else ("none", "")
