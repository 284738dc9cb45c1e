"""Three portals as production has them: granian behind our nginx, one PostgreSQL by its roles, one Redis, one spool."""

from __future__ import annotations

import os
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from command.processes import HOST, INHERITED, Child, claim_port, start, wait_until_answers
from crypto.opening.unseal import unseal
from crypto.submission import Submission
from deaddrop import schema
from deaddrop.collect import Collect
from deaddrop.migrating import migrate
from portal.spool import Spool
from tests.nginx import Front, front
from tests.portal.world import DEMO, World
from tests.postgresql import PLACES, Cluster
from tests.redis import RedisServer

PORTALS = 3


@dataclass
class Portals:
    """The portals by their ports, and what stands around them."""

    world: World
    environment: Mapping[str, str]
    staff: Engine
    ports: list[int] = field(default_factory=lambda: [claim_port(0) for _ in range(PORTALS)])
    children: dict[int, Child] = field(default_factory=dict)

    @property
    def spool(self) -> Path:
        """The folder that all of them share."""
        return self.world.folder / "spool"

    def start(self, port: int) -> None:
        """Start the portal of a port, as its unit does."""
        words = [
            "--interface",
            "wsgi",
            "--host",
            HOST,
            "--port",
            str(port),
            "--workers",
            "1",
            "--blocking-threads",
            "1",
        ]
        program = [str(Path(sys.executable).parent / "granian"), *words, "--backpressure", "64", "--no-ws", "--no-log"]
        log = self.world.folder / f"portal-{port}.log"
        made = start("A portal", [*program, "--factory", "command.serve:portal_application"], self.environment, log)
        self.children[port] = made

    def wait(self, port: int) -> None:
        """Return when the portal of a port answers."""
        wait_until_answers(self.children[port], f"http://{HOST}:{port}/healthz")

    def kill(self, port: int) -> None:
        """End it as a power cut would: with its worker, in the middle of whatever it does."""
        child = self.children.pop(port)
        with suppress(ProcessLookupError):  # it has ended by itself, and its log says why
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()

    def waiting(self) -> int:
        """Count what waits in the spool."""
        return Spool(self.spool, 1).waiting()

    def collected(self) -> dict[str, list[Submission]]:
        """Open everything in the dead drop by its text, as coordinators would."""
        found: dict[str, list[Submission]] = defaultdict(list)
        for row in Collect(self.staff).waiting(10**6):
            assert row.intact
            opened = Submission.decode(unseal(row.sealed, self.world.coordinator))
            found[str(opened.answers["message"])].append(opened)
        return found


@contextmanager
def three_portals(
    folder: Path, database: Cluster, redis: RedisServer, **settings: str
) -> Iterator[tuple[Portals, Front]]:
    """Run three portals behind nginx; all of it has ended when the block ends."""
    world = World(folder)
    world.write_roster()
    address = database.database()
    database.apply("deaddrop.sql", address)
    migrate(schema.engine(address), PLACES)
    environment = told(world, database, address, redis) | {f"UTVAG_PORTAL_{key}": it for key, it in settings.items()}
    made = Portals(world, environment, schema.engine(database.by("utvag_staff", address)))
    try:
        for port in made.ports:
            made.start(port)
        for port in made.ports:
            made.wait(port)
        with front(made.ports) as before:
            yield made, before
    finally:
        for port in list(made.children):
            made.kill(port)


def told(world: World, database: Cluster, address: str, redis: RedisServer) -> dict[str, str]:
    """Give what each portal is told; the password lies in a file for its user alone."""
    name, words = address.rpartition("/")[2], world.folder / "pgpass"
    words.write_text(f"{HOST}:{database.port}:{name}:utvag_portal:{database.password}\n", "ascii")
    words.chmod(0o600)
    there = f"postgresql+psycopg://utvag_portal@{HOST}:{database.port}/{name}?passfile={words}"
    return plainly_told(world, DEADDROP=there, SPOOL=str(world.folder / "spool"), REDIS=redis.url, WORKERS=str(PORTALS))


def plainly_told(world: World, **more: str) -> dict[str, str]:
    """Give what a portal of a world is told behind nginx, and what more a test has to tell it."""
    own = {
        "ORIGIN": f"http://{HOST}",  # a trial's, since tests may run as root, which an app in earnest refuses
        "ROSTER": str(world.roster),
        "ROOT_KEY": world.root.sign_public.hex(),
        "PROGRAMME": str(DEMO),
        "STATE": str(world.folder / "state"),
        "PROXIES": "1",
    }
    inherited = {one: os.environ[one] for one in INHERITED if one in os.environ}
    return inherited | {f"UTVAG_PORTAL_{key}": it for key, it in (own | more).items()}
