"""The people of every story: the owner, a colleague in the same team, a stranger from another, and their world."""

from pathlib import Path

import pytest

from tests.staff.world import Browser, World
from tests.staff.writer import Writer


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Make two towns with three coordinators and a police officer."""
    return World(tmp_path)


@pytest.fixture
def owner(world: World) -> Browser:
    """Sign in Anna, who coordinates in Ekstad and holds the request."""
    return world.browser(world.owner)


@pytest.fixture
def colleague(world: World) -> Browser:
    """Sign in Björn, of the same team."""
    return world.browser(world.colleague)


@pytest.fixture
def stranger(world: World) -> Browser:
    """Sign in Cilla, who coordinates in another town."""
    return world.browser(world.stranger)


@pytest.fixture
def kim(world: World) -> Writer:
    """Give a code to Kim, who wants to be answered here."""
    return Writer(world)


@pytest.fixture
def thief(world: World) -> Writer:
    """Give a code to somebody who copies the dead drop."""
    return Writer(world)
