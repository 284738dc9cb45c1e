"""Killed at any write, neither a backup nor a restore leaves something half that is taken for whole."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

from staff.backup import files, making, postgresql, putting
from staff.backup.putting import Where, put_back
from staff.backup.sqlite import COPYING
from staff.backup.taken import taken
from staff.casebook import Casebook, prepare
from staff.erasure.record import Record
from staff.erasure.record import restore as again
from tests.killed import killed
from tests.postgresql import Cluster
from tests.staff.test_backups import KEY, TODAY, record_of, restored
from tests.staff.test_erasure_record import erase, make_case
from tests.staff.world import World

STEPS = (  # all that touch the disk
    (os, "fsync"),
    (os, "open"),
    (Path, "replace"),
    (Path, "unlink"),
    (files, "sync"),
    (postgresql, "load"),
    (postgresql, "_end"),
    (putting, "prepare"),
    (putting, "restore"),
    (putting, "verify"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder for backups."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def server(postgresql: Cluster) -> Cluster:
    """Lend the server; its fixture has the name of the module that restores to it."""
    return postgresql


def test_a_backup_that_is_killed_is_none(world: World, folder: Path) -> None:
    """At every step: no file of a backup's name but a whole one; the next one runs and clears what was left."""
    make_case(world)
    record_of(world)
    world.parts.casebook.close()
    settings = replace(world.settings, backup_key=KEY.box_public)

    def act() -> object:
        return making.casebook(settings, folder, TODAY, 30)

    steps = 0
    while killed(act, steps, STEPS):
        for one in files.listed(folder):
            with taken(one.path, making.prove(settings.pepper)) as whole:
                assert whole.looked.proven
            one.path.unlink()
        steps += 1
    assert steps >= 8
    act()
    assert [path.name for path in folder.iterdir()] == [f"casebook-{TODAY}.utvag"]
    assert [path for path in world.folder.iterdir() if path.name.endswith(COPYING)] == []


@pytest.mark.sqlite
@pytest.mark.long
def test_a_restore_that_is_killed_leaves_no_casebook(world: World, folder: Path) -> None:
    """At every step: no casebook there, or a whole one without what was erased; tried again it is put back."""
    case, kept = make_case(world), make_case(world)
    record = record_of(world)
    backup = making.casebook(replace(world.settings, backup_key=KEY.box_public), folder, TODAY, 30).path
    erase(world, case)
    world.parts.casebook.close()
    newest, target = record.read_bytes(), world.folder / "restored.sqlite"
    where = Where(str(target), world.folder / "restored.sqlite.erased", newest)

    def act() -> object:
        with taken(backup, making.prove(world.settings.pepper)) as one:
            return put_back(one, KEY, where, datetime.now(UTC))

    steps = 0
    while killed(act, steps, STEPS):
        if target.exists():
            assert where.record.read_bytes().startswith(newest)
            assert held(target) == {kept}
            target.unlink()
        steps += 1
    assert steps >= 12
    for path in world.folder.glob("restored.sqlite*"):
        path.unlink()
    assert restored(world, backup, where).again == 1
    assert held(target) == {kept}
    assert [path for path in world.folder.iterdir() if ".restoring" in path.name] == []


@pytest.mark.long
def test_a_restore_on_a_server_that_is_killed_brings_nothing_back(tmp_path: Path, server: Cluster) -> None:
    """At every step: an empty database, or a whole casebook beside the newest file, which a start obeys."""
    world = World(tmp_path, casebook=server.database())
    case, kept = make_case(world), make_case(world)
    record = record_of(world)
    backup = making.casebook(replace(world.settings, backup_key=KEY.box_public), tmp_path, TODAY, 30).path
    erase(world, case)
    world.close()
    target, beside = server.database(), tmp_path / "beside"
    where = Where(target, beside, record.read_bytes())

    def act() -> object:
        with taken(backup, making.prove(world.settings.pepper)) as one:
            return put_back(one, KEY, where, datetime.now(UTC))

    steps = stood = 0
    while killed(act, steps, STEPS):
        alone(server, target)
        if postgresql.stands(make_url(target)):
            stood += 1
            casebook = Casebook(target)
            prepare(casebook)
            again(casebook, Record(beside), 0)
            casebook.close()
            assert held(target) == {kept}
            postgresql.empty(make_url(target))
        steps += 1
    assert steps >= 6
    assert stood >= 1
    assert held(target) == {kept}


def alone(server: Cluster, address: str) -> None:
    """Wait until whatever the killed one had begun has ended."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
    until = time.monotonic() + 20
    with server.connect("postgres") as connection:
        while connection.execute(asked, (address.rpartition("/")[2],)).fetchone() != (0,):
            assert time.monotonic() < until
            time.sleep(0.05)


def held(path: Path | str) -> set[bytes]:
    """List the folders of a casebook."""
    casebook = Casebook(str(path))
    with casebook.read() as session:
        found = {bytes(row[0]) for row in session.connection().exec_driver_sql("SELECT id FROM folders")}
    casebook.close()
    return found
