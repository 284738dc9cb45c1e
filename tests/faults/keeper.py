"""The staff app as one program for the power cut: `python -m tests.faults.keeper FOLDER [careless]`.

After each act it says what stands as a line of JSON: requests (wherever they lie), entries, cases, replies, erased.
"""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from crypto.envelope import envelope_id
from staff import casebook
from staff.accounts.session import Row
from staff.cases.hand import Hand
from staff.erasure.acts import Desk, erase
from staff.erasure.record import Record
from tests.faults.sender import OFF, say
from tests.staff.killing import write
from tests.staff.test_pages_of_erasing import case, decide
from tests.staff.test_staff_replies import answer
from tests.staff.world import World
from tests.staff.writer import Writer

# What must not vanish by itself, as (its name, the file, how it is asked for). A request moves from one to the next.
ASKED = (
    ("request", "deaddrop.sqlite", "SELECT hex(id) FROM envelopes"),
    ("request", "casebook.sqlite", "SELECT hex(id) FROM collected UNION SELECT hex(id) FROM submissions"),
    ("entry", "casebook.sqlite", "SELECT hex(submission) || number FROM entries"),
    ("entry", "casebook.sqlite", "SELECT hex(folder) || number FROM folder_entries"),
    ("case", "casebook.sqlite", "SELECT hex(id) FROM folders"),
    ("audit", "casebook.sqlite", "SELECT number FROM audit"),
    ("reply", "deaddrop.sqlite", "SELECT hex(id) FROM replies"),
    ("reply", "casebook.sqlite", "SELECT hex(id) FROM outbox"),
)


def standing(folder: Path) -> set[str]:
    """List what stands in the files of a folder; raises sqlite3.DatabaseError for a file that is broken."""
    found = {f"erased {one.hex().upper()}" for one in Record(folder / "casebook.sqlite.erased").ids()}
    for name, file, question in ASKED:
        with closing(sqlite3.connect(folder / file)) as connection:
            found |= {f"{name} {row[0]}" for row in connection.execute(question)}
    return found


def careless() -> None:
    """Let the casebook acknowledge before anything is on the disk."""
    casebook.PRAGMAS = (*casebook.PRAGMAS, OFF.removeprefix("PRAGMA "))


def begin(folder: Path) -> World:
    """Make the casebook as the app does: what a story of the tests lays there ready is not synced."""
    folder.mkdir()
    made = casebook.Casebook(str(folder / "casebook.sqlite"))
    casebook.prepare(made)
    made.close()
    return World(folder)


def main(folder: Path) -> None:
    """Receive, collect, open, answer, write in a case, close it, erase it."""
    world = begin(folder)
    decide(world, ("case", "closed", 0, "erase"))

    def told() -> None:
        say(json.dumps(sorted(standing(folder))))

    kim = Writer(world)
    sealed = [world.envelope(message=str(number)) for number in range(2)]
    told()
    for one in sealed:
        world.leave(one)
        told()
    world.collect()
    told()
    browser = world.browser(world.owner)
    browser.get(f"/inbox/{envelope_id(sealed[0]).hex()}")
    told()
    row = kim.send(message="svara")
    answer(browser, row, "vi ringer")
    told()
    keys, person = world.session(world.owner)
    hand = Hand(world.parts, Row(b"", b"", 0.0, 0.0, keys=keys), person)
    made = case(world, closed=False)
    told()
    for entry in (hand.desk().entry("note", text="ett"), hand.desk().entry("close", reason="klart", outcome="moved")):
        write(hand, made, entry)
        told()
    erase(Desk(world.parts, hand.session, person), frozenset({made}))
    told()
    world.close()


if __name__ == "__main__":
    if "careless" in sys.argv:
        careless()
    main(Path(sys.argv[1]))
