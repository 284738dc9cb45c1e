"""The public path: requests that are sealed at the portal and are on disk when they are acknowledged."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from bench.load import Job
from bench.measure import Figure, attempt, middle
from bench.servers import PORTAL, Server, free_port, granian, gunicorn, running, waitress
from command.demo import draw_cast, prepare
from command.stage import Stage
from crypto.opening.identity import Identity
from deaddrop.collect import Collect
from deaddrop.schema import engine

CLIENTS = (1, 8, 32)
MESSAGE = (
    "Har sagt att jag ska sluta. Det blev tyst. Tystnaden är värst. Jag sover med skorna på och vet inte vem "
    "jag ska prata med. Hör av er före fredag om det går. {mark}"
)
FIELDS = [("urgency", "soon"), ("need", "safety"), ("need", "talk"), ("municipality", "ekstad"), ("message", MESSAGE)]
BODY = urlencode(FIELDS).replace("%7Bmark%7D", "{mark}")

Command = Callable[[str, int], list[str]]
Store = Callable[[], int]  # counts the envelopes in a dead drop


@dataclass(frozen=True)
class Row:
    """One measured server: what it is, how many clients, and the figure."""

    name: str
    clients: int
    figure: Figure


@dataclass(frozen=True)
class Effort:
    """How long and how often; how many cases, and how many requests in a flood."""

    seconds: float
    rounds: int
    cases: tuple[int, ...]
    flood: int


@contextmanager
def stage() -> Iterator[tuple[Stage, dict[str, str]]]:
    """Lend a stage in a temporary folder, and the portal's environment there, without limits for the load."""
    with tempfile.TemporaryDirectory(prefix="utvag-bench-") as folder:
        made = Stage(Path(folder), free_port(), free_port())
        cast = draw_cast(made)
        prepare(made, cast, datetime.now(UTC).date())
        root = Identity.from_seed(bytes.fromhex(cast.root)).sign_public.hex()
        yield made, made.portal_environment(root) | {"UTVAG_PORTAL_DEMO": "0", **UNLIMITED}


UNLIMITED = {
    "UTVAG_PORTAL_PROXIES": "1",
    "UTVAG_PORTAL_WORKERS": "2",
    "UTVAG_PORTAL_POSTS_PER_PREFIX": "1000000",
    "UTVAG_PORTAL_POSTS_IN_ALL": "100000000",
}


def post(name: str, command: Command, effort: Effort) -> list[Row]:
    """Measure POST /me at one server for each number of clients."""
    with stage() as (place, environment):
        port = place.portal_port
        with running(command(PORTAL, port), port, environment, "/me") as server:
            job = Job(port, "/me", 1, effort.seconds, BODY, origin=place.portal)
            return durable(name, server, job, effort, in_file(place))


def durable(
    name: str, server: Server, job: Job, effort: Effort, stored: Store, clients: Sequence[int] = CLIENTS
) -> list[Row]:
    """Measure a job whose every acknowledged request must be in the dead drop; raise if one is not, or one too many."""
    attempt(server, replace(job, seconds=1.0))  # warm: caches filled, statements compiled
    before = stored()
    rows = each(name, server, job, effort, clients)
    acknowledged, kept = sum(row.figure.acknowledged for row in rows), stored() - before
    if kept != acknowledged:
        raise RuntimeError(f"{name}: {acknowledged} acknowledged, {kept} in the dead drop")
    return rows


def each(name: str, server: Server, job: Job, effort: Effort, clients: Sequence[int] = CLIENTS) -> list[Row]:
    """Measure a job for each number of clients."""
    return [
        Row(name, number, middle([attempt(server, replace(job, clients=number)) for _ in range(effort.rounds)]))
        for number in clients
    ]


def in_file(place: Stage) -> Store:
    """Give what counts the envelopes in a stage's dead drop."""
    return Collect(engine(place.path("deaddrop.sqlite"))).count


def read_form(effort: Effort, command: Command) -> tuple[Figure, tuple[float, float]]:
    """Measure GET /me, and the memory of a worker that has served it and some posts."""
    with stage() as (place, environment):
        port = place.portal_port
        with running(command(PORTAL, port), port, environment, "/me") as server:
            attempt(server, Job(port, "/me", 8, 2.0, BODY, origin=place.portal))
            job = Job(port, "/me", 1, effort.seconds, good="200")
            return middle([attempt(server, job) for _ in range(effort.rounds)]), server.memory()


def control(effort: Effort) -> tuple[Row, Figure]:
    """Measure the control app: POST at 32 clients, and GET of its form."""
    with tempfile.TemporaryDirectory(prefix="utvag-bench-") as folder:
        port = free_port()
        environment = {"UTVAG_BENCH_DATABASE": str(Path(folder) / "control.sqlite")}
        with running(gunicorn("bench.control:application", port), port, environment, "/me") as server:
            job = Job(port, "/me", 32, effort.seconds, BODY, good="200")
            posts = middle([attempt(server, job) for _ in range(effort.rounds)])
            gets = middle([attempt(server, replace(job, body="", clients=1)) for _ in range(effort.rounds)])
            return Row("control app, gunicorn", 32, posts), gets


SERVERS: dict[str, Command] = {"granian": granian, "gunicorn": gunicorn, "waitress (the demo's)": waitress}

__all__ = ["SERVERS", "Effort", "Row", "Server", "control", "post", "read_form"]
