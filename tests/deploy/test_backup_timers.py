"""The timers as delivered start commands that are there, as the staff's user, and may write nowhere else."""

from __future__ import annotations

import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tests.docs.test_docs_commands import known

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"


def unit(name: str) -> RawConfigParser:
    """Read a unit; a name may stand twice in it."""
    read = RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
    read.read_string((UNITS / name).read_text("utf-8"))
    return read


@pytest.mark.parametrize(("name", "when"), [("backup", "*-*-* 02:30:00"), ("erased", "hourly")])
def test_a_timer_starts_a_command_that_exists(name: str, when: str) -> None:
    """Each night the casebook, each hour the file of erased ids; both with the settings of the staff app alone."""
    timer, service = unit(f"utvag-{name}.timer"), unit(f"utvag-{name}.service")["Service"]
    assert (timer["Timer"]["OnCalendar"], timer["Timer"]["Persistent"]) == (when, "yes")
    program, *words = service["ExecStart"].split()
    assert (program, words[0]) == ("/usr/lib/utvag/bin/utvag", "backup")
    assert known(words)
    assert ("--erased" in words) == (name == "erased")
    assert (service["User"], service["EnvironmentFile"]) == ("utvag-staff", "/etc/utvag/staff.env")
    assert service["ReadWritePaths"] == "/var/lib/utvag /var/lib/utvag-backup"
    assert (service["ProtectSystem"], service["LimitCORE"], service["UMask"]) == ("strict", "0", "0077")


def test_systemd_reads_both() -> None:
    """No line that systemd does not know: verified where systemd's own tool is, as on each of our machines."""
    tool = shutil.which("systemd-analyze")
    assert tool
    for name in ("backup", "erased"):
        asked = [tool, "security", "--offline=true", "--no-pager", str(UNITS / f"utvag-{name}.service")]
        told = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
        assert "Unknown" not in told.stderr, told.stderr
        assert "OK" in told.stdout.splitlines()[-1], told.stdout
