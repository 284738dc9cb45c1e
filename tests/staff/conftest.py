"""The people of every story: the owner, a colleague in the same team, a stranger from another, and their world."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, event, text

from staff.casebook import Casebook, prepare
from tests.canaries import files
from tests.postgresql import Cluster, named
from tests.staff.dealing import Case
from tests.staff.joiner import House, Newcomer
from tests.staff.world import Browser, World
from tests.staff.writer import Writer

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


class Stores(NamedTuple):
    """Hold where a story's casebook and dead drop are; empty: in files of its own folder."""

    casebook: str = ""
    deaddrop: str = ""
    drop: str = ""  # the dead drop as its owner has it, for who holds it in hand
    server: Cluster | None = None

    def kept(self) -> dict[str, bytes]:
        """Read what the server has written down: both databases' own files, and its log of changes."""
        if not self.server:
            return {}
        data = self.server.folder / "data"
        with self.server.connect("postgres") as connection:
            connection.execute("CHECKPOINT")
            asked = "SELECT oid FROM pg_database WHERE datname = ANY(%s)"
            found = connection.execute(asked, [[named(self.casebook), named(self.drop)]]).fetchall()
        return files(data / "pg_wal", *(data / "base" / str(oid) for (oid,) in found))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tell every story on both databases, but for those about SQLite's own files (marked `sqlite`)."""
    if "stores" not in metafunc.fixturenames:
        return
    only = metafunc.definition.get_closest_marker("sqlite")
    both = [] if only else [pytest.param(POSTGRESQL, marks=pytest.mark.long)]
    metafunc.parametrize("stores", [SQLITE, *both], indirect=True)


@pytest.fixture(scope="session")
def mould(postgresql: Cluster) -> str:
    """Make a casebook's tables once; each story gets a copy of them."""
    address = postgresql.url("casebook_mould")
    postgresql.apply("casebook.sql", address)
    made = Casebook(address)
    prepare(made)
    with made.engine.begin() as connection:  # stories forge rows as who writes to the database, by the app's own role
        connection.execute(text("GRANT UPDATE, DELETE ON audit, audit_head, alembic_version TO utvag_casebook"))
    made.close()
    return address


@pytest.fixture
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """Give a story's two databases: files, or two on one server with the roles that production has."""
    if request.param == SQLITE:
        yield Stores()
        return
    server: Cluster = request.getfixturevalue("postgresql")
    moulds = [request.getfixturevalue(name) for name in ("mould", "drop_mould")]  # both first: making one shuts others
    casebook, deaddrop = (server.database(like=one) for one in moulds)
    used: set[Engine] = set()

    def note(connection: Connection) -> None:
        used.add(connection.engine)

    event.listen(Engine, "engine_connect", note)
    yield Stores(server.by("utvag_casebook", casebook), server.by("utvag_staff", deaddrop), deaddrop, server)
    event.remove(Engine, "engine_connect", note)
    for engine in used:  # a story may start apps of its own, whose connections would else be found open later
        engine.dispose()
    server.drop(casebook, deaddrop)


@pytest.fixture
def world(stores: Stores, tmp_path: Path) -> Iterator[World]:
    """Make two towns with three coordinators and a police officer."""
    made = World(tmp_path, stores.casebook, stores.deaddrop, drop=stores.drop)
    yield made
    if stores.drop:
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
def case(world: World) -> Case:
    """Open Björk 14."""
    return Case(world)


@pytest.fixture
def kim(world: World) -> Writer:
    """Give a code to Kim, who wants to be answered here."""
    return Writer(world)


@pytest.fixture
def thief(world: World) -> Writer:
    """Give a code to somebody who copies the dead drop."""
    return Writer(world)


@pytest.fixture
def house(stores: Stores, tmp_path: Path) -> Iterator[House]:
    """Make a world with two leads and a stand-in, on an address where browsers allow passkeys."""
    made = House(tmp_path, casebook=stores.casebook, deaddrop=stores.deaddrop, drop=stores.drop)
    yield made
    if stores.drop:
        made.close()


@pytest.fixture
def lena(house: House) -> Browser:
    """Sign in Lena, who leads Ekstad and invites."""
    return house.browser(house.lead)


@pytest.fixture
def anna(house: House) -> Browser:
    """Sign in Anna of that house, by a code."""
    return house.browser(house.owner)


@pytest.fixture
def nils(house: House, lena: Browser) -> Newcomer:
    """Let Nils make his key: he stands before the digits."""
    found = Newcomer.at(house)
    found.type_code(house.invite(lena))
    found.learn()
    found.scan()
    return found
