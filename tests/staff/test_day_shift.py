"""The hand-over between shifts: what happened since one was here, and what a colleague wrote for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from staff.agencies.steps import CHANGES
from staff.audit import Seen
from staff.cases import steps, work
from staff.day.shift import Event, begins, events
from staff.day.shifting import say
from staff.day.words import WORDS
from tests.staff.casework import ANNA, BJORN, START, entry
from tests.staff.manycases import Cases, task
from tests.staff.world import Browser, World


def unlock(days: float, what: str = "signed_in") -> Seen:
    """Make a row of one's own audit so many days ago."""
    return Seen(1, ANNA, what, START - timedelta(days=days))


def test_it_begins_at_the_unlock_before_this_one() -> None:
    """Locks and searches in between count for nothing; whoever is here for the first time is told of yesterday."""
    rows = [unlock(9), unlock(3), unlock(2.9, "locked"), unlock(2, "searched"), unlock(0)]
    assert begins("unlock", rows, START) == START - timedelta(days=3)
    yesterday = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)  # midnight in Sweden
    assert begins("unlock", [unlock(0)], START) == yesterday
    assert begins("now", rows, START) == START
    assert begins("day", rows, START) == yesterday
    assert begins("week", rows, START) == yesterday - timedelta(days=6)


def test_events_tell_kinds_and_short_lines_but_no_long_text() -> None:
    """A note says that it was written; a task says which; what is older, or nobody's work, is left out."""
    entries = [
        entry("opened", minutes=-99, working="Björk 14"),
        entry("note", minutes=1, text="allt som sades"),
        entry("form", minutes=2, form="talk", wants="lugn"),
        entry("form", minutes=2.5, form="talk", wants="ro"),
        entry("task", BJORN, minutes=3, title="Ring\nhyresvärden"),
        entry("shared", minutes=4, names="Anna"),
    ]
    told = [Event(one.when, one.who, one.kind, one.line) for one in events(entries, START)]
    assert [(one.who, one.kind, one.line) for one in told] == [
        (ANNA, "note", ""),
        (ANNA, "form", ""),
        (BJORN, "task", "Ring hyresvärden"),
    ]


def test_the_next_shift_reads_what_happened_while_it_was_away(world: World) -> None:
    """Anna goes home; Björn writes in one case and not in another; her page tells of the one."""
    cases = Cases(world)
    moved, still = cases.open("Björk 14"), cases.open("Lind 3")
    world.clock.turn(hours=1)
    world.browser(world.owner).post("/lock")
    world.clock.turn(hours=9)
    cases.write(moved, "flag", by=world.colleague, text="Ring inte före 12")
    cases.write(moved, "note", by=world.colleague, text="hemlig anteckning")
    world.clock.turn(minutes=1)
    owner = world.browser(world.owner)
    assert "Inget har hänt" in owner.get("/shift?since=now").text
    page = owner.get("/shift").text
    happened = page[page.index("Det som hänt") :]
    assert "satte en flagga: " in happened
    assert "Ring inte före 12" in happened
    assert "skrev en anteckning" in happened
    assert "hemlig anteckning" not in page
    assert moved in happened
    assert still not in happened


def test_that_the_page_was_read_is_in_each_case_s_audit(world: World, owner: Browser, colleague: Browser) -> None:
    """Björn's look at the page stands in the case that it told of, where its owner sees it."""
    case = Cases(world).open("Björk 14")
    colleague.get("/shift?since=week")
    keys, person = world.session(world.owner)
    found = world.parts.folders.peek(keys, bytes.fromhex(case), person)
    assert (world.colleague.name, "shift") in [(one.who, one.what) for one in world.parts.folders.seen(found, person)]


def test_a_note_for_the_next_shift_is_the_team_s_for_seven_days(
    world: World, owner: Browser, colleague: Browser, stranger: Browser
) -> None:
    """Anna writes; Björn reads it with her name, Cilla elsewhere does not, and after a week nobody does."""
    assert owner.post("/shift", text="Björk 14 ringer i kväll.\r\nSäg ordet först.").status_code == 303
    assert "Lämnat till nästa pass" in owner.get("/shift").text
    page = colleague.get("/shift").text
    assert "Säg ordet först." in page
    assert "Anna Ek" in page
    assert "Säg ordet först" not in stranger.get("/shift").text
    world.clock.turn(days=8)
    world.sign([world.owner, world.colleague, world.stranger])
    assert "Säg ordet först" not in world.browser(world.colleague).get("/shift").text


def test_a_refused_note_loses_nothing(owner: Browser, colleague: Browser) -> None:
    """Too long, or empty: the page says so, and what was typed stands there again, for its writer alone."""
    owner.post("/shift", text="x" * 2001)
    page = owner.get("/shift").text
    assert "högst 2 000 tecken" in page
    assert "x" * 2001 in page
    assert "xxxx" not in colleague.get("/shift").text
    owner.post("/shift", text="  ")
    assert "Skriv något först" in owner.get("/shift").text
    owner.post("/shift", text="kort")
    page = owner.get("/shift").text
    assert "xxxx" not in page
    assert "kort" in page


def test_what_comes_by_tomorrow_is_told_too(world: World, owner: Browser) -> None:
    """Nothing has happened in a case, but a date falls tomorrow: the next shift must know."""
    cases = Cases(world)
    cases.open("Björk 14", task("Möte", cases.day(days=6)))
    world.clock.turn(days=5)
    world.sign([world.owner, world.colleague, world.stranger])
    page = world.browser(world.owner).get("/shift?since=day").text
    assert "Inget har hänt" in page
    assert "Till och med i morgon" in page
    assert "Björk 14" in page


def test_that_nobody_is_waited_for_any_longer_is_a_whole_sentence() -> None:
    """Taking back whom one waits for is told as that, not as a line that breaks off after "väntar på"."""
    told = events([entry("waiting", on="Frivården"), entry("waiting", on="")], START - timedelta(days=9))
    said = [say(one, START)[2:] for one in told]
    assert said == [("väntar på", "Frivården"), ("väntar inte längre på någon", "")]


def test_every_kind_of_entry_has_its_word() -> None:
    """No shift reads a code: each kind that changes a case is told in words."""
    kinds = {*steps.STEPS, *work.STEPS, *CHANGES}
    assert kinds <= WORDS["event"].keys()
