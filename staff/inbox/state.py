"""What has become of a request: a pure function of its entries.

Nothing is stored but entries; the state is folded from them each time, so no row can say one thing and the history
another. Entries come in the order of their numbers. A kind that is not known here (written by a later version)
changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from staff.entry import Entry
from staff.errors import RefusedActError

UNDO = timedelta(seconds=10)
UNDO_GRACE = timedelta(seconds=2)  # for the way between the page and us
ORDINARY, SOON, DANGER = 0, 1, 2

HEX = frozenset("0123456789abcdef")
SET_ASIDE_REASONS = ("elsewhere", "profession", "press", "duplicate", "test", "hostile", "empty", "other")
CANNOT_REASONS = ("no_way", "wrong_number", "no_answer", "unsafe", "other")


@dataclass(frozen=True)
class State:
    """Hold what the entries amount to. `level` is None until somebody has changed the urgency.

    `replies` is the highest number of a reply; `unsent` are those not yet in the mailbox, `lying` those that were put
    there and are not known to be gone, as (number, day since 1970), and `fetched` those of them that were opened.
    `case` is the case that it belongs to, in hex, and `working` that case's name for work; `only` marks who alone may
    hold the key.
    """

    holder: str = ""
    taken_at: datetime | None = None
    holder_before: str = ""
    level: int | None = None
    level_by: str = ""
    aside: str = ""
    aside_line: str = ""
    cannot: str = ""
    cannot_line: str = ""
    replies: int = 0
    replied_at: datetime | None = None
    unsent: tuple[int, ...] = ()
    lying: tuple[tuple[int, int], ...] = ()
    fetched: tuple[int, ...] = ()
    case: str = ""
    working: str = ""
    only: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Tell whether the request still waits for somebody to do something."""
        return not (self.aside or self.cannot)


def fold(entries: Iterable[Entry]) -> State:
    """Return the state that the entries amount to."""
    state = State()
    for entry in entries:
        step = STEPS.get(entry.kind)
        if step is not None:
            state = step(state, entry)
    return state


def may_undo(state: State, who: str, now: datetime) -> bool:
    """Tell whether `who` took the request so lately that taking it can be undone."""
    return state.holder == who and state.taken_at is not None and now - state.taken_at <= UNDO + UNDO_GRACE


def check(state: State, act: Entry, level: int) -> None:
    """Raise RefusedActError if the act no longer fits; `level` is the urgency as shown now (0 to 2)."""
    reason = _refusal(state, act, level)
    if reason:
        raise RefusedActError(reason, state.holder)


def _refusal(state: State, act: Entry, level: int) -> str:
    if act.kind == "taken":
        return _refuse_taking(state, act)
    if act.kind in ("undone", "handed_back"):
        return "" if state.holder == act.who else "not_yours"
    if act.kind in ("lowered", "raised"):
        return _refuse_level(act, level)
    if act.kind in ("set_aside", "cannot_answer"):
        return "" if state.open else "already"
    return {"put_back": "" if state.aside else "already", "can_answer": "" if state.cannot else "already"}.get(
        act.kind, "unknown"
    )


def _refuse_taking(state: State, act: Entry) -> str:
    if state.holder == act.who:
        return "yours"
    if state.holder and state.holder != act.fields.get("from", ""):
        return "taken"
    return ""


def _refuse_level(act: Entry, level: int) -> str:
    if act.kind == "lowered":
        return "" if level > ORDINARY else "lowest"
    return "" if level < DANGER else "highest"


def _taken(state: State, entry: Entry) -> State:
    return replace(state, holder=entry.who, taken_at=entry.when, holder_before=state.holder)


def _undone(state: State, _entry: Entry) -> State:
    return replace(state, holder=state.holder_before, taken_at=None, holder_before="")


def _handed_back(state: State, _entry: Entry) -> State:
    return replace(state, holder="", taken_at=None, holder_before="")


def _level(state: State, entry: Entry) -> State:
    to = entry.fields.get("to", "")
    return replace(state, level=int(to), level_by=entry.who) if to in ("0", "1", "2") else state


def _set_aside(state: State, entry: Entry) -> State:
    return replace(state, aside=_reason(entry, SET_ASIDE_REASONS), aside_line=entry.fields.get("line", ""))


def _reason(entry: Entry, known: tuple[str, ...]) -> str:
    """Give a reason of the list; whatever else a colleague's key may have signed has no room in a summary."""
    reason = entry.fields.get("reason", "")
    return reason if reason in known else "other"


def _put_back(state: State, _entry: Entry) -> State:
    return replace(state, aside="", aside_line="")


def _cannot(state: State, entry: Entry) -> State:
    return replace(state, cannot=_reason(entry, CANNOT_REASONS), cannot_line=entry.fields.get("line", ""))


def _can(state: State, _entry: Entry) -> State:
    return replace(state, cannot="", cannot_line="")


def _new_version(state: State, entry: Entry) -> State:
    """Bring a request back whose sender has written anew: whatever was decided was decided about the old words."""
    back = replace(state, aside="", aside_line="", cannot="", cannot_line="")
    return _level(back, entry) if state.level is not None else back


def _replied(state: State, entry: Entry) -> State:
    number = number_of(entry)
    if number <= state.replies:
        return state
    return replace(state, replies=number, replied_at=entry.when, unsent=(*state.unsent, number))


def _delivered(state: State, entry: Entry) -> State:
    number, day, instead = number_of(entry), number_of(entry, "day"), number_of(entry, "instead")
    if number not in state.unsent or not day:
        return state
    unsent = tuple(one for one in state.unsent if one != number)
    left = _without(state, instead)
    return replace(left, unsent=unsent, lying=(*left.lying, (number, day)))


def _fetched(state: State, entry: Entry) -> State:
    number = number_of(entry) if number_of(entry, "day") else 0
    if number not in dict(state.lying) or number in state.fetched:
        return state
    return replace(state, fetched=(*state.fetched, number))


def _gone(state: State, entry: Entry) -> State:
    number = number_of(entry) if number_of(entry, "day") else 0
    return _without(state, number)


def _without(state: State, number: int) -> State:
    """Take a reply from those that lie in the mailbox."""
    lying = tuple(one for one in state.lying if one[0] != number)
    return replace(state, lying=lying, fetched=tuple(one for one in state.fetched if one != number))


def _linked(state: State, entry: Entry) -> State:
    case = entry.fields.get("case", "")
    if len(case) != 32 or not set(case) <= HEX:
        return state
    return replace(state, case=case, working=entry.fields.get("working", "")[:60])


def _unlinked(state: State, _entry: Entry) -> State:
    return replace(state, case="", working="", only=())


def _only(state: State, entry: Entry) -> State:
    return replace(state, only=tuple(entry.fields.get("only", "").split()))


def _opened(state: State, entry: Entry) -> State:
    return _only(state, entry) if "only" in entry.fields else state


def number_of(entry: Entry, name: str = "number") -> int:
    """Give a number that an entry names, or 0: what another wrote may hold anything."""
    text = entry.fields.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0


STEPS = {
    "opened": _opened,
    "case_linked": _linked,
    "case_unlinked": _unlinked,
    "restricted": _only,
    "new_version": _new_version,
    "follow_up": _new_version,
    "replied": _replied,
    "delivered": _delivered,
    "fetched": _fetched,
    "gone": _gone,
    "taken": _taken,
    "undone": _undone,
    "handed_back": _handed_back,
    "lowered": _level,
    "raised": _level,
    "set_aside": _set_aside,
    "put_back": _put_back,
    "cannot_answer": _cannot,
    "can_answer": _can,
}
