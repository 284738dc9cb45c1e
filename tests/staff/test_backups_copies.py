"""What lies on a disk on the way to a backup leaves no byte, and no copy of what was erased gives way to less."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from staff.backup import making, sqlite
from staff.backup.errors import BackupError
from tests.staff.test_backups import KEY, TODAY, back_up
from tests.staff.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder for backups."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.mark.sqlite
def test_the_copy_that_a_backup_is_made_of_leaves_no_byte(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies beside the casebook for a moment, without the backup key around it: then its very blocks are zeros.

    What a crash has left there goes in the same way.
    """
    held, real = [folder / "during", folder / "left"], sqlite._vacuum

    def vacuum(source: Path, to: Path) -> None:
        real(source, to)
        os.link(to, held[0])

    monkeypatch.setattr(sqlite, "_vacuum", vacuum)
    held[1].write_bytes(b"SQLite format 3")
    os.link(held[1], f"{world.casebook}{sqlite.COPYING}")
    back_up(world, folder)
    for one in held:
        content = one.read_bytes()
        assert content
        assert not content.strip(b"\0")


@pytest.mark.parametrize("lines", [1, 3000])
def test_a_file_of_erased_ids_that_was_cut_takes_no_copys_place(
    world: World, folder: Path, tmp_path: Path, lines: int
) -> None:
    """It only grows; cut by a disk or a hand it is refused by name, on that day and the next, until it is whole."""
    record = tmp_path / "erased"
    settings = replace(world.settings, backup_key=KEY.box_public, erased=record)
    whole = b"".join(os.urandom(16).hex().encode() + b"\n" for _ in range(lines))
    record.write_bytes(whole)
    first = making.erased(settings, folder, TODAY, 30).path
    kept = first.read_bytes()
    record.write_bytes(whole[:-1])
    for day in (TODAY, TODAY + timedelta(days=1)):
        with pytest.raises(BackupError, match=f"shrunk: {first.name}"):
            making.erased(settings, folder, day, 30)
    assert first.read_bytes() == kept
    record.write_bytes(whole)
    making.erased(settings, folder, TODAY, 30)
    record.write_bytes(whole + whole[:33])
    making.erased(settings, folder, TODAY + timedelta(days=1), 30)
