"""An hour of mixed use of both apps, and their memory all the while: `./run soak [--minutes N]`.

People send and come back with codes, a coordinator reads, takes and sets aside. Puts memory into bench/RESULTS.md,
returns 1 if either app grows in the second half by more than the list of what came takes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.honest import Crowd
from bench.servers import Server
from bench.tables import put, stamp, table
from crypto.returncode import new_code
from tests.road import Demo, Visitor, collected, demo, listed, sign_in

SOAK = "## An hour of mixed use"
PEOPLE = 2  # about two requests a second, a hundred times what nine municipalities would ever see
EACH = 20.0  # seconds between two looks at the memory
GROWTH = 2.0  # MB that the second half may add to either app
LISTED = 0.004  # MB more for each request: the staff app keeps a line of those that are listed
PATHS = ("/inbox", "/cases", "/today")
TROUBLES: list[str] = []
Act = Callable[[], None]
Ended = Callable[[], tuple[int, dict[str, int]]]


@dataclass(frozen=True)
class Sample:
    """Memory (RSS in MB) of both apps at a moment (seconds since the start)."""

    at: float
    portal: float
    staff: float


def soak(minutes: float, people: int) -> tuple[list[Sample], int, dict[str, int]]:
    """Use both apps for so long; give the samples, how many sendings were acknowledged, and the refusals."""
    with tempfile.TemporaryDirectory(prefix="utvag-soak-") as folder, demo(Path(folder) / "demo") as road:
        portal, staff = (Server(road.child(name), 0) for name in ("portal", "staff"))
        samples, started = list[Sample](), time.monotonic()
        with _sending(road, minutes * 60, people) as ended, _coming_back(road), _reading(road):
            while (now := time.monotonic() - started) < minutes * 60:
                samples.append(Sample(now, portal.memory()[0], staff.memory()[0]))
                time.sleep(EACH)
            acknowledged, refused = ended()
        return samples, acknowledged, refused


@contextmanager
def _sending(road: Demo, seconds: float, people: int) -> Iterator[Ended]:
    """Let honest people send from a process of their own."""
    port = int(road.portal.rpartition(":")[2])
    crowd = json.dumps(asdict(Crowd(port, people, seconds, road.portal)))
    command = [sys.executable, "-m", "bench.honest"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ended() -> tuple[int, dict[str, int]]:
        told = json.loads(process.communicate(timeout=120)[0])
        return len(told["times"]), told["refused"]

    try:
        assert process.stdin is not None
        process.stdin.write(crowd)
        process.stdin.close()
        process.stdin = None  # said already: communicate must not say it again
        yield ended
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


@contextmanager
def _over_and_over(act: Act, pause: float) -> Iterator[None]:
    """Do it in a thread until the block ends; what goes wrong is kept, and ends nothing."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(pause):
            try:
                act()
            except (OSError, AssertionError) as error:
                TROUBLES.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(60)


@contextmanager
def _coming_back(road: Demo) -> Iterator[None]:
    """Let people ask with codes that nobody has: the same work as for one that has no answer yet."""

    def ask() -> None:
        visitor = Visitor(road.portal, "127.9.9.9")
        visitor.fill_in("/code", {"code": new_code()})
        if visitor.get("/code").status != 200:
            raise AssertionError("the page of the code did not come")

    with _over_and_over(ask, 1.0):
        yield


@contextmanager
def _reading(road: Demo) -> Iterator[None]:
    """Let a coordinator work: look at each page, open the newest, set all that is listed aside now and then."""
    reader = sign_in(road.staff, road.people[0])

    def work() -> None:
        collected(reader)
        for path in PATHS:
            if reader.get(path).status != 200:
                raise AssertionError(f"{path} did not come")
        for path in sorted(listed(reader))[:3]:
            reader.get(path)
            reader.fill_in(f"{path}/set-aside", {"reason": "test", "line": "ett prov"}, page=path)

    with _over_and_over(work, 2.0):
        yield


def grown(samples: list[Sample], app: str) -> float:
    """Give how many MB the third quarter and the last differ by, twice: what the second half added."""
    quarter, sizes = len(samples) // 4, [float(getattr(one, app)) for one in samples]
    return 2 * (median(sizes[-quarter:]) - median(sizes[-2 * quarter : -quarter]))


def table_of(samples: list[Sample]) -> str:
    """Write memory at eleven moments."""
    shown = samples[:: max(1, len(samples) // 10)]
    rows = ((f"{one.at / 60:.0f}", f"{one.portal:.1f}", f"{one.staff:.1f}") for one in shown)
    return table(("minute", "portal, MB", "staff app, MB"), rows)


def main() -> int:
    """Return 1 if an app grows, or anybody was refused."""
    parser = argparse.ArgumentParser(prog="soak", description="Use both apps for an hour and watch their memory.")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--people", type=int, default=PEOPLE, help="who send, one request a second each")
    asked = parser.parse_args()
    samples, acknowledged, refused = soak(asked.minutes, asked.people)
    growth = {app: grown(samples, app) for app in ("portal", "staff")}
    told = f"{acknowledged:,} requests acknowledged, refused: {refused or 'none'}, troubles: {TROUBLES[:5] or 'none'}. "
    told += ", ".join(f"{app} grew by {more:.1f} MB in the second half" for app, more in growth.items())
    print(section := f"{told}.\n\n{table_of(samples)}\n\n{stamp()}")
    put(SOAK, section)
    allowed = {"portal": GROWTH, "staff": GROWTH + LISTED * acknowledged / 2}
    steady = all(growth[app] <= most for app, most in allowed.items())
    return 0 if steady and not refused and not TROUBLES else 1


if __name__ == "__main__":
    sys.exit(main())
