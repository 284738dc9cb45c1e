"""The container files, as far as that can be told without building them: read line by line, their commands tried."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy.packages.parts import PACKAGES, ROOT

FILES = sorted((ROOT / "deploy" / "containers").glob("*.Dockerfile"))
KNOWN = {"ARG", "FROM", "COPY", "RUN", "USER", "WORKDIR", "ENV", "VOLUME", "EXPOSE", "STOPSIGNAL", "CMD"}


def instructions(file: Path) -> list[tuple[str, str]]:
    """Read a container file as its builder does: comments left out, lines that go on joined."""
    lines = [line for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())]


def unit(app: str) -> list[str]:
    """Give the words of the service's own command line."""
    name = {"portal": "utvag-portal@.service", "staff": "utvag-staff.service"}[app]
    text = (ROOT / "deploy/systemd" / name).read_text("utf-8")
    (line,) = re.findall(r"^ExecStart=((?:.*\\\n)*.*)$", text, re.MULTILINE)
    return shlex.split(line.replace("\\\n", " "))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_container_runs_as_the_services_user_what_the_service_runs(file: Path) -> None:
    """The user is set before anything runs, no shell stands between, and the command is the service's own."""
    read = instructions(file)
    assert {word for word, _ in read} <= KNOWN
    words = [word for word, _ in read]
    said = dict(read)
    assert said["USER"] == PACKAGES[file.stem].user
    assert words.index("RUN") < words.index("USER") < words.index("CMD")
    asked = json.loads(said["CMD"])
    own = [word.replace("%i", "8801") for word in unit(file.stem)]
    assert [word.replace("0.0.0.0", "127.0.0.1") for word in asked] == own  # noqa: S104  # inside a container of its own


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_container_installs_the_package_whose_sum_was_given(file: Path) -> None:
    """It is checked before it is installed, comes from the builder's folder, and the base can be pinned by digest."""
    read = instructions(file)
    (run,) = [rest for word, rest in read if word == "RUN"]
    assert run.index("sha256sum --check --strict") < run.index("apt-get install")
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert version
    copied = [rest.split()[0] for word, rest in read if word == "COPY"]
    assert copied == [f"dist/utvag-{file.stem}_{version[1]}_amd64.deb"]
    assert [word for word, _ in read].index("ARG") < [word for word, _ in read].index("FROM")
    assert "ADD" not in dict(read)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_each_container_runs_while_it_is_built_is_sound(file: Path, tmp_path: Path) -> None:
    """Shellcheck has nothing to say, and with a wrong sum the build stops before anything is installed."""
    (run,) = [rest for word, rest in instructions(file) if word == "RUN"]
    script = tmp_path / "run.sh"
    script.write_text(f"#!/bin/sh\n{run}\n", "utf-8")
    checked = subprocess.run(["shellcheck", "-e", "SC2154", script], capture_output=True, text=True, check=False)
    assert checked.stdout == ""
    package = tmp_path / "utvag.deb"
    package.write_bytes(b"another")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/apt-get").write_text(f"#!/bin/sh\ntouch {tmp_path}/installed\n", "utf-8")
    (tmp_path / "bin/apt-get").chmod(0o755)
    script.write_text(script.read_text("utf-8").replace("/tmp/utvag.deb", str(package)), "utf-8")
    environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "SUM": "0" * 64}
    result = subprocess.run(["sh", script], env=environment, capture_output=True, check=False)
    assert result.returncode != 0
    assert not (tmp_path / "installed").exists()
