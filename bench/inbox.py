"""The coordinators' list: opened for the first time after signing in, and again."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.servers import Server, free_port, running
from command.demo import draw_cast, prepare
from command.processes import utvag
from command.stage import Stage
from crypto.opening.identity import Identity
from tests.road import Person, Visitor, sign_in

AGAIN = 9  # how often the list is opened again
OURS = 0.9  # a little less than the first town's share of what is filled in (command/plan.py)
LISTED = re.compile(r'aria-current="true">[^<]*<i>(\d+)</i>')


@dataclass(frozen=True)
class Opened:
    """Milliseconds until the list was there, CPU milliseconds, bytes of the page, for one number of requests.

    `first` is the first list after signing in, when every envelope waits to be opened; `again` the median of the next.
    """

    number: int
    filling: float
    first: float
    first_cpu: float
    again: float
    again_cpu: float
    size: int


def open_inbox(number: int) -> Opened:
    """Leave at least that many requests with the first coordinator's team, collect them, sign in and open the list."""
    with tempfile.TemporaryDirectory(prefix="utvag-bench-") as folder:
        stage = Stage(Path(folder), free_port(), free_port())
        cast = draw_cast(stage)
        prepare(stage, cast, datetime.now(UTC).date())
        root = Identity.from_seed(bytes.fromhex(cast.root)).sign_public.hex()
        sent, started = round(number / OURS), time.perf_counter()
        subprocess.run(utvag("fill", str(sent)), env=_with_path(stage.portal_environment(root)), check=True)
        filling = (time.perf_counter() - started) * 1000 / sent
        port, environment = stage.staff_port, stage.staff_environment(root)
        with running([sys.executable, "-m", "command", "staff"], port, environment, "/login") as server:
            _wait_until_collected(stage)
            first = cast.people[0]
            person = Person(
                first.name, first.role, first.passphrase, first.totp_secret, str(stage.key_file(first.name))
            )
            return _look(server, sign_in(stage.staff, person), filling)


def _with_path(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"PYTHONPATH": str(Path(__file__).resolve().parent.parent)}


def _wait_until_collected(stage: Stage) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        with closing(sqlite3.connect(stage.path("deaddrop.sqlite"))) as connection:
            if connection.execute("SELECT count(*) FROM envelopes").fetchone()[0] == 0:
                return
        time.sleep(0.5)
    raise TimeoutError("the dead drop was not emptied")


def _look(server: Server, visitor: Visitor, filling: float) -> Opened:
    first, first_cpu, size = _timed(server, visitor)
    counted = LISTED.search(visitor.get("/inbox").text)
    number = int(counted.group(1)) if counted else 0
    others = [_timed(server, visitor) for _ in range(AGAIN)]
    again, again_cpu = median(one[0] for one in others), sum(one[1] for one in others) / AGAIN
    return Opened(number, filling, first, first_cpu, again, again_cpu, size)


def _timed(server: Server, visitor: Visitor) -> tuple[float, float, int]:
    before, started = server.cpu_seconds(), time.perf_counter()
    answer = visitor.get("/inbox")
    took = (time.perf_counter() - started) * 1000
    if answer.status != 200 or "/inbox/" not in answer.text:
        raise RuntimeError(f"the inbox answered {answer.status}")
    return took, (server.cpu_seconds() - before) * 1000, len(answer.text.encode())
