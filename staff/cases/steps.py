"""What each kind of entry does to the case itself: opening, names, people, place in the six stages, links, contact."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from staff.cases.model import SOURCES, CaseState, Contact, Link, Moved, put
from staff.cases.stages import Move, move
from staff.cases.values import flag, items, line, of, read_time, read_windows, text
from staff.entry import Entry
from staff.errors import RefusedActError

Step = Callable[[CaseState, Entry], CaseState]
HOW = ("request", "outreach", "call", "referral")
HEX = frozenset("0123456789abcdef")
NAME = 60  # characters of a working name or of a colleague's


def opened(state: CaseState, entry: Entry) -> CaseState:
    """Begin a case: its working name, how it came, who holds it, what is known of danger and age."""
    if state.opened_at is not None:
        return state
    protected = flag(entry, "protected")
    return replace(
        state,
        working=line(entry, "working", NAME),
        how=of(entry, "how", HOW, "call"),
        opened_at=entry.when,
        opened_by=entry.who,
        stage_since=entry.when,
        holder=line(entry, "holder", NAME) or entry.who,
        danger=_level(entry, "danger"),
        under18=flag(entry, "under18"),
        collected_at=read_time(text(entry, "collected")) or entry.when,
        protected=protected,
        named=items(entry, "named") if protected else (),
    )


def _level(entry: Entry, name: str) -> int:
    level = text(entry, name)
    return int(level) if level in ("0", "1", "2") else 0


def renamed(state: CaseState, entry: Entry) -> CaseState:
    """Give the case another working name."""
    return replace(state, working=line(entry, "working", NAME) or state.working)


def real_name(state: CaseState, entry: Entry) -> CaseState:
    """Keep the real name, which no list and no page shows by itself."""
    return replace(state, real_name=line(entry, "name", 200))


def taken(state: CaseState, entry: Entry) -> CaseState:
    """Change who holds the case; nobody named gives it to nobody."""
    holder = line(entry, "holder", NAME)
    return replace(state, holder=holder, helpers=tuple(one for one in state.helpers if one != holder))


def helper(state: CaseState, entry: Entry) -> CaseState:
    """Add somebody who shares the work, or take them out again."""
    who = line(entry, "who", NAME)
    others = tuple(one for one in state.helpers if one != who)
    known = not who or who == state.holder or flag(entry, "out")
    return replace(state, helpers=others if known else (*others, who)[-8:])


def danger(state: CaseState, entry: Entry) -> CaseState:
    """Raise or lower how urgent it is."""
    return replace(state, danger=_level(entry, "to"))


def under18(state: CaseState, entry: Entry) -> CaseState:
    """Say that somebody is under 18, or that it was wrong."""
    return replace(state, under18=flag(entry, "yes"))


def same_day(state: CaseState, _entry: Entry) -> CaseState:
    """Note that what the law asks of the day when a child was heard of has been done."""
    return replace(state, same_day_done=True)


def protected(state: CaseState, entry: Entry) -> CaseState:
    """Shut the case to all but the named, or open it to the team."""
    shut = flag(entry, "yes")
    return replace(state, protected=shut, named=items(entry, "named") if shut else ())


def placed(act: str) -> Step:
    """Make the step of a move in the machine; a move that the machine forbids changes nothing."""

    def step(state: CaseState, entry: Entry) -> CaseState:
        reason = text(entry, "reason")
        wish = Move(act, reason, text(entry, "to"), text(entry, "outcome"), line(entry, "where"))
        try:
            position = move(state.position, wish)
        except RefusedActError:
            return state
        since = entry.when if position.stage != state.position.stage else state.stage_since
        moved = Moved(act, position.stage, entry.when, entry.who, reason)
        return replace(state, position=position, stage_since=since, moves=(*state.moves, moved))

    return step


def linked(state: CaseState, entry: Entry) -> CaseState:
    """Tie a submission to the case; linking again changes nothing."""
    row = text(entry, "submission")
    if row in state.links or len(row) != 32 or not set(row) <= HEX:
        return state
    link = Link(row, of(entry, "source", SOURCES, "other"), entry.when)
    return replace(state, links=put(state.links, row, link))


def unlinked(state: CaseState, entry: Entry) -> CaseState:
    """Take a submission out of the case again."""
    gone = text(entry, "submission")
    return replace(state, links={row: link for row, link in state.links.items() if row != gone})


def tested(state: CaseState, entry: Entry) -> CaseState:
    """Note that a named reader has tested a protected source, and why it may be used."""
    link = state.links.get(text(entry, "submission"))
    if link is None or not text(entry, "reason").strip():
        return state
    done = replace(link, tested_by=entry.who, test=text(entry, "reason"))
    return replace(state, links=put(state.links, link.submission, done))


def contact(state: CaseState, entry: Entry) -> CaseState:
    """Write the card of safe contact anew."""
    names = ("how", "number", "when", "word", "call_name", "sees", "never", "language")
    given = {name: line(entry, name) for name in names}
    return replace(
        state, contact=Contact(**given, windows=read_windows(text(entry, "windows")), drawn=text(entry, "drawn"))
    )


def waiting(state: CaseState, entry: Entry) -> CaseState:
    """Say for whom the case waits; nobody ends the waiting."""
    found = line(entry, "on", NAME)
    return replace(state, waiting=found, waiting_since=entry.when if found else None)


STEPS: Mapping[str, Step] = {
    "opened": opened,
    "renamed": renamed,
    "real_name": real_name,
    "taken": taken,
    "helper": helper,
    "danger": danger,
    "under18": under18,
    "same_day": same_day,
    "protected": protected,
    "forward": placed("forward"),
    "back": placed("back"),
    "close": placed("close"),
    "reopen": placed("reopen"),
    "erasure_hold": placed("hold"),
    "erasure_release": placed("release"),
    "erasure_keep": placed("keep"),
    "erasure_due": placed("due"),
    "linked": linked,
    "unlinked": unlinked,
    "tested": tested,
    "contact": contact,
    "waiting": waiting,
}
