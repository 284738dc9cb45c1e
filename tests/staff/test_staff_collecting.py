from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from crypto.envelope import envelope_id
from deaddrop.collect import Collect, Waiting
from staff.inbox import collecting
from staff.inbox.collecting import LONGEST, SHORTEST, Collector, collect
from staff.models import Collected, Seen
from tests.staff.world import Browser, World

ROOT = Path(__file__).resolve().parents[2]
DIE = """
import os, sys
from deaddrop.collect import Collect
from deaddrop.schema import engine
from staff.casebook import Casebook
from staff.inbox import collecting

step, casebook, deaddrop = sys.argv[1:]
source = Collect(engine(deaddrop))

class Dying:
    def waiting(self, limit=500):
        if step == "before reading":
            os._exit(9)
        found = source.waiting(limit)
        if step == "after reading":
            os._exit(9)
        return found

    def erase(self, ids):
        if step == "after commit":
            os._exit(9)
        source.erase(ids)
        if step == "after erasing":
            os._exit(9)

if step == "before commit":
    keep = collecting.keep
    def dying(session, batch):
        keep(session, batch)
        session.flush()
        os._exit(9)
    collecting.keep = dying
collecting.collect(Casebook(casebook), Dying())
"""
STEPS = ("before reading", "after reading", "before commit", "after commit", "after erasing")


def kept(world: World) -> set[bytes]:
    """List what stands in the casebook."""
    with world.parts.casebook.read() as session:
        return set(session.scalars(select(Collected.id)))


@pytest.mark.parametrize("step", STEPS)
def test_dying_between_any_two_steps_loses_and_doubles_nothing(world: World, step: str) -> None:
    """The power goes at one step of a collection; the next collection brings each request exactly once."""
    sealed = [world.envelope(message=f"nummer {number}") for number in range(7)]
    for one in sealed:
        world.leave(one)
    where = (world.settings.casebook, world.settings.deaddrop)
    died = subprocess.run([sys.executable, "-c", DIE, step, *where], cwd=ROOT, check=False)
    assert died.returncode == 9
    world.collect()
    assert kept(world) == {envelope_id(one) for one in sealed}
    assert Collect(world.engine).count() == 0
    with world.parts.casebook.read() as session:
        assert session.scalar(select(func.count()).select_from(Seen)) == 7


def test_a_replayed_envelope_adds_nothing_even_after_it_was_opened(world: World, owner: Browser) -> None:
    """Somebody kept a copy of an envelope and sends it again after Anna has read it."""
    sealed = world.envelope(message="hej")
    world.leave(sealed)
    world.collect()
    owner.get(f"/inbox/{envelope_id(sealed).hex()}")
    world.leave(sealed)
    world.collect()
    assert kept(world) == set()
    assert Collect(world.engine).count() == 0


def test_bytes_that_are_not_what_their_id_says_are_kept_and_flagged(world: World, owner: Browser) -> None:
    """Somebody with the dead drop's file exchanges one byte: the row is kept beside the true one, and says so."""
    sealed = world.envelope(message="hej")
    world.leave(sealed)
    forged = sealed[:-1] + bytes([sealed[-1] ^ 1])
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE envelopes SET sealed = :sealed"), {"sealed": forged})
    world.collect()
    world.leave(sealed)
    world.collect()
    assert kept(world) == {envelope_id(sealed), envelope_id(forged)}
    page = owner.get("/inbox").text
    assert "Skadad: går inte att öppna" in page
    assert "Ändrad på vägen" in page
    assert page.count('class="open"') == 2


def test_team_and_epoch_come_from_the_sealed_header(world: World, owner: Browser, stranger: Browser) -> None:
    """Somebody writes another town's tag beside an envelope; it still reaches the team that it is sealed to."""
    sealed = world.envelope(message="hej")
    world.leave(sealed)
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE envelopes SET team_tag = :tag"), {"tag": b"x" * 8})
    world.collect()
    assert envelope_id(sealed).hex() in owner.get("/inbox").text
    assert envelope_id(sealed).hex() not in stranger.get("/inbox").text


class Broken:
    """A dead drop that is away."""

    def waiting(self, limit: int = 500) -> list[Waiting]:
        """Fail."""
        raise OSError("a secret path")

    def erase(self, ids: list[bytes]) -> None:
        """Never come here."""
        raise AssertionError(ids)


def test_a_dead_drop_that_is_away_is_said_and_logged_by_class_only(
    world: World, owner: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """The network is down: the page says that collecting failed, the log names the class, and nothing is lost."""
    world.parts.collector._source = Broken()
    answer = owner.post("/inbox/collect")
    assert answer.status_code == 303
    page = owner.get("/inbox").text
    assert "Det gick inte att hämta just nu" in page
    assert "Kunde inte hämtas." in page
    assert "OSError" in caplog.text
    assert "a secret path" not in caplog.text


def test_the_button_collects_and_says_when(world: World, owner: Browser) -> None:
    """Anna does not want to wait for the timer."""
    world.leave(world.envelope(message="hej"))
    assert "Inte hämtat än" in owner.get("/inbox").text
    owner.post("/inbox/collect")
    page = owner.get("/inbox").text
    assert "Hämtat." in page
    assert "Hämtades nyss" in page
    assert page.count('class="open"') == 1
    world.clock.turn(minutes=2)
    assert "Hämtades för 2 min sedan" in owner.get("/inbox").text


def test_the_timer_is_random_unless_a_setting_says_otherwise(world: World) -> None:
    """Nobody outside can tell when the dead drop will be empty."""
    source = Collect(world.engine)
    pauses = {Collector(world.parts.casebook, source, None).pause() for _ in range(20)}
    assert len(pauses) > 10
    assert all(SHORTEST <= pause <= LONGEST for pause in pauses)
    assert Collector(world.parts.casebook, source, 2.0).pause() == 2.0


def test_more_than_one_batch_is_collected_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day after a shooting: more waits than one batch holds, and one collection brings it all."""
    monkeypatch.setattr(collecting, "BATCH", 3)
    for number in range(8):
        world.leave(world.envelope(message=str(number)))
    assert collect(world.open(), Collect(world.engine)) == 8
    assert Collect(world.engine).count() == 0
