"""Two towns with those who work there, and the settings under which their staff app runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.staff.world import PROGRAMME, World


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
