"""What a list shows of a case, in at most 511 bytes: made from the state at each entry, opened without the entries."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Self

from crypto.errors import MalformedError
from staff.cases.model import CaseState, Window
from staff.cases.source import ELSEWHERE, untested
from staff.cases.stages import OUTCOMES, Erasure, Position, Stage, Status
from staff.cases.state import fold
from staff.clip import clip
from staff.entry import Entry

KIND = "case"
FORM = 1
LIMIT = 511
FIRST = date(1970, 1, 1)
# Bytes for each title, each helper's name and the flag's text: the most generous that fits.
ROOMS = ((40, 24, 40), (24, 16, 20), (12, 8, 8), (0, 0, 0))
DOTS, LEAST = "…", 8  # what stands for the rest of a cut text, and the bytes below which it is left out
NAMES = (60, 40, 20, 10)  # bytes for the working name and the holder's: titles give way first
WINDOWS = 3  # times to call: as many as the card has room for
MANY = 9  # open things are counted no further
TIMES = (
    "opened_at",
    "collected_at",
    "stage_since",
    "reached_at",
    "changed_at",
    "again",
    "waiting_since",
    "closed_at",
)
BITS = (("under18", 1), ("protected", 2), ("relative", 4), ("same_day_done", 8), ("planned", 16))
COUNTS = ("open_tasks", "questions", "flags")


@dataclass(frozen=True, slots=True)
class Next:
    """Hold one open date: its kind, its clipped title, and the agency that is waited for if it is one's."""

    day: date
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Hold what a list shows. Texts may be cut short; `position.where` and times below a second are left out.

    `nexts` are the three earliest open dates, `open_tasks` counts all, with and without a date (nine at most), as
    `questions` does. `flag` is the live flag that runs out first, as (text, last day). `again` is when to try to reach
    the person again. `relative` says that a protected source is linked and not tested.
    """

    working: str
    position: Position
    holder: str
    helpers: tuple[str, ...] = ()
    danger: int = 0
    under18: bool = False
    same_day_done: bool = False
    protected: bool = False
    relative: bool = False
    planned: bool = False
    opened_at: datetime | None = None
    collected_at: datetime | None = None
    stage_since: datetime | None = None
    reached_at: datetime | None = None
    changed_at: datetime | None = None
    again: datetime | None = None
    waiting: str = ""
    waiting_since: datetime | None = None
    nexts: tuple[Next, ...] = ()
    open_tasks: int = 0
    questions: int = 0
    flag: tuple[str, date | None] | None = None
    flags: int = 0
    windows: tuple[Window, ...] = ()
    closed_at: datetime | None = None

    @property
    def aimless(self) -> bool:
        """Tell whether an open case has no next act."""
        return self.position.open and not self.nexts

    def overdue(self, today: date) -> tuple[Next, ...]:
        """List the open dates before today."""
        return tuple(one for one in self.nexts if one.day < today)

    def encode(self) -> bytes:
        """Write the summary in at most 511 bytes, cutting titles first, names last."""
        for name in NAMES:
            for room in ROOMS:
                data = json.dumps(self._value(name, room), ensure_ascii=False, separators=(",", ":"))
                written = data.encode("utf-8", "replace")
                if len(written) <= LIMIT:
                    return written
        raise ValueError("a summary that does not fit")  # pragma: no cover  # every text is cut to nothing by then

    def _value(self, name: int, room: tuple[int, int, int]) -> list[Any]:  # Any: what JSON holds
        title, helper, flag = room
        marks = (self.under18, self.protected, self.relative, self.same_day_done, self.planned)
        return [
            KIND,
            FORM,
            clip(self.working, name),
            [self.position.stage, self.position.status, self.position.outcome, self.position.erasure],
            clip(self.holder, name),
            [clip(one, helper) for one in self.helpers[:3]] if helper else [],
            self.danger,
            sum(1 << place for place, mark in enumerate(marks) if mark),
            [_seconds(when) for when in self._times()],
            clip(self.waiting, 30),
            [[_days(one.day), one.kind, _short(one.title, title)] for one in self.nexts[:3]],
            [self.open_tasks, self.questions, self.flags],
            [_short(self.flag[0], flag), _days(self.flag[1])] if self.flag else [],
            [[sum(1 << day for day in one.days), one.start, one.end] for one in self.windows[:WINDOWS]],
        ]

    def _times(self) -> tuple[datetime | None, ...]:
        return (
            self.opened_at,
            self.collected_at,
            self.stage_since,
            self.reached_at,
            self.changed_at,
            self.again,
            self.waiting_since,
            self.closed_at,
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote; raise MalformedError for anything else, another kind of folder's summary too."""
        try:
            return cls(**_read(json.loads(data)))
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
            raise MalformedError("not a case's summary") from error


def kind_of(data: bytes) -> str:
    """Give the kind of a folder by its summary, or "" if it cannot be read."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    return value[0] if isinstance(value, list) and value and isinstance(value[0], str) else ""


def summarise(entries: Sequence[Entry]) -> bytes:
    """Make the summary of a case from its trusted entries, as the folder's core asks for it at each append."""
    latest = max((entry.when for entry in entries), default=datetime.now(UTC))
    state = fold(entries)
    return summary_of(state, latest.date(), untested(entries, state)).encode()


def summary_of(state: CaseState, today: date, shut: Collection[str] = ()) -> Summary:
    """Pick what the lists show; flags that ran out before `today` are left out.

    `shut` names what is drawn from a relative's untested words: a list says of it only that it is there.
    """
    tasks = state.open_tasks
    dated = tuple(
        Next(task.due, task.kind, ELSEWHERE if task.id in shut else task.title)
        for task in tasks
        if task.due is not None
    )
    live = sorted(state.live_flags(today), key=lambda flag: flag.until or date.max)
    return Summary(
        working=state.working,
        position=replace(state.position, where=""),
        holder=state.holder,
        helpers=state.helpers[:3],
        danger=state.danger,
        under18=state.under18,
        same_day_done=state.same_day_done,
        protected=state.protected,
        relative=any(link.protected for link in state.links.values()),
        planned=state.planned,
        opened_at=_whole(state.opened_at),
        collected_at=_whole(state.collected_at),
        stage_since=_whole(state.stage_since),
        reached_at=_whole(state.reached_at),
        changed_at=_whole(state.changed_at),
        again=_whole(state.again),
        waiting=ELSEWHERE if state.waiting and "waiting" in shut else state.waiting,
        waiting_since=_whole(state.waiting_since),
        nexts=dated[:3],
        open_tasks=min(len(tasks), MANY),
        questions=min(len(state.open_questions), MANY),
        flag=(ELSEWHERE if live[0].id in shut else live[0].text, live[0].until) if live else None,
        flags=min(len(live), MANY),
        windows=state.contact.windows[:WINDOWS],
        closed_at=_whole(state.closed_at),
    )


def _read(value: list[Any]) -> dict[str, Any]:  # Any: what JSON holds; each value is checked as it is read
    kind, form, working, place, holder, helpers, danger, marks, times, waiting, nexts, counts, flag, windows = value
    if kind != KIND or form != FORM or danger not in (0, 1, 2):
        raise ValueError("another kind or form")
    stage, status, outcome, erasure = place
    if outcome and outcome not in OUTCOMES:
        raise ValueError("another outcome")
    mark = _number(marks)
    return {
        "working": _text(working),
        "position": _position(stage, status, outcome, erasure),
        "holder": _text(holder),
        "helpers": tuple(map(_text, helpers)),
        "danger": _number(danger),
        **{name: bool(mark & bit) for name, bit in BITS},
        **dict(zip(TIMES, map(_time, _eight(times)), strict=True)),
        "waiting": _text(waiting),
        "nexts": tuple(map(_next, nexts)),
        **dict(zip(COUNTS, map(_number, counts), strict=True)),
        "flag": (_text(flag[0]), _day(flag[1]) if flag[1] else None) if flag else None,
        "windows": tuple(map(_window, windows)),
    }


def _eight(times: list[Any]) -> list[Any]:  # Any: what JSON holds
    """Read the times of a summary that an earlier version wrote, without the closing."""
    return [*times, 0] if len(times) == 7 else times


@lru_cache(maxsize=256)
def _position(stage: int, status: str, outcome: str, erasure: str) -> Position:
    """Make a position once for all the cases that stand there."""
    return Position(Stage(stage), Status(status), outcome, "", Erasure(erasure))


def _next(value: list[Any]) -> Next:  # Any: what JSON holds
    day, kind, title = value
    return Next(_day(day), _text(kind), _text(title))


def _window(value: list[Any]) -> Window:  # Any: what JSON holds
    days, start, end = map(_number, value)
    return Window(tuple(day for day in range(7) if days >> day & 1), start, end)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError("not a number")
    return value


def _time(value: object) -> datetime | None:
    return datetime.fromtimestamp(_number(value), UTC) if value else None


@lru_cache(maxsize=4096, typed=True)
def _day(value: object) -> date:
    return FIRST + timedelta(days=_number(value))


def _short(text: str, size: int) -> str:
    """Cut a text as `clip` does and say so by three dots, where there is room for them."""
    cut = clip(text, size)
    return cut if cut == text or size < LEAST else clip(text, size - len(DOTS.encode())).rstrip() + DOTS


def _days(day: date | None) -> int:
    return (day - FIRST).days if day else 0


def _seconds(when: datetime | None) -> int:
    return max(0, int(when.timestamp())) if when else 0


def _whole(when: datetime | None) -> datetime | None:
    return when.astimezone(UTC).replace(microsecond=0) if when else None
