"""What the saving of a form writes: the form's own entry, and the tasks and questions that follow from it.

Pure: the state as it stands when the entry is written goes in, entries come out, so that a second writer's entries are
made anew from what the first one did.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from programme.casework import Casework
from programme.hours import ZONE, Hours
from staff.cases.followup import dates, working_day
from staff.cases.forms.base import Typed
from staff.cases.forms.stages import ROWS
from staff.cases.model import CaseState
from staff.cases.seeding import REVIEWS, done_before, finished, review_ahead, said_titles
from staff.cases.stages import Move, move
from staff.cases.values import read_day, write_items
from staff.entry import Entry
from staff.errors import RefusedActError

Maker = Callable[[Typed, CaseState, "Desk"], list[Entry]]


@dataclass(frozen=True)
class Desk:
    """Hold what writing needs to know: who writes, when, by which settings, and the number of the next entry.

    `once` becomes the id of the first entry: a form that is sent twice is written once.
    """

    who: str
    now: datetime
    casework: Casework
    hours: Hours
    number: int = 0
    once: str = ""

    @property
    def today(self) -> date:
        """Give today's date in Sweden."""
        return self.now.astimezone(ZONE).date()

    def entry(self, kind: str, /, **fields: str) -> Entry:
        """Make an entry with an id of its own; empty fields are left out."""
        return Entry(
            self.who, self.now, kind, {"id": new_id(), **{name: text for name, text in fields.items() if text}}
        )


def new_id() -> str:
    """Draw an id that nothing else in the case has."""
    return secrets.token_hex(6)


def written(name: str, typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    """Give what saving a form writes, in order; raises RefusedActError if the machine forbids it."""
    first, *rest = MAKERS.get(name, _staged(name))(typed, state, desk)
    once = {"id": desk.once} if desk.once and name not in OWN_ID else {}
    return [replace(first, fields={**first.fields, **once}), *rest, *_finished(name, typed, state, desk)]


def _finished(name: str, typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    """Say in one entry which planned tasks this saving did."""
    done = finished(name, typed, state, desk.casework, desk.today)
    ids = write_items(task.id for task in done)
    day = desk.today.isoformat()
    return [desk.entry("task_done", task=ids, title=said_titles(done), form=name, done=day)] if done else []


def _staged(name: str) -> Maker:
    def make(typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
        first = desk.entry("form", form=name, **typed)
        return [first, *_plans(name, typed, state, desk), *_asked(name, typed, desk)]

    return make


PLANS = {
    "talk": (("meet_at", "meeting", "Första mötet"),),
    "mapping": (("group_on", "meeting", "Arbetsgruppen möts"),),
    "safety": (("review_on", "review", REVIEWS["safety"]),),
    "plan": (("review_on", "review", REVIEWS["plan"]),),
}


def _plans(name: str, typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    """Plan the dates that are new since the last version; a review that is planned already moves."""
    before = state.form(name)
    known: Mapping[str, str] = before.fields if before else {}
    found = []
    for field, kind, title in PLANS.get(name, ()):
        due = typed.get(field, "")
        if not due or due == known.get(field):
            continue
        planned = review_ahead(name, state, desk.casework, desk.today) if kind == "review" else None
        if planned is not None:
            found.append(desk.entry("task_moved", task=planned.id, title=planned.title, due=due[:10]))
            continue
        clock = due[11:16].replace(":", ".")
        found.append(desk.entry("task", title=f"{title} {clock}".strip(), due=due[:10], kind=kind))
    return found


def _asked(name: str, typed: Typed, desk: Desk) -> list[Entry]:
    """Attach the open question to the form's entry, and plan each question to a partner agency."""
    if name == "talk" and typed.get("ask"):
        return [desk.entry("question", about=str(desk.number), text=typed["ask"])]
    if name != "mapping":
        return []
    due = working_day(date.fromordinal(desk.today.toordinal() + 7), desk.hours).isoformat()
    rows = ((typed.get(f"ask_{row}_who", ""), typed.get(f"ask_{row}_what", "")) for row in range(1, ROWS + 1))
    return [
        desk.entry("task", title=what, due=due, agency=desk.casework.partner(who) if who else "")
        for who, what in rows
        if what
    ]


def _plain(kind: str) -> Maker:
    return lambda typed, _state, desk: [desk.entry(kind, **typed)]


def _measure(typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    """Add a measure, or change the one that `id` names, with its planned date."""
    known = state.measures.get(typed.get("id", ""))
    name = known.id if known else new_id()
    made = Entry(desk.who, desk.now, "measure", {**typed, "id": name})
    task, due, status = state.tasks.get(f"m-{name}"), typed.get("due", ""), typed.get("status", "")
    if task is not None and task.open and status in ("done", "stopped"):
        return [made, desk.entry("task_done" if status == "done" else "task_dropped", task=task.id, title=task.title)]
    if task is not None and task.open and due and due != (task.due.isoformat() if task.due else ""):
        return [made, desk.entry("task_moved", task=task.id, title=task.title, due=due)]
    if task is None and due and status not in ("done", "stopped"):
        fields = {"id": f"m-{name}", "title": typed["what"], "due": due, "kind": "measure"}
        fields |= {key: typed[key] for key in ("owner", "agency") if key in typed}
        return [made, Entry(desk.who, desk.now, "task", fields)]
    return [made]


def _moved(typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    """Move the case to another stage, and plan what that stage asks for if the case has not been there."""
    to = typed.get("to", "")
    act = "forward" if to > str(state.position.stage.value) else "back"
    position = move(state.position, Move(act, typed.get("reason", ""), to))
    made = [desk.entry(act, to=to, reason=typed["reason"])]
    been = any(task.seed == position.stage for task in state.tasks.values())
    return made if been else [*made, *seeds(position.stage, state, desk)]


def seeds(stage: int, state: CaseState, desk: Desk) -> list[Entry]:
    """Plan what a stage asks for, on working days, but for what its forms say already."""
    found = [
        f"{working_day(date.fromordinal(desk.today.toordinal() + seed.days), desk.hours)} {seed.kind} {seed.title}"
        for seed in desk.casework.seeds_of(stage)
        if not done_before(seed, state)
    ]
    return [desk.entry("seeded", seed=str(int(stage)), tasks="\n".join(found))] if found else []


def _closed(typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    """Close the case; what is still open stays on record as open."""
    wish = Move("close", typed.get("reason", ""), outcome=typed.get("outcome", ""), where=typed.get("where", ""))
    move(state.position, wish)
    left = "\n".join(task.title for task in state.open_tasks[:20])
    return [desk.entry("close", reason=wish.reason, outcome=wish.outcome, where=wish.where, open=left)]


def _reopened(typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    move(state.position, Move("reopen", typed.get("reason", "")))
    return [desk.entry("reopen", reason=typed["reason"])]


def _scheduled(typed: Typed, _state: CaseState, desk: Desk) -> list[Entry]:
    """Plan the follow-ups of the municipality's template; each can be moved or dropped by itself."""
    start = read_day(typed.get("start", "")) or desk.today
    near, longer = typed.get("near") == "yes", typed.get("longer") == "yes"
    days = dates(start, desk.casework.follow_up, desk.hours, near=near, longer=longer)
    tasks = "\n".join(f"{day} follow_up Uppföljning" for day in days)
    return [desk.entry("seeded", **typed, template="yes", tasks=tasks)]


def _answered(typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    found = state.questions.get(typed.get("question", ""))
    if found is None:
        raise RefusedActError("gone")
    if not found.open:
        raise RefusedActError("answered", found.answered_by)
    return [desk.entry("answer", **typed)]


def _questioned(typed: Typed, _state: CaseState, desk: Desk) -> list[Entry]:
    about = typed.get("about", "")
    if not (about.isascii() and about.isdecimal() and 0 < int(about) < desk.number):
        raise RefusedActError("gone")
    return [desk.entry("question", **typed)]


def _followed(typed: Typed, state: CaseState, desk: Desk) -> list[Entry]:
    """Keep what a follow-up found; without a named date it belongs to the earliest that is due."""
    named = state.tasks.get(typed.get("task", ""))
    due = [task for task in state.open_tasks if task.kind == "follow_up" and task.due and task.due <= desk.today]
    task = named if named is not None and named.open else next(iter(due), None)
    return [desk.entry("follow_up", **{**typed, "task": task.id if task else ""})]


def opening(typed: Typed, desk: Desk, collected: datetime | None = None) -> list[Entry]:
    """Give the first entries of a case: its opening, a first note, and what the first stage asks for."""
    named = typed.get("named", "") if typed.get("protected") else ""
    if typed.get("protected") and desk.who not in named.split("\n"):
        named = f"{desk.who}\n{named}".strip()
    text = typed.get("text", "")
    about = {name: value for name, value in typed.items() if name not in ("text", "named")}
    seen = collected.isoformat(timespec="seconds") if collected else ""
    first = desk.entry("opened", **about, named=named, collected=seen)
    note = [desk.entry("note", text=text)] if text else []
    return [first, *note, *seeds(1, CaseState(), desk)]


OWN_ID = frozenset({"measure"})  # their id is that of the thing they change
MAKERS: Mapping[str, Maker] = {
    "contact": _plain("attempt"),
    "measure": _measure,
    "follow_up": _followed,
    "move": _moved,
    "close": _closed,
    "reopen": _reopened,
    "schedule": _scheduled,
    "answer": _answered,
    "question": _questioned,
    "card": _plain("contact"),
    "note": _plain("note"),
    "task": _plain("task"),
    "flag": _plain("flag"),
    "rename": _plain("renamed"),
    "real": _plain("real_name"),
    "wait": _plain("waiting"),
}
