"""Casework's lists: a keyring opened, the cards of all folders the first time and again, one folder read.

`python -m bench.cases 1000 10000 100000` prints one line for each number; the folders are made in one go, without the
rows of the audit that making them one by one would write.
"""

from __future__ import annotations

import argparse
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from crypto.opening.casebook import key_commitment, new_key
from crypto.opening.keyring import Keyring, open_keyring, seal_keyring
from staff.entry import Entry
from staff.folders import Card, Folders, Keys, Shelf
from staff.folders.folder import numbered, seal_entries, seal_summary
from staff.folders.keys import bound
from staff.models import FolderEntry, StoredFolder, StoredKeyring
from staff.person import Person
from tests.staff.world import World

ENTRIES = 3  # in each folder; the list never opens them
AGAIN = 9
CHUNK = 2000
Content = tuple[bytes, Sequence[Entry]]


@dataclass(frozen=True)
class Listed:
    """Milliseconds for one number of folders.

    `keyring` opened; `first` list of a session, keyring and all; `parsed` its summaries read as JSON; `again` the list
    when nothing has changed; `changed` when one folder has; `read` one folder with its row of the audit.
    """

    number: int
    keyring: float
    first: float
    parsed: float
    again: float
    changed: float
    read: float


def list_cases(number: int) -> Listed:
    """Make so many folders of one coordinator's, and list them as a session does."""
    with tempfile.TemporaryDirectory(prefix="utvag-bench-") as folder:
        world = World(Path(folder))
        person = world.person(world.owner)
        keys = fill(world, person, number)
        sealed = seal_keyring(person.identity, keys, 1)
        session, shelf = Keys(), Shelf()
        casebook, folders = world.parts.casebook, world.parts.folders
        first = timed(lambda: shelf.refresh(casebook, session, person))
        if len(shelf.items()) != number:
            raise RuntimeError("the list is not whole")
        parsed = timed(lambda: shelf.made(title))
        again = median(timed(lambda: shelf.refresh(casebook, session, person)) for _ in range(AGAIN))
        one = next(iter(keys))
        reading = median(timed(lambda: folders.read(session, one, person, datetime.now(UTC))) for _ in range(AGAIN))
        change(folders, session, one, person)
        changed = timed(lambda: shelf.refresh(casebook, session, person))
        opened = min(timed(lambda: open_keyring(person.identity, sealed, 1)) for _ in range(AGAIN))
        return Listed(number, opened, first, parsed, again, changed, reading)


def plain(person: Person) -> tuple[bytes, Sequence[Entry]]:
    """Make a summary of a usual size and entries that the list never opens."""
    made = [person.name, "Björk 14", 3, "open", 20_780, ["t", "Ring i morgon", 20_781]]
    summary = json.dumps(["case", *made], ensure_ascii=False).encode()
    return summary, [Entry(person.name, datetime.now(UTC), "note", {"text": "x" * 200})] * ENTRIES


def fill(world: World, person: Person, number: int, content: Callable[[Person], Content] = plain) -> Keyring:
    """Write folders and a keyring straight into the casebook; all of them hold the same."""
    keys: Keyring = {}
    summary, written = content(person)
    entries, last = numbered(1, written), len(written)
    with world.parts.casebook.write() as session:
        for start in range(0, number, CHUNK):
            rows, sealed = [], []
            for _ in range(start, min(number, start + CHUNK)):
                row, key = secrets.token_bytes(16), new_key()
                keys[row] = (1, key)
                values = {"id": row, "day": 20_780, "version": last, "key_version": 1}
                closed = seal_summary(key, row, last, summary)
                rows.append({**values, "commitment": key_commitment(key, bound(row)), "summary": closed})
                for one, value in seal_entries(key, row, entries, person.identity, 1).items():
                    sealed.append({"folder": row, "number": one, "sealed": value})
            session.execute(insert(StoredFolder), rows)
            session.execute(insert(FolderEntry), sealed)
        member = person.member_tag(person.identity.box_public)
        ring = {"member": member, "version": 1, "sealed": seal_keyring(person.identity, keys, 1)}
        session.execute(insert(StoredKeyring), [ring])
    return keys


def change(folders: Folders, keys: Keys, folder: bytes, person: Person) -> None:
    """Add a note to one folder."""

    def summarise(_entries: Sequence[Entry]) -> bytes:
        return b'["case","x"]'

    note = Entry(person.name, datetime.now(UTC), "note", {"text": "hej"})
    folders.append(keys, folder, person, lambda _found: [note], summarise, datetime.now(UTC))


def title(card: Card) -> str:
    """Read a card as a list does."""
    return str(json.loads(card.summary or b"[0,0]")[1])


def timed(work: Callable[[], object]) -> float:
    """Give the milliseconds that a piece of work takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Print a line for each number of folders."""
    parser = argparse.ArgumentParser(prog="bench.cases", description="Measure the lists of casework on this machine.")
    parser.add_argument("numbers", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    print("folders  keyring  first  parsed  again  changed  read  (ms)")
    for number in parser.parse_args().numbers:
        one = list_cases(number)
        figures = (one.keyring, one.first, one.parsed, one.again, one.changed, one.read)
        print(f"{one.number:7,}  " + "  ".join(f"{figure:.1f}" for figure in figures), flush=True)


if __name__ == "__main__":
    main()
