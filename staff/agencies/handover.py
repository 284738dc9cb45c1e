"""A hand-over as its own folder: a fixed copy for named people of one agency, what they answered, what is still needed.

Its state is folded from its trusted entries. Whoever holds the folder's key can sign entries, so each kind counts only
from the side that it belongs to: what the agency answers must be by one of the people named, what the coordinators do
must be by a coordinator of the register, now or formerly.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Self

from crypto.errors import MalformedError
from crypto.opening.members import COORDINATOR, FORMER, Members
from staff.cases.model import put
from staff.cases.values import day, items, line, read_day, text
from staff.clip import clip
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.seconds import MANY as MOST
from staff.seconds import whole_number

KIND = "handover"
TEXT = 4000  # characters of an answer
MANY = 200
OURS = frozenset({"handover", "copy", "need", "taken_back", "done"})
THEIRS = frozenset({"accepted", "declined", "reply", "need_done", "done"})
LIVE = ("asked", "accepted")
OVER = ("declined", "done", "taken_back")


@dataclass(frozen=True)
class Copy:
    """Hold one copied item, in words: they do not change when the case does."""

    title: str
    when: str
    lines: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True)
class Need:
    """Hold one thing that the coordinators need from the agency by a day."""

    id: str
    text: str
    due: date | None
    answer: str = ""
    done_by: str = ""
    done_at: datetime | None = None


@dataclass(frozen=True)
class Said:
    """Hold one line of what was said in the hand-over."""

    who: str
    when: datetime
    kind: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class Handover:
    """Hold what a hand-over amounts to; `status` is "asked", "accepted", "declined", "done" or "taken_back"."""

    working: str = ""
    agency: str = ""
    people: tuple[str, ...] = ()
    purpose: str = ""
    basis: str = ""
    cover: str = field(default="", repr=False)
    case: str = ""
    until: date = date.min
    who: str = ""
    asked_at: datetime | None = None
    status: str = ""
    reason: str = ""
    copies: tuple[Copy, ...] = ()
    needs: Mapping[str, Need] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    answered_at: datetime | None = None

    def over(self, today: date) -> bool:
        """Tell whether nobody there may read any more: ended by an act, or its last day has passed."""
        return self.status not in LIVE or today > self.until

    @property
    def open_needs(self) -> list[Need]:
        """List what is still needed, by its day."""
        found = [need for need in self.needs.values() if need.done_at is None]
        return sorted(found, key=lambda need: (need.due or date.max, need.text))


def fold(entries: Iterable[Entry], members: Members) -> Handover:
    """Return what the trusted entries amount to, each counted only if its side may write it."""
    state = Handover()
    for entry in entries:
        step = STEPS.get(entry.kind)
        if step is not None and _may(state, entry, members):
            state = step(state, entry)
    return state


def _may(state: Handover, entry: Entry, members: Members) -> bool:
    if entry.who in state.people:
        return entry.kind in THEIRS
    return entry.kind in OURS and is_ours(entry.who, members)


def is_ours(name: str, members: Members) -> bool:
    """Tell whether a name is a coordinator's, now or formerly."""
    return any(one.role in (COORDINATOR, FORMER) and clip(one.name, 240) == name for one in members.members)


def check(state: Handover, entry: Entry, members: Members, today: date) -> None:
    """Refuse an act that this side may not do, or not now."""
    if not _may(state, entry, members) or entry.kind in ("handover", "copy"):
        raise RefusedActError("not_offered")
    if entry.kind != "taken_back" and state.over(today):
        raise RefusedActError("over")
    if entry.kind == "taken_back" and state.status not in LIVE:
        raise RefusedActError("over")
    if entry.kind in ("accepted", "declined") and state.status != "asked":
        raise RefusedActError("already")
    if entry.kind in ("reply", "need_done", "done") and state.status != "accepted":
        raise RefusedActError("not_accepted")
    if entry.kind == "need_done" and state.needs.get(text(entry, "need"), DONE).done_at is not None:
        raise RefusedActError("already")


def _first(state: Handover, entry: Entry) -> Handover:
    if state.status:
        return state
    return replace(
        state,
        working=line(entry, "working", 60),
        agency=line(entry, "agency", 100),
        people=items(entry, "people"),
        purpose=line(entry, "purpose", 200),
        basis=line(entry, "basis", 300),
        cover=text(entry, "cover"),
        case=line(entry, "case", 32),
        until=day(entry, "until") or date.min,
        who=entry.who,
        asked_at=entry.when,
        status="asked",
    )


def _copy(state: Handover, entry: Entry) -> Handover:
    """Take a copy as long as nobody has answered: what was accepted is what it was."""
    if state.status != "asked" or len(state.copies) >= MANY:
        return state
    made = Copy(line(entry, "title", 100), line(entry, "when", 60), read_lines(text(entry, "lines")))
    return replace(state, copies=(*state.copies, made))


def write_lines(lines: Sequence[tuple[str, str]]) -> str:
    """Write named lines as one text."""
    return json.dumps([list(one) for one in lines], ensure_ascii=False, separators=(",", ":"))


def read_lines(written: str) -> tuple[tuple[str, str], ...]:
    """Read named lines; whatever else it may be becomes one line."""
    try:
        return tuple((str(name), str(value)) for name, value in json.loads(written))
    except (ValueError, TypeError):
        return (("", written),) if written else ()


def _status(status: str) -> "Step":
    def step(state: Handover, entry: Entry) -> Handover:
        if state.status not in LIVE or (status in ("accepted", "declined") and state.status != "asked"):
            return state
        changed = replace(state, status=status, reason=text(entry, "text")[:TEXT])
        return _hear(changed, entry)

    return step


def _hear(state: Handover, entry: Entry) -> Handover:
    said = Said(entry.who, entry.when, entry.kind, text(entry, "text")[:TEXT])
    answered = entry.when if entry.who in state.people else state.answered_at
    return replace(state, said=(*state.said, said)[-MANY:], answered_at=answered)


def _need(state: Handover, entry: Entry) -> Handover:
    name = text(entry, "id")
    if state.status not in LIVE or not name or name in state.needs or len(state.needs) >= MANY:
        return state
    need = Need(name, line(entry, "text"), day(entry, "due"))
    return replace(state, needs=put(state.needs, name, need)) if need.text else state


def _need_done(state: Handover, entry: Entry) -> Handover:
    need = state.needs.get(text(entry, "need"))
    if state.status != "accepted" or need is None or need.done_at is not None:
        return state
    done = replace(need, answer=text(entry, "text")[:TEXT], done_by=entry.who, done_at=entry.when)
    return _hear(replace(state, needs=put(state.needs, need.id, done)), entry)


def _reply(state: Handover, entry: Entry) -> Handover:
    return _hear(state, entry) if state.status == "accepted" else state


Step = Callable[[Handover, Entry], Handover]
DONE = Need("", "", None, done_at=datetime.fromtimestamp(0, UTC))
STEPS: Mapping[str, Step] = {
    "handover": _first,
    "copy": _copy,
    "accepted": _status("accepted"),
    "declined": _status("declined"),
    "done": _status("done"),
    "taken_back": _status("taken_back"),
    "need": _need,
    "need_done": _need_done,
    "reply": _reply,
}


@dataclass(frozen=True)
class HandoverSummary:
    """Hold what a list shows of a hand-over: 511 bytes at most."""

    working: str
    agency: str
    status: str
    until: date
    asked_at: int
    answered_at: int
    needs: int
    due: date | None
    case: str

    @classmethod
    def of(cls, state: Handover) -> Self:
        """Make it from the state."""
        dues = [need.due for need in state.open_needs if need.due]
        asked, answered = (int(when.timestamp()) if when else 0 for when in (state.asked_at, state.answered_at))
        return cls(
            clip(state.working, 80),
            clip(state.agency, 120),
            state.status,
            state.until,
            asked,
            answered,
            len(state.open_needs),
            min(dues, default=None),
            state.case,
        )

    def encode(self) -> bytes:
        """Write it as JSON."""
        due = self.due.isoformat() if self.due else ""
        times = [self.until.isoformat(), self.asked_at, self.answered_at, self.needs, due]
        value = [KIND, 1, self.working, self.agency, self.status, *times, self.case]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, summary: bytes) -> Self:
        """Read it; raise MalformedError for another kind."""
        try:
            value: list[Any] = json.loads(summary)  # Any: each item is read by its own type below
            if value[:2] != [KIND, 1]:
                raise MalformedError("not a hand-over")
            until, asked, answered, needs, due = value[5:10]
            working, agency, status = (str(one) for one in value[2:5])
            times = whole_number(asked), whole_number(answered)
            last, case = read_day(until) or date.min, str(value[10])
            return cls(working, agency, status, last, *times, whole_number(needs, MOST), read_day(due), case)
        except (ValueError, TypeError, IndexError, AttributeError, KeyError, RecursionError) as error:
            raise MalformedError("not a hand-over's summary") from error


def summarise(members: Members) -> Callable[[Sequence[Entry]], bytes]:
    """Give the function that makes the summary of a hand-over's entries."""
    return lambda entries: HandoverSummary.of(fold(entries, members)).encode()
