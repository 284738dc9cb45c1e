"""Tor takes the onion service's file as it is, and what it leaves open is what is meant."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TORRC = ROOT / "deploy" / "tor" / "torrc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lend a folder that tor would keep its keys in, and the file that names it."""
    text = TORRC.read_text("utf-8")
    assert "/var/lib/tor" in text
    (tmp_path / "torrc").write_text(text.replace("/var/lib/tor", str(tmp_path)), "utf-8")
    return tmp_path


def tor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run tor on the file, without any defaults but its own."""
    own = ["-f", str(folder / "torrc"), "--defaults-torrc", "/dev/null", "--DataDirectory", str(folder)]
    return subprocess.run(["tor", *own, *words], capture_output=True, text=True, check=False)


def test_tor_takes_the_file(folder: Path) -> None:
    """Debian's tor finds the file valid, and has nothing to warn of but that a test may run it as root."""
    result = tor(folder, "--verify-config")
    assert result.returncode == 0, result.stdout
    warned = [line for line in result.stdout.splitlines() if "[warn]" in line and "as root" not in line]
    assert warned == []


@pytest.mark.parametrize("line", ["HiddenServicePoWDefensesEnabled 2", "HiddenServiceNoSuch 1"])
def test_tor_refuses_a_file_with_a_fault(folder: Path, line: str) -> None:
    """A value or a name that tor does not know is an error, so the test above could have failed."""
    with (folder / "torrc").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert tor(folder, "--verify-config").returncode != 0


def test_the_onion_has_its_walls_and_opens_nothing_else() -> None:
    """Proof of work, circuits and streams are limited, no port is open to anybody, no log tells of visitors."""
    said = dict(line.split(" ", 1) for line in TORRC.read_text("utf-8").splitlines() if line and line[0] != "#")
    assert {name: value for name, value in said.items() if name.endswith("Port")} == {
        "SocksPort": "0",
        "ORPort": "0",
        "ControlPort": "0",
        "HiddenServicePort": "80 127.0.0.1:8480",
    }
    wanted = ("Version", "ExportCircuitID", "MaxStreamsCloseCircuit", "PoWDefensesEnabled", "EnableIntroDoSDefense")
    assert [said[f"HiddenService{name}"] for name in wanted] == ["3", "haproxy", "1", "1", "1"]
    assert (said["Sandbox"], said["Log"], said["SafeLogging"]) == ("1", "err syslog", "1")


def test_tor_hands_over_where_nginx_listens() -> None:
    """The port behind the onion is the one that nginx takes PROXY lines on."""
    conf = (ROOT / "deploy" / "nginx" / "utvag-portal.conf").read_text("utf-8")
    (port,) = re.findall(r"^HiddenServicePort 80 (\S+)$", TORRC.read_text("utf-8"), re.MULTILINE)
    assert f"listen {port} proxy_protocol;" in conf
