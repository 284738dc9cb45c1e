"""The calendar shows what is planned; its file holds working names and kinds, and not a word that anybody wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from crypto.opening.identity import new_identity
from staff.agenda.dates import AHEAD, WINDOW, happenings, mine
from staff.agenda.file import ics
from staff.cases.model import Window
from staff.cases.stages import Position, Status
from staff.cases.summary import Next, Summary, summarise
from staff.entry import Entry
from tests.staff.world import ORIGIN, Browser, World

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CANARY = "kanariefågel"
BJORK = Summary(
    "Björk 14",
    Position(),
    "Anna Ek",
    helpers=("Björn Lind",),
    nexts=(Next(date(2026, 11, 20), "task", CANARY), Next(date(2026, 12, 1), "follow_up", CANARY)),
    windows=(Window((0, 3), 8 * 60, 9 * 60 + 30),),
)
ASK = replace(BJORK, working="Ask 3", holder="Björn Lind", helpers=(), windows=())
CASES = {b"b" * 16: BJORK, b"a" * 16: ASK}


def test_dates_and_times_to_call_stand_in_their_order() -> None:
    """What is late first, then day by day; a time to call on Mondays and Thursdays is written out for two weeks."""
    found = happenings(CASES, NOW)
    assert [one.day for one in found] == sorted(one.day for one in found)
    assert [one.late for one in found if one.kind == "task"] == [True, True]
    calls = [one for one in found if one.kind == WINDOW]
    assert {one.day.weekday() for one in calls} == {0, 3}
    assert len(calls) == AHEAD // 7 * 2
    assert calls[0].start == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def test_a_time_to_call_until_midnight_ends_at_midnight() -> None:
    """Minute 1440 is the first of the next day, also on the day when the clock changes."""
    late = replace(BJORK, nexts=(), windows=(Window((6,), 22 * 60, 24 * 60),))
    (one, _) = happenings({b"b" * 16: late}, datetime(2026, 10, 24, 9, 0, tzinfo=UTC))
    assert one.start is not None
    assert one.end is not None
    assert one.end - one.start == timedelta(hours=2)


def test_a_closed_case_plans_nothing_and_ones_own_are_chosen_by_holder_and_helper() -> None:
    """Closed cases are left out; mine are those that I hold or share."""
    shut = replace(BJORK, position=Position(status=Status.CLOSED, outcome="completed"))
    assert happenings({b"b" * 16: shut}, NOW) == []
    assert mine(CASES, "Anna Ek").keys() == {b"b" * 16}
    assert mine(CASES, "Björn Lind").keys() == CASES.keys()


def test_the_file_is_read_by_others_and_says_only_names_and_kinds() -> None:
    """RFC 5545 as another library reads it; no title, no case's id, no number in it."""
    anna = new_identity()
    data = ics(happenings(CASES, NOW), anna, NOW)
    read = Calendar.from_ical(data)
    events = list(read.walk("VEVENT"))
    assert {str(one["SUMMARY"]) for one in events} == {
        "Björk 14: Uppgift", "Björk 14: Uppföljning", "Björk 14: Går att nå", "Ask 3: Uppgift", "Ask 3: Uppföljning",
    }  # fmt: skip
    assert CANARY.encode() not in data
    assert not any(row.hex().encode() in data for row in CASES)
    assert len({str(one["UID"]) for one in events}) == len(events)
    assert [str(one["UID"]) for one in Calendar.from_ical(ics(happenings(CASES, NOW), anna, NOW)).walk("VEVENT")] == [
        str(one["UID"]) for one in events
    ]
    others = Calendar.from_ical(ics(happenings(CASES, NOW), new_identity(), NOW)).walk("VEVENT")
    assert not {str(one["UID"]) for one in others} & {str(one["UID"]) for one in events}


@pytest.mark.parametrize("name", ["x\r\nBEGIN:VEVENT\r\nSUMMARY:falskt", "a;b,c\\n", "\u202eXYZ", "=HYPERLINK(1)"])
def test_a_working_name_never_becomes_a_line_of_its_own(name: str) -> None:
    """Whatever a colleague's key signed as a name stays within one line of the file."""
    odd = replace(BJORK, working=name, windows=())
    events = list(Calendar.from_ical(ics(happenings({b"b" * 16: odd}, NOW), new_identity(), NOW)).walk("VEVENT"))
    assert len(events) == len(odd.nexts)


def make(world: World) -> bytes:
    """Make a case of Anna's with a task whose words must not leave."""
    anna, now = world.person(world.owner), world.clock.now()
    first = [
        Entry(anna.name, now, "opened", {"working": "Björk 14", "how": "call"}),
        Entry(anna.name, now, "task", {"id": "t1", "title": CANARY, "due": str(now.date()), "kind": "task"}),
    ]
    return world.parts.folders.create(anna, first, summarise, anna.papers.members.team("ekstad"), now)


def test_the_page_shows_the_day_and_the_file_has_a_neutral_name(world: World, owner: Browser) -> None:
    """Anna sees the task with its words; the file that she takes has neither them nor a telling name."""
    folder = make(world)
    assert CANARY in owner.get("/calendar").text
    answer = owner.client.get("/calendar/kalender.ics", base_url=ORIGIN)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="kalender.ics"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Björk 14" in answer.text
    assert CANARY not in answer.text
    assert folder.hex() not in answer.text
    assert [one.what for one in world.parts.audit.own(world.person(world.owner))].count("calendar") == 1


def test_a_colleagues_case_stands_under_all_and_a_strangers_nowhere(
    world: World, colleague: Browser, stranger: Browser
) -> None:
    """Björn has nothing of his own, and sees Anna's case under all; Cilla of another town sees nothing."""
    make(world)
    assert "Björk 14" not in colleague.get("/calendar").text
    assert "Björk 14" in colleague.get("/calendar?whose=all").text
    assert "Björk 14" not in stranger.get("/calendar?whose=all").text
