"""What an act costs as what lies there grows: a thousand to a million envelopes and cases, drawn in bench/growth.svg.

`python -m bench.growth [--most N]` takes an hour for a million; each number has a store of its own.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, insert

from bench.casework import timed, work
from bench.curves import Curve, draw
from bench.tables import number, put, stamp, table
from crypto import envelope
from deaddrop.collect import BATCH, Collect
from deaddrop.leave import Leave
from deaddrop.preparing import prepare
from deaddrop.schema import FIRST_DAY, engine, envelopes

GROWTH = "## What growth costs"
NUMBERS = (1_000, 10_000, 100_000, 1_000_000)
PLACES, TOWN = 8, "ekstad"
CHUNK = 2_000
LEFT, COLLECTED = 200, 2  # how often an act is measured: envelopes left, batches collected
PICTURE = Path(__file__).resolve().parent / "growth.svg"


@dataclass(frozen=True)
class Costs:
    """Milliseconds of each act, by its name, where so many lie already."""

    number: int
    acts: dict[str, float]


def of_envelopes(count: int) -> Costs:
    """Measure leaving one envelope, and collecting one of a batch, in a dead drop that holds so many."""
    with tempfile.TemporaryDirectory(prefix="utvag-growth-") as folder:
        store = engine(Path(folder) / "deaddrop.sqlite")
        prepare(store, PLACES)
        lay(store, count)
        today, leave, collect = datetime.now(UTC).date(), Leave(store, PLACES), Collect(store)
        left = median(timed(lambda: leave.leave(made(), today)) for _ in range(LEFT))
        taken = median(timed(lambda: take(collect)) for _ in range(COLLECTED))
        return Costs(count, {"leave an envelope": left, "collect one, in a batch of 500": taken / BATCH})


def made() -> bytes:
    """Make bytes of an envelope's form: all that the dead drop sees of one."""
    head = envelope.head(PLACES, 1, envelope.team_tag(TOWN))
    return head + os.urandom(envelope.size(PLACES) - len(head))


def take(collect: Collect) -> None:
    """Copy a batch and erase it, as the staff app does."""
    rows = collect.waiting()
    if len(rows) != BATCH or not all(row.intact for row in rows):
        raise RuntimeError("the batch is not whole")
    collect.erase([row.id for row in rows])


def lay(store: Engine, count: int) -> None:
    """Fill a dead drop in one go, with ids that are the hashes of their bytes."""
    table_of, day = envelopes(PLACES), (datetime.now(UTC).date() - FIRST_DAY).days
    same = {"team_tag": envelope.team_tag(TOWN), "epoch": 1, "day": day}
    for _ in range(0, count, CHUNK):
        sealed = [made() for _ in range(min(CHUNK, count))]
        rows = [{"id": envelope.envelope_id(one), "sealed": one, **same} for one in sealed]
        with store.begin() as connection:
            connection.execute(insert(table_of), rows)


def of_cases(count: int) -> Costs:
    """Measure a coordinator's pages with so many cases of one entry each."""
    found = work(count, entries=1)
    acts = {"open a case": found.case, "list the cases": found.again, "search them": found.found}
    return Costs(count, acts | {"today": found.today, "the first list after unlocking": found.first})


def curves(found: Sequence[Costs]) -> list[Curve]:
    """Give one curve for each act."""
    names = list(dict.fromkeys(name for one in found for name in one.acts))
    return [Curve(name, [(one.number, one.acts[name]) for one in found if name in one.acts]) for name in names]


def table_of(found: Sequence[Costs]) -> str:
    """Write what was found: an act a row, a number a column."""
    numbers = sorted({one.number for one in found})
    rows = []
    for curve in curves(found):
        points = dict(curve.points)
        rows.append((curve.name, *(number(points[one]) if one in points else "" for one in numbers)))
    return table(("milliseconds, where so many lie", *(f"{one:,}" for one in numbers)), rows)


def main() -> None:
    """Measure, put the section into bench/RESULTS.md, draw the picture."""
    parser = argparse.ArgumentParser(prog="bench.growth", description="Measure what growth costs.")
    parser.add_argument("--most", type=int, default=NUMBERS[-1])
    most = parser.parse_args().most
    found: list[Costs] = []
    measures: tuple[Callable[[int], Costs], ...] = (of_envelopes, of_cases)
    for measure in measures:
        for count in (one for one in NUMBERS if one <= most):
            found.append(measure(count))
            print(found[-1], flush=True)
    words = (
        "Medians in milliseconds, each number in a store of its own on SQLite; the same in [growth.svg](growth.svg)."
    )
    put(GROWTH, f"{words}\n\n{table_of(found)}\n\n{stamp()}")
    PICTURE.write_text(draw(curves(found), "how many lie there", "milliseconds an act"), "utf-8")


if __name__ == "__main__":
    main()
