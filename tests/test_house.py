"""The house keeps its own rules: sizes, words, requirements without addresses, one door."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("command", "crypto", "deaddrop", "portal", "programme", "staff", "web")
COMMANDS = (
    "demo", "test", "test --all", "check", "bench", "soak", "mutate", "docs", "pictures",
    "package", "sbom", "install", "help",
)  # fmt: skip
STAFF_PARTS = (
    "tests/staff/test_[a-d]*.py",
    "tests/staff/test_[e-r]*.py",
    "tests/staff/test_[s-z]*.py",
)  # as ./run deals them out
ALONE = "tests/browser/test_lighthouse.py"  # measures time
LONG_STAFF = ("tests/staff/test_[a-e]*.py", "tests/staff/test_[f-z]*.py")
# The last word of each; those of the last part, which measures time, run by themselves.
LONG_PARTS = (
    *LONG_STAFF,
    "--ignore=tests/browser/test_lighthouse.py",
    "--ignore=tests/ha",
    ALONE,
)
EMPTY = ("crypto", "crypto/sealing", "crypto/opening", "deaddrop")
TEXT = {".py", ".md", ".toml", ".txt", ".in", ".json", ".html", ".po", ".sh", ".css", ".js", ".mjs", ""}

# Written in pieces, so that this file does not hold what it looks for.
PLACES = re.compile(
    "|".join(
        [
            "(?<![a-z0-9.])/(?:work|root|home/[a-z]+)" + "/",
            "(?<![a-z0-9.])/" + "opt/",
            "pypi" + r"\.org",
            "python" + "hosted",
            "registry" + r"\.npmjs",
            "deb" + r"\.debian",
        ]
    )
)


def tracked() -> list[Path]:
    """List the files that belong to the repository, new ones included: all that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in sorted(filter(None, listed.split("\0"))) if (ROOT / name).is_file()]


def sources() -> list[Path]:
    """List every Python file of the repository."""
    return [path for path in tracked() if path.suffix == ".py"]


def name(path: Path) -> str:
    """Name a file as seen from the top of the repository."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Walk through every function and method of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_modules_stay_small() -> None:
    """No module grows past 400 lines."""
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {file: lines for file, lines in sizes.items() if lines > 400} == {}


def test_functions_stay_small() -> None:
    """No function grows past 40 lines, its docstring and decorators left out."""
    large = {}
    for path in sources():
        for function in functions(path):
            said = function.body[0] if ast.get_docstring(function) else None
            docstring = (said.end_lineno or 0) - said.lineno + 1 if said else 0
            lines = (function.end_lineno or 0) - function.lineno + 1 - docstring
            if lines > 40:
                large[f"{name(path)}:{function.name}"] = lines
    assert large == {}


def test_folders_stay_shallow() -> None:
    """No Python file of the packages lies more than three folders deep."""
    deep = [name(path) for path in sources() if path.relative_to(ROOT).parts[0] in PACKAGES]
    assert [file for file in deep if file.count("/") > 3] == []


@pytest.mark.parametrize("package", EMPTY)
def test_nothing_can_be_re_exported(package: str) -> None:
    """The packages that a boundary runs through have an empty __init__, so that no detour starts there."""
    assert (ROOT / package / "__init__.py").read_bytes() == b""


def test_every_test_tells_its_story() -> None:
    """Each test has a docstring that is a sentence."""
    silent = [
        f"{name(path)}:{function.name}"
        for path in sources()
        if path.name.startswith("test_")
        for function in functions(path)
        if function.name.startswith("test_") and not (ast.get_docstring(function) or "").rstrip().endswith(".")
    ]
    assert silent == []


def test_test_files_have_names_of_their_own() -> None:
    """No two test files share a name, so that a failing line tells which one failed."""
    files = [path.name for path in sources() if path.name.startswith("test_")]
    assert sorted(files) == sorted(set(files))


@pytest.mark.parametrize("mark", ["noqa:", "type: ignore[", "pragma:"])
def test_each_exception_has_its_reason(mark: str) -> None:
    """A line that is excused from a rule says why, after the excuse."""
    bare = re.compile("# " + re.escape(mark) + r"[^#]*$")
    reasons = re.compile(r" - \S|  # \S")
    excused = [
        f"{name(path)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (found := bare.search(line)) and not reasons.search(found.group())
    ]
    assert excused == []


def test_any_has_its_reason() -> None:
    """A file that gives up a type says why: beside the import, or in a comment that names Any."""
    silent = [
        name(path)
        for path in sources()
        if re.search(r"^from typing import .*\bAny\b[^#]*$", text := path.read_text(encoding="utf-8"), re.MULTILINE)
        and not re.search(r"#.*\bAny\b", text)
    ]
    assert silent == []


def test_each_ignored_rule_has_its_reason() -> None:
    """Each ignore in pyproject.toml has its reason beside it, ruff's and mypy's alike."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    ignores = [
        line for line in lines if re.match(r'\s+"[A-Z]+[0-9]+",(?! ")|".*" = \["[A-Z]+[0-9]+"\]|module = ', line)
    ]
    assert len(ignores) > 10
    assert [line for line in ignores if not re.search(r"#\s+\S+ \S+", line)] == []


@pytest.mark.parametrize("part", ["build", "app", "test", "docs"])
def test_requirements_are_hashed_and_name_no_place(part: str) -> None:
    """Every pinned requirement has hashes, and no line holds another option or an address."""
    text = (ROOT / "requirements" / f"{part}.txt").read_text(encoding="utf-8")
    lines = [
        line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    wanted = re.compile(r"[a-z0-9._-]+==[^ ]+( ;[^-]+)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert lines != []
    assert [line for line in lines if not wanted.fullmatch(line)] == []
    assert "://" not in text


@pytest.mark.parametrize("part", ["build", "app", "test", "docs"])
def test_every_wish_is_pinned(part: str) -> None:
    """What stands in an .in file stands pinned in the .txt beside it."""
    wishes = (ROOT / "requirements" / f"{part}.in").read_text(encoding="utf-8").splitlines()
    wanted = {re.split(r"[<>=~![]", line)[0].strip().lower() for line in wishes if line and line[0] not in "#-"}
    pinned = (ROOT / "requirements" / f"{part}.txt").read_text(encoding="utf-8")
    assert {wish for wish in wanted if not re.search(rf"^{re.escape(wish)}==", pinned, re.MULTILINE)} == set()


def test_the_lock_file_names_no_place() -> None:
    """The lock file pins by content alone: every package has an integrity and none an address to fetch it from."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert packages
    assert [path for path, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []
    for entry in packages.values():
        entry.pop("funding", None)
    assert "://" not in json.dumps(packages)


def test_no_file_names_a_machine() -> None:
    """No tracked file holds a path of somebody's machine or the host of a registry."""
    found = [
        f"{name(path)}:{number}"
        for path in tracked()
        if path.suffix in TEXT and name(path) != "tests/test_house.py"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if PLACES.search(line)
    ]
    assert found == []


def test_nothing_made_is_tracked() -> None:
    """No compiled catalogue, database or installed package is part of the repository."""
    made = re.compile(r"\.(mo|sqlite|sqlite-wal|pyc)$|^(node_modules|\.venv|dist)/")
    assert [name(path) for path in tracked() if made.search(name(path))] == []


def test_the_readme_gives_the_two_commands() -> None:
    """The README's set-up is the two commands and no others."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    given = [
        line
        for block in re.findall(r"^```sh\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)
        for line in block.split("\n")
    ]
    assert [line for line in given if line] == ["./run demo", "./run test"]


def test_decisions_are_short_and_numbered() -> None:
    """Each decision record has its own number, from 1 without a gap, and fewer than 60 lines."""
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    assert [name(path) for path in records if len(path.read_text(encoding="utf-8").splitlines()) >= 60] == []


def test_the_past_is_written_for_readers() -> None:
    """What has not been released stands first in CHANGELOG.md, a sentence a line."""
    lines = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert next(line for line in lines if line.startswith("## ")) == "## Unreleased"
    entries = [line for line in lines if line.startswith("- ")]
    assert entries
    assert [line for line in entries if not line.endswith(".")] == []


def test_each_package_stands_in_the_picture() -> None:
    """A newcomer finds every package in the README's picture of the tree."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [package for package in PACKAGES if not re.search(rf"^\W*{package}/", readme, re.MULTILINE)] == []


def test_every_package_is_built_and_contracted() -> None:
    """The seven packages are the ones that are installed, typed and bound by contracts."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench", "deploy"}
    assert found == set(PACKAGES)
    assert set(tool["hatch"]["build"]["targets"]["wheel"]["packages"]) == found
    assert set(tool["importlinter"]["root_packages"]) == found
    assert found <= set(tool["mypy"]["files"])


def test_ci_calls_both_commands() -> None:
    """The run that decides calls what a person calls, and both of it."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0:2] for line in lines if line.startswith("./run")] == [["./run", "check"], ["./run", "test"]]


@pytest.mark.parametrize(
    ("check", "test", "code"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 1)], ids=["both", "check", "test", "neither"]
)
def test_ci_fails_if_either_fails(check: int, test: int, code: int, tmp_path: Path) -> None:
    """A failed check is not hidden by green tests, nor the other way round, and the tests run in any case."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci")
    door = tmp_path / "run"
    door.write_text(f'#!/bin/sh\necho "$1"\n[ "$1" = check ] && exit {check}\nexit {test}\n', encoding="utf-8")
    door.chmod(0o755)
    result = subprocess.run(["bash", tmp_path / ".ci" / "run"], capture_output=True, text=True, check=False)
    assert result.returncode == code
    assert result.stdout.split() == ["check", "test"]


@pytest.mark.parametrize(
    "failing", ["", *STAFF_PARTS, "tests/browser", "tests/web", "--ignore=tests/staff", *LONG_PARTS]
)
def test_the_parts_of_the_tests_fail_together(failing: str, tmp_path: Path) -> None:
    """Each part is told whole, in order, the long rows last; whichever fails, the whole has failed."""
    functions, _, rest = (ROOT / "run").read_text(encoding="utf-8").partition("command=${1:-help}\n")
    assert "tests" in rest
    (tmp_path / "run").write_text(f"{functions}tests --all\n", encoding="utf-8")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    script = '#!/bin/sh\nsleep 0.1\necho "begin $3"; echo "end $*"\ncase " $* " in *" $FAILING "*) exit 3 ;; esac\n'
    python.write_text(script, encoding="utf-8")
    python.chmod(0o755)
    needed = {"PATH": os.environ["PATH"], "FAILING": failing or "nothing"}
    result = subprocess.run(["sh", "run"], cwd=tmp_path, env=needed, capture_output=True, text=True, check=False)
    told = [line.split()[-1] for line in result.stdout.splitlines() if line.startswith("end")]
    assert told == [*STAFF_PARTS, "tests/browser", "tests/web", "--ignore=tests/web", ALONE, *LONG_PARTS]
    stories = sorted((ROOT / "tests" / "staff").glob("test_*.py"))
    for parts in (STAFF_PARTS, LONG_STAFF):
        assert sorted(one for part in parts for one in ROOT.glob(part)) == stories
    assert result.returncode == bool(failing)


def test_the_scripts_are_clean() -> None:
    """Shellcheck has nothing to say about the two scripts, and ./run is plain POSIX sh."""
    result = subprocess.run(["shellcheck", "run", ".ci/run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.stdout == ""
    assert (ROOT / "run").read_text(encoding="utf-8").startswith("#!/bin/sh\n")


def test_the_door_says_what_it_can_do() -> None:
    """Without words, and asked for help, ./run names every command; an unknown one is an error that does the same."""
    for words, code in (([], 0), (["help"], 0), (["no-such"], 2)):
        result = subprocess.run([ROOT / "run", *words], capture_output=True, text=True, check=False)
        assert result.returncode == code
        said = result.stdout + result.stderr
        assert [c for c in COMMANDS if f"./run {c}" not in said] == []


CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n#, python-format\nmsgid "%(n)d left"\n'


@pytest.mark.parametrize(
    "broken",
    [CATALOGUE + 'msgstr "%(m)d kvar"\n', CATALOGUE + 'msgstr "%(n)d kvar\n', CATALOGUE + "what is this\n"],
    ids=["placeholder", "quote", "line"],
)
def test_a_broken_catalogue_stops_the_build(broken: str, tmp_path: Path) -> None:
    """A catalogue that would fail in front of a visitor fails at install, by its name."""
    source = tmp_path / "locales" / "sv" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text(broken, encoding="utf-8")
    with pytest.raises(hatch_build.CatalogueError, match=re.escape(str(source))):
        hatch_build.check_catalogues(tmp_path)


def test_a_whole_catalogue_holds(tmp_path: Path) -> None:
    """A catalogue without fault is counted, and nothing is left beside it."""
    source = tmp_path / "locales" / "sv" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text(CATALOGUE + 'msgstr "%(n)d kvar"\n', encoding="utf-8")
    assert hatch_build.check_catalogues(tmp_path) == 1
    assert list(source.parent.iterdir()) == [source]


HABITS = {
    "a warning fails": ("import warnings\ndef test_a():\n    warnings.warn('x')\n", "", 1),
    "an unknown mark fails": ("import pytest\n@pytest.mark.lnog\ndef test_a():\n    pass\n", "", 2),
    "a skip passes at a desk": ("import pytest\ndef test_a():\n    pytest.skip('no moon')\n", "", 0),
    "a skip fails in CI": ("import pytest\ndef test_a():\n    pytest.skip('no moon')\n", "true", 1),
    "a way out fails": (
        """
import socket
def test_a():
    try:
        socket.create_connection(("192.0.2.1", 9), 1)
    except Exception:
        pass
""",
        "",
        1,
    ),
}


@pytest.mark.parametrize(("test", "ci", "code"), HABITS.values(), ids=HABITS)
def test_the_tests_keep_their_habits(test: str, ci: str, code: int, tmp_path: Path) -> None:
    """What conftest.py and pyproject.toml promise about tests holds in a run of their own."""
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "test_habit.py").write_text(test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    needed = {"PATH": os.environ["PATH"], "CI": ci}
    result = subprocess.run(command, cwd=tmp_path, env=needed, capture_output=True, text=True, check=False)
    assert result.returncode == code, result.stdout + result.stderr
    assert ("no moon" in result.stdout) == ("no moon" in test)
