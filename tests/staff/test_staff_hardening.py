from __future__ import annotations

import pytest

from crypto.submission import new_try
from staff.inbox.request import Row, gather
from staff.inbox.state import State
from staff.inbox.summary import Facts, Summary
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
