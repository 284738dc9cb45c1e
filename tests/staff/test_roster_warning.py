"""Everybody who is signed in is told in time that the list of recipients runs out."""

from __future__ import annotations

import pytest

from tests.staff.world import World

NEVER = "Mottagarlistan"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (59, ""),
        (60, "Mottagarlistan går ut om 30 dagar."),
        (83, "Mottagarlistan går ut om 7 dagar. Säg till den som sköter nycklarna."),
        (89, "Mottagarlistan går ut nu. Säg till den som sköter nycklarna i dag."),
        (91, "Mottagarlistan har gått ut: inget nytt kan skickas."),
    ],
)
def test_the_pages_say_that_the_roster_runs_out(world: World, days: int, words: str) -> None:
    """It holds for ninety days: told from thirty days before, plainer from seven, one, and after."""
    world.clock.turn(days=days)
    for human, path in ((world.owner, "/inbox"), (world.lead, "/")):
        browser = world.browser(human)
        page = browser.get(path)
        page = browser.get(page.headers["Location"]) if page.status_code == 303 else page
        assert page.status_code == 200
        assert (words in page.text) if words else (NEVER not in page.text)
