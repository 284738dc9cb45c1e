"""Passing a case to another municipality: offered as a copy, taken or declined there; nobody lets go before.

The folder is granted to the other town's coordinators and to ours. On taking it the other team opens a case of its own
from the copy; ours stays, under our own erasure decision, and may then be closed as transferred.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self  # Any: an entry's fields as JSON

from crypto.errors import MalformedError
from crypto.opening.members import COORDINATOR, FORMER, Members
from staff.cases.sources import DRAWN, ELSEWHERE, NOT_DRAWN
from staff.cases.values import flag, line, text
from staff.clip import clip
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.seconds import whole_number

KIND = "transfer"
MANY = 400
CARRIED = frozenset({"form", "attempt", "contact", "measure", "follow_up", "real_name", "note"})


@dataclass(frozen=True)
class Carried:
    """Hold one entry as the other team wrote it."""

    kind: str
    who: str
    when: datetime
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Transfer:
    """Hold what a transfer amounts to; `status` is "asked", "accepted", "declined" or "taken_back"."""

    working: str = ""
    sender: str = ""
    receiver: str = ""
    cover: str = field(default="", repr=False)
    under18: bool = False
    danger: str = "0"
    stage: str = "1"
    protected: bool = False
    who: str = ""
    case: str = ""
    asked_at: datetime | None = None
    status: str = ""
    reason: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    carried: tuple[Carried, ...] = ()


def fold(entries: Iterable[Entry], members: Members) -> Transfer:
    """Return what the trusted entries amount to: the sender's acts by the sender's team, the answer by the other."""
    state = Transfer()
    for entry in entries:
        step = STEPS.get(entry.kind)
        if step is not None and _may(state, entry, members):
            state = step(state, entry)
    return state


def _may(state: Transfer, entry: Entry, members: Members) -> bool:
    here = {one.municipality for one in members.members if _coordinates(one.role) and clip(one.name, 240) == entry.who}
    if entry.kind in ("accepted", "declined"):
        return state.receiver in here
    return bool(here) if entry.kind == "transfer" else state.sender in here


def _coordinates(role: str) -> bool:
    return role in (COORDINATOR, FORMER)


def check(state: Transfer, entry: Entry, members: Members) -> None:
    """Refuse an answer by the sender, a taking back by the receiver, and either once it is answered."""
    if not _may(state, entry, members) or entry.kind not in ("accepted", "declined", "taken_back"):
        raise RefusedActError("not_offered")
    if state.status != "asked":
        raise RefusedActError("over")


def _first(state: Transfer, entry: Entry) -> Transfer:
    if state.status:
        return state
    return replace(
        state,
        working=line(entry, "working", 60),
        sender=line(entry, "from", 60),
        receiver=line(entry, "to", 60),
        cover=text(entry, "cover"),
        under18=text(entry, "under18") == "yes",
        danger=line(entry, "danger", 1) or "0",
        stage=line(entry, "stage", 1) or "1",
        protected=flag(entry, "protected"),
        who=entry.who,
        case=line(entry, "case", 32),
        asked_at=entry.when,
        status="asked",
    )


def _carried(state: Transfer, entry: Entry) -> Transfer:
    if state.status != "asked" or len(state.carried) >= MANY:
        return state
    found = _read(text(entry, "entry"))
    return replace(state, carried=(*state.carried, found)) if found else state


def _protected(state: Transfer, entry: Entry) -> Transfer:
    """Note that the case was protected after it was offered; once it is answered, what was taken is theirs."""
    return replace(state, protected=state.protected or flag(entry, "yes")) if state.status == "asked" else state


def write(entry: Entry) -> str:
    """Write an entry to be carried as one text, without the id of the submission that it was drawn from."""
    fields = {name: words for name, words in entry.fields.items() if name not in (DRAWN, NOT_DRAWN)}
    fields |= {DRAWN: ELSEWHERE} if entry.fields.get(DRAWN) else {}
    value = [entry.kind, entry.who, entry.when.isoformat(), fields]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read(written: str) -> Carried | None:
    try:
        kind, who, when, fields = json.loads(written)
        found = Carried(str(kind), str(who), datetime.fromisoformat(when), {str(k): str(v) for k, v in fields.items()})
    except (ValueError, TypeError, AttributeError):
        return None
    return found if found.kind in CARRIED and found.when.tzinfo is not None else None


def _answer(status: str) -> "Step":
    def step(state: Transfer, entry: Entry) -> Transfer:
        if state.status != "asked":
            return state
        reason = text(entry, "reason")[:500]
        return replace(state, status=status, reason=reason, answered_by=entry.who, answered_at=entry.when)

    return step


Step = Callable[[Transfer, Entry], Transfer]
STEPS: Mapping[str, Step] = {
    "transfer": _first,
    "carried": _carried,
    "protected": _protected,
    "accepted": _answer("accepted"),
    "declined": _answer("declined"),
    "taken_back": _answer("taken_back"),
}


@dataclass(frozen=True)
class TransferSummary:
    """Hold what a list shows of a transfer."""

    working: str
    sender: str
    receiver: str
    status: str
    asked_at: int
    danger: str
    under18: bool
    answered_at: int = 0
    case: str = ""

    @classmethod
    def of(cls, state: Transfer) -> Self:
        """Make it from the state."""
        asked, answered = (int(when.timestamp()) if when else 0 for when in (state.asked_at, state.answered_at))
        working, sender, receiver = clip(state.working, 80), clip(state.sender, 60), clip(state.receiver, 60)
        about = asked, state.danger, state.under18
        return cls(working, sender, receiver, state.status, *about, answered, state.case)

    def encode(self) -> bytes:
        """Write it as JSON."""
        value: list[Any] = [KIND, 1, self.working, self.sender, self.receiver, self.status]
        value += [self.asked_at, self.danger, self.under18, self.answered_at, self.case]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, summary: bytes) -> Self:
        """Read it; raise MalformedError for another kind."""
        try:
            value: list[Any] = json.loads(summary)
            if value[:2] != [KIND, 1]:
                raise MalformedError("not a transfer")
            working, sender, receiver, status = (str(one) for one in value[2:6])
            about = whole_number(value[6]), str(value[7]), bool(value[8])
            return cls(working, sender, receiver, status, *about, whole_number(value[9]), str(value[10]))
        except (ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
            raise MalformedError("not a transfer's summary") from error


def summarise(members: Members) -> Callable[[Sequence[Entry]], bytes]:
    """Give the function that makes the summary of a transfer's entries."""
    return lambda entries: TransferSummary.of(fold(entries, members)).encode()
