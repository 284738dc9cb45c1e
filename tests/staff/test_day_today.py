"""The front page: what cannot wait stands on it once, the gravest first, each with one next act."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from staff.cases.model import Window
from staff.cases.stages import Position, Stage, Status
from staff.cases.summary import Next, Summary
from staff.day.cases import Case, Frame
from staff.day.today import act_of, only_mine, today
from tests.staff.casework import ANNA, BJORN, START
from tests.staff.manycases import Cases, always, task
from tests.staff.world import Browser, World

FRAME = Frame(ANNA, START)
TODAY = FRAME.today
ALWAYS = (Window((0, 1, 2, 3, 4, 5, 6), 0, 1440),)
TALK = Position(Stage.TALK)
NEXT = (Next(TODAY + timedelta(days=9), "task", "Senare"),)


def case(name: str, **values: object) -> Case:
    """Make a case that asks for nothing by itself: reached, in the second stage, with a date to come."""
    usual: dict[str, object] = {"position": TALK, "holder": ANNA, "reached_at": START, "nexts": NEXT}
    return Case(name.encode(), 1, Summary(working=name, **{**usual, **values}))  # type: ignore[arg-type]  # by its own name


def due(kind: str, title: str = "X", days: int = 0) -> tuple[Next, ...]:
    """Plan one date so many days ahead."""
    return (Next(TODAY + timedelta(days=days), kind, title),)


CALLS = [
    ("danger", {"danger": 2}),
    ("same_day", {"under18": True}),
    ("window", {"windows": ALWAYS, "reached_at": None, "position": Position()}),
    ("window", {"again": START - timedelta(minutes=1)}),
    ("window", {"windows": ALWAYS, "nexts": due("follow_up")}),
    ("tasks", {"nexts": due("task")}),
    ("tasks", {"nexts": due("measure", days=-3)}),
    ("review", {"nexts": due("review", days=-1)}),
    ("follow_up", {"nexts": due("follow_up")}),
    ("asked", {"questions": 1}),
    ("waiting", {"waiting": "Polisen", "waiting_since": START}),
    ("aimless", {"nexts": ()}),
]
QUIET = [
    {},
    {"nexts": due("task", days=1)},
    {"under18": True, "same_day_done": True},
    {"again": START + timedelta(hours=1)},
    {"questions": 1, "holder": BJORN},
    {"danger": 2, "under18": True, "nexts": (), "position": Position(status=Status.CLOSED, outcome="completed")},
]


@pytest.mark.parametrize(("group", "values"), CALLS)
def test_a_case_stands_where_it_asks_for_something(group: str, values: dict[str, object]) -> None:
    """Each reason to stand on the page leads to its own group."""
    found = today([], [case("Björk 1", **values)], FRAME)
    assert [(one.name, len(one)) for one in found] == [(group, 1)]


@pytest.mark.parametrize("values", QUIET)
def test_what_asks_for_nothing_is_left_out(values: dict[str, object]) -> None:
    """A case with its next act ahead, a child for whom all is done, a closed case: none of them is on the page."""
    assert today([], [case("Björk 1", **values)], FRAME) == []


def test_a_case_stands_once_in_the_gravest_group() -> None:
    """A case in danger with late tasks, a question and a child in it stands under danger alone."""
    grave = case("Björk 1", danger=2, under18=True, questions=2, nexts=due("task", days=-2), waiting="Polisen")
    plain = case("Björk 2", nexts=due("task"))
    found = today([], [plain, grave], FRAME)
    assert [(one.name, [one.summary.working for one in one.cases]) for one in found] == [
        ("danger", ["Björk 1"]),
        ("tasks", ["Björk 2"]),
    ]


def test_the_next_act_is_the_gravest_there_is() -> None:
    """What the law asks of today comes before a call, a call before a late task, a task before a question."""
    acts = [
        case("a", under18=True, windows=ALWAYS, again=START, nexts=due("task"), questions=1),
        case("b", windows=ALWAYS, again=START, nexts=due("task"), questions=1),
        case("c", nexts=due("task", "Ring"), questions=1),
        case("d", questions=1),
        case("e"),
        case("f", nexts=(), waiting="Polisen"),
        case("g", nexts=()),
    ]
    assert [act_of(one, FRAME) for one in acts] == [
        ("same_day", ""),
        ("reach", ""),
        ("task", "Ring"),
        ("question", ""),
        ("task", "Senare"),
        ("waiting", "Polisen"),
        ("none", ""),
    ]


def test_one_s_own_page_leaves_out_what_others_hold() -> None:
    """Anna's own page holds what is hers, what she helps with and what nobody has; Björn's stays with him."""
    held = [
        case("hers", nexts=()),
        case("shared", holder=BJORN, helpers=(ANNA,), nexts=()),
        case("nobody's", holder="", nexts=()),
        case("his", holder=BJORN, nexts=()),
    ]
    (group,) = only_mine(today([], held, FRAME), ANNA)
    assert {one.summary.working for one in group.cases} == {"hers", "shared", "nobody's"}


def test_an_agency_s_answer_is_told_until_somebody_has_seen_to_it() -> None:
    """A hand-over was answered: the case stands under its own heading."""
    one = case("Björk 1")
    (group,) = today([], [one], FRAME, answered=frozenset({one.id}))
    assert group.name == "answered"


def said(page: str) -> list[str]:
    """List the headings and the names of a page in their order."""
    found = re.finditer(r'scope="rowgroup">([^<]+) <i>|class="open"[^>]*><bdi>([^<]+)</bdi>', page)
    return [one[1] or one[2] for one in found]


def test_the_front_page_holds_requests_and_cases_the_gravest_first(world: World, owner: Browser) -> None:
    """Somebody in danger wrote, a child's case waits, a task is late: Anna reads them in that order, each one link."""
    cases = Cases(world)
    child = cases.open("Lind 3", task("Senare", cases.day(days=4)), under18="yes")
    late = cases.open("Björk 14", task("Ring hyresvärden", cases.day(days=-2)), ("forward", {"to": "2", "reason": "x"}))
    world.send(message="hej")
    grave = world.send(message="hjälp", urgency="now")
    page = owner.get("/today").text
    heads = [one for one in said(page) if one in ("Fara nu", "Olästa förfrågningar", "Att göra i dag")]
    assert heads == ["Fara nu", "Olästa förfrågningar", "Att göra i dag"]
    assert page.index(grave) < page.index(child) < page.index(late)
    assert "Ring hyresvärden" in page
    assert "2 dagar sen" in page
    assert "Skyddsbedöm" in page


def test_an_empty_day_says_so(owner: Browser) -> None:
    """Nothing waits: the pages say it in words, and what would come there."""
    assert "Inget väntar just nu" in owner.get("/today").text
    assert "Din kö är tom" in owner.get("/queue").text
    assert "Inga ärenden än" in owner.get("/cases").text
    assert "Inga flaggor" in owner.get("/flags").text
    assert "Inget har hänt" in owner.get("/shift").text


def test_each_team_s_day_is_its_own(world: World, owner: Browser, colleague: Browser, stranger: Browser) -> None:
    """Anna's case is on Björn's page too, since he is of the team; for Cilla elsewhere there is no such case."""
    Cases(world).open("Björk 14", ("contact", always()), danger="2")
    assert "Björk 14" in owner.get("/today").text
    assert "Björk 14" in colleague.get("/today").text
    for path in ("/today", "/queue", "/cases?show=all", "/flags", "/shift"):
        assert "Björk 14" not in stranger.get(path).text


def test_a_case_of_named_readers_stays_off_a_colleague_s_day(world: World, owner: Browser, colleague: Browser) -> None:
    """A protected case is granted to Anna alone: Björn's lists and counts do not know it."""
    cases = Cases(world)
    cases.open("Asp 7", danger="2", to=(world.owner,))
    assert "Asp 7" in owner.get("/today").text
    for path in ("/today", "/cases?show=all"):
        page = colleague.get(path).text
        assert "Asp 7" not in page
        assert not re.search(r'href="/today"[^>]*>I dag <i>', page)


def test_reading_the_day_claims_nothing_and_opens_nothing(world: World, owner: Browser, colleague: Browser) -> None:
    """Anna has looked at every list: the request is still unread and nobody's for Björn."""
    row = world.send(message="hej", urgency="now")
    for path in ("/today", "/queue", "/cases", "/shift", "/flags"):
        owner.get(path)
    page = colleague.get("/inbox").text
    assert f'id="r-{row}" class="unread' in page
    assert "Jag tar det" in page


def test_many_of_a_kind_are_counted_and_led_to(world: World, owner: Browser) -> None:
    """Eleven cases are without a next act: eight stand on the page, three are one link away."""
    cases = Cases(world)
    for number in range(11):
        cases.open(f"Björk {number}", ("forward", {"to": "2", "reason": "x"}))
    page = owner.get("/today").text
    assert page.count('class="open"') == 8
    assert '3 till · <a href="/cases?show=aimless">' in page
    assert owner.get("/cases?show=aimless").text.count('class="open"') == 11


def test_the_menu_counts_what_waits(world: World, owner: Browser) -> None:
    """One request and one case: the menu says so on every page after the first list was read."""
    Cases(world).open("Björk 14")
    world.send(message="hej")
    owner.get("/today")
    page = owner.get("/keys").text
    for address, count in (("/today", 2), ("/inbox", 1), ("/cases", 1), ("/queue", 1)):
        assert re.search(rf'href="{address}"[^>]*>[^<]+ <i>{count}</i>', page), address


def test_the_coordinator_s_day_begins_at_the_front_page(world: World) -> None:
    """After signing in Anna stands at what cannot wait."""
    assert Browser(world).sign_in(world.owner).headers["Location"] == "/today"
