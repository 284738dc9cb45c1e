"""The people of every story: the owner, a colleague in the same team, a stranger from another, and their world."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import Cluster
from tests.staff.world import Browser, World
from tests.staff.writer import Writer

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
ON_BOTH = (
    "casebook",
    "collecting",
    "reading",
    "replies",
    "threads",
    "outbox",
    "acts",
    "folders",
    "audit",
    "forgeries",
    "erasing",
    "granting",
)  # files that live by the database


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tell the stories that live by the database on both, but for those about SQLite's own files."""
    if "world" not in metafunc.fixturenames:
        return
    told_twice = metafunc.module.__name__.rpartition("_")[2] in ON_BOTH
    only = metafunc.definition.get_closest_marker("sqlite")
    both = [pytest.param(POSTGRESQL, marks=pytest.mark.long)] if told_twice and not only else []
    metafunc.parametrize("world", [SQLITE, *both], indirect=True)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Make two towns with three coordinators and a police officer."""
    if request.param == SQLITE:
        yield World(tmp_path)
        return
    server: Cluster = request.getfixturevalue("postgresql")
    made = World(tmp_path, server.database(), server.database())
    yield made
    made.close()


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
