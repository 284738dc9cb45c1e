from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings

from crypto.errors import MalformedError
from staff.cases.model import Window
from staff.cases.stages import Stage
from staff.cases.state import fold
from staff.cases.summary import LIMIT, Next, Summary, kind_of, summarise, summary_of
from staff.entry import Entry
from tests.staff.casework import ANNA, BJORN, START, any_entries, entry, opened

LONG = "å\u202e\\" * 100


def full() -> list[Entry]:
    """Tell a case that uses everything a list shows, with the longest words that fit."""
    names = [entry("helper", who=f"{number} {LONG}") for number in range(4)]
    tasks = [
        entry("task", id=str(day), title=LONG, due=f"2026-12-{day:02}", kind="application") for day in range(1, 13)
    ]
    asked = [entry("question", id=str(number), about="1", text=LONG) for number in range(12)]
    return [
        opened(working=LONG, holder=LONG, danger="2", under18="yes", protected="yes", named=f"{ANNA}\n{BJORN}"),
        entry("contact", windows="0123456 0 1440\n0123456 0 1440\n0123456 0 1440"),
        entry("flag", id="f", text=LONG, until="2026-12-24"),
        entry("waiting", on=LONG),
        entry("attempt", id="t", result="no_answer", again="2026-11-24T08:30"),
        *names,
        *tasks,
        *asked,
    ]


def test_a_list_sees_what_it_needs() -> None:
    """What cannot wait is read from the summary alone: danger, age, dates with their titles, flag, times to call."""
    story = [
        opened(danger="2", under18="yes"),
        entry("forward", minutes=2, reason="x", to="3"),
        entry("task", id="a", title="Bestäm plats", due="2026-11-24"),
        entry("task", id="b", title="Läs"),
        entry("flag", id="f", text="Ring inte brodern", until="2026-12-01"),
        entry("contact", windows="01234 480 720"),
        entry("helper", who=BJORN),
        entry("linked", submission="ab" * 16, source="relative"),
        entry("waiting", minutes=9, on="Socialtjänsten"),
    ]
    found = Summary.decode(summarise(story))
    assert found == summary_of(fold(story), START.date())
    assert (found.working, found.position.stage, found.holder, found.helpers) == (
        "Björk 14",
        Stage.ASSESSMENT,
        ANNA,
        (BJORN,),
    )
    assert (found.danger, found.under18, found.protected, found.relative, found.aimless) == (
        2,
        True,
        False,
        True,
        False,
    )
    assert found.nexts == (Next(date(2026, 11, 24), "task", "Bestäm plats"),)
    assert (found.open_tasks, found.flag, found.waiting) == (
        2,
        ("Ring inte brodern", date(2026, 12, 1)),
        "Socialtjänsten",
    )
    assert found.windows == (Window((0, 1, 2, 3, 4), 480, 720),)
    assert found.overdue(date(2026, 11, 25)) == found.nexts
    assert found.changed_at == fold(story).changed_at


def test_the_fullest_case_fits_and_keeps_its_dates() -> None:
    """Whatever is cut, it is titles first: name, place, danger and dates are there."""
    data = summarise(full())
    found = Summary.decode(data)
    assert len(data) <= LIMIT
    assert found.working.startswith("å")
    assert [one.day.day for one in found.nexts] == [1, 2, 3]
    assert (found.open_tasks, found.questions, found.danger, found.protected) == (9, 9, 2, True)


def test_a_title_that_was_cut_says_so() -> None:
    """Nobody takes half a word for the whole: three dots stand for the rest, and nothing stands after a whole title."""
    words = "Berätta för personen vad den andra kommunen svarade"
    story = [opened(), *(entry("task", id=one, title=one, due="2026-11-24") for one in (words, "Ring"))]
    cut, whole = (one.title for one in Summary.decode(summarise(story)).nexts)
    assert (cut, whole) == ("Berätta för personen vad den andra…", "Ring")


def test_a_case_without_a_next_act_stands_out() -> None:
    """Open with nothing planned: aimless; closed with nothing planned: at rest."""
    assert Summary.decode(summarise([opened()])).aimless
    assert not Summary.decode(summarise([opened(), entry("close", reason="x", outcome="completed")])).aimless


@settings(max_examples=150)
@given(any_entries())
@example(full())
def test_any_case_fits_and_is_read_back(entries: list[Entry]) -> None:
    """However long or strange the words: at most 511 bytes, and read back it says the same again."""
    data = summarise(entries)
    assert len(data) <= LIMIT
    assert kind_of(data) == "case"
    found = Summary.decode(data)
    again = Summary.decode(found.encode())
    assert replace(again, holder="", working="") == replace(found, holder="", working="")


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"[1]", b'["ledger",1]', b'["case",2]', b"{}", b"\xff", b"[" * 9000, b'"case"', b'["case",1,[]]'],
)
def test_what_is_no_cases_summary_is_said(data: bytes) -> None:
    """Another kind of folder, a later form or junk under a true key: one error, and never another."""
    with pytest.raises(MalformedError):
        Summary.decode(data)
    assert kind_of(data) in ("", "ledger", "case")
