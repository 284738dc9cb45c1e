"""`utvag demo` as its contract says it: what it writes, what it names, and that it leaves nothing behind."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from programme import Programme
from tests.road import ROOT, Demo, Visitor, demo, sign_in, wait_for_new

KEYS = {"portal", "staff", "people", "roster", "deaddrop", "casebook"}
PERSON_KEYS = {"name", "role", "passphrase", "totp_secret", "key_file"}


def answers(url: str) -> bool:
    """Tell whether something answers there."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # our own demo on loopback
            return True
    except OSError:
        return False


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be seen by its parent does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text("ascii")
    except FileNotFoundError:
        return False


def started(*options: str, environment: dict[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start a demo and return its process, its output to be read."""
    return subprocess.Popen(
        [sys.executable, "-m", "command", "demo", *options],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo with some requests in it."""
    with demo(tmp_path_factory.mktemp("demo") / "dir", "--fill", "40") as lent:
        yield lent


def test_demo_json_says_what_the_contract_says(running: Demo) -> None:
    """Tools outside rely on these keys and files, and on nobody else reading them."""
    assert running.said.keys() == KEYS
    roles = [person.role for person in running.people]
    assert roles == ["coordinator"] * 3 + ["lead", "auditor", "case_officer", "police", "partner"]
    for person in running.said["people"]:
        assert person.keys() == PERSON_KEYS
        assert Path(person["key_file"]).is_file()
    assert {Path(running.said[name]).name for name in ("deaddrop", "casebook")} == {
        "deaddrop.sqlite",
        "casebook.sqlite",
    }
    assert all(Path(running.said[name]).is_file() for name in ("deaddrop", "casebook", "roster"))
    assert stat.S_IMODE((running.folder / "demo.json").stat().st_mode) == 0o600
    assert answers(running.portal)
    assert answers(running.staff)


def test_what_is_handed_over_leads_to_the_demo(running: Demo) -> None:
    """The address on a card, and where the confirmation says that the answer is, is this demo's own."""
    here = running.portal.removeprefix("http://")
    assert Programme.load(running.folder / "programme.toml").short_address == here
    assert f">{here}</bdi>" in Visitor(running.portal).get("/parts").text


def test_each_app_has_only_its_own_environment(running: Demo) -> None:
    """The portal's process is told nothing of the staff side: not the casebook, not the register, not the pepper."""
    for command, own, other in (
        ("portal", b"UTVAG_PORTAL_", b"UTVAG_STAFF_"),
        ("staff", b"UTVAG_STAFF_", b"UTVAG_PORTAL_"),
    ):
        environment = Path(f"/proc/{running.child(command)}/environ").read_bytes()
        assert own in environment
        assert other not in environment


def test_filled_requests_reach_the_coordinators(running: Demo) -> None:
    """Each coordinator finds what was sent to their town."""
    for person in running.people[:3]:
        assert wait_for_new(sign_in(running.staff, person)), person.name


def test_everyone_of_the_cast_gets_in_to_their_own_pages(running: Demo) -> None:
    """Lead, auditor and the agencies' people sign in and meet no inbox."""
    for person in running.people[3:]:
        visitor = sign_in(running.staff, person)
        assert visitor.get("/keys").status == 200, person.name
        assert visitor.get("/inbox").status == 404, person.name


def test_started_again_it_knows_its_people(tmp_path: Path) -> None:
    """In the same folder the second demo has the same people and keys, and what had been sent is still there."""
    folder = tmp_path / "dir"
    with demo(folder, "--fill", "5") as first:
        before = wait_for_new(sign_in(first.staff, first.people[0]))
    with demo(folder) as second:
        assert second.people == first.people
        assert before <= wait_for_new(sign_in(second.staff, second.people[0]))


def test_a_temporary_folder_is_removed(tmp_path: Path) -> None:
    """Without --dir nothing is left behind, whether it is ended by Ctrl-C or told to stop."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        process = started("--portal-port", "0", "--staff-port", "0", environment={"TMPDIR": str(tmp_path)})
        found: list[Path] = []
        until = time.monotonic() + 60
        while not found and time.monotonic() < until and process.poll() is None:
            found = list(tmp_path.glob("utvag-*/demo.json"))
            time.sleep(0.1)
        assert found, process.communicate(timeout=30)[0]
        said = json.loads(found[0].read_text("utf-8"))
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
        process.send_signal(ending)
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0, output
        assert "Traceback" not in output
        assert list(tmp_path.iterdir()) == []
        assert len(children) == 2
        assert not any(alive(int(pid)) for pid in children)
        assert not answers(said["portal"])


def test_a_child_that_dies_ends_the_demo(tmp_path: Path) -> None:
    """The demo does not go on with half of itself, and says who died and how."""
    with demo(tmp_path / "dir") as running:
        staff = running.child("staff")
        os.kill(running.child("portal"), signal.SIGKILL)
        assert running.process.wait(15) == 1
        assert not alive(staff)
    said = (tmp_path / "dir.out").read_text("utf-8")
    assert "The portal was ended by SIGKILL" in said


@pytest.mark.long
def test_killed_outright_it_takes_its_children_along(tmp_path: Path) -> None:
    """Nobody can catch SIGKILL; the apps end all the same, so that the ports are free again."""
    with demo(tmp_path / "dir") as running:
        children = [running.child("portal"), running.child("staff")]
        running.process.kill()
        running.process.wait(10)
        until = time.monotonic() + 10
        while any(alive(pid) for pid in children) and time.monotonic() < until:
            time.sleep(0.1)
        assert not any(alive(pid) for pid in children)


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """Whoever has something else there learns which port, and which option helps."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = started("--dir", str(tmp_path / "dir"), "--portal-port", port, "--staff-port", "0")
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"Port {port} is taken" in output
    assert "--portal-port" in output


def test_a_folder_in_use_is_named(running: Demo) -> None:
    """Two demos in one folder would take each other's contract away."""
    process = started("--dir", str(running.folder), "--portal-port", "0", "--staff-port", "0")
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "already" in output
    assert (running.folder / "demo.json").exists()


def test_a_damaged_folder_is_named(tmp_path: Path) -> None:
    """What cannot be started again is said in a sentence, not in a trace."""
    (tmp_path / "cast.json").write_text('{"root": 1}', "ascii")
    process = started("--dir", str(tmp_path), "--portal-port", "0", "--staff-port", "0")
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "cannot be started again" in output
    assert "Traceback" not in output


def test_a_strangers_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder with something else in it is named and nothing is written there."""
    (tmp_path / "thesis.odt").write_text("years of work", "ascii")
    process = started("--dir", str(tmp_path), "--portal-port", "0", "--staff-port", "0")
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "thesis.odt" in output
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.odt"]
