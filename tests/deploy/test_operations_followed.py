"""The production section of docs/operations.md, typed line by line on a machine whose folders are a test's own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, lines, section
from tests.nginx import certify

TITLE = "10. In production: packages, services, front, onion"
FOLDERS = ("etc", "run", "var")
FAKES = ("apt-get", "systemctl")  # a test installs nothing and has no service manager
# What has been done elsewhere when a line is typed: settings written, a certificate ordered, tor started.
BEFORE: Mapping[str, str] = {
    "chmod 600 /etc/utvag/portal.env": "mkdir -p /etc/utvag && touch /etc/utvag/portal.env",
    "nginx -e stderr -t": "cp tls/portal.pem tls/portal.key /etc/utvag/tls/",
    "cat /var/lib/tor/utvag/hostname": "mkdir -p /var/lib/tor/utvag && echo abc.onion >/var/lib/tor/utvag/hostname",
}


def typed() -> list[str]:
    """Give the section's commands, in their order."""
    return list(lines(section("operations.md", TITLE)))


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Lay out what a machine needs beside its own folders: stand-ins, and a certificate."""
    (tmp_path / "bin").mkdir()
    for name in FAKES:
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"$HEARD"\n', "utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    for name in FOLDERS:
        (tmp_path / "up" / name).mkdir(parents=True)
        (tmp_path / "beside" / name).mkdir(parents=True)
    (tmp_path / "heard").touch()
    certify(tmp_path / "tls")
    return tmp_path


def test_the_section_is_followed_word_by_word(machine: Path) -> None:
    """Every line does what it says: files land, nginx and tor find them valid, the services are named as they are."""
    script = [f"mount -t overlay overlay -o lowerdir=/{name},{upper(machine, name)} /{name}" for name in FOLDERS]
    for line in typed():
        if line.startswith("./run "):  # the door has tests of its own, and what it builds too
            continue
        script += [f"(cd {machine} && {do})" for begins, do in BEFORE.items() if begins in line]
        script.append(line)
    command = ["unshare", "-m", "sh", "-euc", "\n".join(script)]
    environment = {"PATH": f"{machine}/bin:{os.environ['PATH']}:/usr/sbin", "HEARD": str(machine / "heard")}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "test is successful" in result.stderr
    assert "Configuration was valid" in result.stdout
    site = (machine / "up/etc/nginx/utvag-portal.conf").read_text("utf-8")
    assert "server_name YOUR.HOST;" in site
    assert "utvag.example" not in site
    assert (machine / "up/etc/nginx/utvag/passed-on").is_file()
    heard = (machine / "heard").read_text("utf-8")
    for name in ("utvag-portal@8801", "utvag-portal@8809", "restart nginx", "restart tor@default", "install tor"):
        assert name in heard


def upper(machine: Path, name: str) -> str:
    """Say where what is written to a folder lands."""
    return f"upperdir={machine}/up/{name},workdir={machine}/beside/{name}"
