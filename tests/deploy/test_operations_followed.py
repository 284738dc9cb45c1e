"""The production section of docs/operations.md, typed line by line on a machine whose folders are a test's own."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.pages import BLOCK, ROOT, lines, section
from tests.docs.spoken import said
from tests.nginx import certify

TITLE = "10. In production: packages, services, front, onion"
FOLDERS = ("etc", "run", "srv", "usr", "var")
FAKES = ("apt-get", "systemctl")  # a test installs nothing and has no service manager
# What is carried into the folder in which somebody types.
CARRIED = ("roster", "programme.toml", "members", "pepper", "alma.key", "portal.env", "staff.env")
# What has been done elsewhere when a line is typed: settings written, a certificate ordered, tor started.
BEFORE: Mapping[str, str] = {
    "install -m 0644 roster": "mkdir -p /etc/utvag && cp portal.env staff.env /etc/utvag/",
    "install -d -m 0700 -o utvag-staff": "systemd-sysusers - <deploy/sysusers.d/utvag-staff.conf",
    "deploy/nginx/utvag-staff.conf": "mv /etc/nginx/utvag-portal.conf /etc/nginx/of-another-machine",
    "nginx -e stderr -t": "for app in portal staff; do cp tls/portal.pem /etc/utvag/tls/$app.pem; "
    "cp tls/portal.key /etc/utvag/tls/$app.key; done",
    "cat /var/lib/tor/utvag/hostname": "mkdir -p /var/lib/tor/utvag && echo abc.onion >/var/lib/tor/utvag/hostname",
}
STAND, LOAD = "install -d /srv/install", "set -a; . ./{}.env"
ROOM = ("usermod -aG redis", "install -d -m 0700 -o utvag-portal", "ls /var/spool/utvag")
KEY, NO_IPV6, TRY = "install -m 0600 -o utvag-staff alma.key", r"sed -i '/\[::\]/d'", "nginx -t"
SPOKEN = (STAND, *ROOM, *(LOAD.format(app) for app in ("portal", "staff")), KEY, NO_IPV6, TRY)
# What a sentence beside a line tells to be typed as well.
AFTER: Mapping[str, tuple[str, ...]] = {
    "systemctl enable --now utvag-portal@8801": ("systemd-sysusers - <deploy/sysusers.d/utvag-portal.conf", *ROOM),
    "utvag-staff members": (KEY,),
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
    carried = tmp_path / "carried"
    carried.mkdir()
    for name in CARRIED:
        (carried / name).write_text(settings(name), "utf-8")
    certify(carried / "tls")
    return tmp_path


def settings(name: str) -> str:
    """Give an app's settings as the section has them; nothing for another file."""
    begins = f"UTVAG_{name.partition('.env')[0].upper()}_ORIGIN="
    return next((block for block in BLOCK.findall(section("operations.md", TITLE)) if block.startswith(begins)), "")


def script(machine: Path) -> list[str]:
    """Write what somebody types, in its order: the section's lines, and what sentences beside them say."""
    script = [f"mount -t overlay overlay -o lowerdir=/{name},{upper(machine, name)} /{name}" for name in FOLDERS]
    documents = "/usr/share/doc/utvag-portal"  # where the package lays it: tests/deploy/test_packages.py
    script += [f"mkdir -p {documents} && ln -s {ROOT}/deploy {documents}/", said(STAND), f"cp -r {machine}/carried/. ."]
    for line in typed():
        if line.startswith("./run "):  # the door has tests of its own, and what it builds too
            continue
        if "deploy/nginx/utvag-staff.conf" in line:  # before P's file makes way for S's
            script += [said(NO_IPV6), said(TRY)]
        script += [do for begins, do in BEFORE.items() if begins in line]
        script.append(line)
        if found := re.fullmatch(r"chmod 600 /etc/utvag/(\w+)\.env", line):
            load = said(LOAD.format(found[1]))
            script.append(f"(cd /etc/utvag; {load}; env | grep ^UTVAG_ | sed 's/^/loaded /')")
        more = [one for begins, beside in AFTER.items() if begins in line for one in beside]
        script += [said(one) if one in SPOKEN else one for one in more]
    return script


def test_the_section_is_followed_word_by_word(machine: Path) -> None:
    """Every line does what it says: files land, nginx and tor find them valid, the services are named as they are."""
    command = ["unshare", "-m", "sh", "-euc", "\n".join(script(machine))]
    environment = {"PATH": f"{machine}/bin:{os.environ['PATH']}:/usr/sbin", "HEARD": str(machine / "heard")}
    result = subprocess.run(command, cwd=machine, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr.count("test is successful") == 2 + 1
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
    for app, database in (("PORTAL", "DEADDROP"), ("STAFF", "CASEBOOK")):
        address = re.escape("@") + r"\S+\?sslmode=verify-full&sslrootcert=\S+&passfile=/etc/utvag/pgpass\n"
        assert re.search(f"loaded UTVAG_{app}_{database}=postgresql\\S+{address}", result.stdout)
    key = (machine / "up/var/lib/utvag/staff/alma.key").stat()
    assert (key.st_mode & 0o777, key.st_uid) == (0o600, (machine / "up/srv/utvag-pepper").stat().st_uid)
    assert "[::]" not in (machine / "up/etc/nginx/of-another-machine").read_text("utf-8")
    spool = (machine / "up/var/spool/utvag").stat()
    assert (spool.st_mode & 0o777, spool.st_uid) not in ((0o755, 0), (0o700, 0))
    assert re.search(r"^redis:.*\butvag-portal$", (machine / "up/etc/group").read_text("utf-8"), re.MULTILINE)
    for name in (*names, "restart nginx", "restart tor@default", "install tor"):
        assert name in heard


def upper(machine: Path, name: str) -> str:
    """Say where what is written to a folder lands."""
    return f"upperdir={machine}/up/{name},workdir={machine}/beside/{name}"
