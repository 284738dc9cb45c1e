"""The dead drop on each database that it is written for."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from deaddrop import schema
from tests.postgresql import Cluster

PLACES = 8
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of a dead drop on both databases, but for those that look at SQLite's own file."""
    if "engine" in metafunc.fixturenames:
        both = [] if "path" in metafunc.fixturenames else [pytest.param(POSTGRESQL, marks=pytest.mark.long)]
        metafunc.parametrize("engine", [SQLITE, *both], indirect=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Say where the dead drop lies, in the stories about its file."""
    return tmp_path / "deaddrop.sqlite"


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Open a prepared dead drop."""
    where: str | Path = tmp_path / "deaddrop.sqlite"
    if request.param == POSTGRESQL:
        server: Cluster = request.getfixturevalue("postgresql")
        where = server.database()
    made = schema.engine(where)
    schema.prepare(made, PLACES)
    return made
