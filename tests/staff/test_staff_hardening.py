from __future__ import annotations

from typing import Any  # for the functions that a story exchanges

import pytest
from sqlalchemy import text, update

from crypto.submission import new_try
from staff.inbox import listing
from staff.inbox import page as page_module
from staff.inbox.listing import Listing
from staff.inbox.request import Row, gather
from staff.inbox.state import State
from staff.inbox.summary import Facts, Summary
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
