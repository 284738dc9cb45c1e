from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from staff.cases import state as states
from staff.cases.model import CaseState, Window
from staff.cases.stages import Erasure, Stage
from staff.cases.state import extend, fold
from staff.cases.values import is_open_at, read_windows, write_windows
from staff.entry import Entry
from tests.staff.casework import ANNA, BJORN, START, any_entries, entry, opened

ROW = "ab" * 16


def test_a_case_from_the_first_call_to_the_second_stage() -> None:
    """Anna opens a case after a call, is not answered, then is, and moves it on; the state tells all of it."""
    state = fold(
        [
            opened(danger="1", under18="yes"),
            entry("attempt", minutes=5, id="t1", how="call", result="no_answer", again="2026-11-24T08:30"),
            entry("attempt", minutes=60, id="t2", how="call", result="reached", again="2026-11-25T08:30"),
            entry("forward", minutes=70, reason="vill ses", to="2"),
        ]
    )
    assert (state.working, state.how, state.holder, state.danger, state.under18) == ("Björk 14", "call", ANNA, 1, True)
    assert state.position.stage is Stage.TALK
    assert state.stage_since == START + timedelta(minutes=70)
    assert state.reached_at == START + timedelta(minutes=60)
    assert state.attempts[0].again is not None
    assert state.again is None
    assert [(moved.act, moved.reason) for moved in state.moves] == [("forward", "vill ses")]
    assert (state.changed_at, state.changed_by) == (START + timedelta(minutes=70), ANNA)


def test_a_planned_date_without_a_done_date_is_the_task() -> None:
    """A task stays until it is done or dropped, moves to another day, and opens again after a slip of the hand."""
    plan = [opened(), entry("task", id="a", title="Ring soc", due="2026-12-01"), entry("task", id="b", title="Läs")]
    assert [task.title for task in fold(plan).open_tasks] == ["Ring soc", "Läs"]
    moved = [*plan, entry("task_moved", task="a", due="2026-12-24")]
    assert fold(moved).tasks["a"].due == date(2026, 12, 24)
    done = [*moved, entry("task_done", BJORN, task="a", done="2026-12-03"), entry("task_dropped", task="b", line="nej")]
    assert fold(done).open_tasks == []
    assert (fold(done).tasks["a"].done, fold(done).tasks["a"].done_by) == (date(2026, 12, 3), BJORN)
    again = fold([*done, entry("task_undone", task="a")])
    assert [task.id for task in again.open_tasks] == ["a"]


def test_entering_a_stage_plans_what_it_asks_for() -> None:
    """One entry plans several tasks; the same entry twice plans them once."""
    seeds = entry("seeded", id="s", seed="2", tasks="2026-12-01 meeting Första mötet\n- task Läs: anteckning")
    state = fold([opened(), seeds, seeds])
    assert [(task.id, task.due, task.kind, task.seed) for task in state.open_tasks] == [
        ("s-0", date(2026, 12, 1), "meeting", 2),
        ("s-1", None, "task", 2),
    ]


def test_a_form_is_never_overwritten() -> None:
    """Two people save the first assessment: both versions stand, the newest counts."""
    state = fold(
        [
            opened(),
            entry("form", form="assessment", id="1", own="vill"),
            entry("form", BJORN, form="assessment", id="2"),
        ]
    )
    assert [version.who for version in state.forms["assessment"]] == [ANNA, BJORN]
    newest = state.form("assessment")
    assert newest is not None
    assert newest.id == "2"
    assert state.form("mapping") is None


def test_a_question_is_closed_by_whoever_answers_first() -> None:
    """Björn asks about the third entry; Anna answers; a second answer does not rewrite hers."""
    ask = [opened(), entry("question", BJORN, id="q", about="3", text="Vem är kusinen?")]
    assert [one.about for one in fold(ask).open_questions] == ["3"]
    answered = fold(
        [*ask, entry("answer", question="q", text="Vet ej"), entry("answer", BJORN, question="q", text="Jo")]
    )
    assert answered.open_questions == []
    assert (answered.questions["q"].answer, answered.questions["q"].answered_by) == ("Vet ej", ANNA)


def test_a_flag_holds_until_its_day() -> None:
    """A flag runs out by itself the day after its last, or is taken down."""
    state = fold(
        [opened(), entry("flag", id="f", text="Ring inte brodern", until="2026-12-01"), entry("flag", id="g", text="x")]
    )
    assert [flag.id for flag in state.live_flags(date(2026, 12, 1))] == ["f", "g"]
    assert [flag.id for flag in state.live_flags(date(2026, 12, 2))] == ["g"]
    assert (
        fold([opened(), entry("flag", id="g", text="x"), entry("flag_lifted", flag="g")]).live_flags(date(2026, 12, 2))
        == []
    )


def test_a_relatives_words_are_a_protected_source_until_tested() -> None:
    """A link to a relative's submission is protected; only a test with a reason lifts that; links can be undone."""
    linked = [opened(), entry("linked", submission=ROW, source="relative")]
    assert fold(linked).links[ROW].protected
    assert fold([*linked, entry("tested", BJORN, submission=ROW, reason="  ")]).links[ROW].protected
    tested = fold([*linked, entry("tested", BJORN, submission=ROW, reason="Mamman har sagt ja")]).links[ROW]
    assert (tested.protected, tested.tested_by) == (False, BJORN)
    assert not fold([opened(), entry("linked", submission="z" * 32)]).links
    assert not fold([*linked, entry("unlinked", submission=ROW, reason="fel ärende")]).links


def test_a_measure_changes_and_a_follow_up_closes_its_date() -> None:
    """The plan's measure gets a new status; a follow-up keeps what it found and ends its planned date."""
    state = fold(
        [
            opened(),
            entry("measure", id="m", what="Boende", owner=ANNA, agency="Socialtjänsten", due="2026-12-10"),
            entry("measure", id="m", what="Boende", status="going"),
            entry("seeded", id="p", template="yes", tasks="2026-12-01 follow_up Uppföljning"),
            entry("follow_up", task="p-0", done="2026-12-02", safe="yes"),
        ]
    )
    assert [(one.what, one.status) for one in state.measures.values()] == [("Boende", "going")]
    assert state.planned
    assert state.open_tasks == []
    assert state.follow_ups[0].fields["safe"] == "yes"


def test_a_forbidden_move_changes_nothing() -> None:
    """An entry that skips the machine's rules, signed by a real key, moves nothing."""
    state = fold([opened(), entry("back", reason="x", to="1"), entry("forward", to="3"), entry("reopen", reason="x")])
    assert state.position.stage is Stage.CONTACT
    assert state.moves == ()
    held = fold([opened(), entry("erasure_hold", reason="JO frågar")])
    assert held.position.erasure is Erasure.HELD


def test_times_to_call_are_read_and_written() -> None:
    """Weekdays before noon: open on Monday at nine in Swedish time, shut on Saturday; nonsense is nothing."""
    windows = read_windows("01234 480 720\n7 1 2\n0 700 600\nx\n0 1 99999")
    assert windows == (Window((0, 1, 2, 3, 4), 480, 720),)
    assert read_windows(write_windows(windows)) == windows
    assert is_open_at(windows, START)
    assert not is_open_at(windows, START + timedelta(days=5))
    assert not is_open_at(windows, START + timedelta(hours=2))


def test_another_package_adds_its_kinds_and_takes_no_one_elses() -> None:
    """A waiver's step is added from outside and folded; a kind that has a step cannot be taken over."""

    def waiver(state: CaseState, entry: Entry) -> CaseState:
        return state.keeping("agencies", entry.fields.get("to"))

    try:
        extend({"test_waiver": waiver})
        extend({"test_waiver": waiver})
        assert fold([opened(), entry("test_waiver", to="soc")]).extras["agencies"] == "soc"
        with pytest.raises(ValueError, match="taken"):
            extend({"task": waiver})
    finally:
        states._KNOWN.pop("test_waiver")


def test_the_real_name_is_in_no_repr() -> None:
    """A state that is logged by mistake does not tell who it is."""
    state = fold([opened(), entry("real_name", name="Kim Karlsson"), entry("form", form="talk", id="1", want="bort")])
    assert state.real_name == "Kim Karlsson"
    assert "Karlsson" not in repr(state)
    assert "bort" not in repr(state)
    assert replace(state, working="") != state


@settings(max_examples=150)
@given(any_entries())
def test_no_entry_whatever_it_holds_stops_a_case(entries: list[Entry]) -> None:
    """Somebody with the case's key signs anything at all: the case still folds, and still says where it stands."""
    state = fold(entries)
    assert state.position.open or state.position.outcome
    assert all(task.title for task in state.tasks.values())
    assert (state.changed_at is None) == (not entries)
