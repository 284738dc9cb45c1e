"""The statement on accessibility, which the law asks of a tool for staff as of a public page."""

from dataclasses import replace
from datetime import date

from programme.model import Accessibility
from tests.staff.world import ORIGIN, Browser, World


def test_whoever_cannot_sign_in_reads_whom_to_tell(world: World) -> None:
    """The door itself may be what does not work: the statement stands outside it, linked from there."""
    nobody = Browser(world)
    assert 'href="/accessibility"' in nobody.get("/login").text
    page = nobody.client.get("/accessibility", base_url=ORIGIN)
    assert page.status_code == 200
    for said in (world.settings.programme.telephone.number, "digg.se/tdosanmalan", "har inte gått igenom", "Ingen som"):
        assert said in page.text


def test_it_says_what_the_board_has_found_out(world: World) -> None:
    """Once the board has gone through the pages with people, it says when, and drops what is no longer so."""
    own = Accessibility(email="it@ekstad.example", assessed=date(2026, 11, 2), tried_by_people=True)
    world.settings = replace(world.settings, programme=replace(world.settings.programme, accessibility=own))
    world.app = world.start()
    page = world.browser(world.owner).get("/accessibility").text
    assert "2026-11-02" in page
    assert "it@ekstad.example" in page
    assert "Ingen som" not in page
