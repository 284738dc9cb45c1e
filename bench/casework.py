"""Casework over many cases: unlocking, lists, search, a case's page, figures; and a flood that is set aside.

`python -m bench.casework 1000 10000` prints one line for each number, `--flood 2000` one for a flood, `--count 1000`
one for the figures. Measured inside
the process, without a server: what a page costs the app itself, from the request to its last byte.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from crypto.envelope import envelope_id
from crypto.opening.casebook import key_commitment, new_key
from crypto.opening.keyring import Keyring, open_keyring, seal_keyring
from staff.accounts.session import Row
from staff.audit.store import head
from staff.cases.summary import summarise
from staff.entry import Entry
from staff.figures.collect import facts
from staff.figures.count import count
from staff.figures.definitions import definitions
from staff.figures.half import Half
from staff.folders.folder import numbered, seal_entries, seal_summary
from staff.folders.keys import bound
from staff.inbox.acts import Wish
from staff.inbox.listing import Listing
from staff.inbox.together import Outcome, put_back, set_aside
from staff.insiders import conflicts
from staff.models import Collected, FolderEntry, StoredFolder, StoredKeyring
from staff.person import Person
from tests.staff.world import ORIGIN, Browser, World

AGAIN = 5
CHUNK = 2000
MANY = 20_000  # from here on a case has one entry: making it is not what is measured
DAY = 20_780  # since 1970; any will do
NUMBERS = (1_000, 10_000, 100_000)
FLOOD = 10_000
COUNTED = (1_000, 10_000)


@dataclass(frozen=True)
class Casework:
    """Milliseconds for one number of cases.

    `unlocked` signing in, with a key file that is cheap to open; `keyring` alone; `first` list after it, `again` the
    list from then on; `today` the front page; `case` one case's page with its row of the audit; `built` the first
    search, which reads every entry; `found` the next ones. `hidden` and `asked` are the list and a case's page once the
    reader keeps a list of as many conflicts of interest as there may be, none of which stands anywhere.
    """

    number: int
    entries: int
    unlocked: float
    keyring: float
    first: float
    again: float
    today: float
    case: float
    built: float
    found: float
    hidden: float
    asked: float


@dataclass(frozen=True)
class Flood:
    """Seconds, CPU milliseconds a request and answers that a flood took to be set aside, and to be taken back."""

    number: int
    aside: float
    aside_cpu: float
    aside_answers: int
    back: float
    back_cpu: float
    back_answers: int


@dataclass(frozen=True)
class Counted:
    """Seconds, CPU milliseconds a case and rows of the audit that it took to count a half-year of so many cases."""

    number: int
    seconds: float
    cpu: float
    rows: int


@contextmanager
def town() -> Iterator[World]:
    """Lend a town with its staff app and nothing in it."""
    with tempfile.TemporaryDirectory(prefix="utvag-bench-") as folder:
        world = World(Path(folder))
        yield world
        world.close()


def work(number: int, entries: int | None = None) -> Casework:
    """Fill a casebook, sign in, and open the pages as a coordinator does; `entries` of each case, all if not said."""
    with town() as world:
        person = world.person(world.owner)
        written = entries_of(person)[: 1 if number >= MANY else entries]
        keys = fill(world, person, number, written)
        sealed = seal_keyring(person.identity, keys, 1)
        keyring = min(timed(lambda: open_keyring(person.identity, sealed, 1)) for _ in range(AGAIN))
        browser = Browser(world)
        unlocked = timed(lambda: browser.sign_in(world.owner))
        first = timed(lambda: get(browser, "/cases"))
        token = browser.token("/keys")
        built = timed(lambda: search(browser, token, "hyresvärden"))
        one = f"/cases/{next(iter(keys)).hex()}"
        again, today = usually(lambda: get(browser, "/cases")), usually(lambda: get(browser, "/today"))
        case, searched = usually(lambda: get(browser, one)), usually(lambda: search(browser, token, "björk"))
        conflicts.keep(world.parts, person, [f"Namn {place} Namnsson" for place in range(conflicts.MOST)], 0)
        hidden, asked = usually(lambda: get(browser, "/cases")), usually(lambda: get(browser, one))
        figures = (unlocked, keyring, first, again, today, case, built, searched, hidden, asked)
        return Casework(number, len(written), *figures)


def entries_of(person: Person) -> Sequence[Entry]:
    """Make the entries of a case: what a few weeks of work leave."""
    now, note = datetime.now(UTC), "Ett samtal om boende och skola, lugnt och utan brådska. "
    fields = [
        ("opened", {"working": "Björk 14", "how": "call"}),
        ("task", {"id": "a", "title": "Ring hyresvärden", "due": now.date().isoformat()}),
        ("attempt", {"id": "b", "how": "call", "result": "reached"}),
        *(("note", {"text": note * times}) for times in (3, 6, 9)),
    ]
    return [Entry(person.name, now, kind, values) for kind, values in fields]


def fill(world: World, person: Person, number: int, written: Sequence[Entry]) -> Keyring:
    """Write cases and a keyring straight into the casebook, sealed and signed as ever.

    All hold the same; the rows of the audit that making them one by one would write are left out.
    """
    keys: Keyring = {secrets.token_bytes(16): (1, new_key()) for _ in range(number)}
    summary, entries = summarise(entries_of(person)), numbered(1, written)
    rows = list(keys)
    with world.parts.casebook.write() as session:
        for start in range(0, number, CHUNK):
            folders, sealed = [], []
            for row in rows[start : start + CHUNK]:
                key = keys[row][1]
                values = {"id": row, "day": DAY, "version": len(written), "key_version": 1}
                closed = seal_summary(key, row, len(written), summary)
                folders.append({**values, "commitment": key_commitment(key, bound(row)), "summary": closed})
                for one, value in seal_entries(key, row, entries, person.identity, 1).items():
                    sealed.append({"folder": row, "number": one, "sealed": value})
            session.execute(insert(StoredFolder), folders)
            session.execute(insert(FolderEntry), sealed)
        member = person.member_tag(person.identity.box_public)
        ring = {"member": member, "version": 1, "sealed": seal_keyring(person.identity, keys, 1)}
        session.execute(insert(StoredKeyring), [ring])
    return keys


def set_a_flood_aside(number: int) -> Flood:
    """Let junk come, list it, set all of it aside and take it back, as many answers as it takes."""
    with town() as world:
        person, parts, listing = world.person(world.owner), world.parts, Listing()
        rows = junk(world, person, number)
        listing.refresh(parts.casebook, person)
        wish = Wish("set_aside", 0, reason="hostile", line="samma avsändare")
        aside = act(rows, lambda left: set_aside(left, {}, wish, listing, person, parts))
        back = act(rows, lambda left: put_back(left, person, parts))
        return Flood(number, *aside, *back)


def count_half_year(number: int) -> Counted:
    """Count a half-year as the page does: every case is opened, which the audit says first."""
    with town() as world:
        person, now, known = world.person(world.owner), datetime.now(UTC), definitions()
        fill(world, person, number, entries_of(person))
        keys, _ = world.session(world.owner)
        session, half, rows = Row(b"", b"", 0.0, 0.0, keys=keys), Half.of(now), rows_of_audit(world)
        started, before = time.perf_counter(), time.process_time()
        tables = count(facts(world.parts, session, person, half), half, known, {})
        taken, cpu = time.perf_counter() - started, time.process_time() - before
        if tables["persons"].total != number:
            raise RuntimeError("some were not counted")
        return Counted(number, taken, cpu * 1000 / number, rows_of_audit(world) - rows)


def rows_of_audit(world: World) -> int:
    """Count the rows of the audit."""
    with world.parts.casebook.read() as session:
        return head(session)[0]


def junk(world: World, person: Person, number: int) -> list[bytes]:
    """Lay envelopes into the casebook as the collector leaves them."""
    sealed = [world.envelope(message=f"skräp {one}") for one in range(number)]
    same = {"team_tag": person.team_tag, "epoch": world.roster.epoch, "day": DAY, "intact": 1}
    rows = [{"id": envelope_id(one), "sealed": one, **same} for one in sealed]
    with world.parts.casebook.write() as session:
        session.execute(insert(Collected), rows)
    return [envelope_id(one) for one in sealed]


def act(rows: Sequence[bytes], do: Callable[[Sequence[bytes]], Outcome]) -> tuple[float, float, int]:
    """Give seconds, CPU milliseconds a request, and in how many answers it was done with all of them."""
    left, answers, done = tuple(rows), 0, 0
    started, before = time.perf_counter(), time.process_time()
    while left:
        outcome = do(left)
        left, answers, done = outcome.left, answers + 1, done + len(outcome.done)
    if done != len(rows):
        raise RuntimeError("some were refused")
    return time.perf_counter() - started, (time.process_time() - before) * 1000 / len(rows), answers


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


def usually(work: Callable[[], object]) -> float:
    """Give the median of several times."""
    return median(timed(work) for _ in range(AGAIN))


def timed(work: Callable[[], object]) -> float:
    """Give the milliseconds that a piece of work takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Print one line for each number asked for."""
    parser = argparse.ArgumentParser(prog="bench.casework", description="Measure casework on this machine.")
    parser.add_argument("numbers", type=int, nargs="*", default=NUMBERS)
    parser.add_argument("--flood", type=int, default=0, help="requests to set aside")
    parser.add_argument("--count", type=int, default=0, help="cases to count for the figures")
    asked = parser.parse_args()
    for number in asked.numbers:
        print(work(number), flush=True)
    if asked.flood:
        print(set_a_flood_aside(asked.flood))
    if asked.count:
        print(count_half_year(asked.count))


if __name__ == "__main__":
    main()
