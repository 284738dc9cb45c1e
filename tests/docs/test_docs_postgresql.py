"""The section about PostgreSQL, typed line by line on a machine whose folders are a test's own, by Debian's tools."""

import os
import subprocess
from pathlib import Path

import pytest

from command.processes import HOST, claim_port
from tests.docs.pages import ROOT, lines, section

TITLE = "11. PostgreSQL: the two databases"
FOLDERS = ("etc", "var", "run")
PASSWORD = "prov"
PASSWORDS = f"ALTER ROLE {{0}} PASSWORD '{PASSWORD}'"  # what \password does, which asks at the keyboard
NAMES = ("deaddrop.inner.example", "casebook.inner.example")
ROLES = {
    "utvag_portal": 5433,
    "utvag_staff": 5433,
    "utvag_owner": 5433,
    "utvag_casebook": 5434,
    "utvag_casebook_owner": 5434,
}


def typed() -> list[str]:
    """Give the section's commands, in their order."""
    return list(lines(section("operations.md", TITLE)))


def prepared(line: str, ports: dict[str, str], folder: Path) -> str:
    """Give a line as it is typed here: our ports, our address, root's file of passwords in our folder."""
    for usual, ours in ports.items():
        line = line.replace(usual, ours)
    return line.replace("/STAFF/", f"/{HOST}/").replace("/etc/utvag/owners", f"{folder}/owners")


@pytest.mark.long
def test_two_clusters_are_set_up_word_by_word(tmp_path: Path) -> None:
    """From Debian's package to tables with rights: each line is typed, and the portal's own look finds all in order."""
    (tmp_path / "owners").write_text(f"*:*:*:*:{PASSWORD}\n", "ascii")
    (tmp_path / "owners").chmod(0o600)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "apt-get").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "bin" / "apt-get").chmod(0o755)
    ports = {"5433": str(claim_port(0)), "5434": str(claim_port(0))}
    up, by = tmp_path / "up", tmp_path / "by"
    script = [f"mkdir -p {up}/{name} {by}/{name}" for name in FOLDERS]
    for name in FOLDERS:
        layers = f"lowerdir=/{name},upperdir={up}/{name},workdir={by}/{name}"
        script.append(f"mount -t overlay overlay -o {layers} /{name}")
    script += [f"mkdir /var/here && cd /var/here && ln -s {ROOT}/deploy ."]  # not in root's folder: postgres reads too
    script += [f"echo {HOST} {name} >>/etc/hosts" for name in NAMES]
    script += ["trap 'for one in deaddrop casebook; do pg_ctlcluster -m immediate 15 $one stop || true; done' EXIT"]
    for line in typed():
        script.append(prepared(line, ports, tmp_path))
        for role, port in ROLES.items():
            if line.endswith(".sql") and str(port) in line:
                asked = PASSWORDS.format(role)
                script.append(f'runuser -u postgres -- psql -X -p {ports[str(port)]} -c "{asked}"')
    proof = f"sslmode=verify-full&sslrootcert=/etc/utvag/ca.pem&passfile={tmp_path}/owners"
    drop = f"postgresql+psycopg://utvag_portal@{NAMES[0]}:{ports['5433']}/utvag_deaddrop?{proof}"
    book = f"postgresql+psycopg://utvag_casebook@{NAMES[1]}:{ports['5434']}/utvag_casebook?{proof}"
    looks = "from deaddrop import preparing, schema; from staff import casebook as c; import sys; "
    looks += "preparing.prepare(schema.engine(sys.argv[1]), 8); c.prepare(c.Casebook(sys.argv[2])); print('in order')"
    script.append(f"{ROOT}/.venv/bin/python -c \"{looks}\" '{drop}' '{book}'")
    environment = {"PATH": f"{tmp_path}/bin:{ROOT}/.venv/bin:{os.environ['PATH']}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
    command = ["unshare", "-m", "bash", "-euc", "\n".join(script)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout.count("in order"), done.stdout.count("klar (head)")) == (1, 2)
    assert "owner" not in done.stderr
