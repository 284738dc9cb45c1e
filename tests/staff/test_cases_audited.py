"""Whatever page gives the text of an entry, a row of the audit about that case was there before."""

from __future__ import annotations

import pytest

from tests.canaries import canary
from tests.staff.casework import Room
from tests.staff.world import World

NOTE, TALK, REASON, ANSWER = (canary(one) for one in range(4))
LISTS = ("/today", "/queue", "/cases", "/cases?show=all", "/calendar?whose=all", "/flags", "/inbox", "/transfers")
MORE = ("/erasure", "/documents", "/documents/register", "/figures", "/cases/colleagues", "/shift?since=week")
PARTS = ("", "?write=talk", "?write=move", "/agencies", "/agencies/new/handover", "/agencies/new/transfer")


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who reads."""
    return Room(world, world.owner)


def rows(world: World, case: str) -> int:
    """Count the rows of the audit about a case."""
    keys, person = world.session(world.owner)
    folder = world.parts.folders.peek(keys, bytes.fromhex(case[-32:]), person)
    return len(world.parts.folders.seen(folder, person))


def test_no_page_gives_an_entrys_text_without_a_row_before_it(world: World, anna: Room) -> None:
    """Lists, calendar, search, shift and the case's own pages: who gives a text has written who reads it."""
    case = anna.open()
    anna.save(case, "note", text=NOTE)
    anna.save(case, "talk", want=TALK)
    anna.save(case, "question", about="1", text=ANSWER)
    anna.save(case, "move", to="2", reason=REASON)
    told = 0
    for path in (*LISTS, *MORE, *(case + part for part in PARTS)):
        before = rows(world, case)
        answer = anna.browser.get(path)
        assert answer.status_code in (200, 303, 404), path
        if any(text in answer.text for text in (NOTE, TALK, REASON, ANSWER)):
            told += 1
            assert rows(world, case) > before, path
        elif path in LISTS:
            assert NOTE not in answer.text
    assert told >= 2  # the case's own pages do give them


def test_a_search_says_how_many_it_found_and_shows_no_text(world: World, anna: Room) -> None:
    """One row for the act, with the number; the list that follows shows the case and not the words around."""
    case = anna.open()
    anna.save(case, "note", text=f"före {NOTE} efter")
    page = anna.follow("/cases/search", words=NOTE)
    assert "Björk 14" in page
    assert f"före {NOTE}" not in page
    found = [one for one in world.parts.audit.own(world.person(world.owner)) if one.what == "searched"]
    assert [one.fields for one in found] == [{"cases": "1"}]


def test_what_a_relative_said_untested_is_named_and_not_told_in_lists(world: World, anna: Room) -> None:
    """A task drawn from a relative's words: the lists and the next shift say that it is there, not what it says."""
    row = world.send(form="other", message="rädd för honom")
    anna.get(f"/inbox/{row}")
    case = anna.open(request=row)
    (link,) = anna.state(case).links.values()
    anna.save(case, "task", title=NOTE, due="2020-01-07", drawn=link.submission)
    for path in ("/cases", "/today", "/shift?since=week", "/calendar?whose=all"):
        assert NOTE not in anna.get(path), path
    assert "se ärendet" in anna.get("/cases")
    assert NOTE in anna.get(case)
    anna.do(case, "test", submission=link.submission, reason="hon har sagt ja")
    assert NOTE in anna.get("/cases")
