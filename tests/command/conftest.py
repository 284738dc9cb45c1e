"""Two towns with those who work there, and the settings under which their staff app runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.staff.world import PROGRAMME, World
from web.late import LOGS


@pytest.fixture(autouse=True)
def said_at_once() -> Iterator[None]:
    """Let lines of the log pass again after a test that made an app as it is served."""
    before = [(logging.getLogger(name), list(logging.getLogger(name).filters)) for name in LOGS]
    yield
    for one, filters in before:
        one.filters = filters


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Make two towns with three coordinators."""
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def environment(world: World) -> dict[str, str]:
    """Give the staff app's environment, with the pepper in a file."""
    pepper = world.folder / "pepper"
    pepper.write_bytes(world.settings.pepper)
    values = {
        "ORIGIN": world.settings.origin,
        "CASEBOOK": world.casebook,
        "DEADDROP": world.deaddrop,
        "ROSTER": world.settings.roster,
        "MEMBERS": world.settings.members,
        "ROOT_KEY": world.root.sign_public.hex(),
        "PEPPER": pepper,
        "PROGRAMME": PROGRAMME,
    }
    return {f"UTVAG_STAFF_{name}": str(value) for name, value in values.items()}
