"""The dead drop on each database that it is written for, on a server by the roles that production has."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import URL, Engine, make_url

from command import main
from deaddrop import schema
from deaddrop.preparing import prepare
from tests.postgresql import PLACES, Cluster, cluster

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


def on_server(server: Cluster, mould: str) -> Sides:
    """Give a dead drop of its own on the server."""
    address = server.database(like=mould)
    portal, staff = (schema.engine(server.by(role, address)) for role in ("utvag_portal", "utvag_staff"))
    return Sides(portal, staff, schema.engine(address))


@pytest.fixture
def sides(request: pytest.FixtureRequest, tmp_path: Path) -> Sides:
    """Open a prepared dead drop."""
    if request.param == POSTGRESQL:
        made = on_server(request.getfixturevalue("postgresql"), request.getfixturevalue("drop_mould"))
    else:
        engine = schema.engine(tmp_path / "deaddrop.sqlite")
        made = Sides(engine, engine, engine)
    prepare(made.portal, PLACES)
    return made


@dataclass
class House:
    """Hold the server, and the address of its dead drop for each role."""

    server: Cluster
    portal: URL
    staff: URL

    def log(self) -> str:
        """Read all that the server has ever written down."""
        return (self.server.folder / "log").read_text("utf-8")


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """Set a dead drop up word by word: roles, the owner let in, tables by the command, the owner shut out again."""
    with cluster("deaddrop") as server:
        address = server.url("utvag_deaddrop")
        server.apply("deaddrop.sql", address)
        with server.connect("postgres") as connection:
            connection.execute(f"ALTER ROLE utvag_owner LOGIN PASSWORD '{server.password}'".encode())
        moved = CliRunner().invoke(main, ["migrate", "deaddrop", "--database", server.by("utvag_owner", address)])
        assert moved.exit_code == 0, moved.output
        server.apply("deaddrop.sql", address)
        yield House(server, *(make_url(server.by(role, address)) for role in ("utvag_portal", "utvag_staff")))
