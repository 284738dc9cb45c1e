"""What the production server says to the journal when a portal cannot start: its own log is off."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bench.servers import free_port

UNIT = Path("deploy/systemd/utvag-portal@.service")


@pytest.mark.long
def test_a_portal_that_cannot_start_says_each_cause_to_the_journal_and_ends(tmp_path: Path) -> None:
    """Started as its unit starts it, without settings: each missing one is named and it ends, for systemd to tell."""
    text = UNIT.read_text("utf-8").replace("\\\n", " ")
    said = re.search(r"^ExecStart=\S+ (.*)$", text, re.MULTILINE)
    assert said
    words = shlex.split(said[1].replace("%i", str(free_port())))
    program = [str(Path(sys.executable).parent / "granian"), *words, "--working-dir", str(Path.cwd())]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        program, env=environment, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert done.returncode != 0
    for name in ("ORIGIN", "ROSTER", "ROOT_KEY", "DEADDROP", "PROGRAMME", "STATE"):
        assert f"UTVAG_PORTAL_{name}: is missing" in done.stderr
