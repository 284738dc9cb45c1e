"""Take figures: one attempt, medians of several, and how noisy the machine is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any

from bench.honest import Crowd
from bench.load import Job
from bench.servers import Server


@dataclass(frozen=True)
class Figure:
    """One row: requests a second, CPU milliseconds a request, percentiles in milliseconds, and what was counted."""

    per_second: float
    cpu: float
    p50: float
    p95: float
    p99: float
    acknowledged: int
    statuses: dict[str, int]


def beside(module: str, wanted: Job | Crowd, most: float) -> dict[str, Any]:  # Any: JSON's values
    """Let one of our modules send what is wanted from a process of its own, and give what it writes.

    Raises RuntimeError with its last words if it fails, TimeoutExpired after `most` seconds.
    """
    told = json.dumps(asdict(wanted))
    done = subprocess.run(
        [sys.executable, "-m", module], input=told, capture_output=True, text=True, check=False, timeout=most
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed: {done.stderr[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def attempt(server: Server, job: Job) -> Figure:
    """Run one job in a process of its own and read the server's CPU before and after."""
    before = server.cpu_seconds()
    result = beside("bench.load", job, job.seconds + 60)
    used = server.cpu_seconds() - before
    times, sent = result["times"], sum(result["statuses"].values())
    if len(times) < 2:
        raise RuntimeError(f"{job.path} acknowledged nothing: {result['statuses']}")
    hundredths = quantiles(times, n=100, method="inclusive")
    return Figure(
        per_second=result["acknowledged"] / result["seconds"],
        cpu=used * 1000 / sent,
        p50=hundredths[49],
        p95=hundredths[94],
        p99=hundredths[98],
        acknowledged=result["acknowledged"],
        statuses=result["statuses"],
    )


def middle(figures: Sequence[Figure]) -> Figure:
    """Return the median of each figure, and the sum of what was counted."""

    def of(read: Callable[[Figure], float]) -> float:
        return median(read(one) for one in figures)

    statuses: dict[str, int] = {}
    for one in figures:
        for status, count in one.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    return Figure(
        of(lambda one: one.per_second),
        of(lambda one: one.cpu),
        of(lambda one: one.p50),
        of(lambda one: one.p95),
        of(lambda one: one.p99),
        sum(one.acknowledged for one in figures),
        statuses,
    )


def noise(rounds: int = 15) -> tuple[float, float]:
    """Time a fixed piece of work; return the median in milliseconds and how much longer the slowest took (per cent)."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        sum(number * number for number in range(300_000))
        times.append((time.perf_counter() - started) * 1000)
    return median(times), (max(times) / median(times) - 1) * 100
