"""The same POST on both databases, and through nginx as in production: `python -m bench.databases`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from bench.load import Job
from bench.posting import BODY, Effort, Row, control, durable, stage
from bench.servers import PORTAL, granian, running
from bench.tables import COLUMNS, put, row_of, stamp, table
from command.processes import HOST
from command.stage import Stage
from deaddrop.collect import Collect
from deaddrop.migrating import migrate
from deaddrop.schema import engine
from tests.nginx import ONION, front
from tests.postgresql import Cluster, cluster

DATABASES = "## POST on each database"
CLIENTS = (1, 8, 32, 128)
PLACES = 8
SQLITE, POSTGRESQL, NGINX = "SQLite", "PostgreSQL", "PostgreSQL, nginx before it"


def databases(effort: Effort) -> list[Row]:
    """Measure POST /me by two granian workers on each database; what was acknowledged must be there, and no more.

    PostgreSQL writes each commit to disk before it answers, and the portal has the role that production gives it. The
    CPU column is the portal's alone; the server and nginx share the two cores with it.
    """
    rows = _measured(SQLITE, effort, None)
    with cluster(durable=True) as server:
        rows += _measured(POSTGRESQL, effort, server)
        rows += _measured(NGINX, effort, server)
    return rows


def _measured(name: str, effort: Effort, server: Cluster | None) -> list[Row]:
    with stage() as (place, environment):
        address = _store(place, server)
        environment |= {"UTVAG_PORTAL_DEADDROP": server.by("utvag_portal", address) if server else address}
        store = Collect(engine(server.by("utvag_staff", address) if server else address))
        port = place.portal_port
        job = Job(port, "/me", 1, effort.seconds, BODY, origin=place.portal)
        with ExitStack() as held:
            asked, told = held.enter_context(_before(name, port, environment, job))
            portal = held.enter_context(running(granian(PORTAL, port), port, told, "/me"))
            return durable(name, portal, asked, effort, store.count, CLIENTS)


def _store(place: Stage, server: Cluster | None) -> str:
    """Give the address of a dead drop of its own, made as operations.md has it."""
    if server is None:
        return place.path("deaddrop.sqlite")
    address = server.database()
    server.apply("deaddrop.sql", address)
    migrate(engine(address), PLACES)
    return address


@contextmanager
def _before(name: str, port: int, environment: Mapping[str, str], job: Job) -> Iterator[tuple[Job, Mapping[str, str]]]:
    """Put nginx before the portal where the row says so: its onion listener, since the load speaks no TLS."""
    if name != NGINX:
        yield job, environment
        return
    unhurried = {"limit_req zone=sending burst=16;": ""}  # the load is a few circuits that send without end
    with front([port], onion=port, spoil=on_loopback(port) | unhurried) as nginx:
        yield replace(job, port=nginx.onion, circuits=True), environment


def on_loopback(port: int) -> dict[str, str]:
    """Let the onion's site be the portal's on loopback: a made-up roster is believed nowhere else."""
    return {f"server_name {ONION}": f"server_name {HOST}", f"Host {ONION}": f"Host {HOST}:{port}"}


def databases_section(rows: list[Row]) -> str:
    """Write the section of bench/RESULTS.md."""
    return f"""{DATABASES}

Two granian workers; every acknowledged request was found in the database, none more, none less. PostgreSQL writes each
commit to disk before it answers, and the portal has the role that production gives it. The CPU column is the portal's
alone: the database's server and nginx share the two cores with it and with the load.

{table(("database", *COLUMNS[1:]), map(row_of, rows))}"""


def main() -> None:
    """Measure for as many seconds and rounds as the arguments say, and put the section into bench/RESULTS.md."""
    seconds, rounds = (float(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) > 2 else (6.0, 3)
    effort = Effort(seconds, rounds, (), 0)
    section = databases_section([control(effort)[0], *databases(effort)])
    print(section)
    put(DATABASES, section.partition("\n\n")[2] + f"\n\n{stamp()}")


if __name__ == "__main__":
    main()
