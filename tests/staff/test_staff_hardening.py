from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any  # for the functions and values that a story exchanges

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update

from crypto.errors import MalformedError
from crypto.submission import new_try
from deaddrop.collect import Collect
from staff.errors import NotErasedError
from staff.inbox import collecting, listing
from staff.inbox import page as page_module
from staff.inbox.collecting import collect
from staff.inbox.listing import Listing
from staff.inbox.request import Row, gather
from staff.inbox.state import State
from staff.inbox.summary import LIMIT, Facts, Summary
from staff.models import Collected, StoredSubmission
from staff.words import word
from tests.staff.test_staff_inbox import order
from tests.staff.world import Browser, World


@pytest.mark.parametrize("minutes", [2, 9, 60])
def test_new_words_never_vanish_behind_an_old_decision_whatever_their_clock_says(
    world: World, owner: Browser, colleague: Browser, minutes: int
) -> None:
    """It was set aside as a test; then its writer, whose clock may have been put back, writes that it burns."""
    try_id = new_try()
    row = world.send(minutes=9, try_id=try_id, urgency="no", message="test")
    owner.act(row, "set-aside", reason="test")
    world.clock.turn(seconds=5)
    world.send(minutes=minutes, try_id=try_id, urgency="now", message="det var inget test")
    for view in ("all", "danger"):
        page = colleague.get(f"/inbox?show={view}").text
        assert len(order(page)) == 1
        assert "det var inget test" in page
    assert order(colleague.get("/inbox?show=aside").text) == []
    colleague.get(f"/inbox/{row}")
    assert "det var inget test" in owner.get("/inbox?show=danger").text


def test_of_two_versions_in_one_second_the_graver_answer_counts() -> None:
    """Somebody mends and sends again within a second: whichever stands last by its hash, danger is not lost."""
    for level in ("no", "now"):
        rows = [
            Row(bytes([number]) * 16, 0, 1, 20_000, Summary(facts(urgency), "", (), State()))
            for number, urgency in enumerate((level, "now" if level == "no" else "no"))
        ]
        (request,) = gather(rows)
        assert request.level == 2
        read = [Row(row.id, 1, 1, 20_000, Summary(row.summary.facts, "", (), State(), 9)) for row in rows]
        (request,) = gather(read)
        assert request.level == 2


def facts(urgency: str) -> Facts:
    """Give the facts of a short request."""
    return Facts("t" * 32, 20_000 * 86_400, "me", "ekstad", "sv", urgency, False, "", "", "", (), "", "", "", "", "hej")


@pytest.mark.sqlite  # a server's own types refuse such a row
def test_one_row_with_an_impossible_day_breaks_no_list(world: World, owner: Browser) -> None:
    """Somebody with the dead drop's file slips in a row from the year 2.7 billion: the true request is still read."""
    honest = world.send(message="riktig")
    for number, day in enumerate((10**12, -(10**12), 2**62)):
        damaged = bytearray(world.envelope(message=str(number)))
        damaged[-1] ^= 1
        world.leave(bytes(damaged))
        with world.engine.begin() as connection:
            connection.execute(text("UPDATE envelopes SET day = :day"), {"day": day})
        world.collect()
    page = owner.get("/inbox")
    assert page.status_code == 200
    assert len(order(page.text)) == 4
    assert "riktig" in page.text
    for row in order(page.text):
        assert owner.get(f"/inbox/{row}").status_code == 200
    assert "riktig" in owner.get(f"/inbox/{honest}").text


@pytest.mark.sqlite  # a server's own types refuse such a row
def test_a_row_already_in_the_casebook_with_an_impossible_day_is_listed_too(world: World, owner: Browser) -> None:
    """Somebody with the casebook's file changes the days of its rows: every row is still listed and read."""
    opened, closed = world.send(message="en"), world.send(message="två")
    owner.get(f"/inbox/{opened}")
    with world.parts.casebook.write() as session:
        session.execute(update(Collected).values(day=10**12, sealed=b"junk"))
        session.execute(update(StoredSubmission).values(day=-(10**12)))
    fresh = Listing()
    fresh.refresh(world.parts.casebook, world.person(world.owner))
    assert {request.newest.id.hex() for request in fresh.requests(fresh.batch)} == {opened, closed}
    assert all(0 <= request.sent < 2**33 for request in fresh.requests(fresh.batch))
    world.clock.turn(seconds=60)
    page = world.browser(world.owner).get("/inbox")
    assert set(order(page.text)) == {opened, closed}


def test_whatever_goes_wrong_with_one_row_stays_in_that_row(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault that nobody thought of, in the opening or the writing of one row, leaves the rest of the list alone."""
    honest, cursed = world.send(message="riktig"), world.send(message="förbannad", urgency="now")
    for module, name in ((listing, "facts_of"), (page_module, "who")):
        whole = getattr(module, name)

        def fault(one: Any, *more: object, whole: Any = whole) -> object:
            if "förbannad" in str(one):
                raise ArithmeticError("förbannad")
            return whole(one, *more)

        with monkeypatch.context() as patch:
            patch.setattr(module, name, fault)
            world.clock.turn(seconds=30)
            page = world.browser(world.owner).get("/inbox")
            assert page.status_code == 200
            assert set(order(page.text)) == {honest, cursed}
            assert "riktig" in page.text
            assert word("problem", "fault") in page.text
    assert "ArithmeticError" in caplog.text
    assert "förbannad" not in caplog.text


@pytest.mark.parametrize("typed", ["\x01" * 20, '"' * 20, "\\" * 20, "\u2028" * 20, "\x7f\u0085" * 10])
def test_no_answer_makes_a_request_that_can_be_neither_read_nor_set_aside(
    world: World, owner: Browser, typed: str
) -> None:
    """Every choice is answered with characters that grow six-fold on paper; Anna reads it and sets it aside."""
    names = ("relation", "aware", "age", "answer_by", "contact", "when", "language_other", "message")
    answers: dict[str, Any] = dict.fromkeys(names, typed)
    row = world.send(urgency="now", language="other", need=(typed,) * 6, **answers)
    assert order(owner.get("/inbox").text) == [row]
    assert owner.get(f"/inbox/{row}").status_code == 200
    assert owner.act(row, "take").status_code == 303
    assert owner.act(row, "set-aside", reason="hostile").status_code == 303
    assert order(owner.get("/inbox").text) == []
    assert order(owner.get("/inbox?show=aside").text) == [row]


HEAVY = st.text(st.sampled_from('\x00\x01\x1f"\\\x7f\ud800aå\U0001d518'), max_size=40)
FREE = ("page", "relation", "aware", "age", "answer_by", "contact", "when", "language", "line")


@given(st.fixed_dictionaries(dict.fromkeys(FREE, HEAVY)), st.lists(HEAVY, max_size=8), HEAVY, HEAVY)
def test_every_summary_fits_whatever_its_characters_weigh(
    answers: dict[str, Any], need: list[str], town: str, holder: str
) -> None:
    """Whatever a sender or a colleague types, a summary is written in its 511 bytes and reads back with its urgency."""
    told = replace(facts("now"), municipality=town, need=tuple(need), **answers)
    state = State(holder=holder, level=2, aside="profession")
    data = Summary(told, "unreadable", ("damaged", "lost", "town"), state, 9).encode()
    assert len(data) <= LIMIT
    read = Summary.decode(data)
    assert read.state.level == 2
    assert read.facts is None or read.facts.level == told.level


def refuse_erasing(world: World) -> None:
    """Write into the dead drop that nothing there goes away any more, without an error to show for it."""
    attack = "CREATE TRIGGER stay BEFORE DELETE ON envelopes BEGIN SELECT RAISE(IGNORE); END"
    if world.engine.dialect.name != "sqlite":
        attack = "CREATE RULE stay AS ON DELETE TO envelopes DO INSTEAD NOTHING"
    with world.engine.begin() as connection:
        connection.execute(text(attack))


def test_a_dead_drop_that_does_not_erase_ends_the_turn_and_is_said(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deletes are swallowed: each batch is kept once, the turn ends, the page says so, and new requests still come."""
    monkeypatch.setattr(collecting, "BATCH", 3)
    refuse_erasing(world)
    for number in range(2):
        world.leave(world.envelope(message=f"nummer {number}"))
    with pytest.raises(NotErasedError):
        collect(world.parts.casebook, Collect(world.engine))
    assert not world.parts.collector.run()
    page = owner.get("/inbox").text
    assert len(order(page)) == 2
    assert "Kunde inte hämtas." in page
    world.leave(world.envelope(message="efteråt"))
    assert not world.parts.collector.run()
    assert "efteråt" in owner.get("/inbox").text


def test_a_dead_drop_that_never_runs_dry_is_collected_in_turns(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something fills the dead drop as fast as it is emptied: a turn ends all the same, and the next goes on."""
    monkeypatch.setattr(collecting, "BATCH", 2)
    monkeypatch.setattr(collecting, "BATCHES", 3)
    for number in range(8):
        world.leave(world.envelope(message=str(number)))
    assert collect(world.parts.casebook, Collect(world.engine)) == 6
    assert collect(world.parts.casebook, Collect(world.engine)) == 2


def test_whoever_presses_the_button_beside_a_turn_that_hangs_is_answered(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk behind the dead drop hangs in the middle of a turn: Anna's tap is answered, not held for ever."""
    monkeypatch.setattr(collecting, "PATIENCE", 0.1)
    assert world.parts.collector._turn.acquire(blocking=False)
    assert owner.post("/inbox/collect").status_code == 303
    assert "Det gick inte att hämta just nu" in owner.get("/inbox").text
    world.parts.collector._turn.release()
    assert world.parts.collector.run()


def junk(world: World, number: int) -> None:
    """Leave and collect envelopes that nobody can open."""
    for _ in range(number):
        damaged = bytearray(world.envelope(message="x"))
        damaged[-1] ^= 1
        world.leave(bytes(damaged))
    world.collect()


@pytest.mark.parametrize("view", ["all", "free"])
def test_junk_that_does_not_open_stands_in_nobodys_way(world: World, owner: Browser, view: str) -> None:
    """Sixty envelopes that nobody can open came before one honest request: it is first, and one line tells of them."""
    junk(world, 60)
    honest = world.send(urgency="no", message="vanlig fråga")
    page = owner.get(f"/inbox?show={view}").text
    assert order(page) == [honest]
    link = re.search(r'href="([^"]+)">60 går inte att öppna', page)
    assert link is not None
    closed = owner.get(html.unescape(link[1])).text
    assert len(order(closed)) == 50
    assert "1–50 av 60" in closed
    assert "Skadad: går inte att öppna" in closed


def test_a_few_that_do_not_open_stay_in_the_list_itself(world: World, owner: Browser) -> None:
    """Three do not open: each says so in its own row, between what cannot wait and what can; the fourth folds them."""
    calm, danger = world.send(urgency="no", message="a"), world.send(urgency="now", message="b")
    junk(world, 3)
    page = owner.get("/inbox").text
    assert (order(page)[0], order(page)[-1], len(order(page))) == (danger, calm, 5)
    junk(world, 1)
    assert order(owner.get("/inbox").text) == [danger, calm]


def test_an_inbox_of_nothing_but_junk_does_not_say_that_nothing_waits(world: World, owner: Browser) -> None:
    """All that came does not open: the page tells how many there are, and does not call the inbox empty."""
    junk(world, 5)
    page = owner.get("/inbox").text
    assert "5 går inte att öppna" in page
    assert "Inget väntar just nu" not in page


def test_hundreds_of_versions_of_one_try_make_no_heavy_page(world: World, owner: Browser) -> None:
    """Somebody sends forty-one versions of long texts: the newest twenty are shown, the rest lie behind a link."""
    try_id = new_try()
    for number in range(41):
        world.clock.turn(seconds=1)  # each on the day of its own second: midnight may come between two
        world.leave(world.envelope(minutes=0, try_id=try_id, message="x" * 3000 + f"nummer {number}."))
    world.collect()
    (row,) = order(owner.get("/inbox").text)
    owner.get(f"/inbox/{row}")
    page = owner.get(f"/inbox/{row}").text
    assert len(page) < 100_000
    assert "nummer 40." in page
    assert page.count("<summary>") - page.count("<summary>Lägg undan") <= 22
    seen = set(re.findall(r"nummer (\d+)\.", page))
    for _ in range(4):
        link = re.search(r'href="(/inbox/[0-9a-f]{32}\?older=\d+)">\d+ äldre till', page)
        if link is None:
            break
        page = owner.get(link[1]).text
        assert "nummer 40." in page
        seen |= set(re.findall(r"nummer (\d+)\.", page))
    assert seen == {str(number) for number in range(41)}
    for strange in ("x", "-1", "99999", "9" * 40, "%D9%A3"):
        assert owner.get(f"/inbox/{row}?older={strange}").status_code == 200
    assert owner.act(row, "take").status_code == 303
    assert "tog det" in owner.get(f"/inbox/{row}").text
    assert owner.act(row, "set-aside", reason="hostile").status_code == 303
    assert order(owner.get("/inbox").text) == []


STRANGE = [
    b"[]",
    b'[1,null,"",[],["",0,null,"",""],"x"]',
    b'[1,null,"",[],["",1e300,null,"",""],0]',
    b'[1,null,"",[],["",0,9,"",""],0]',
    b'[1,null,"",[],[7,0,null,"",""],0]',
    b'[1,null,"",7,["",0,null,"",""],0]',
    b'[1,["t",1e300,"","","","",false,"","","",[],"","","","",""],"",[],["",0,null,"",""],0]',
    b'[1,["t",1,"","","","",false,"","","",[7],"","","","",""],"",[],["",0,null,"",""],0]',
    b'[1,["t",1,7,"","","",false,"","","",[],"","","","",""],"",[],["",0,null,"",""],0]',
    b'[1,[[],1,"","","","",false,"","","",[],"","","","",""],"",[],["",0,null,"",""],0]',
]


@pytest.mark.parametrize("data", STRANGE)
def test_a_summary_of_another_form_is_malformed_and_nothing_worse(data: bytes) -> None:
    """A colleague who shares the key seals another summary over a request: it is damage, not the end of the list."""
    with pytest.raises(MalformedError):
        Summary.decode(data)
