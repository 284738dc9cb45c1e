"""On PostgreSQL the app's own role can copy the casebook, and what is put back belongs to the owner, as before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg import sql
from sqlalchemy import make_url

from staff.backup import making
from staff.backup.errors import BackupError
from staff.backup.putting import Where, put_back
from staff.backup.taken import taken
from staff.casebook import Casebook, migrate
from tests.postgresql import Cluster
from tests.staff.test_backups import KEY, TODAY, record_of
from tests.staff.world import World

WORD = "a password of this test"


class Roles(NamedTuple):
    """Name the owner (who cannot log in), somebody who may act as the owner, and the app."""

    owner: str
    clerk: str
    app: str


@pytest.fixture
def roles(postgresql: Cluster) -> Iterator[Roles]:
    """Make three roles, as a production cluster has them."""
    made = Roles("b_owner", "b_clerk", "b_app")
    with postgresql.connect("postgres") as connection:
        connection.execute("CREATE ROLE b_owner NOLOGIN")
        for name in made[1:]:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), WORD))
        connection.execute("GRANT b_owner TO b_clerk")
    yield made
    with postgresql.connect("postgres") as connection:
        for name in made:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def owned(server: Cluster) -> str:
    """Make an empty database that the owner owns, in which the app may read and write what will be made."""
    address = server.database()
    name = address.rpartition("/")[2]
    with server.connect("postgres") as connection:
        connection.execute(f"ALTER DATABASE {name} OWNER TO b_owner".encode())
    with server.connect(name) as connection:
        connection.execute("ALTER SCHEMA public OWNER TO b_owner")
        rights = "ALTER DEFAULT PRIVILEGES FOR ROLE b_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE"
        connection.execute(f"{rights} ON TABLES TO b_app".encode())
    return address


def seen_by(address: str, role: str) -> str:
    """Give a database's address as a role uses it."""
    return make_url(address).set(username=role, password=WORD).render_as_string(hide_password=False)


@pytest.mark.long
@pytest.mark.sqlite
def test_the_apps_role_copies_and_the_owner_gets_it_back(
    world: World, tmp_path: Path, postgresql: Cluster, roles: Roles
) -> None:
    """Copied by the app, put back by whoever may act as the owner: the tables are the owner's, and the app serves."""
    record = record_of(world)
    address, target = owned(postgresql), owned(postgresql)
    made = Casebook(seen_by(address, roles.clerk))
    migrate(made)
    made.close()
    settings = replace(world.settings, casebook=seen_by(address, roles.app), backup_key=KEY.box_public)
    backup = making.casebook(settings, tmp_path, TODAY, 30).path
    pepper = making.prove(world.settings.pepper)
    with taken(backup, pepper) as one, pytest.raises(BackupError, match="load"):
        put_back(one, KEY, Where(seen_by(target, roles.app), record), datetime.now(UTC))
    with taken(backup, pepper) as one:
        put_back(one, KEY, Where(seen_by(target, roles.clerk), record), datetime.now(UTC))
    with postgresql.connect(target.rpartition("/")[2]) as connection:
        owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert owners == [(roles.owner,)]
    serving = Casebook(seen_by(target, roles.app))
    with serving.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM folders").scalar_one() == 0
    serving.close()
    postgresql.drop(address, target)
