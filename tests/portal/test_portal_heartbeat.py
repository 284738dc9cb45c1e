"""The portal's sign of life: each minute, whatever happened to the store, and nothing of anybody in it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from deaddrop.collect import Collect
from deaddrop.schema import engine
from portal.heartbeat import Heartbeat, host_name, portal_name
from portal.settings import PortalSettings, SettingsError
from tests.portal.world import Phone, World

MINUTE = 60.0


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 1_000_000 * MINUTE

    def __call__(self) -> float:
        """Give the time."""
        return self.now


@pytest.fixture
def drop(world: World) -> Engine:
    """Give the dead drop that a portal of this world has prepared."""
    world.app()
    return engine(world.deaddrop or world.store)


def test_each_portal_leaves_its_minute_in_the_place_of_the_last(world: World, drop: Engine) -> None:
    """Two portals by name, one of them for an hour: two rows."""
    clock = Clock()
    north, south = Heartbeat(drop, "north", clock), Heartbeat(drop, "south", clock)
    south.beat()
    for _ in range(60):
        north.beat()
        clock.now += MINUTE
    assert Collect(engine(world.store)).heard() == {"north": 1_000_059, "south": 1_000_000}


@pytest.mark.sqlite
def test_it_beats_again_once_the_store_is_back(world: World, drop: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """The store is away for ten minutes: told once, and the first minute after it there is a beat again."""
    caplog.set_level("INFO")
    clock, path = Clock(), world.folder / "deaddrop.sqlite"
    heart = Heartbeat(drop, "north", clock)
    heart.beat()
    away = path.rename(world.folder / "away")
    for _ in range(10):
        clock.now += MINUTE
        heart.beat()
    assert not path.exists()  # nor is an empty store made in its place, where nobody would collect
    away.rename(path)
    assert Collect(drop).heard() == {"north": 1_000_000}
    clock.now += MINUTE
    heart.beat()
    assert Collect(drop).heard() == {"north": 1_000_011}
    said = [record.message for record in caplog.records if "sign of life" in record.message]
    assert said == ["no sign of life could be left: UnavailableError", "a sign of life could be left again"]


@pytest.mark.sqlite
def test_a_beat_leaves_no_log_that_tells_when_somebody_wrote(world: World, drop: Engine) -> None:
    """Somebody sends between two beats: the store's own log is empty after each, and the beat names no one."""
    heart = Heartbeat(drop, "north", Clock())
    heart.beat()
    Phone(world.app()).post("/me", {"message": "hej"})
    assert (world.folder / "deaddrop.sqlite-wal").stat().st_size > 0
    heart.beat()
    assert (world.folder / "deaddrop.sqlite-wal").stat().st_size == 0
    assert len(world.received()) == 1


@pytest.mark.parametrize("name", ["", "-x", "två", "a b", "<b>", "x" * 65, "a\n"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    """The name stands on the staff pages and in figures: letters, digits, points and dashes."""
    with pytest.raises(ValueError, match="letters a to z"):
        portal_name(name)


def test_a_portal_without_a_name_has_its_machine_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine is called, it is a name that can be shown; a setting's fault is named as all others."""
    for host in ("portal-1.inner.example", "åäö", "-", "x" * 200):
        monkeypatch.setattr("socket.gethostname", lambda host=host: host)
        assert portal_name(host_name())
    with pytest.raises(SettingsError) as refused:
        PortalSettings.from_env({"UTVAG_PORTAL_NAME": "två ord"})
    assert any(fault.startswith("UTVAG_PORTAL_NAME: must be letters") for fault in refused.value.faults)
