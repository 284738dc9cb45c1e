"""The portal as one program for the power cut: `python -m tests.faults.sender FOLDER [spool] [careless]`.

It says "seed" and the key that opens what is sent, and then "thanked" and a text once the page has thanked for it.
With "spool" the dead drop is away at first, and what waited is handed over later.
"careless" turns all syncing off, SQLite's and the spool's, to show that the test would see it.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from deaddrop import schema
from deaddrop.collect import Collect
from deaddrop.preparing import prepare
from tests.portal.test_portal_sealed import envelope, send
from tests.portal.world import Phone, World

OFF = "PRAGMA synchronous=OFF"


def say(line: str) -> None:
    """Say something at once: the moment counts."""
    os.write(1, f"{line}\n".encode())


def careless() -> None:
    """Let every connection acknowledge before anything is on the disk."""
    prepared = schema._prepare_sqlite

    def off(connection: schema._Driver, _record: object) -> None:
        prepared(connection, _record)
        connection.execute(OFF)

    schema._prepare_sqlite = off
    os.fsync = lambda fd: None  # by the name that os gives it


def prepared(folder: Path) -> World:
    """Make a programme beside the folder, and say who opens what is sent."""
    folder.mkdir()
    world = World(folder.with_suffix(".world"))
    world.folder.mkdir()
    world.write_roster()
    say(f"seed {world.coordinator.seed.hex()}")
    return world


def spooled(folder: Path) -> None:
    """Send while the dead drop is away, and hand over when it is there."""
    world, away = prepared(folder), folder / "later"
    app = world.app(deaddrop=str(away / "deaddrop.sqlite"), spool=folder / "spool", spool_places=10)
    delivery = app.extensions["utvag"].intake.delivery
    delivery.end()  # the thread that hands over: here that is done once, when it is said
    for number in range(3):
        if send(app, envelope(world, f"b{number}")).status_code == 201:
            say(f"thanked b{number}")
    away.mkdir()
    assert delivery.hand_over(datetime.now(UTC))
    say("handed over")


def main(folder: Path) -> None:
    """Send by both roads, and collect in between as the staff side does."""
    world = prepared(folder)
    address = str(folder / "deaddrop.sqlite")
    prepare(schema.engine(address), 8)
    app = world.app(deaddrop=address)
    phone = Phone(app)
    phone.get("/me")
    for number in range(4):
        if phone.post("/me", {"message": f"a{number}"}).headers["Location"] == "/done":
            say(f"thanked a{number}")
        if send(app, envelope(world, f"b{number}")).status_code == 201:
            say(f"thanked b{number}")
        if number == 1:
            collect = Collect(schema.engine(address))
            waiting = collect.waiting()
            say("collecting")
            collect.erase([one.id for one in waiting])
            say("collected")


if __name__ == "__main__":
    if "careless" in sys.argv:
        careless()
    (spooled if "spool" in sys.argv else main)(Path(sys.argv[1]))
