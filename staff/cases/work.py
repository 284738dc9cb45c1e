"""What entries do to the work within a case: forms, attempts, tasks, flags, questions, measures, follow-ups."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from staff.cases.model import (
    MEASURE_STATES,
    TASK_KINDS,
    Attempt,
    CaseState,
    Flag,
    Measure,
    Question,
    Task,
    Version,
    put,
)
from staff.cases.steps import NAME, Step
from staff.cases.values import day, flag, items, line, of, read_day, read_time, text
from staff.entry import Entry

REACHED = "reached"
RESULTS = (REACHED, "no_answer", "left_message", "wrong_number", "unsafe", "other")
MANY = 400  # things of one sort in one case: what a colleague's key may sign must not grow without end


def form(state: CaseState, entry: Entry) -> CaseState:
    """Keep one more version of a form; what it says of the case itself is said by other entries."""
    name = line(entry, "form", 20)
    versions = (*state.forms.get(name, ()), version(entry))
    return replace(state, forms=put(state.forms, name, versions)) if name else state


def version(entry: Entry) -> Version:
    """Give what an entry filled in."""
    return Version(text(entry, "id"), entry.who, entry.when, entry.fields)


def attempt(state: CaseState, entry: Entry) -> CaseState:
    """Note an attempt to reach the person; the first that succeeds is the first answer."""
    result = of(entry, "result", RESULTS, "other")
    again = None if result == REACHED else read_time(text(entry, "again"))
    made = Attempt(text(entry, "id"), entry.who, entry.when, line(entry, "how", NAME), result, again)
    reached = state.reached_at or (entry.when if result == REACHED else None)
    return replace(state, attempts=(*state.attempts, made)[-MANY:], reached_at=reached)


def task(state: CaseState, entry: Entry) -> CaseState:
    """Plan something for a day."""
    seed = text(entry, "seed")
    return _planned(
        state,
        Task(
            id=text(entry, "id"),
            title=line(entry, "title"),
            due=day(entry, "due"),
            kind=of(entry, "kind", TASK_KINDS, "task"),
            owner=line(entry, "owner", NAME),
            agency=line(entry, "agency", NAME),
            seed=int(seed) if seed in ("1", "2", "3", "4", "5", "6") else 0,
        ),
    )


def _planned(state: CaseState, new: Task) -> CaseState:
    if not new.id or not new.title or new.id in state.tasks or len(state.tasks) >= MANY:
        return state
    return replace(state, tasks=put(state.tasks, new.id, new))


def seeded(state: CaseState, entry: Entry) -> CaseState:
    """Plan what a stage or a template asks for: each line a day (or "-"), a kind, a title."""
    for number, one in enumerate(items(entry, "tasks")):
        due, _, rest = one.partition(" ")
        kind, _, title = rest.partition(" ")
        known = kind if kind in TASK_KINDS else "task"
        seed = text(entry, "seed")
        state = _planned(
            state,
            Task(
                id=f"{text(entry, 'id')}-{number}",
                title=title,
                due=read_day(due),
                kind=known,
                seed=int(seed) if seed in ("1", "2", "3", "4", "5", "6") else 0,
            ),
        )
    return replace(state, planned=True) if text(entry, "template") else state


def task_done(state: CaseState, entry: Entry) -> CaseState:
    """Note that a task is done, or the several that one saving of a form did."""
    done = day(entry, "done") or entry.when.date()
    return _tasks(state, entry, lambda one: one.open, done=done, done_by=entry.who, line=line(entry, "line"))


def task_undone(state: CaseState, entry: Entry) -> CaseState:
    """Open tasks again that were done or dropped by mistake."""
    return _tasks(state, entry, lambda one: not one.open, done=None, done_by="", dropped=False)


def task_moved(state: CaseState, entry: Entry) -> CaseState:
    """Move a task to another day."""
    return _tasks(state, entry, lambda one: one.open, due=day(entry, "due"), line=line(entry, "line"))


def task_dropped(state: CaseState, entry: Entry) -> CaseState:
    """Give a task up, with a reason."""
    return _tasks(state, entry, lambda one: one.open, dropped=True, done_by=entry.who, line=line(entry, "line"))


def named_tasks(state: CaseState, entry: Entry) -> list[Task]:
    """List the tasks that an entry is about: it names them by their ids, one a line."""
    return [state.tasks[name] for name in items(entry, "task") if name in state.tasks]


def _tasks(state: CaseState, entry: Entry, fits: Callable[[Task], bool], **changes: object) -> CaseState:
    for one in filter(fits, named_tasks(state, entry)):
        after = replace(one, **changes)  # type: ignore[arg-type]  # each by its own reader
        state = replace(state, tasks=put(state.tasks, one.id, after))
    return state


def flagged(state: CaseState, entry: Entry) -> CaseState:
    """Raise a flag with a text and a last day."""
    new = Flag(text(entry, "id"), line(entry, "text"), day(entry, "until"), entry.who)
    if not new.id or not new.text or new.id in state.flags or len(state.flags) >= MANY:
        return state
    return replace(state, flags=put(state.flags, new.id, new))


def flag_lifted(state: CaseState, entry: Entry) -> CaseState:
    """Take a flag down."""
    found = state.flags.get(text(entry, "flag"))
    return state if found is None else replace(state, flags=put(state.flags, found.id, replace(found, lifted=True)))


def question(state: CaseState, entry: Entry) -> CaseState:
    """Attach a question to an entry, which `about` names by its number."""
    new = Question(text(entry, "id"), line(entry, "about", 8), text(entry, "text"), entry.who, entry.when)
    if not new.id or not new.text or new.id in state.questions or len(state.questions) >= MANY:
        return state
    return replace(state, questions=put(state.questions, new.id, new))


def answer(state: CaseState, entry: Entry) -> CaseState:
    """Answer a question: whoever does so closes it; a later answer stands in the history only."""
    found = state.questions.get(text(entry, "question"))
    if found is None or not found.open:
        return state
    closed = replace(found, answer=text(entry, "text"), answered_by=entry.who)
    return replace(state, questions=put(state.questions, found.id, closed))


def measure(state: CaseState, entry: Entry) -> CaseState:
    """Add a measure to the plan, or change one that is there."""
    new = Measure(
        id=text(entry, "id"),
        what=line(entry, "what"),
        owner=line(entry, "owner", NAME),
        agency=line(entry, "agency", NAME),
        due=day(entry, "due"),
        status=of(entry, "status", MEASURE_STATES, "planned"),
        line=line(entry, "line"),
        drawn=text(entry, "drawn"),
    )
    if not new.id or not new.what or (new.id not in state.measures and len(state.measures) >= MANY):
        return state
    return replace(state, measures=put(state.measures, new.id, new))


def follow_up(state: CaseState, entry: Entry) -> CaseState:
    """Keep what a follow-up found, and close the planned date that it belongs to."""
    kept = replace(state, follow_ups=(*state.follow_ups, version(entry))[-MANY:])
    return task_done(kept, entry) if not flag(entry, "unreached") else kept


STEPS: Mapping[str, Step] = {
    "form": form,
    "attempt": attempt,
    "task": task,
    "seeded": seeded,
    "task_done": task_done,
    "task_undone": task_undone,
    "task_moved": task_moved,
    "task_dropped": task_dropped,
    "flag": flagged,
    "flag_lifted": flag_lifted,
    "question": question,
    "answer": answer,
    "measure": measure,
    "follow_up": follow_up,
}
