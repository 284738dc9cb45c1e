"""What a stage plans is done by the form that does it: nobody ticks off what they have just written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from programme.casework import DONE_BY, SEEDS, Casework, Seed
from programme.hours import Hours, Slot
from staff.cases.model import CaseState, Task
from staff.cases.state import fold
from staff.cases.values import read_day
from staff.cases.words import FORMS, form_class
from staff.cases.writing import Desk, opening, written
from staff.entry import Entry
from tests.staff.casework import ANNA, BJORN, Room
from tests.staff.world import World

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OPEN = Hours({number: Slot(time(8), time(16)) for number in range(7)}, frozenset())
ANSWERS: Mapping[str, Mapping[str, str]] = {
    "card": {"how": "samtal"},
    "talk": {"want": "bort", "meet_at": "2026-12-01T10:00", "meet_place": "biblioteket"},
    "assessment": {"motivation": "orkar inte", "needs": "housing", "applied": "no"},
    "mapping": {"group_on": "2026-12-08", "decision": "asked"},
    "safety": {"police_result": "förhöjd", "note": "dörr"},
    "measure": {"what": "Boende", "owner": "Anna", "due": "2026-12-10"},
    "schedule": {"start": "2026-12-01"},
}
REVIEW = "Gå igenom trygghetsplanen igen"  # done from its day on: told of below
PARTS = st.sampled_from([(form, name) for form, answers in ANSWERS.items() for name in answers])


class Casebook:
    """A case as a list of entries, written as the app writes them."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.entries: list[Entry] = opening({"working": "Björk 14", "how": "call"}, self.desk())

    def desk(self) -> Desk:
        """Give what writing needs, now."""
        return Desk(ANNA, self.now, Casework(), OPEN, 1)

    @property
    def state(self) -> CaseState:
        """Fold the case."""
        return fold(self.entries)

    def save(self, name: str, **typed: str) -> list[Entry]:
        """Save a form and give what was written."""
        made = written(name, typed, self.state, self.desk())
        self.entries += made
        return made

    def open_titles(self) -> set[str]:
        """Name what is still to be done."""
        return {task.title for task in self.state.open_tasks}


class Saving(RuleBasedStateMachine):
    """Forms saved in any order with any of their answers, undone and ticked, beside a plain account of what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.case, self.open, self.stage = Casebook(), {s.title for s in SEEDS if s.stage == 1}, 1
        self.said: dict[str, list[dict[str, str]]] = {}
        self.last: Entry | None = None

    @precondition(lambda self: self.stage < 6)
    @rule()
    def on(self) -> None:
        """Move on: what a form has said already is not planned."""
        self.stage += 1
        self.case.save("move", to=str(self.stage), reason="x")
        self.open |= {s.title for s in SEEDS if s.stage == self.stage and not self.is_said(s)}

    def is_said(self, seed: Seed) -> bool:
        """Tell by this account whether a form has said what a seed asks for."""
        said = self.said.get(seed.form, [])
        return seed.kind != "review" and any(set(seed.fields) <= one.keys() for one in said)

    @rule(parts=st.lists(PARTS, min_size=1, max_size=6))
    def saves(self, parts: list[tuple[str, str]]) -> None:
        """Save a form with some of its answers: exactly the seeds that ask for these are done, in one entry."""
        form = parts[0][0]
        typed = {name: ANSWERS[form][name] for one, name in parts if one == form}
        if form == "measure":
            typed["what"] = "Boende"
        done = {
            s.title
            for s in SEEDS
            if s.form == form and s.kind != "review" and s.title in self.open and set(s.fields) <= typed.keys()
        }
        made = self.case.save(form, **typed)
        closing = [one for one in made if one.kind == "task_done"]
        told = {title for one in closing for title in one.fields["title"].split(" · ")}
        assert told - {REVIEW} == done
        assert len(closing) <= 1
        assert all(one.fields["form"] == form and one.fields["title"] for one in closing)
        self.last = closing[0] if closing else self.last
        self.open -= done
        self.said[form] = [*(self.said.get(form, []) if form == "measure" else []), typed]

    @precondition(lambda self: self.last is not None)
    @rule()
    def undoes(self) -> None:
        """Open again what the last such saving did: all of it, and nothing else."""
        assert self.last is not None
        named = self.last.fields["task"].split("\n")
        tasks = self.case.state.tasks
        self.open |= {tasks[name].title for name in named}
        self.case.entries.append(
            Entry(BJORN, self.case.now, "task_undone", {"id": "u", "task": self.last.fields["task"]})
        )
        self.last = None

    @rule(days=st.integers(0, 40))
    def waits(self, days: int) -> None:
        """Let days go by."""
        self.case.now += timedelta(days=days)

    @invariant()
    def the_account_holds(self) -> None:
        """What the stages planned is open exactly where this account says so; reviews are told of below."""
        seeds = [task for task in self.case.state.tasks.values() if task.seed and task.kind != "review"]
        assert {task.title for task in seeds if task.open} == {t for t in self.open if t != REVIEW}


Saving.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestFormsDoWhatTheStagesPlanned = Saving.TestCase


def test_every_form_and_answer_that_a_seed_may_name_is_there() -> None:
    """The settings know the forms' names: each is a form, each answer one of its questions; each default is allowed."""
    for name, answers in DONE_BY.items():
        form = form_class(name, Casework())
        assert form is not None
        assert set(answers) <= {field.short_name for field in form()}, name
    assert all(not seed.form or set(seed.fields) <= set(DONE_BY[seed.form]) for seed in SEEDS)
    assert all(seed.form or seed.kind == "contact" for seed in SEEDS)
    assert DONE_BY.keys() <= FORMS.keys()


def test_a_question_not_asked_yet_does_nothing() -> None:
    """The decision "not asked" leaves the task that asks for it; "asked" does it."""
    case = Casebook()
    case.save("move", to="4", reason="x")
    case.save("mapping", decision="not_asked", note="väntar")
    assert "Fråga efter socialtjänstens beslut" in case.open_titles()
    case.save("mapping", decision="asked")
    assert "Fråga efter socialtjänstens beslut" not in case.open_titles()


def test_a_review_is_done_from_its_day_on_and_moved_before_it() -> None:
    """A new day moves the one review; on that day a saving does it and plans the next: never two at a time."""
    case = Casebook()
    case.save("move", to="5", reason="x")
    (first,) = reviews(case)
    case.save("safety", note="dörr", review_on="2026-12-10")
    (moved,) = reviews(case)
    assert (moved.id, moved.due) == (first.id, date(2026, 12, 10))
    case.save("safety", note="dörren är lagad", review_on="2026-12-10")
    assert reviews(case) == [moved]
    case.now = BEGIN + timedelta(days=17)
    case.save("safety", note="genomgången", review_on="2027-01-10")
    (after,) = reviews(case)
    assert after.id != first.id
    assert after.due == read_day("2027-01-10")
    case.now = BEGIN + timedelta(days=50)
    case.save("safety", note="igen", review_on="2027-01-10")
    assert reviews(case) == []


def reviews(case: Casebook) -> list[Task]:
    """List the reviews that are still to come."""
    return [task for task in case.state.open_tasks if task.kind == "review"]


def test_saved_it_is_gone_from_every_list_and_comes_back_by_one_button(world: World) -> None:
    """Anna writes what he wants: the task leaves Nästa, the calendar and the closing list, and one line says so."""
    anna = Room(world, world.owner)
    case = anna.open()
    anna.save(case, "contact", how="call", result="reached")
    anna.save(case, "card", how="samtal")
    anna.save(case, "move", to="2", reason="vill ses")
    title = "Skriv vad personen vill, med egna ord"
    world.clock.turn(days=8)
    anna = Room(world, world.owner)
    places = (case, "/today", "/queue", "/calendar", f"{case}?write=close")
    for place in (case, "/calendar", f"{case}?write=close"):
        assert title in anna.get(place).partition('class="timeline"')[0]
    page = anna.save(case, "talk", want="bort härifrån")
    history = page.partition('class="timeline"')[2]
    assert history.count(f">{title}<") == 1
    assert "Klart i och med Förutsättningslöst samtal" in history
    for place in places:
        assert title not in anna.get(place).partition('class="timeline"')[0], place
    done = anna.state(case)
    (task,) = [one for one in done.tasks.values() if one.title == title]
    assert f'name="task" value="{task.id}"' in history
    page = anna.do(case, "undone", task=task.id)
    assert title in page.partition('class="timeline"')[0]
    assert f'value="{task.id}"' not in page.partition('class="timeline"')[2]
    assert "Det är redan gjort" in anna.do(case, "undone", task=task.id)
    assert "finns inte längre" in anna.do(case, "undone", task="x")
