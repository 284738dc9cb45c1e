"""What a coordinator was told is done stands on disk, and nothing stands half, whenever the staff app is killed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.road import ROOT


def kill(folder: Path, rounds: int) -> dict[str, int]:
    """Kill so many times a process that works on cases, and give how many acts that hit."""
    asked = [sys.executable, "-W", "error", "-m", "tests.staff.killing", str(folder), str(rounds)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60 + 20 * rounds, check=False)
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def test_two_kills_leave_every_case_whole(tmp_path: Path) -> None:
    """Killed amid opening, writing, sharing, renewing, protecting, erasing: what was said stands, for its own."""
    assert kill(tmp_path, 2)["acknowledged"] > 5


@pytest.mark.long
def test_fifty_kills_leave_every_case_whole(tmp_path: Path) -> None:
    """The same, fifty times; many of them cut an act short."""
    counts = kill(tmp_path, 50)
    assert counts["acknowledged"] > 300
    assert counts["cut short"] > 20
