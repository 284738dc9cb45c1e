"""What a form of a case holds before anybody has typed: nothing that is wrong to save; and its days, on paper too."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from staff.audit.words import ACTS
from staff.cases.phrases import said_day
from staff.cases.stages import Stage
from tests.staff.casework import Room
from tests.staff.dealing import Case
from tests.staff.world import World


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who has the case."""
    return Room(world, world.owner)


def test_nobody_goes_back_a_stage_by_pressing_save(anna: Room) -> None:
    """The next stage is offered first, and the nearest of those behind; at the last one nothing is chosen yet."""
    case = anna.open()
    assert _first(anna, case) == "2"
    anna.save(case, "move", to="6", reason="bråttom")
    assert _first(anna, case) == ""
    assert "Fyll i det här." in anna.save(case, "move", to="", reason="tillbaka")
    assert anna.state(case).position.stage is Stage.PLAN
    offered = anna.get(f"{case}?write=move").partition('id="move-to"')[2]
    assert offered.index('<option value="5"') < offered.index('<option value="1"')


def _first(room: Room, case: str) -> str:
    """Give the value of the first stage that the form offers."""
    return room.get(f"{case}?write=move").partition('id="move-to"')[2].partition('<option value="')[2].partition('"')[0]


def test_whoever_protects_a_case_is_among_those_who_read_it(anna: Room) -> None:
    """Anna's own name is ticked from the start."""
    case = anna.open()
    ticked = f'name="named" value="{anna.human.name}" checked'
    assert ticked in anna.get(f"{case}?write=protect")


def test_the_card_shows_what_was_said_and_the_times(anna: Room) -> None:
    """Words on when to call hide no time to call, and no time hides the words."""
    case = anna.open()
    page = anna.save(case, "card", how="ring", when="inte när det är match", days=["0"], start="8", end="9.30")
    assert "<dt>När</dt><dd><bdi" in page
    assert page.count("inte när det är match") > 1
    assert "mån 8–9.30" in page.partition("<dt>Tider</dt>")[2][:120]


def test_closing_counts_what_is_open_many_times(anna: Room) -> None:
    """Forty follow-ups are one line."""
    case = anna.open()
    anna.save(case, "schedule", start="2026-11-23", near="yes")
    page = anna.get(f"{case}?write=close")
    assert page.partition("fortfarande öppet")[2].partition("</ul>")[0].count("Uppföljning") == 1
    assert " gånger</li>" in page


def test_a_paper_offers_only_what_carries_it_to_social_services(case: Case) -> None:
    """A yes to the police, or a ground for the police alone, is no ground for social services' file."""
    case.waiver(agency="police", person=case.world.officer.name)
    page = case.reader.get(f"{case.base}/new/paper").text
    assert case.world.officer.name not in page.partition("Grund")[2]
    assert case.world.officer.name in case.reader.get(f"{case.base}/new/handover").text.partition("Grund")[2]


def test_what_the_audit_calls_an_act_has_a_word(world: World, case: Case) -> None:
    """Whoever reads the log reads Swedish: every act of these stories has its word."""
    case.hand_over()
    case.reader.post(f"{case.base.removesuffix('/agencies')}/name")
    case.reader.get("/shift")
    keys, person = world.session(world.owner)
    row = bytes.fromhex(case.base.removeprefix("/cases/").partition("/")[0])
    found = {one.what for one in world.parts.folders.seen(world.parts.folders.peek(keys, row, person), person)}
    assert {"handed over", "opened_name", "waiver"} <= found
    assert found <= ACTS.keys()


def test_paper_says_a_date_where_the_screen_says_today(world: World, anna: Room) -> None:
    """What is printed is read on another day: today, yesterday and tomorrow become dates, all else stays as it is."""
    case = anna.open(working="Björk 14")
    day = world.clock.today()
    for title, days in (("ring", 0), ("möt", 1), ("skriv", 9)):
        anna.save(case, "task", title=title, due=str(day + timedelta(days=days)))
    page = anna.get(case)
    for near, date in (("i dag", day), ("i morgon", day + timedelta(days=1))):
        assert f"<span class=onscreen>{near}</span><span class=onpaper>{said_day(date)}</span>" in page
    assert said_day(day + timedelta(days=9), day) in page
    assert not re.search(r"(?<!onscreen>)\b(i dag|i morgon)<", page.partition('class="casepage"')[2])
