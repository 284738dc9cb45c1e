"""The section about PostgreSQL, typed line by line on a machine whose folders are a test's own, by Debian's tools."""

import os
import subprocess
from pathlib import Path

import pytest

from command.processes import HOST, claim_port
from tests.certificates import authority, certify
from tests.docs.pages import ROOT, lines, section

TITLE = "11. PostgreSQL: the two databases"
FOLDERS = ("etc", "var", "run")
PASSWORDS = "ALTER ROLE {0} PASSWORD 'prov'"  # what \password does, which asks at the keyboard
OWNERS = {
    "OWNER": ("utvag_owner", "utvag_deaddrop", 5433),
    "BOOKOWNER": ("utvag_casebook_owner", "utvag_casebook", 5434),
}


def typed() -> list[str]:
    """Give the section's commands, in their order."""
    return list(lines(section("operations.md", TITLE)))


def prepared(line: str, ports: dict[str, str], folder: Path) -> str:
    """Give a line as it is typed here: our ports, our address, our owners' addresses."""
    for name, (role, database, port) in reversed(OWNERS.items()):
        proof = f"sslmode=verify-full&sslrootcert={folder}/ca.pem"
        address = f"postgresql+psycopg://{role}:prov@{HOST}:{port}/{database}?{proof}"
        line = line.replace(f"--database {name}", f"--database '{address}'")
    for usual, ours in ports.items():
        line = line.replace(usual, ours)
    return line.replace("/PORTAL/", f"/{HOST}/").replace("/STAFF/", f"/{HOST}/")


@pytest.mark.long
def test_two_clusters_are_set_up_word_by_word(tmp_path: Path) -> None:
    """From Debian's package to tables with rights: each line is typed, and the portal's own look finds all in order."""
    authority(tmp_path)
    certify(tmp_path, "postgres", HOST)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "apt-get").write_text("#!/bin/sh\n", "utf-8")
    (tmp_path / "bin" / "apt-get").chmod(0o755)
    ports = {"5433": str(claim_port(0)), "5434": str(claim_port(0))}
    up, by = tmp_path / "up", tmp_path / "by"
    script = [f"mkdir -p {up}/{name} {by}/{name}" for name in FOLDERS]
    for name in FOLDERS:
        layers = f"lowerdir=/{name},upperdir={up}/{name},workdir={by}/{name}"
        script.append(f"mount -t overlay overlay -o {layers} /{name}")
    script += ["trap 'for one in deaddrop casebook; do pg_ctlcluster -m immediate 15 $one stop || true; done' EXIT"]
    for line in typed():
        script.append(prepared(line, ports, tmp_path).replace(" postgres.", f" {tmp_path}/postgres."))
        for port, roles in ((5433, "portal staff owner"), (5434, "casebook casebook_owner")):
            if line.endswith(".sql") and str(port) in line:
                script += [
                    f'runuser -u postgres -- psql -X -p {ports[str(port)]} -c "{PASSWORDS.format("utvag_" + role)}"'
                    for role in roles.split()
                ]
    proof = f"sslmode=verify-full&sslrootcert={tmp_path}/ca.pem"
    drop = f"postgresql+psycopg://utvag_portal:prov@{HOST}:{ports['5433']}/utvag_deaddrop?{proof}"
    book = f"postgresql+psycopg://utvag_casebook:prov@{HOST}:{ports['5434']}/utvag_casebook?{proof}"
    looks = "from deaddrop import preparing, schema; from staff import casebook as c; import sys; "
    looks += "preparing.prepare(schema.engine(sys.argv[1]), 8); c.prepare(c.Casebook(sys.argv[2])); print('in order')"
    script.append(f"{ROOT}/.venv/bin/python -c \"{looks}\" '{drop}' '{book}'")
    environment = {"PATH": f"{tmp_path}/bin:{ROOT}/.venv/bin:{os.environ['PATH']}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}
    command = ["unshare", "-m", "bash", "-euc", "\n".join(script)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "in order" in done.stdout
    for owner in ("utvag_owner", "utvag_casebook_owner"):
        assert owner not in done.stderr
