"""Coordinators who write on three machines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ha.nodes import Machines
from tests.ha.writing import Writer, wait_for_notes
from tests.staff.world import World


@pytest.fixture
def writers(three: Machines, tmp_path: Path) -> Iterator[list[Writer]]:
    """Let two coordinators of the real staff app write, each in a case of their own."""
    world = World(tmp_path, casebook=three.address)
    made = [Writer(world, human) for human in (world.owner, world.colleague)]
    for one in made:
        one.start()
    wait_for_notes(made, 20)
    yield made
    for one in made:
        one.stop()
    world.close()
