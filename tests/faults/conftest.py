"""Disks that a test may fill."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.disk import Disk, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Lend a disk of sixteen megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk of its own")
    with small_disk(tmp_path / "disk", "16M") as made:
        yield made
