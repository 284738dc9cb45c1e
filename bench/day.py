"""The coordinators' lists and search, over many cases: `python -m bench.day 1000 10000` prints a line for each number.

Measured inside the process, without a server: what a page costs the app itself, from the request to its last byte.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.cases import fill, timed
from staff.cases.summary import summarise
from staff.entry import Entry
from staff.person import Person
from tests.staff.world import ORIGIN, Browser, World

AGAIN = 5


@dataclass(frozen=True)
class Day:
    """Milliseconds for one number of cases.

    `first` list after unlocking; `listed` again; `today` the front page; `built` the first search, which reads every
    entry; `found` the next ones.
    """

    number: int
    first: float
    listed: float
    today: float
    built: float
    found: float


def case(person: Person) -> tuple[bytes, Sequence[Entry]]:
    """Make a case of six entries: what a few weeks of work leave."""
    now, note = datetime.now(UTC), "Ett samtal om boende och skola, lugnt och utan brådska. "
    fields = [
        ("opened", {"working": "Björk 14", "how": "call"}),
        ("task", {"id": "a", "title": "Ring hyresvärden", "due": now.date().isoformat()}),
        ("attempt", {"id": "b", "how": "call", "result": "reached"}),
        *(("note", {"text": note * times}) for times in (3, 6, 9)),
    ]
    entries = [Entry(person.name, now, kind, values) for kind, values in fields]
    return summarise(entries), entries


def live_a_day(number: int) -> Day:
    """Fill a casebook, sign in, and open the pages as a coordinator does."""
    with tempfile.TemporaryDirectory(prefix="utvag-bench-") as folder:
        world = World(Path(folder))
        fill(world, world.person(world.owner), number, case)
        browser = world.browser(world.owner)
        first = timed(lambda: get(browser, "/cases"))
        listed = median(timed(lambda: get(browser, "/cases")) for _ in range(AGAIN))
        today = median(timed(lambda: get(browser, "/today")) for _ in range(AGAIN))
        token = browser.token("/keys")
        built = timed(lambda: search(browser, token, "hyresvärden"))
        found = median(timed(lambda: search(browser, token, "boende skola")) for _ in range(AGAIN))
        return Day(number, first, listed, today, built, found)


def get(browser: Browser, path: str) -> None:
    """Open a page, which must be whole."""
    answer = browser.client.get(path, base_url=ORIGIN)
    if answer.status_code != 200 or "Björk 14" not in answer.text:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def search(browser: Browser, token: str, words: str) -> None:
    """Look for words in everything."""
    form = {"csrf_token": token, "words": words}
    if browser.client.post("/cases/search", data=form, base_url=ORIGIN).status_code != 303:
        raise RuntimeError("the search was refused")


def main() -> None:
    """Print one line for each number asked for."""
    parser = argparse.ArgumentParser(prog="bench.day", description="Measure the coordinators' lists and search.")
    parser.add_argument("numbers", type=int, nargs="*", default=[1_000, 10_000])
    for number in parser.parse_args().numbers:
        one = live_a_day(number)
        said = f"{one.number:>7,}: first {one.first:.0f} ms · list {one.listed:.0f} · today {one.today:.0f}"
        print(f"{said} · first search {one.built:.0f} · search {one.found:.0f}", flush=True)


if __name__ == "__main__":
    main()
