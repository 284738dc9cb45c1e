"""The section about PostgreSQL, typed line by line on a machine whose folders are a test's own, by Debian's tools."""

import os
import subprocess
from pathlib import Path

import pytest

from command.processes import HOST, claim_port
from tests.docs import restoring
from tests.docs.pages import ROOT, lines, section
from tests.docs.spoken import said

TITLE = "11. PostgreSQL: the two databases"
FOLDERS = ("etc", "root", "run", "srv", "var")
MAIN, DRAW, ASK = "pg_dropcluster", "openssl rand -hex 24", "runuser -u postgres -- psql -X -p 5433 -d postgres"
SPOKEN = (MAIN, DRAW, ASK, *restoring.SPOKEN)
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


def prepared(line: str, ports: dict[str, str]) -> str:
    """Give a line as it is typed here: our ports, our address, all passwords in one file."""
    for usual, ours in ports.items():
        line = line.replace(usual, ours)
    return line.replace("/STAFF/", f"/{HOST}/").replace("/etc/utvag/owners", "/var/here/passwords")


def passwords(line: str, ports: dict[str, str]) -> list[str]:
    """Once a server's roles are there, give each a drawn password as psql itself asks for it, and write it down."""
    script = []
    for role, port in ROLES.items():
        if line.endswith(".sql") and str(port) in line:
            asked = prepared(said(ASK).replace("5433", str(port)), ports)
            script.append(f"drawn=$({said(DRAW)})")
            script.append(f"printf '%s\\n' '\\password {role}' $drawn $drawn | setsid -w {asked}")
            script.append(f"echo *:*:*:{role}:$drawn >>/var/here/passwords")
    return script


def looked_at(ports: dict[str, str]) -> str:
    """Give a line by which each app looks at its database, as at its start."""
    proof = "sslmode=verify-full&sslrootcert=/etc/utvag/ca.pem&passfile=/var/here/passwords"
    drop = f"postgresql+psycopg://utvag_portal@{NAMES[0]}:{ports['5433']}/utvag_deaddrop?{proof}"
    book = f"postgresql+psycopg://utvag_casebook@{NAMES[1]}:{ports['5434']}/utvag_casebook?{proof}"
    looks = "from deaddrop import preparing, schema; from staff import casebook as c; import sys; "
    looks += "preparing.prepare(schema.engine(sys.argv[1]), 8); c.prepare(c.Casebook(sys.argv[2])); print('in order')"
    return f"{ROOT}/.venv/bin/python -c \"{looks}\" '{drop}' '{book}'"


@pytest.mark.long
def test_two_clusters_are_set_up_word_by_word(tmp_path: Path) -> None:
    """From Debian's package to tables with rights, and to a backup put back: each line is typed, all is in order."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "apt-get").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "bin" / "apt-get").chmod(0o755)
    ports = {"5433": str(claim_port(0)), "5434": str(claim_port(0))}
    (tmp_path / "carried").mkdir()
    restoring.carry(tmp_path / "carried", lambda line: prepared(line, ports))
    up, by = tmp_path / "up", tmp_path / "by"
    script = [f"mkdir -p {up}/{name} {by}/{name}" for name in FOLDERS]
    for name in FOLDERS:
        layers = f"lowerdir=/{name},upperdir={up}/{name},workdir={by}/{name}"
        script.append(f"mount -t overlay overlay -o {layers} /{name}")
    # Not in root's folder: other users read it too.
    script += [f"mkdir /var/here && cd /var/here && ln -s {ROOT}/deploy . && cp -r {tmp_path}/carried ."]
    script += ["umask 077; touch passwords; umask 022", "pg_createcluster 15 main >/dev/null || true", said(MAIN)]
    script += [f"echo {HOST} {name} >>/etc/hosts" for name in NAMES]
    script += ["trap 'for one in deaddrop casebook; do pg_ctlcluster -m immediate 15 $one stop || true; done' EXIT"]
    for number, line in enumerate(typed()):
        script.append(prepared(line, ports))
        if number < len(typed()) - 2:  # the last two only shut the owners out again
            script += passwords(line, ports)
    script.append(looked_at(ports))
    script += restoring.typed(typed(), lambda line: prepared(line, ports))
    environment = {"PATH": f"{tmp_path}/bin:{ROOT}/.venv/bin:{os.environ['PATH']}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
    command = ["unshare", "-m", "bash", "-euc", "\n".join(script)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout.count("in order"), done.stdout.count("klar (head)")) == (1, 2)
    assert done.stdout.count("Mottagarlista: gäller till") == 2
    for wanted in ("Gjord av den här appen.", "Loggens kedja: tom", "Repeterat", "Återställt i", "back again"):
        assert wanted in done.stdout, done.stdout
    assert ("ERROR" in done.stderr, "must be owner" in done.stderr) == (False, False), done.stderr
