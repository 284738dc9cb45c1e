"""One's own queue: who was not reached comes back at their safe time, with one key."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from programme import Programme
from staff.cases.model import Window
from staff.cases.stages import Position
from staff.cases.state import fold
from staff.cases.summary import Summary
from staff.day.cases import Case, Frame
from staff.day.queue import next_window, queue, safe_at, try_again
from tests.staff.casework import ANNA, BJORN
from tests.staff.manycases import Cases, always, task
from tests.staff.world import PROGRAMME, Browser, World

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10.00 in Sweden
MORNINGS = (Window((0, 1, 2, 3, 4), 8 * 60, 12 * 60),)
EVENINGS = (Window((0,), 18 * 60, 20 * 60),)


def unreached(windows: tuple[Window, ...] = (), again: datetime | None = None, holder: str = ANNA) -> Case:
    """Make a case whose person nobody has reached."""
    return Case(b"x" * 16, 1, Summary("Björk 14", Position(), holder, windows=windows, again=again))


@pytest.mark.parametrize(
    ("case", "at"),
    [
        (unreached(), None),
        (unreached(MORNINGS), None),
        (unreached(EVENINGS), datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
        (unreached(again=MONDAY - timedelta(hours=1)), None),
        (unreached(again=MONDAY + timedelta(hours=1)), MONDAY + timedelta(hours=1)),
        (unreached(MORNINGS, MONDAY + timedelta(hours=5)), datetime(2026, 11, 24, 7, 0, tzinfo=UTC)),
        (unreached(MORNINGS, MONDAY - timedelta(days=3)), None),
    ],
)
def test_nobody_is_tried_outside_their_safe_time(case: Case, at: datetime | None) -> None:
    """What was agreed after the last try holds, and then the card of safe contact; without either it is now."""
    assert safe_at(case, Frame(ANNA, MONDAY)) == at


def test_a_window_s_next_beginning_follows_the_clock_of_sweden() -> None:
    """On the Saturday before summer time a window on Sunday at eight begins at six UTC, not at seven."""
    saturday = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    assert next_window((Window((6,), 480, 720),), saturday) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
    assert next_window((), saturday) is None


def test_without_a_card_another_try_waits_two_office_hours() -> None:
    """Nobody knows a safe time: a try on Friday afternoon is repeated on Monday."""
    hours = Programme.load(PROGRAMME).hours
    friday = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    assert try_again((), friday, hours).date() == MONDAY.date()
    assert try_again(EVENINGS, friday, hours) == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def test_the_queue_holds_one_s_own_what_is_ready_first() -> None:
    """Björn's is not in Anna's queue; hers for tonight stands after hers for now."""
    spots = queue([], [unreached(EVENINGS), unreached(), unreached(holder=BJORN)], Frame(ANNA, MONDAY))
    assert [spot.ready for spot in spots] == [True, False]
    assert not any(spot.request for spot in spots)


def result_of(world: World, case: str) -> list[tuple[str, dict[str, str]]]:
    """List what was written into a case since it was opened, without ids."""
    later = Cases(world).entries(case)
    return [
        (one.kind, {name: text for name, text in one.fields.items() if name != "id"})
        for one in later
        if one.kind in ("attempt", "task_done", "task_moved")
    ]


def test_who_does_not_answer_comes_back_at_their_safe_time(world: World, owner: Browser) -> None:
    """Anna presses one key: the attempt is in the case, its planned date is moved, and the queue says when."""
    cases = Cases(world)
    case = cases.open("Björk 14", ("contact", always()), task("Nå personen", cases.day(), "contact"))
    assert "Nå personen nu" in owner.get("/queue").text
    assert owner.post(f"/queue/{case}", result="no_answer").headers["Location"] == "/queue"
    page = owner.get("/queue").text
    assert "Antecknat: svarade inte. Tillbaka i kön" in page
    assert re.search(r"Senare <i>1</i>", page)
    assert "Nå personen nu" not in page
    (first, second) = result_of(world, case)
    assert (first[0], first[1]["result"], second[0]) == ("attempt", "no_answer", "task_moved")
    world.clock.turn(days=1, minutes=1)
    world.sign([world.owner, world.colleague, world.stranger])
    assert "Nå personen nu" in world.browser(world.owner).get("/queue").text


def test_who_was_reached_leaves_the_queue(world: World, owner: Browser) -> None:
    """The first answer is noted with its time, and the planned contact is done."""
    cases = Cases(world)
    case = cases.open("Björk 14", task("Nå personen", cases.day(), "contact"))
    owner.post(f"/queue/{case}", result="reached")
    page = owner.get("/queue").text
    assert "Antecknat: nådd" in page
    assert "Din kö är tom" in page
    assert [kind for kind, _ in result_of(world, case)] == ["attempt", "task_done"]
    assert fold(cases.entries(case)).reached_at is not None


def test_requests_that_one_has_taken_wait_in_the_queue_until_they_are_answered(
    world: World, owner: Browser, colleague: Browser
) -> None:
    """Anna took a request: it stands in her queue and not in Björn's."""
    row = world.send(message="hej")
    owner.act(row, "take")
    assert row in owner.get("/queue").text
    assert row not in colleague.get("/queue").text


def test_an_attempt_is_refused_with_words_and_by_key(
    world: World, owner: Browser, colleague: Browser, stranger: Browser
) -> None:
    """A closed case, a result that nobody knows, a case that one holds no key to: nothing is written."""
    cases = Cases(world)
    shut = cases.open("Björk 1", ("close", {"reason": "klart", "outcome": "completed"}))
    case = cases.open("Asp 7", to=(world.owner,))
    owner.post(f"/queue/{shut}", result="reached")
    assert "Ärendet är avslutat" in owner.get("/queue").text
    owner.post(f"/queue/{case}", result="kanske")
    assert "Välj om personen svarade" in owner.get("/queue").text
    for browser in (colleague, stranger):
        assert browser.post(f"/queue/{case}", result="reached").status_code == 404
    assert result_of(world, case) == []
