"""What an older version left on its disks, laid out for this one; and the program of that version, from the history."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any  # JSON's values and the columns' own types, as `tests.older.make` wrote them

from sqlalchemy import Engine, MetaData

from deaddrop.preparing import prepare
from staff.casebook import migrate
from tests.older.reading import Older
from tests.road import ROOT

HERE = Path(__file__).parent
VERSIONS = sorted((HERE / "versions").glob("*.json"))


def lay(older: Older) -> None:
    """Lay the rows of that day into tables of that day, and into a dead drop of that day."""
    casebook = older.open()
    migrate(casebook, older.kept["revision"])
    put(casebook.engine, older.kept["casebook"])
    if older.engine.dialect.name == "sqlite":
        with older.engine.begin() as connection:
            for statement in older.kept["deaddrop_schema"]:  # the very tables of that day, moved on as at a start
                connection.exec_driver_sql(statement)
    else:
        prepare(older.engine, older.roster.places)
    put(older.engine, older.kept["deaddrop"])
    prepare(older.engine, older.roster.places)


def bytes_of(one: object) -> object:
    """Read a value as `tests.older.make` wrote it."""
    return base64.b64decode(one) if isinstance(one, str) else one


def plain(one: object) -> object:
    """Give what a driver lends as bytes of its own kind."""
    return bytes(one) if isinstance(one, memoryview | bytearray) else one


def put(engine: Engine, tables: dict[str, Any]) -> None:  # Any: as above
    """Insert rows into tables that are there, in place of what those hold."""
    found = MetaData()
    with engine.begin() as connection:
        found.reflect(connection)
        for table in found.sorted_tables:
            if table.name not in tables:
                continue
            connection.execute(table.delete())
            kept = tables[table.name]
            rows = [dict(zip(kept["columns"], map(bytes_of, row), strict=True)) for row in kept["rows"]]
            connection.execute(table.insert(), rows)


def tree(path: Path, to: Path) -> Path:
    """Lay out the program as it was when it kept a day, from the history, with the scripts and readers of today.

    Fails where the history is cut short: then nothing would be shown.
    """
    commit = json.loads(path.read_text("utf-8"))["comment"].split()[2]
    told = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    assert told.returncode == 0, f"the history is cut short before {commit}: `git fetch --unshallow`, and try again"
    with tarfile.open(fileobj=io.BytesIO(told.stdout)) as archive:
        archive.extractall(to, filter="data")
    for script in ("seal.js", "code.js"):  # made at install, and not part of the history
        (to / "portal" / script).write_bytes((ROOT / "portal" / script).read_bytes())
    (to / "tests" / "older").mkdir(exist_ok=True)
    for name in ("__init__.py", "make.py", "reading.py"):
        (to / "tests" / "older" / name).write_bytes((HERE / name).read_bytes())
    return to
