"""A portal's clock that jumps, ahead or back: nobody is thanked in vain, no word is lost, and set right all is well."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from portal import views
from tests.portal.world import Phone, World, inputs

Jump = Callable[[float], None]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Lend a hand on the clock: so many days from now, for all that asks for date or time."""
    real = time.time

    def to(days: float) -> None:
        monkeypatch.setattr(views, "now", lambda: datetime.now(UTC) + timedelta(days=days))
        monkeypatch.setattr(time, "time", lambda: real() + days * 86_400)

    return to


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Make a programme whose roster holds for sixty days."""
    made = World(tmp_path_factory.mktemp("clock"))
    made.write_roster()
    return made


def texts(world: World) -> list[str]:
    """List what the coordinator would read."""
    return sorted(str(one.answers["message"]) for one in world.received())


def test_a_clock_that_jumps_ahead_stops_service_and_loses_no_word(world: World, jump: Jump) -> None:
    """Two hundred days ahead the roster has run out: the text comes back, with the number, and is sent later."""
    phone = Phone(world.app())
    phone.get("/me")
    jump(200)
    assert phone.post("/me", {"message": "mitt i hoppet"}).headers["Location"] == "/me"
    page = phone.get("/me")
    assert page.status_code == 503
    assert inputs(page.text)["message"][0].strip() == "mitt i hoppet"
    assert "Försök igen, eller ring" in page.text
    jump(0)
    assert phone.post("/me", {"message": "mitt i hoppet"}).headers["Location"] == "/done"
    assert texts(world) == ["mitt i hoppet"]


def test_a_page_from_before_the_jump_gets_its_words_back(world: World, jump: Jump) -> None:
    """A day ahead, an old browser's token has run out: the form comes back whole, and one tap sends it."""
    phone = Phone(world.app())
    token = inputs(phone.get("/me").text)["csrf_token"][0]
    jump(1)
    answer = phone.old_post("/me", {"csrf_token": token, "message": "från i går"})
    assert answer.headers["Location"] == "/me"
    back = phone.get("/me")
    assert "Sidan blev för gammal. Allt du skrev finns kvar." in back.text
    fields = {name: values[0] for name, values in inputs(back.text).items()}
    assert phone.old_post("/me", fields).headers["Location"] == "/done"
    assert texts(world) == ["från i går"]


def test_a_clock_that_is_a_month_behind_keeps_everybody_writing(world: World, jump: Jump) -> None:
    """The roster holds, and what is sent is collected as ever."""
    phone = Phone(world.app())
    phone.get("/me")
    jump(-30)
    assert phone.post("/me", {"message": "med fel datum"}).headers["Location"] == "/done"
    assert texts(world) == ["med fel datum"]


@pytest.mark.parametrize("days", [-400, -20_000])
def test_a_clock_that_lies_in_the_past_stops_service_and_loses_no_word(world: World, jump: Jump, days: float) -> None:
    """A year back, or to 1971 as with an empty battery: no roster can hold for so long, so none is believed."""
    phone = Phone(world.app())
    phone.get("/me")
    jump(days)
    assert phone.post("/me", {"message": "före allt"}).headers["Location"] == "/me"
    assert inputs(phone.get("/me").text)["message"][0].strip() == "före allt"
    jump(0)
    assert phone.post("/me", {"message": "före allt"}).headers["Location"] == "/done"
    assert texts(world) == ["före allt"]
