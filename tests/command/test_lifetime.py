"""No process holds keys for days: the staff app begins anew at night, in the same process and in fresh memory."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from command import serve
from command.machine import Machine
from programme.hours import ZONE
from staff.lifetime import Lifetime
from tests.staff.world import World

NIGHT = datetime(2026, 11, 24, 3, 10, tzinfo=ZONE)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZONE)


def hours(count: float) -> float:
    """Give so many hours in seconds."""
    return timedelta(hours=count).total_seconds()


@pytest.mark.parametrize(
    ("age", "now", "due"),
    [
        (13, NIGHT, True),
        (11, NIGHT, False),  # it was started this evening
        (24, NOON, False),
        (26, NOON, True),  # somebody was signed in all night
        (13, NIGHT.replace(hour=5), False),
    ],
)
def test_it_begins_anew_at_night_and_never_under_somebody(world: World, age: float, now: datetime, due: bool) -> None:
    """Between two and five, or late, if the process is old enough; and not as long as anybody is signed in."""
    clock = [0.0]
    lifetime = Lifetime(world.parts, lambda: clock[0])
    clock[0] = hours(age)
    assert lifetime.due(now.astimezone(UTC)) is due
    world.parts.parcels.put("f" * 64, b"o" * 32, b"words that came too late")
    assert not lifetime.due(now.astimezone(UTC))
    world.parts.parcels._rows.clear()
    world.browser(world.owner)
    assert not lifetime.due(now.astimezone(UTC))


def test_whoever_locks_or_forgets_to_holds_up_nothing(world: World) -> None:
    """Anna forgets to lock: after fifteen idle minutes her session is dropped, and the next look ends the serving."""
    clock, asked = [0.0], list[bool]()
    lifetime = Lifetime(world.parts, lambda: clock[0])
    world.browser(world.owner)
    clock[0] = hours(30)
    lifetime.look(lambda: asked.append(True))
    assert (asked, lifetime.over.is_set()) == ([], False)
    world.clock.turn(minutes=16)
    for _ in range(2):
        lifetime.look(lambda: asked.append(True))
    assert (asked, lifetime.over.is_set()) == ([True], True)


AGAIN = """
import os, sys, threading, time
from command.machine import Machine
from command.serve import begin_anew
again = os.environ.pop("AGAIN", None)
if again is None:
    secret = "kanariefågel i minnet"
    os.environ["AGAIN"] = f"{os.getpid()} {os.open('/dev/null', os.O_RDONLY)} {Machine().began(os.getpid())}"
    time.sleep(1.1)
    begin_anew()
pid, handle, began = again.split()
threading.Thread(target=time.sleep, args=(1.0,), daemon=True).start()
closed = not os.path.exists(f"/proc/self/fd/{handle}") or os.readlink(f"/proc/self/fd/{handle}") != "/dev/null"
print(pid == str(os.getpid()), closed, "secret" not in globals(), Machine().began(os.getpid()) > float(began) + 1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="what a process is made of is read as Linux tells it")
def test_what_begins_anew_keeps_its_number_and_nothing_else() -> None:
    """The process runs its program from the first line: its number stays, its files are shut, the doctor sees it."""
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    told = subprocess.run(
        [sys.executable, "-P", "-c", AGAIN], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert told.stdout.split() == ["True"] * 4, told.stdout + told.stderr


def test_a_service_managers_stop_is_a_stop(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Serving ends because somebody stopped it: nothing begins anew; because it was time: it does, once."""
    monkeypatch.setattr("staff.hardening.harden", lambda: True)
    hushed = list[bool]()
    monkeypatch.setattr("web.quiet.hush", lambda: hushed.append(True))  # the tests' own threads are to be heard
    monkeypatch.setattr(serve, "_staff_settings", lambda _environ: world.settings)
    monkeypatch.setattr("staff.create_app", lambda _settings: world.app)
    monkeypatch.setattr("staff.inbox.collecting.every", lambda *_given: None)
    began = list[str]()
    monkeypatch.setattr(serve, "begin_anew", lambda: began.append("anew"))
    monkeypatch.setattr(serve, "_serve", lambda *_given, **_how: None)
    assert serve.staff_serve.callback is not None
    serve.staff_serve.callback()
    assert (began, hushed) == ([], [True])
    monkeypatch.setattr(Lifetime, "due", lambda *_given: True)
    monkeypatch.setattr(serve, "_stop", lambda: None)
    monkeypatch.setattr("staff.inbox.collecting.every", lambda _pause, job, _name: job())
    serve.staff_serve.callback()
    assert began == ["anew"]
    assert Machine().began(os.getpid()) or sys.platform != "linux"
