"""The production section of docs/operations.md, typed line by line on a machine whose folders are a test's own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, lines, section
from tests.nginx import certify

TITLE = "10. In production: packages, services, front, onion"
FOLDERS = ("etc", "run", "srv", "var")
FAKES = ("apt-get", "systemctl")  # a test installs nothing and has no service manager
CARRIED = ("roster", "programme.toml", "members", "pepper")  # what lies in the folder in which somebody types
# What has been done elsewhere when a line is typed: settings written, a certificate ordered, tor started.
BEFORE: Mapping[str, str] = {
    "install -m 0644 roster": "mkdir -p /etc/utvag && touch /etc/utvag/portal.env /etc/utvag/staff.env",
    "install -d -m 0700 -o utvag-staff": "systemd-sysusers - <deploy/sysusers.d/utvag-staff.conf",
    "deploy/nginx/utvag-staff.conf": "mv /etc/nginx/utvag-portal.conf /etc/nginx/of-another-machine",
    "nginx -e stderr -t": "for app in portal staff; do cp tls/portal.pem /etc/utvag/tls/$app.pem; "
    "cp tls/portal.key /etc/utvag/tls/$app.key; done",
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
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    for name in CARRIED:
        (tmp_path / name).touch()
    certify(tmp_path / "tls")
    return tmp_path


def test_the_section_is_followed_word_by_word(machine: Path) -> None:
    """Every line does what it says: files land, nginx and tor find them valid, the services are named as they are."""
    script = [f"mount -t overlay overlay -o lowerdir=/{name},{upper(machine, name)} /{name}" for name in FOLDERS]
    for line in typed():
        if line.startswith("./run "):  # the door has tests of its own, and what it builds too
            continue
        script += [do for begins, do in BEFORE.items() if begins in line]
        script.append(line)
    command = ["unshare", "-m", "sh", "-euc", "\n".join(script)]
    environment = {"PATH": f"{machine}/bin:{os.environ['PATH']}:/usr/sbin", "HEARD": str(machine / "heard")}
    result = subprocess.run(command, cwd=machine, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr.count("test is successful") == 2
    assert "Configuration was valid" in result.stdout
    for name, host in (("of-another-machine", "YOUR.HOST"), ("utvag-staff.conf", "YOUR.INNER.HOST")):
        site = (machine / "up/etc/nginx" / name).read_text("utf-8")
        assert f"server_name {host};" in site
        assert ".example" not in site
    away = (machine / "up/etc/nginx/utvag/away.html").read_text("utf-8")
    assert away.count("NUMBER") == 2
    assert (machine / "up/etc/nginx/utvag/passed-on").is_file()
    heard = (machine / "heard").read_text("utf-8")
    names = ("utvag-portal@8801", "utvag-portal@8809", "utvag-backup.timer")
    for name in (*names, "restart nginx", "restart tor@default", "install tor"):
        assert name in heard


def upper(machine: Path, name: str) -> str:
    """Say where what is written to a folder lands."""
    return f"upperdir={machine}/up/{name},workdir={machine}/beside/{name}"
