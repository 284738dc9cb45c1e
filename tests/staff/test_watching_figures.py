"""The staff app's figures: how things stand, in steps; nothing of who works, and nothing finer than stands outside."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from deaddrop.beat import beat
from programme.hours import ZONE
from staff.errors import SettingsError
from staff.inbox.opening import open_all
from staff.settings import StaffSettings
from staff.watching.figures import STEPS, figures, step
from tests.staff.world import World


def read(world: World) -> dict[str, float]:
    """Give each line's value by its name, and its portal's."""
    found = figures(world.parts)
    return {one.name + "".join(one.labels.values()): one.value for family in found for one in family.samples}


def test_what_is_shown_tells_how_things_stand(world: World) -> None:
    """All is well: ready, ninety days, collected just now, nothing unread too long, a portal that beats."""
    world.collect()
    for _ in range(5):
        world.clock.turn(minutes=1)
        beat(world.engine, "north", int(world.clock.now().timestamp()) // 60)
        world.parts.outlook.look()
    assert read(world) == {
        "utvag_staff_ready": 1,
        "utvag_staff_roster_days_left": 90,
        "utvag_staff_collection_age_seconds": 0,
        "utvag_staff_unread_class": 0,
        "utvag_staff_portal_silent_secondsnorth": 0,
        "utvag_staff_portal_clock_secondsnorth": 0,
    }
    world.clock.turn(minutes=20)
    world.parts.outlook.look()
    found = read(world)
    assert found["utvag_staff_portal_silent_secondsnorth"] == 20 * 60
    assert found["utvag_staff_collection_age_seconds"] == 15 * 60


def test_without_a_register_there_are_no_days_left(world: World) -> None:
    """Somebody changed it: not ready, and no days are promised."""
    world.settings.members.write_bytes(b"utvag members 1\n")
    found = read(world)
    assert (found["utvag_staff_ready"], found["utvag_staff_roster_days_left"]) == (0, -1)


def test_the_unread_are_told_by_the_day_alone(world: World) -> None:
    """Two requests of one day, at eight and at four: on the next day the figure turns at the same minute for both."""
    day = datetime.now(ZONE).date() + timedelta(days=7 - datetime.now(ZONE).weekday())
    hours = world.settings.programme.hours
    while hours.slot(day) is None or hours.slot(day + timedelta(days=1)) is None:
        day += timedelta(days=7)
    eight = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=8)

    def turned() -> datetime:
        while not read(world)["utvag_staff_unread_class"]:
            world.clock.turn(minutes=10)
            world.parts.outlook.look()
        return world.clock.now()

    found = []
    for hour in (0, 8):
        world.clock.ahead = eight - datetime.now(ZONE) + timedelta(hours=hour)
        row = world.send(message="hej")
        world.clock.ahead = eight - datetime.now(ZONE) + timedelta(days=1, hours=3)
        found.append(turned())
        open_all(world.parts.casebook, [bytes.fromhex(row)], world.person(world.owner), world.clock.now())
        world.parts.outlook.look()
        assert read(world)["utvag_staff_unread_class"] == 0
    assert abs(found[0] - found[1]) < timedelta(minutes=1)


def test_steps_hide_the_minute() -> None:
    """When exactly something was collected last is not told: at least a quarter, an hour, four, a day, three."""
    assert [step(seconds) for seconds in (0, 899, 900, 3599, 90_000, 10**9)] == [0, 0, 900, 900, 86_400, STEPS[-1]]


def test_a_public_address_is_refused() -> None:
    """The staff app does not start with its figures on every network of the machine."""
    with pytest.raises(SettingsError) as refused:
        StaffSettings.from_env({"UTVAG_STAFF_METRICS": "0.0.0.0:9302"})
    assert any(fault.startswith("UTVAG_STAFF_METRICS: must be a loopback") for fault in refused.value.faults)
