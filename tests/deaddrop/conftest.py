"""The dead drop on each database that it is written for, on a server by the roles that production has."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine

from deaddrop import schema
from deaddrop.migrating import migrate
from deaddrop.preparing import prepare
from tests.postgresql import Cluster

PLACES = 8
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@dataclass
class Sides:
    """Hold one dead drop as the portal, the staff app and somebody who may do everything reach it."""

    portal: Engine
    staff: Engine
    owner: Engine


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of a dead drop on both databases, but for those that look at SQLite's own file."""
    if "sides" in metafunc.fixturenames:
        both = [] if "path" in metafunc.fixturenames else [pytest.param(POSTGRESQL, marks=pytest.mark.long)]
        metafunc.parametrize("sides", [SQLITE, *both], indirect=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Say where the dead drop lies, in the stories about its file."""
    return tmp_path / "deaddrop.sqlite"


@pytest.fixture(scope="session")
def mould(postgresql: Cluster) -> str:
    """Make a server's dead drop once, as operations.md has it; each story gets a copy."""
    address = postgresql.url("mould")
    postgresql.apply("deaddrop.sql", address)
    migrate(schema.engine(address), PLACES)
    return address


def on_server(server: Cluster, mould: str) -> Sides:
    """Give a dead drop of its own on the server."""
    address = server.database(like=mould)
    portal, staff = (schema.engine(server.by(role, address)) for role in ("utvag_portal", "utvag_staff"))
    return Sides(portal, staff, schema.engine(address))


@pytest.fixture
def sides(request: pytest.FixtureRequest, tmp_path: Path) -> Sides:
    """Open a prepared dead drop."""
    if request.param == POSTGRESQL:
        made = on_server(request.getfixturevalue("postgresql"), request.getfixturevalue("mould"))
    else:
        engine = schema.engine(tmp_path / "deaddrop.sqlite")
        made = Sides(engine, engine, engine)
    prepare(made.portal, PLACES)
    return made
