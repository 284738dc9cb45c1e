"""A card of safe contact with several times to call."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from programme.hours import ZONE
from staff.cases.model import Window
from staff.cases.values import is_open_at
from tests.staff.casework import Room
from tests.staff.world import World

MORNINGS: dict[str, str | list[str]] = {"days": ["0", "1", "2", "3", "4"], "start": "8", "end": "8.30"}
EVENINGS: dict[str, str | list[str]] = {"days2": ["1"], "start2": "18", "end2": "19.30"}
SATURDAYS: dict[str, str | list[str]] = {"days3": ["5"], "start3": "10:15", "end3": "12"}


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who writes the card."""
    return Room(world, world.owner)


def test_three_times_to_call_are_kept_shown_and_mended(anna: Room) -> None:
    """All three stand on the card and in the form again; a half one is refused at its own field, and kept."""
    case = anna.open()
    page = anna.save(case, "card", how="sms först", **MORNINGS, **EVENINGS, **SATURDAYS)
    assert "vardagar 8–8.30; " in page
    assert " 18–19.30; " in page
    assert " 10.15–12" in page
    assert anna.state(case).contact.windows[1:] == (Window((1,), 1080, 1170), Window((5,), 615, 720))
    form = anna.get(f"{case}?write=card")
    for name, value in (("start", "8"), ("end2", "19.30"), ("start3", "10.15")):
        assert f'name="{name}" type="text" value="{value}"' in form
    refused = anna.save(case, "card", how="sms", **MORNINGS, days2=["1"], start2="18")
    assert 'href="#card-start2"' in refused
    assert 'value="18"' in refused
    assert len(anna.state(case).contact.windows) == 3


def test_one_time_may_stand_in_the_last_place(anna: Room) -> None:
    """Anna fills in only the third row: it counts as a time to call like any other."""
    case = anna.open()
    anna.save(case, "card", how="ring", **SATURDAYS)
    assert anna.state(case).contact.windows == (Window((5,), 615, 720),)


def test_today_follows_the_third_time_to_call(world: World, anna: Room) -> None:
    """It is Saturday morning in the third window only: the case stands among those that can be called now."""
    case = anna.open()
    anna.save(case, "card", how="ring", **MORNINGS, **EVENINGS, **SATURDAYS)
    local = world.clock.now().astimezone(ZONE)
    saturday = datetime.combine(local.date() + timedelta(days=7 + (5 - local.weekday()) % 7), time(11), ZONE)
    world.clock.turn(seconds=(saturday - world.clock.now()).total_seconds())
    assert is_open_at(anna.state(case).contact.windows, world.clock.now())
    assert "Går att nå nu" in Room(world, world.owner).get("/today")
    world.clock.turn(minutes=90)
    assert "Går att nå nu" not in Room(world, world.owner).get("/today")
