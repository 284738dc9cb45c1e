"""How figures are written: numbers, tables, the machine, and sections of bench/RESULTS.md that are kept by name."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.posting import Row

RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
COLUMNS = ("server", "clients", "requests/s", "CPU ms", "p50 ms", "p95 ms", "p99 ms", "acknowledged")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; every column but the first is set to the right."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def number(value: float, unit: str = "") -> str:
    """Write a number with as many digits as mean something."""
    text = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}" if value < 10 else f"{value:.1f}"
    return f"{text} {unit}".strip()


def row_of(row: Row) -> tuple[str, ...]:
    """Write a row under COLUMNS."""
    figure = row.figure
    times = (number(value) for value in (figure.per_second, figure.cpu, figure.p50, figure.p95, figure.p99))
    return (row.name, str(row.clients), *times, f"{figure.acknowledged:,}")


def machine() -> str:
    """Name the machine: processor, cores, memory, Python, and how busy it was."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    busy = os.getloadavg()[0]
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Python {platform.python_version()}, load {busy:.1f}"


def stamp() -> str:
    """Say when and where a section was measured, for those that have a run of their own."""
    return f"Measured by itself at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine()}."


def put(title: str, body: str) -> None:
    """Write a section of RESULTS.md in the place of the one with its title, or at the end."""
    sections = {**sections_of(RESULTS.read_text("utf-8")), title: body}
    RESULTS.write_text("\n\n".join(f"{name}\n\n{text}" for name, text in sections.items()) + "\n", "utf-8")


def sections_of(text: str) -> dict[str, str]:
    """Take a report apart: each heading's line with what stands below it, in order."""
    found: dict[str, str] = {}
    for part in f"\n{text.strip()}".split("\n#")[1:]:
        head, _, body = part.partition("\n")
        found[f"#{head}"] = body.strip()
    return found
