"""The small acts on a case: one button each, one entry each, refused if somebody else came first."""

from collections.abc import Callable, Mapping

from staff.cases.forms.base import clean, one_line
from staff.cases.model import CaseState, Task
from staff.cases.seeding import said_titles
from staff.cases.values import read_day, read_items, write_items
from staff.cases.writing import Desk
from staff.entry import Entry
from staff.errors import RefusedActError

Posted = Mapping[str, str]
Act = Callable[[Posted, CaseState, Desk, frozenset[str]], Entry]
LINE = 300  # characters


def do(name: str, posted: Posted, state: CaseState, desk: Desk, team: frozenset[str]) -> Entry:
    """Make the entry of an act; `team` names whom the case can be given to. Raises RefusedActError."""
    return ACTS[name](posted, state, desk, team)


def _line(posted: Posted, name: str = "line") -> str:
    found = one_line(posted.get(name, ""))
    if len(found) > LINE:
        raise RefusedActError("long")
    return found


def _task(posted: Posted, state: CaseState) -> Task:
    found = state.tasks.get(posted.get("task", ""))
    if found is None:
        raise RefusedActError("gone")
    return found


def _open_task(posted: Posted, state: CaseState) -> Task:
    found = _task(posted, state)
    if not found.open:
        raise RefusedActError("done", found.done_by)
    return found


def _done(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    task = _open_task(posted, state)
    return desk.entry("task_done", task=task.id, title=task.title, line=_line(posted), done=desk.today.isoformat())


def _undone(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    """Open again what was done or dropped: one task, or all that one saving did."""
    named = [state.tasks[name] for name in read_items(posted.get("task", "")) if name in state.tasks]
    if not named:
        raise RefusedActError("gone")
    shut = [task for task in named if not task.open]
    if not shut:
        raise RefusedActError("done")
    return desk.entry("task_undone", task=write_items(one.id for one in shut), title=said_titles(shut))


def _later(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    task, due = _open_task(posted, state), read_day(posted.get("due", ""))
    if due is None:
        raise RefusedActError("day")
    return desk.entry("task_moved", task=task.id, title=task.title, due=due.isoformat(), line=_line(posted))


def _dropped(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    task = _open_task(posted, state)
    return desk.entry("task_dropped", task=task.id, title=task.title, line=_line(posted))


def _lift(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    flag = state.flags.get(posted.get("flag", ""))
    if flag is None or flag.lifted:
        raise RefusedActError("gone")
    return desk.entry("flag_lifted", flag=flag.id, title=flag.text)


def _take(posted: Posted, state: CaseState, desk: Desk, team: frozenset[str]) -> Entry:
    """Take the case, or give it to a colleague; from whom must be whom the page showed."""
    to = posted.get("to", "") or desk.who
    if state.holder != posted.get("holder", ""):
        raise RefusedActError("meanwhile", state.holder)
    if to not in _readers(state, team):
        raise RefusedActError("nobody")
    return desk.entry("taken", holder=to)


def _helper(posted: Posted, state: CaseState, desk: Desk, team: frozenset[str]) -> Entry:
    who = posted.get("who", "")
    if who not in _readers(state, team) and who not in state.helpers:
        raise RefusedActError("nobody")
    return desk.entry("helper", who=who, out="yes" if who in state.helpers else "")


def _readers(state: CaseState, team: frozenset[str]) -> frozenset[str]:
    """List who can hold the case: whoever reads it."""
    return team & frozenset(state.named) if state.protected else team


def _danger(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    to = posted.get("to", "")
    if to not in ("0", "1", "2") or to == str(state.danger):
        raise RefusedActError("done")
    return desk.entry("danger", to=to, reason=_line(posted, "reason"))


def _under18(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    yes = posted.get("yes", "")
    if (yes == "yes") == state.under18:
        raise RefusedActError("done")
    return desk.entry("under18", yes="yes" if yes == "yes" else "no")


def _same_day(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    if state.same_day_done:
        raise RefusedActError("done")
    return desk.entry("same_day", line=_line(posted))


def _test(posted: Posted, state: CaseState, desk: Desk, _team: frozenset[str]) -> Entry:
    """Note that a relative's words were tested, and why they may be used."""
    link, reason = state.links.get(posted.get("submission", "")), clean(posted.get("reason", ""))[:2000]
    if link is None or not link.protected:
        raise RefusedActError("gone")
    if not reason:
        raise RefusedActError("reason")
    return desk.entry("tested", submission=link.submission, reason=reason)


ACTS: Mapping[str, Act] = {
    "done": _done,
    "undone": _undone,
    "later": _later,
    "drop": _dropped,
    "lift": _lift,
    "take": _take,
    "helper": _helper,
    "danger": _danger,
    "under18": _under18,
    "same-day": _same_day,
    "test": _test,
}
