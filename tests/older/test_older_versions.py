"""What every earlier version wrote is read by this one, and tables go forward and back with all that they hold.

`tests/older/versions` holds a day of each: made by that version's own code, never made anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Integer, MetaData, Table

from staff.audit.verify import Check, verify
from staff.casebook import Casebook, migrate, prepare, revisions
from tests.older import version
from tests.older.make import ANSWER, made
from tests.older.reading import Older, read_on
from tests.older.version import VERSIONS, plain, tree
from tests.postgresql import Cluster
from tests.staff.writer import Writer

NAMES = [path.stem for path in VERSIONS]
# The first and the newest are told each time, those between with the long rows.
DAYS = [
    pytest.param(path, id=path.stem, marks=[] if path in (VERSIONS[0], VERSIONS[-1]) else pytest.mark.long)
    for path in VERSIONS
]
Lay = Callable[[Path], Older]


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.long)])
def lay(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lay]:
    """Lay an older version's day out, on either database."""
    opened: list[Older] = []

    def laid(path: Path) -> Older:
        places: tuple[str, ...] = ()
        if request.param == "PostgreSQL":
            server: Cluster = request.getfixturevalue("postgresql")
            places = (server.database(), server.database())
        opened.append(Older(path, tmp_path, *places))
        version.lay(opened[-1])
        return opened[-1]

    yield laid
    for one in opened:
        one.close()


@pytest.mark.parametrize("path", DAYS)
def test_what_an_older_version_wrote_is_read_on(path: Path, lay: Lay) -> None:
    """Anna signs in with her key of that day: the request, the answer, the case and what waits are all there."""
    older = lay(path)
    read_on(older)
    if older.kept["deaddrop"].get("replies"):
        assert [one.text for one in Writer(older, older.kept["code"]).replies()] == [ANSWER]
    with older.parts.casebook.read() as session:
        check = Check()
        verify(session, check)
    assert (check.faults, check.number > 0) == ([], True)


@pytest.mark.parametrize("path", DAYS)
def test_every_row_goes_forward_and_back(path: Path, lay: Lay) -> None:
    """Brought up to this version and taken back to its own, with rows in every table it had: each stays as it was."""
    older = lay(path)
    casebook = older.open()
    fill(casebook)
    before = whole(casebook)
    assert len(before) >= 6
    assert all(before.values()), "a table without a row proves nothing"
    prepare(casebook)
    assert kept(casebook, before) == before
    fill(casebook)
    migrate(casebook, older.kept["revision"])
    assert revisions(casebook)[0] == older.kept["revision"]
    assert kept(casebook, before) == before
    prepare(casebook)
    assert kept(casebook, before) == before


@pytest.mark.long
@pytest.mark.parametrize("path", VERSIONS[-2:], ids=NAMES[-2:])
def test_the_version_before_reads_what_this_one_wrote(path: Path, tmp_path: Path) -> None:
    """This version's day, its tables taken back: the older program signs in and finds all of it."""
    folder = tmp_path / "day"
    folder.mkdir()
    kept_day = tmp_path / "kept.json"
    kept_day.write_text(json.dumps(made("now", folder)), "utf-8")
    casebook = Casebook(str(folder / "casebook.sqlite"))
    migrate(casebook, json.loads(path.read_text("utf-8"))["revision"])
    casebook.close()
    asked = [sys.executable, "-W", "error", "-m", "tests.older.reading", str(kept_day), str(folder)]
    told = subprocess.run(
        asked, cwd=tree(path, tmp_path / "program"), capture_output=True, text=True, check=False, timeout=120
    )
    assert told.returncode == 0, told.stderr


def test_there_is_a_day_of_every_revision(tmp_path: Path) -> None:
    """Whoever adds a migration keeps a day of the version before it: `python -m tests.older.make`."""
    casebook = Casebook(str(tmp_path / "new.sqlite"))
    newest = revisions(casebook)[1]
    casebook.close()
    assert [f"{number:04}" for number in range(1, int(newest) + 1)] == NAMES[: int(newest)]


def described(casebook: Casebook) -> list[Table]:
    """Describe the tables that a casebook has, parents first."""
    found = MetaData()
    found.reflect(casebook.engine)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def fill(casebook: Casebook) -> None:
    """Put a made-up row into every table that has none."""
    with casebook.engine.begin() as connection:
        for table in described(casebook):
            if connection.execute(table.select().limit(1)).first() is not None:
                continue
            row = {column.name: 7 if isinstance(column.type, Integer) else b"\x07" * 16 for column in table.columns}
            parents = {
                key.parent.name: connection.execute(key.column.table.select()).mappings().first()
                for key in table.foreign_keys
            }
            named = {name: parent["id"] for name, parent in parents.items() if parent is not None}
            connection.execute(table.insert(), [{**row, **named}])


def whole(casebook: Casebook) -> dict[str, list[str]]:
    """Read every row of every table."""
    with casebook.engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(map(plain, row))) for row in connection.execute(table.select()))
            for table in described(casebook)
        }


def kept(casebook: Casebook, before: dict[str, list[str]]) -> dict[str, list[str]]:
    """Read the tables that were there before."""
    return {name: rows for name, rows in whole(casebook).items() if name in before}
