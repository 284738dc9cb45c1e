"""Who reads what is written again: the town that answered is chosen, the person's own choice counts for more."""

from __future__ import annotations

import pytest

from crypto.returncode import new_code
from tests.portal.test_portal_code import entered, pressed
from tests.portal.world import Phone, World, inputs


def test_a_follow_up_to_a_town_that_no_longer_reads_goes_to_nobody(world: World, phone: Phone) -> None:
    """The words come back and the page asks who should read."""
    entered(phone, new_code())
    page = pressed(phone, "write", message="inte till Ekstad", municipality="nowhere")
    assert "Den du valde läser inte här längre." in page
    assert inputs(page)["message"][0].strip() == "inte till Ekstad"
    assert world.received() == []


def test_who_answered_reads_what_is_written_again(world: World, phone: Phone) -> None:
    """The newest reply names its town, and the page has chosen it; the person's own choice counts for more."""
    code = new_code()
    world.reply(code, 1, "hej", town="bjorkby")
    world.reply(code, 2, "hej", town="granvik")
    assert inputs(entered(phone, code))["municipality"] == ["granvik"]
    page = pressed(phone, "write", message="å" * 5000, municipality="ekstad")
    assert inputs(page)["municipality"] == ["ekstad"]


@pytest.mark.parametrize("town", ["nowhere", "", "ekstad"])
def test_a_town_that_does_not_read_here_is_not_chosen(world: World, phone: Phone, town: str) -> None:
    """A reply of another programme, or of one from before: the first town stands, as without a reply."""
    code = new_code()
    world.reply(code, 1, "hej", town=town)
    assert inputs(entered(phone, code))["municipality"] == ["ekstad"]
