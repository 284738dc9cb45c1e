"""What a restore doubts: a backup that is not what it says, and a file of erased ids that forgot what was erased.

On SQLite alone: the stories of each database stand in test_backups.py.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from staff.backup import files, making
from staff.backup.errors import BackupError
from staff.backup.inside import count
from staff.backup.putting import Where
from tests.staff.test_backups import back_up, record_of, refused
from tests.staff.test_erasure_record import erase, make_case
from tests.staff.world import World

pytestmark = pytest.mark.sqlite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder for backups."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


def test_a_backup_with_other_rows_than_it_says_is_refused(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that there is one account more than it holds: not put back, and nothing stands there."""
    record = record_of(world)
    with monkeypatch.context() as lying:
        lying.setattr(making, "count", lambda connection: one_more(*count(connection)))
        backup = back_up(world, folder)
    assert refused(world, backup, Where(str(world.folder / "new"), record)) == "counts"


def one_more(revision: str, counts: dict[str, int], audit: str) -> tuple[str, dict[str, int], str]:
    """Count one account that is not there."""
    return revision, counts | {"accounts": counts["accounts"] + 1}, audit


def test_a_backup_of_a_broken_database_is_refused(world: World, folder: Path) -> None:
    """Rows of a case whose folder somebody took away behind the app's back: SQLite's own look says so."""
    make_case(world)
    record = record_of(world)
    with closing(sqlite3.connect(world.casebook)) as other, other:
        other.execute("DELETE FROM folders")
    backup = back_up(world, folder)
    assert refused(world, backup, Where(str(world.folder / "new"), record)) == "pages"


def test_a_record_that_was_lost_before_the_backup_is_refused(world: World, folder: Path) -> None:
    """The casebook itself says what was erased, and the file does not: with it, more might come back."""
    case = make_case(world)
    record = record_of(world)
    erase(world, case)
    record.write_bytes(b"")
    backup = back_up(world, folder)
    assert refused(world, backup, Where(str(world.folder / "new"), record)) == "oldrecord"


def test_two_backups_at_a_time_are_one_too_many(folder: Path) -> None:
    """The second is told that one is being made, and the first goes on."""
    with files.alone(folder), pytest.raises(BackupError, match="twice"), files.alone(folder):
        pass


def test_a_backup_has_its_name_only_once_it_is_on_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written, synced, named, the folder synced: a power cut leaves the older one or the whole new one."""
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def noting(handle: int) -> None:
        done.append("folder" if Path(f"/proc/self/fd/{handle}").resolve().is_dir() else "file")
        sync(handle)

    def naming(path: Path, to: Path) -> Path:
        done.append("name")
        return replace(path, to)

    monkeypatch.setattr(os, "fsync", noting)
    monkeypatch.setattr(Path, "replace", naming)
    files.write(folder / "one", [b"a"])
    assert done == ["file", "name", "folder"]
