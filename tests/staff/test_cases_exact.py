"""What each entry makes of a case, whole: every field of it, what may be left out, and where each limit lies.

Found by mutation testing: each of these could be changed without a quick test that failed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from staff.cases.model import (
    Attempt,
    CaseState,
    Contact,
    Flag,
    Link,
    Measure,
    Moved,
    Question,
    Task,
    Version,
    Window,
)
from staff.cases.stages import Erasure, Move, Position, Stage, Status, move, offered
from staff.cases.state import fold, known
from staff.cases.steps import NAME
from staff.cases.work import MANY
from staff.entry import Entry
from staff.errors import RefusedActError
from tests.staff.casework import ANNA, BJORN, START, entry, opened

ROW = "0123456789abcdef" * 2
LONG = "x" * 90
DAY = date(2026, 12, 1)


def act(kind: str, by: str = ANNA, /, **fields: str) -> Entry:
    """Make an entry of fields that are known as the test runs only."""
    return Entry(by, START, kind, fields)


def at(minutes: float) -> datetime:
    """Give a moment of the story."""
    return START + timedelta(minutes=minutes)


def test_a_case_begins_with_all_that_its_first_entry_says() -> None:
    """Who opened it and when, how it came, who holds it; and what nobody said is what is safe to believe."""
    plain = fold([entry("opened", working="Björk 14")])
    assert plain == CaseState(
        working="Björk 14",
        how="call",
        opened_at=START,
        opened_by=ANNA,
        stage_since=START,
        holder=ANNA,
        collected_at=START,
        changed_at=START,
        changed_by=ANNA,
    )
    said = {"how": "outreach", "holder": BJORN, "danger": "2", "under18": "yes", "collected": "2026-11-22T08:00"}
    full = fold([opened(protected="yes", named=f"{ANNA}\n{BJORN}", **said)])
    assert (full.how, full.holder, full.danger, full.under18) == ("outreach", BJORN, 2, True)
    assert full.collected_at == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert (full.protected, full.named) == (True, (ANNA, BJORN))


@pytest.mark.parametrize(("level", "danger"), [("0", 0), ("1", 1), ("2", 2), ("3", 0), ("", 0), ("x", 0)])
def test_danger_has_three_levels(level: str, danger: int) -> None:
    """At the beginning and later; what is no level is no alarm."""
    assert fold([opened(danger=level)]).danger == danger
    assert fold([opened(danger="1"), entry("danger", to=level)]).danger == danger


def test_a_case_that_nobody_protected_names_nobody() -> None:
    """Names without the word that shuts it mean nothing, at the beginning and later; opening it forgets them."""
    assert fold([opened(named=ANNA)]).named == ()
    shut = [opened(), entry("protected", yes="yes", named=f"{ANNA}\n{BJORN}")]
    assert (fold(shut).protected, fold(shut).named) == (True, (ANNA, BJORN))
    again = fold([*shut, entry("protected", named=ANNA)])
    assert (again.protected, again.named) == (False, ())


@pytest.mark.parametrize("field", ["working", "holder"])
def test_names_have_sixty_letters(field: str) -> None:
    """A working name or a colleague's is cut there, when a case is opened."""
    assert getattr(fold([opened(**{field: LONG})]), field) == LONG[:NAME] == "x" * 60


def test_a_case_gets_other_names() -> None:
    """A new working name, or an empty one that changes nothing; a real name of at most two hundred letters."""
    assert fold([opened(), entry("renamed", working="Lind 3")]).working == "Lind 3"
    assert fold([opened(), entry("renamed", working=LONG)]).working == "x" * 60
    assert fold([opened(), entry("renamed")]).working == "Björk 14"
    assert fold([opened(), entry("real_name", name="y" * 300)]).real_name == "y" * 200


def test_whoever_takes_a_case_helps_with_it_no_more() -> None:
    """Björn, who helped, holds it; the others help on; nobody may be named, and then it is nobody's."""
    case = [opened(), entry("helper", who=BJORN), entry("helper", who="Cilla")]
    assert fold(case).helpers == (BJORN, "Cilla")
    taken = fold([*case, entry("taken", holder=BJORN)])
    assert (taken.holder, taken.helpers) == (BJORN, ("Cilla",))
    assert fold([*case, entry("taken", holder=LONG)]).holder == "x" * 60
    nobody = fold([*case, entry("taken")])
    assert (nobody.holder, nobody.helpers) == ("", (BJORN, "Cilla"))


def test_helpers_come_and_go() -> None:
    """Twice is once, out is out, the holder is no helper, nobody is nobody, and the last eight are kept."""
    case = [opened(), entry("helper", who=BJORN), entry("helper", who="Cilla")]
    assert fold([*case, entry("helper", who=BJORN)]).helpers == ("Cilla", BJORN)
    assert fold([*case, entry("helper", who=BJORN, out="yes")]).helpers == ("Cilla",)
    for nobody in (ANNA, ""):
        assert fold([*case, entry("helper", who=nobody)]).helpers == (BJORN, "Cilla")
    assert fold([opened(), entry("helper", who=LONG)]).helpers == ("x" * 60,)
    crowd = fold([opened(), *(entry("helper", who=f"N{number}") for number in range(9))])
    assert crowd.helpers == tuple(f"N{number}" for number in range(1, 9))


def test_a_child_is_noted_and_what_the_day_asks_for() -> None:
    """Under 18 is said and taken back; what the law asks of the same day is done once it was noted."""
    case = [opened(), entry("under18", yes="yes"), entry("same_day")]
    assert (fold(case).under18, fold(case).same_day_done) == (True, True)
    assert fold([*case, entry("under18")]).under18 is False
    assert fold([opened()]).same_day_done is False


def test_every_move_is_kept_with_its_reason() -> None:
    """The stage's day moves with the stage and with nothing else; closing says how it ended and where."""
    state = fold(
        [
            opened(),
            entry("forward", BJORN, minutes=5, to="3", reason="vill"),
            entry("close", minutes=9, reason="nog", outcome="other_support", where=" Beroende  "),
        ]
    )
    assert state.moves == (
        Moved("forward", Stage.ASSESSMENT, at(5), BJORN, "vill"),
        Moved("close", Stage.ASSESSMENT, at(9), ANNA, "nog"),
    )
    assert state.position == Position(Stage.ASSESSMENT, Status.CLOSED, "other_support", "Beroende")
    assert (state.stage_since, state.closed_at) == (at(5), at(9))


OPEN, SHUT = Status.OPEN, Status.CLOSED
OFFERS = [
    (OPEN, Erasure.KEPT, ("forward", "back", "close", "hold")),
    (OPEN, Erasure.HELD, ("forward", "back", "close", "release")),
    (OPEN, Erasure.DUE, ("forward", "back", "close", "hold", "keep")),
    (SHUT, Erasure.KEPT, ("reopen", "hold", "due")),
    (SHUT, Erasure.HELD, ("reopen", "release")),
    (SHUT, Erasure.DUE, ("reopen", "hold", "keep")),
]


@pytest.mark.parametrize(("status", "erasure", "acts"), OFFERS)
def test_what_may_be_done_where(status: Status, erasure: Erasure, acts: tuple[str, ...]) -> None:
    """The machine's whole table, by hand: an open case never falls due, a held one is neither due nor kept."""
    assert offered(Position(Stage.MAPPING, status, erasure=erasure)) == acts
    assert ("back" in offered(Position(Stage.CONTACT, status))) is False
    assert ("forward" in offered(Position(Stage.PLAN, status))) is False


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Move("reopen", "x"), "not_offered"),
        (Move("close", " ", outcome="died"), "reason"),
        (Move("forward", "x", to="9"), "stage"),
        (Move("close", "x", outcome="?"), "outcome"),
        (Move("close", "x", outcome="other_support"), "where"),
    ],
)
def test_a_refused_move_says_why_in_one_word(wish: Move, reason: str) -> None:
    """The page looks its sentence up by that word, so it is exactly this one."""
    with pytest.raises(RefusedActError) as caught:
        move(Position(), wish)
    assert caught.value.reason == reason


def test_opening_a_case_again_forgets_how_it_ended() -> None:
    """Neither outcome nor place stays, and a clock that ran has stopped."""
    closed = Position(Stage.PLAN, Status.CLOSED, "other_support", "Beroende", Erasure.DUE)
    assert move(closed, Move("reopen", "ringde")) == Position(Stage.PLAN)


def test_a_submission_is_tied_once() -> None:
    """Whose it is and since when; tying it again does not shut a tested one; what is no id ties nothing."""
    case = [opened(), entry("linked", minutes=3, submission=ROW, source="relative")]
    assert fold(case).links == {ROW: Link(ROW, "relative", at(3))}
    tested = [*case, entry("tested", BJORN, submission=ROW, reason="Mamman har sagt ja")]
    done = Link(ROW, "relative", at(3), BJORN, "Mamman har sagt ja")
    again = entry("linked", submission=ROW, source="other")
    assert fold(tested).links == fold([*tested, again]).links == {ROW: done}
    assert fold([opened(), entry("linked", submission=ROW)]).links[ROW].source == "other"
    assert fold([opened(), entry("linked", submission=ROW, source="me")]).links[ROW].source == "other"
    two = [*case, entry("linked", submission="f" * 32)]
    assert fold([*two, entry("unlinked", submission="f" * 32)]).links == fold(case).links
    assert fold([*case, entry("unlinked", submission=ROW)]).links == {}
    for wrong in (ROW[:-1], ROW + "0", ROW[:-1] + "g", ""):
        assert fold([opened(), entry("linked", submission=wrong)]).links == {}


def test_the_card_of_safe_contact_is_kept_whole() -> None:
    """Each line in its own place, the times as they are read, the drawing as it was drawn; a new card is all new."""
    lines = {name: f"{name}?" for name in ("how", "number", "when", "word", "call_name", "sees", "never", "language")}
    written = act("contact", **lines, windows="0 480 720", drawn="M0 0")
    assert fold([opened(), written]).contact == Contact(**lines, windows=(Window((0,), 480, 720),), drawn="M0 0")
    assert fold([opened(), written, entry("contact")]).contact == Contact()


def test_a_case_waits_for_somebody_since_a_moment() -> None:
    """Who is named, cut at sixty letters, and since when; nobody ends it."""
    case = [opened(), entry("waiting", minutes=4, on="Socialtjänsten")]
    assert (fold(case).waiting, fold(case).waiting_since) == ("Socialtjänsten", at(4))
    assert fold([opened(), entry("waiting", on=LONG)]).waiting == "x" * 60
    ended = fold([*case, entry("waiting", minutes=8)])
    assert (ended.waiting, ended.waiting_since) == ("", None)


def test_a_form_and_a_follow_up_are_kept_as_they_were_filled_in() -> None:
    """Id, writer, moment and every field; a form has a name of at most twenty letters, and without one is none."""
    fields = {"id": "v1", "form": "talk", "want": "bort"}
    state = fold([opened(), Entry(BJORN, at(2), "form", fields)])
    assert state.forms == {"talk": (Version("v1", BJORN, at(2), fields),)}
    assert set(fold([opened(), entry("form", form=LONG)]).forms) == {"x" * 20}
    assert fold([opened(), entry("form", id="v1")]).forms == {}
    missed = fold([opened(), entry("task", id="a", title="Ring"), entry("follow_up", task="a", unreached="yes")])
    assert ([one.id for one in missed.open_tasks], len(missed.follow_ups)) == (["a"], 1)


def test_an_attempt_to_reach_somebody_is_kept_whole() -> None:
    """Who tried when and how, what came of it, when to try again; a result that is not known is another."""
    tried = entry("attempt", BJORN, minutes=5, id="t1", how="sms", result="no_answer", again="2026-11-24T08:30")
    again = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
    assert fold([opened(), tried]).attempts == (Attempt("t1", BJORN, at(5), "sms", "no_answer", again),)
    strange = fold([opened(), entry("attempt", how=LONG, result="?")]).attempts[0]
    assert (strange.how, strange.result) == ("x" * 60, "other")


def test_a_task_is_kept_whole() -> None:
    """Title, day, kind, who does it, who is waited for, which stage planned it; what nobody said is plain."""
    said = {"title": "Ring", "due": "2026-12-01", "kind": "meeting", "owner": BJORN, "agency": "Polisen", "seed": "4"}
    assert fold([opened(), act("task", id="a", **said)]).tasks == {
        "a": Task("a", "Ring", DAY, "meeting", BJORN, "Polisen", 4)
    }
    assert fold([opened(), entry("task", id="a", title="Ring")]).tasks == {"a": Task("a", "Ring", None)}
    strange = fold([opened(), entry("task", id="a", title="Ring", kind="?", owner=LONG, agency=LONG, seed="7")])
    assert strange.tasks == {"a": Task("a", "Ring", None, "task", "x" * 60, "x" * 60, 0)}


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_each_stage_plans_its_tasks(seed: int) -> None:
    """Each of the six is kept, on a task of its own and on those that a stage asks for."""
    case = [opened(), entry("task", id="a", title="Ring", seed=str(seed))]
    state = fold([*case, entry("seeded", id="s", seed=str(seed), tasks="- x Läs\n2026-12-01 review Se över")])
    assert [one.seed for one in state.tasks.values()] == [seed] * 3
    assert [one.kind for one in state.tasks.values()] == ["task", "task", "review"]
    assert state.planned is False
    template = fold([*case, entry("seeded", id="s", tasks="- task Läs", template="yes")])
    assert (template.tasks["s-0"].seed, template.planned) == (0, True)


def test_what_became_of_a_task_is_kept_whole() -> None:
    """Done by whom and with which line, dropped, moved, and opened again as if nothing had been."""
    plan = [opened(), entry("task", id="a", title="Ring", due="2026-12-01")]
    done = [*plan, entry("task_done", BJORN, task="a", done="2026-12-03", line="svarade")]
    ended = Task("a", "Ring", DAY, done=date(2026, 12, 3), done_by=BJORN, line="svarade")
    dropped = [*plan, entry("task_dropped", BJORN, task="a", line="nej")]
    assert fold(done).tasks["a"] == ended
    assert fold(dropped).tasks["a"] == Task("a", "Ring", DAY, done_by=BJORN, line="nej", dropped=True)
    moved = fold([*plan, entry("task_moved", task="a", due="2026-12-24", line="sjuk")]).tasks["a"]
    assert moved == Task("a", "Ring", date(2026, 12, 24), line="sjuk")
    for before, line in ((done, "svarade"), (dropped, "nej")):
        assert fold([*before, entry("task_undone", task="a")]).tasks["a"] == Task("a", "Ring", DAY, line=line)


def test_a_task_that_is_over_is_not_ended_again() -> None:
    """Done is done: neither another's word nor another day changes it; and what is open cannot be opened."""
    plan = [opened(), entry("task", id="a", title="Ring", due="2026-12-01")]
    done = [*plan, entry("task_done", BJORN, task="a", done="2026-12-03", line="svarade")]
    for again in (
        entry("task_done", task="a", done="2026-12-09", line="nej"),
        entry("task_moved", task="a", due="2026-12-24"),
        entry("task_dropped", task="a", line="nej"),
    ):
        assert fold([*done, again]).tasks == fold(done).tasks
    moved = [*plan, entry("task_moved", task="a", due="2026-12-24", line="sjuk")]
    assert fold([*moved, entry("task_undone", BJORN, task="a")]).tasks == fold(moved).tasks


def test_a_flag_a_question_and_a_measure_are_kept_whole() -> None:
    """Each with who said it and when, and every field in its own place."""
    state = fold(
        [
            opened(),
            entry("flag", BJORN, id="f", text="Ring inte", until="2026-12-01"),
            entry("question", BJORN, minutes=3, id="q", about="123456789", text="Vem?"),
            entry("measure", id="m", what="Bo", owner=BJORN, agency="Soc", due="2026-12-01", line="rad", drawn="M0"),
            entry("measure", id="n", what="Gå", owner=LONG, agency=LONG, status="?"),
        ]
    )
    assert state.flags == {"f": Flag("f", "Ring inte", DAY, BJORN)}
    assert state.questions == {"q": Question("q", "12345678", "Vem?", BJORN, at(3))}
    assert state.measures == {
        "m": Measure("m", "Bo", BJORN, "Soc", DAY, "planned", "rad", "M0"),
        "n": Measure("n", "Gå", "x" * 60, "x" * 60, None, "planned"),
    }


THINGS = [("task", "title", "tasks"), ("flag", "text", "flags"), ("question", "text", "questions")]


@pytest.mark.parametrize(("kind", "words", "where"), [*THINGS, ("measure", "what", "measures")])
def test_a_thing_without_id_or_words_is_none_and_there_is_room_for_four_hundred(
    kind: str, words: str, where: str
) -> None:
    """What cannot be named later is not kept; the last place is filled, and one more thing finds none."""
    for fields in ({"id": "a"}, {words: "x"}, {}):
        assert getattr(fold([opened(), act(kind, **fields)]), where) == {}
    full = [opened(), *(act(kind, **{"id": str(number), words: "x"}) for number in range(MANY))]
    assert len(getattr(fold(full), where)) == MANY
    assert getattr(fold([*full, act(kind, **{"id": "more", words: "x"})]), where) == getattr(fold(full), where)


@pytest.mark.parametrize(("kind", "words", "where"), THINGS)
def test_an_id_is_taken_once(kind: str, words: str, where: str) -> None:
    """Whoever signs the same id again changes nothing of what stands there."""
    case = [opened(), act(kind, **{"id": "a", words: "först"})]
    again = act(kind, BJORN, **{"id": "a", words: "sedan"})
    assert getattr(fold([*case, again]), where) == getattr(fold(case), where)


def test_a_measure_may_change_when_the_plan_is_full() -> None:
    """Four hundred are there: one of them still gets its new status."""
    full = [opened(), *(entry("measure", id=str(number), what="x") for number in range(MANY))]
    assert fold([*full, entry("measure", id="7", what="x", status="done")]).measures["7"].status == "done"


def test_the_kinds_that_change_a_case_are_known() -> None:
    """A list for whoever makes entries at random, and for nobody to write to."""
    assert {"opened", "forward", "erasure_due", "task", "follow_up"} <= known()
    assert "shared" not in known()
