"""What the case page's template is given: everything in words, nothing left to decide."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # whatever a template needs

from flask import current_app, url_for

from programme.hours import ZONE
from staff.accounts.session import Row
from staff.agencies.page import for_case
from staff.cases import timeline
from staff.cases.card import card, contact_line
from staff.cases.forms import acts
from staff.cases.forms.stages import MEASURE_LABELS
from staff.cases.hand import team_of
from staff.cases.linked import links
from staff.cases.missing import missing
from staff.cases.model import CaseState, Task
from staff.cases.phrases import said_day
from staff.cases.sheets import Writing, today, writing
from staff.cases.source import untested
from staff.cases.stages import Stage
from staff.cases.state import fold
from staff.cases.values import is_open_at
from staff.folders import Folder
from staff.office import Office
from staff.onpaper import both, moment
from staff.person import Person

Context = dict[str, Any]  # Any: whatever the template needs
SHOWN = 60  # entries of the history
TASKS = 8
STAGE_FORMS = {
    Stage.CONTACT: "contact",
    Stage.TALK: "talk",
    Stage.ASSESSMENT: "assessment",
    Stage.MAPPING: "mapping",
    Stage.SAFETY: "safety",
    Stage.PLAN: "plan",
}
MORE = (("flag", "Flagga"), ("wait", "Väntar på"))
ERASURES = {"due": "Gallringstiden räknas", "held": "Gallring stoppad"}


@dataclass(frozen=True)
class Step:
    """Hold one stage of the rail."""

    label: str
    css: str
    here: bool
    form: str


def page(found: Folder, asked: dict[str, str], session: Row, person: Person, parts: Office) -> Context:
    """Give what the template needs for a case that was read and logged."""
    now, state = parts.now(), fold(found.trusted)
    seen = parts.folders.seen(found, person)
    sheet = writing(found, state, asked, person, parts)
    context = {
        **_frame(found, state, person, now),
        **_history(found, state, timeline.seen_before(seen, person.name), asked.get("older", ""), person, parts),
        "writing": sheet,
        "tabs": tabs(state, sheet),
        "help": parts.settings.programme.casework.help_of(sheet.form.stage),
        "openers": timeline.openers(seen),
        "gifts": timeline.gifts(found.entries, person.papers.members),
        "gaps": any(row.missing for row in seen),
        "shut": untested(found.trusted, state),
        "links": links(state, session, person, parts),
        "missing": missing(state, today(now)),
        "agency": for_case(found, state, session, person, parts),
        "team": readers(state, person),
        "notes": session.notes.take(),
        "real_name": None,
    }
    real = next((note for note in context["notes"] if note.kind == "case_name"), None)
    return {**context, "real_name": real.fields["name"]} if real else context


def _frame(found: Folder, state: CaseState, person: Person, now: datetime) -> Context:
    """Give what stands around the history: head, rail, card, tasks."""
    day = today(now)
    tasks = [(task, _due(task, day), task.due is not None and task.due < day) for task in state.open_tasks]
    return {
        "base": url_for("cases.show", folder=found.id),
        "back": url_for("day.cases" if "day.cases" in current_app.view_functions else "inbox.show"),
        "version": found.version,
        "whole": found.whole,
        "state": state,
        "me": person.name,
        "now": now,
        "named": state.named,
        "outcome": acts.OUTCOME_LABELS.get(state.position.outcome, ""),
        "erasure": ERASURES.get(state.position.erasure, ""),
        "due_now": due_now(state, day),
        "flags": state.live_flags(day),
        "collected": moment(state.collected_at, now) if state.collected_at else "",
        "rail": rail(state),
        "more_forms": MORE,
        "contact": card(state.contact),
        "contact_line": contact_line(state.contact),
        "window_open": is_open_at(state.contact.windows, now),
        "tasks": tasks[:TASKS],
        "more_tasks": len(tasks) - TASKS if len(tasks) > TASKS else 0,
        "open_at_close": left_open(state),
        "measures": [(one, _said(one.due, day), MEASURE_LABELS[one.status]) for one in state.measures.values()],
        "said": lambda when: _said(when.astimezone(ZONE).date() if isinstance(when, datetime) else when, day),
        "clock": lambda when: f"{when.astimezone(ZONE):%H.%M}",
    }


def _due(task: Task, day: date) -> str:
    return _said(task.due, day) or "utan datum"


def _said(when: date | None, today: date) -> str:
    return both(said_day(when, today), said_day(when))


def due_now(state: CaseState, day: date) -> list[str]:
    """Say what cannot wait: the kinds of tasks that are due, each once."""
    due = [task for task in state.open_tasks if task.due is not None and task.due <= day]
    return list(dict.fromkeys(_due_label(task, day) for task in due[:4]))


def _due_label(task: Task, day: date) -> str:
    kind = acts.TASK_LABELS[task.kind]
    return both(f"{kind} i dag", f"{kind} {said_day(day)}") if task.due == day else f"{kind} försenad"


def left_open(state: CaseState) -> list[str]:
    """List what closing would leave behind: tasks, questions, measures that are not done."""
    same = Counter(task.title for task in state.open_tasks)
    found = [title if times == 1 else f"{title}, {times} gånger" for title, times in same.items()]
    found += [f"Fråga: {question.text}" for question in state.open_questions]
    return found + [f"Insats: {one.what}" for one in state.measures.values() if one.status in ("planned", "going")]


def rail(state: CaseState) -> list[Step]:
    """Give the six stages as the rail shows them."""
    at = state.position.stage

    def step(stage: Stage) -> Step:
        css = "here" if stage == at else "done" if stage < at else ""
        return Step(acts.STAGE_LABELS[stage], css, stage == at, STAGE_FORMS[stage])

    return [step(stage) for stage in Stage]


def tabs(state: CaseState, sheet: Writing) -> list[tuple[str, str, str]]:
    """List the forms that are nearest at hand: a note, one for each stage reached so far, and the one that is open."""
    found = [("note", "Anteckning", "")]
    for stage, name in STAGE_FORMS.items():
        if stage <= state.position.stage or name in state.forms:
            label = "Kontaktförsök" if name == "contact" else acts.STAGE_LABELS[stage]
            found.append((name, label, "here" if stage == state.position.stage else ""))
    known = any(name == sheet.name for name, *_ in found)
    return found if known else [*found, (sheet.name, sheet.form.heading, "")]


def _history(found: Folder, state: CaseState, seen: int, older: str, person: Person, parts: Office) -> Context:
    """Give a stretch of the history: the newest entries, or those below the number asked for."""
    top = int(older) if older.isascii() and older.isdecimal() and len(older) < 8 else 0
    entries = [one for one in found.entries if not top or one.number < top]
    shown = entries[-SHOWN:]
    days = timeline.days(shown, state, parts.settings.programme.casework, seen, person.name)
    return {
        "days": days,
        "fresh": sum(item.fresh for _, items in days for item in items),
        "older": shown[0].number if len(shown) < len(entries) else 0,
    }


def readers(state: CaseState, person: Person) -> Sequence[str]:
    """List who can hold the case: the team's coordinators, or those named for a protected one."""
    return [name for name in team_of(person) if not state.protected or name in state.named]
