"""Which part of all cases is asked for: a view, a stage, an order. Nothing in it tells of anybody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self  # Any: sort keys of each kind
from urllib.parse import urlencode

from flask import url_for

from staff.cases.stages import Stage
from staff.day.cases import (
    LONG_AGO,
    Case,
    Frame,
    due,
    held_by,
    is_asked,
    is_danger,
    is_flagged,
    is_mine,
    is_same_day,
    urgency,
)

PAGE = 50
LONGEST = 6  # digits of a number in an address
FAR = datetime(9999, 1, 1, tzinfo=UTC)

VIEWS: Mapping[str, Callable[[Case, Frame], bool]] = {
    "open": lambda case, _frame: case.summary.position.open,
    "mine": lambda case, frame: case.summary.position.open and is_mine(case, frame.me),
    "danger": lambda case, _frame: is_danger(case),
    "under18": lambda case, _frame: case.summary.position.open and case.summary.under18,
    "same_day": lambda case, _frame: is_same_day(case),
    "due": lambda case, frame: bool(due(case, frame.today)),
    "waiting": lambda case, _frame: case.summary.position.open and bool(case.summary.waiting),
    "asked": lambda case, frame: is_asked(case, frame.me),
    "aimless": lambda case, _frame: case.summary.aimless,
    "flagged": is_flagged,
    "free": lambda case, _frame: case.summary.position.open and not case.summary.holder,
    "closed": lambda case, _frame: not case.summary.position.open,
    "all": lambda _case, _frame: True,
}

SORTS: Mapping[str, Callable[[Case], Any]] = {  # Any: each order has keys of its own
    "urgent": urgency,
    "changed": lambda case: -(case.summary.changed_at or LONG_AGO).timestamp(),
    "opened": lambda case: -(case.summary.opened_at or LONG_AGO).timestamp(),
    "waited": lambda case: case.summary.waiting_since or case.summary.stage_since or FAR,
    "stage": lambda case: (case.summary.position.stage, urgency(case)),
    "name": lambda case: natural(case.summary.working),
    "holder": lambda case: (not held_by(case), held_by(case).casefold(), urgency(case)),
}


def natural(name: str) -> tuple[str, int, str]:
    """Give a working name's place in the alphabet: Björk 2 before Björk 14."""
    head, _, tail = name.rpartition(" ")
    if not (head and tail.isascii() and tail.isdecimal() and len(tail) < 9):
        return name.casefold(), 0, name
    return head.casefold(), int(tail), name


@dataclass(frozen=True)
class Asked:
    """Hold what a list's address says; `stage` 0 is every stage, `snap` 0 a list made anew."""

    view: str = "open"
    stage: int = 0
    sort: str = "urgent"
    page: int = 1
    snap: int = 0

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """Read an address; whatever is strange in it becomes the usual list."""
        stage = number(args.get("stage"))
        return cls(
            view=args["show"] if args.get("show") in VIEWS else "open",
            stage=stage if stage in Stage.__members__.values() else 0,
            sort=args["sort"] if args.get("sort") in SORTS else "urgent",
            page=max(1, number(args.get("page"))),
            snap=number(args.get("snap")),
        )

    def url(self, **changes: object) -> str:
        """Give the address of this list, or of one that differs from it; a changed list is made anew."""
        query: dict[str, object] = {"show": self.view, "stage": self.stage, "sort": self.sort, "page": 1, "snap": 0}
        usual = dict(zip(query, ("open", 0, "urgent", 1, 0), strict=True))
        wanted = {name: value for name, value in (query | changes).items() if value != usual.get(name)}
        return "?".join(filter(None, (url_for("day.cases"), urlencode(wanted))))

    def holds(self, case: Case, frame: Frame) -> bool:
        """Tell whether a case belongs to this list."""
        return VIEWS[self.view](case, frame) and self.stage in (0, case.summary.position.stage)


def number(text: str | None) -> int:
    """Read a whole number from an address; 0 for nonsense."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= LONGEST else 0
