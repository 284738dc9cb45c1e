"""Workers for real: several processes of one portal, one port for figures, one sign of life."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from command.processes import claim_port
from deaddrop.collect import Collect
from deaddrop.schema import engine
from tests.portal.world import DEMO, ORIGIN, World

pytestmark = pytest.mark.long
PATIENCE = 20.0  # seconds for what another process does
HOLD = "import sys, command.serve as s; s.portal_application(); print('up', flush=True); sys.stdin.read()"


@contextmanager
def worker(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Lend a worker that is up, as granian starts one."""
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "up\n"
        yield started
        started.kill()


def read(port: int) -> str:
    """Read the figures, or "" if nobody serves them."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return str(answer.read().decode())
    except URLError:
        return ""


def test_one_worker_serves_the_figures_of_all_and_another_takes_its_place(tmp_path: Path) -> None:
    """Two workers: one port, one beat by name. The one that serves is killed; whoever starts in its place serves."""
    world, port = World(tmp_path), claim_port(0)
    world.write_roster()
    told = {
        "ORIGIN": ORIGIN,
        "ROSTER": str(world.roster),
        "ROOT_KEY": world.root.sign_public.hex(),
        "NAME": "north",
        "DEADDROP": str(tmp_path / "deaddrop.sqlite"),
        "PROGRAMME": str(DEMO),
        "STATE": str(tmp_path / "state"),
        "WORKERS": "2",
        "METRICS": f"127.0.0.1:{port}",
    }
    environ = {"PATH": os.environ["PATH"]} | {f"UTVAG_PORTAL_{name}": value for name, value in told.items()}
    with worker(environ) as first, worker(environ):
        text = read(port)
        assert 'utvag_portal_requests_total{kind="page",status="2xx"} 0.0' in text
        assert "utvag_portal_ready 1.0" in text
        assert "process_" not in text
        assert "python_" not in text
        assert heard(tmp_path) == ["north"]
        first.kill()
        first.wait()
        assert read(port) == ""
        with worker(environ):
            assert "utvag_portal_dead_drop 1.0" in read(port)


def heard(folder: Path) -> list[str]:
    """Name the portals that have been heard from, once one has."""
    until, drop = time.monotonic() + PATIENCE, Collect(engine(folder / "deaddrop.sqlite"))
    while not drop.heard() and time.monotonic() < until:
        time.sleep(0.05)
    return sorted(drop.heard())
