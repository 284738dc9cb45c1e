"""Keep what this version writes, for all later ones to read: `python -m tests.older.make NAME FILE`, at each release.

It runs in the tree of an older version as well, with what that version had: a version without casework keeps no case.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from crypto.returncode import new_code
from tests.staff.world import World

REQUEST, WAITING, ANSWER = "Jag vill bort härifrån", "Ingen har hämtat det här än", "Vi kan ses i morgon"
WORKING, NOTE = "Björk 14", "Ringde i går, svarade inte"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"


def text(data: object) -> object:
    """Write bytes as base64 and leave numbers as they are; no column holds a text."""
    return base64.b64encode(data).decode() if isinstance(data, bytes) else data


def tables(path: Path) -> dict[str, dict[str, object]]:
    """Give every row of every table that has one."""
    found: dict[str, dict[str, object]] = {}
    with closing(sqlite3.connect(path)) as opened:
        for (name,) in opened.execute(TABLES).fetchall():
            asked = opened.execute(f'SELECT * FROM "{name}"')  # noqa: S608  # a table's own name
            rows = [[text(one) for one in row] for row in asked]
            if rows and name != "alembic_version":
                found[name] = {"columns": [one[0] for one in asked.description], "rows": rows}
    return found


def schema(path: Path) -> list[str]:
    """Give the statements by which a file's tables were made."""
    with closing(sqlite3.connect(path)) as opened:
        asked = opened.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name")
        return [str(row[0]) for row in asked]


def revision(path: Path) -> str:
    """Give the revision of the casebook's tables."""
    with closing(sqlite3.connect(path)) as opened:
        return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def request(world: World, code: str) -> str:
    """Send a request with a code if there are codes, open it, and answer it if answers can be given."""
    try:
        from tests.staff.writer import Writer  # noqa: PLC0415  # an older version has none
    except ImportError:
        row = world.send(message=REQUEST)
        world.browser(world.owner).get(f"/inbox/{row}")
        return row
    row = Writer(world, code).send(message=REQUEST, answer_by="code")
    done = world.browser(world.owner).act(row, "reply", **{"text": ANSWER, "from": "samordnarna"})
    assert done.status_code == 303
    return row


def case(world: World) -> str:
    """Open a case as the pages do, if there are any."""
    world.clock.turn(seconds=60)  # the one-time code of before is used up
    try:
        from tests.staff.casework import Room  # noqa: PLC0415  # an older version has none

        room = Room(world, world.owner)
    except ImportError:
        return ""
    where = room.open(working=WORKING)
    room.save(where, "note", text=NOTE)
    return where[-32:]


def made(name: str, folder: Path) -> dict[str, object]:
    """Live a day and keep all of it."""
    world, code = World(folder), new_code()
    row, one = request(world, code), case(world)
    world.leave(world.envelope(message=WAITING))
    for engine in (world.parts.casebook.engine, world.engine):
        engine.dispose()
    files = {one: folder / one for one in ("roster", "members", "casebook.sqlite.erased")}
    return {
        "comment": f"what version {name} wrote",
        "day": datetime.now(UTC).date().isoformat(),
        "revision": revision(folder / "casebook.sqlite"),
        "root": world.root.sign_public.hex(),
        "name": world.owner.name,
        "passphrase": world.owner.passphrase,
        "totp": world.owner.totp,
        "code": code,
        "row": row,
        "case": one,
        "files": {name: text(path.read_bytes()) for name, path in files.items() if path.exists()},
        "casebook": tables(folder / "casebook.sqlite"),
        "deaddrop": tables(folder / "deaddrop.sqlite"),
        "deaddrop_schema": schema(folder / "deaddrop.sqlite"),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as here:
        kept = made(sys.argv[1], Path(here))
    Path(sys.argv[2]).write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")
