"""Which planned tasks a saved form has done: nobody should have to tick off what they have just written.

The programme's settings name the form for each task that a stage plans, so that the rule can be changed for cases that
are there already. A task is known again by its stage and its words.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from programme.casework import Casework, Seed
from staff.cases.model import CaseState, Task
from staff.cases.work import REACHED

REVIEWS = {"safety": "Gå igenom trygghetsplanen", "plan": "Gå igenom planen"}  # what these forms plan themselves
NOT_YET = frozenset({"", "not_asked"})  # answers which say that it is still to be done
ROOM = 280  # characters of several titles in one line


def finished(name: str, typed: Mapping[str, str], state: CaseState, casework: Casework, today: date) -> list[Task]:
    """List the open tasks that saving a form does: its answers are there, and a review's day has come.

    Every planned contact is done by an attempt that reaches the person.
    """
    return [task for task in state.open_tasks if _is_done(task, name, typed, casework, today)]


def _is_done(task: Task, name: str, typed: Mapping[str, str], casework: Casework, today: date) -> bool:
    if task.kind == "review" and _is_review_of(task, name, casework):
        return task.due is not None and task.due <= today
    if task.kind == "contact":
        return name == "contact" and typed.get("result") == REACHED
    seed = seed_of(task, casework)
    return seed is not None and seed.form == name and seed.kind != "review" and _answered(seed, typed)


def seed_of(task: Task, casework: Casework) -> Seed | None:
    """Give the setting that a task was planned by; None for one that somebody wrote, or that is reworded since."""
    return next((one for one in casework.seeds_of(task.seed) if one.title == task.title), None)


def _is_review_of(task: Task, name: str, casework: Casework) -> bool:
    seed = seed_of(task, casework)
    return task.title == REVIEWS.get(name) if seed is None else seed.form == name


def _answered(seed: Seed, typed: Mapping[str, str]) -> bool:
    return all(typed.get(name, "") not in NOT_YET for name in seed.fields)


def review_ahead(name: str, state: CaseState, casework: Casework, today: date) -> Task | None:
    """Give the review of a form that is still to come, if there is one: a new day moves it."""
    ahead = (task for task in state.open_tasks if task.kind == "review" and task.due and task.due > today)
    return next((task for task in ahead if _is_review_of(task, name, casework)), None)


def done_before(seed: Seed, state: CaseState) -> bool:
    """Tell whether a form said what a task asks for before the stage came: it is not planned then."""
    if not seed.form or seed.kind == "review":
        return False
    return any(_answered(seed, one) for one in _said(seed.form, state))


def _said(form: str, state: CaseState) -> list[Mapping[str, str]]:
    """Give what a form has said: its newest version; the card, the measures and the plan stand in the state itself."""
    if form == "card":
        card = state.contact
        return [vars(card)] if card.how or card.number else []
    if form == "measure":
        return [{"what": one.what, "owner": one.owner, "due": str(one.due or "")} for one in state.measures.values()]
    if form == "schedule":
        return [{}] if state.planned else []
    newest = state.form(form)
    return [newest.fields] if newest else []


def said_titles(tasks: Sequence[Task]) -> str:
    """Write the titles of several tasks as one line."""
    return " · ".join(task.title for task in tasks)[:ROOM]
