"""Every command in the documentation is run by a test: a new one that nobody runs fails here."""

import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pyotp
import pytest
from click.testing import CliRunner
from flask import Flask

from command import main
from crypto.opening import keyfile
from tests.command.test_backups_followed import commands as backing_up
from tests.command.test_ceremonies_followed import pages as ceremonies
from tests.command.test_renewing import commands as renewing
from tests.deploy.test_operations_followed import typed as production
from tests.docs.pages import BLOCK, ROOT, lines, pages, section
from tests.docs.spoken import said
from tests.docs.test_docs_postgresql import typed as databases
from tests.docs.test_docs_programme import printing

WORDS = "kola bada tepo sogu fite joha"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ENROL = "utvag staff enrol Alma /var/lib"
PATH = 'export PATH="$PWD/.venv/bin'
SPOKEN = (PATH, ENROL)
INSTALLING = ("1. Keys", "2. The roster", "3. The portal", "4. The staff app")
TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
PARTS = r"(?:app|tools|writing|packages|node|debian)"


def steps() -> list[str]:
    """Give the commands by which Utväg is installed by hand, in their order."""
    return [line for title in INSTALLING for line in lines(section("operations.md", title))]


def doors() -> list[str]:
    """Give every command that begins at the one door."""
    return sorted({line for page in pages() for line in lines(page.read_text("utf-8")) if line.startswith("./run ")})


def test_every_command_is_run_by_a_test() -> None:
    """Each stands in a page that a test follows word by word; whoever writes a new one writes its test too."""
    followed = {re.sub(r"\s+#\s.*", "", line) for page in ceremonies().values() for line in page}
    followed |= {shlex.join(words) for words in renewing("Renew the keys")}
    followed |= {*steps(), *doors(), *backing_up(), *printing(), *production(), *databases()}
    missing = [
        f"{page.relative_to(ROOT)}: {line}"
        for page in pages()
        for line in lines(page.read_text("utf-8"))
        if line not in followed
    ]
    assert missing == []
    assert len(followed) > 25


def test_every_command_that_is_only_named_exists() -> None:
    """What a sentence calls `utvag …` or `./run …` is a command, and so is each of its options."""
    unknown = []
    for page in pages():
        text = BLOCK.sub("", page.read_text("utf-8"))
        for words in re.findall(r"`utvag ([^`]+?(?<! 1))`", text):  # "utvag roster 1" is the first line of a file
            unknown += [] if known(words.split()) else [f"{page.name}: utvag {words}"]
        for word in re.findall(r"`\./run ([a-z]+)[^`]*`", text):
            unknown += [f"{page.name}: ./run {word}"] if f"\n{word})" not in (ROOT / "run").read_text() else []
    assert unknown == []


def known(words: list[str]) -> bool:
    """Tell whether a command and its options are there; arguments are taken on trust."""
    at: click.Command = main
    while isinstance(at, click.Group) and words and not words[0].startswith("-"):
        found = at.get_command(click.Context(at), words.pop(0))
        if found is None:
            return False
        at = found
    options = {name for one in at.params for name in one.opts} | {"--help"}
    return all(word in options for word in words if word.startswith("--"))


@pytest.mark.parametrize("line", doors())
def test_what_is_typed_at_the_door_arrives(line: str, tmp_path: Path) -> None:
    """The door as it stands, only what it installs left out: each command ends, and hands on what was typed."""
    before, _, after = (ROOT / "run").read_text("utf-8").partition("command=${1:-help}\n")
    before = re.sub(rf"^({PARTS})\(\) {{$", r"left_out_\1() {", before, flags=re.MULTILINE)
    nothing = "".join(f"{part}() {{ :; }}\n" for part in ("app", "tools", "writing", "packages", "node", "debian"))
    (tmp_path / "run").write_text(f"{before}{nothing}command=${{1:-help}}\n{after}", "utf-8")
    (tmp_path / "run").chmod(0o755)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "utvag"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*"\n', "utf-8")
        (programs / name).chmod(0o755)
    ran = subprocess.run(shlex.split(line), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert ran.returncode == 0, ran.stderr
    said = ran.stdout + ran.stderr
    word, *rest = shlex.split(line)[1:]
    if word == "demo":
        assert f"utvag {shlex.join([word, *rest])}" in said
        assert known([word, *rest])
    elif word == "test":
        assert f"python -m pytest {'-m long' if rest == ['--all'] else ' '.join(rest)}" in said
        assert [path for path in rest if not path.startswith("-") and not (ROOT / path).exists()] == []
    else:
        assert word in ("install", "docs", "pictures", "check", "package", "sbom")
        assert "ython" in said or "Installed" in said


def test_utvag_answers_once_it_is_installed() -> None:
    """As section 0 says, in the folder of the repository: its line about the path, then the program."""
    typed = ["sh", "-euc", f"{said(PATH)}\nutvag --help"]
    ran = subprocess.run(typed, cwd=ROOT, env={"PATH": "/bin:/usr/bin"}, capture_output=True, text=True, check=False)
    assert (ran.returncode, "  doctor " in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_utvag_is_installed_by_its_page_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sections 1 to 4 typed as they stand, in one folder: both apps come up on what the commands wrote."""
    served = sit_down(tmp_path, monkeypatch)
    folder = tmp_path / "utvag"
    root_key = ""
    for line in steps():
        prepare(line, folder, root_key, monkeypatch)
        if not line.startswith("utvag "):
            subprocess.run(["sh", "-c", placed(line, folder)], cwd=tmp_path, check=True)
            continue
        result = CliRunner().invoke(main, shlex.split(line.replace("HEX", root_key))[1:])
        assert result.exit_code == 0, (line, result.output)
        root_key = root_key or result.output.split()[-1]
    # With packages the key lies where the app's user may read it (10.1); a second time is a new code.
    again = CliRunner().invoke(main, shlex.split(said(ENROL).replace("/var/lib/utvag/staff", str(tmp_path)))[1:])
    assert again.exit_code == 0, again.output
    portal, staff = served
    assert portal.test_client().get("/", base_url="https://utvag.example").status_code == 200
    assert staff.test_client().get("/login", base_url="https://utvag.inner.example").status_code == 200


def sit_down(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Flask]:
    """Answer what is asked, at the demo's cost of keys; give the apps that were to be served."""
    served: list[Flask] = []
    defaults = keyfile.write_key_file.__kwdefaults__
    assert defaults
    monkeypatch.setitem(defaults, "cost", keyfile.FAST)
    monkeypatch.setattr("command.ceremony.asking.new_passphrase", lambda: WORDS)
    monkeypatch.setattr("staff.hardening.harden", lambda: True)
    monkeypatch.setattr("os.geteuid", lambda: 990)  # each app has a user of its own, never root
    monkeypatch.setattr("pyotp.random_base32", lambda: SECRET)
    monkeypatch.setattr("click.confirm", lambda *_asked, **_options: True)
    monkeypatch.setattr("click.prompt", answer)
    monkeypatch.setattr("web.serve.serve", lambda app, *_where, **_how: served.append(app))
    monkeypatch.chdir(folder)
    return served


def answer(question: str, *_more: object, **_options: object) -> str:
    """Type what a person would."""
    if question.endswith("(ja/nej)"):
        return "ja"
    return pyotp.TOTP(SECRET).now() if "Koden" in question else WORDS


def prepare(line: str, folder: Path, root_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the files that the page shows, put in place what it says where, and load the settings of a command."""
    here = folder.parent
    first, second = TOML.findall(section("operations.md", "2. The roster"))
    day = datetime.now(UTC).date() + timedelta(days=90)
    first = re.sub(r"(?m)^not_after = \S+", f"not_after = {day}", first)
    rest = first.partition("\n")[2]
    (here / "draft.toml").write_text(first, "utf-8")
    # As the page says: `parcel` only once coordinators have intake keys, which nobody here has yet.
    (here / "draft-2.toml").write_text(re.sub(r"(?m)^parcel = .*\n", "", second) + rest, "utf-8")
    folder.mkdir(exist_ok=True)
    town = re.sub(r'(?s)\[\[municipality\]\]\nid = "(bjorkby|granvik)".*?\n\n', "", demo_file())
    (folder / "programme.toml").write_text(town, "utf-8")
    for name, place in (("roster-2", "roster"), ("members-2", "staff/members"), ("pepper", "../utvag-pepper/pepper")):
        if (here / name).exists() and (folder / place).parent.is_dir():
            shutil.copy(here / name, folder / place)  # with its mode
    for app, title in zip(("portal", "staff"), INSTALLING[2:], strict=True):
        for setting in re.findall(r"(?m)^UTVAG_\w+=\S+$", section("operations.md", title)):
            name, _, value = setting.partition("=")
            monkeypatch.delenv(name, raising=False)  # each app has a machine of its own
            if app in line.split():
                monkeypatch.setenv(name, placed(value, folder).replace("HEX", root_key))


def placed(text: str, folder: Path) -> str:
    """Take what lies under /srv to this test's own folder."""
    return text.replace("/srv/utvag-pepper", str(folder.parent / "utvag-pepper")).replace("/srv/utvag", str(folder))


def demo_file() -> str:
    """Give the programme's file that a real one is copied from."""
    return (ROOT / "programme" / "demo.toml").read_text("utf-8")
