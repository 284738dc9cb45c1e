"""Start the servers that are measured, and read what they use from /proc."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PORTAL = "command.serve:portal_application"


@dataclass(frozen=True)
class Server:
    """A running server: its parent process and its port."""

    pid: int
    port: int

    def family(self) -> list[int]:
        """Return the process and all its descendants."""
        found, queue = [], [self.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                queue += [int(child) for child in (task / "children").read_text("ascii").split()]
        return found

    def cpu_seconds(self) -> float:
        """Return the processor time used so far by the whole family."""
        total = 0
        for pid in self.family():
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory(self) -> tuple[float, float]:
        """Return RSS and PSS of the largest process in MB: a worker, not the parent that watches it."""
        return max(_memory(pid) for pid in self.family())


def _memory(pid: int) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    kilobytes = {line.split()[0]: int(line.split()[1]) for line in lines[1:]}
    return kilobytes["Rss:"] / 1000, kilobytes["Pss:"] / 1000


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def granian(app: str, port: int, workers: int = 2) -> list[str]:
    """Granian workers, each running the app in one thread."""
    options = f"--interface wsgi --host 127.0.0.1 --port {port} --workers {workers} --blocking-threads 1"
    return [str(Path(sys.executable).parent / "granian"), *options.split(), "--no-log", "--no-ws", "--factory", app]


def granian_alone(app: str, port: int) -> list[str]:
    """One granian worker: whoever gives out codes serves alone, since the desk is one process's memory."""
    return granian(app, port, 1)


def gunicorn(app: str, port: int) -> list[str]:
    """Two gunicorn workers of the plain kind."""
    options = f"--bind 127.0.0.1:{port} --workers 2 --no-control-socket --log-level critical"
    return [str(Path(sys.executable).parent / "gunicorn"), *options.split(), f"{app}()"]


def waitress(_app: str, _port: int) -> list[str]:
    """What the demo runs."""
    return [sys.executable, "-m", "command", "portal"]


@contextmanager
def running(arguments: Sequence[str], port: int, environment: Mapping[str, str], path: str) -> Iterator[Server]:
    """Run a server until the block ends; it answers at the path before the block begins."""
    process = subprocess.Popen(
        arguments,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        _wait(process, f"http://127.0.0.1:{port}{path}")
        yield Server(process.pid, port)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310  # our own server on loopback
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{process.args!r} did not answer")
