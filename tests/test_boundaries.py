"""The boundaries of the house, each kept by guards that are themselves shown to bite.

Three guards: import-linter's contracts, ruff's banned-api lists, and a portal that runs from a tree in which the
staff's half does not exist. Every guard is tried on a copy of the tree: whole, and with a breach planted in it.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jinja2 import StrictUndefined

from crypto.opening.ceremony import RosterDraft, TeamDraft, draw_spare, sign_roster
from crypto.opening.identity import Identity, new_identity
from crypto.opening.members import Member
from crypto.sealing.pin import salt_of
from portal import create_app
from portal.settings import PortalSettings
from programme import Programme
from staff.settings import StaffSettings

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("command", "crypto", "deaddrop", "portal", "programme", "staff", "web")
PUBLIC_PLACES = 8

# Boundary, contract that must break, file that gets a line too much, the line.
CONTRACT_BREACHES = [
    ("1 portal imports staff", "apart", "portal/breach.py", "import staff.settings"),
    ("1 staff imports portal", "apart", "staff/breach.py", "import portal.settings"),
    ("1 portal collects", "portal-half", "portal/breach.py", "from deaddrop import collect"),
    ("1 staff leaves", "staff-half", "staff/breach.py", "from deaddrop.leave import Leave"),
    ("1 portal answers", "portal-half", "portal/breach.py", "import deaddrop.answer"),
    ("1 staff reads mailboxes", "staff-half", "staff/breach.py", "import deaddrop.fetch"),
    ("1 one part knows another", "halves", "deaddrop/leave.py", "from deaddrop.collect import Collect"),
    ("1 the shared manners know an app", "shared", "web/breach.py", "import staff.settings"),
    ("2 portal opens", "opening", "portal/breach.py", "from crypto.opening.unseal import unseal"),
    ("2 portal opens inside a function", "opening", "portal/breach.py", "def f():\n    import crypto.opening.unseal"),
    ("2 the public half opens", "detour", "crypto/sealing/seal.py", "from crypto.opening.unseal import unseal"),
    ("2 a re-export opens", "opening", "crypto/__init__.py", "from crypto.opening.unseal import unseal"),
    ("3 an app speaks to libsodium", "libsodium", "staff/breach.py", "from nacl.bindings import crypto_box_seal"),
    ("3 crypto knows Flask", "crypto", "crypto/sealing/seal.py", "import flask"),
    ("3 crypto knows SQL", "crypto", "crypto/opening/casebook.py", "from sqlalchemy import select"),
    ("4 an app loads templates itself", "templates", "portal/breach.py", "from jinja2 import FileSystemLoader"),
    ("5 a stranger holds the portal's settings", "portal-settings", "command/breach.py", "import portal.settings"),
    ("5 a stranger holds the staff's settings", "staff-settings", "command/breach.py", "import staff.settings"),
    ("the command line is leaned on", "command", "staff/breach.py", "import command"),
]

# Boundary, file that gets a line too much, the line; ruff looks at one file, so it sees no detour.
BANNED_BREACHES = [
    ("1 portal imports staff", "portal/breach.py", "from staff.settings import StaffSettings"),
    ("1 staff imports portal", "staff/breach.py", "import portal"),
    ("1 portal collects", "portal/breach.py", "from deaddrop import collect"),
    ("1 staff leaves", "staff/breach.py", "import deaddrop.leave"),
    ("1 portal answers", "portal/breach.py", "from deaddrop import answer"),
    ("1 staff reads mailboxes", "staff/breach.py", "from deaddrop import fetch"),
    ("2 portal opens", "portal/breach.py", "from crypto import opening"),
    ("2 a command that is no ceremony opens", "command/breach.py", "from crypto.opening.unseal import unseal"),
    ("2 a re-export opens", "crypto/__init__.py", "from crypto.opening.unseal import unseal"),
    ("3 an app speaks to libsodium", "portal/breach.py", "import nacl.public"),
    ("3 crypto knows Flask", "crypto/envelope.py", "from flask import request"),
    ("3 the opening half knows SQL", "crypto/opening/casebook.py", "import sqlalchemy"),
    ("4 an app loads templates itself", "staff/breach.py", "from jinja2 import FileSystemLoader"),
    ("5 an app reads the environment", "staff/breach.py", "import os\nprint(os.environ)"),
]

# Boundary, file that gets a line too much, the line; each must keep the stripped portal from starting.
ABSENT_BREACHES = [
    ("1 portal imports staff", "portal/__init__.py", "import staff"),
    ("1 portal collects", "portal/settings.py", "import deaddrop.collect"),
    ("2 portal opens", "portal/__init__.py", "import crypto.opening.unseal"),
    ("2 a re-export opens", "crypto/__init__.py", "from crypto.opening.unseal import unseal"),
]


def names(breaches: Sequence[tuple[str, ...]]) -> list[str]:
    """Name the rows by their first column."""
    return [row[0] for row in breaches]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the packages, templates, catalogues and the tools' settings to a folder of the test's own."""
    copy = tmp_path / "tree"
    copy.mkdir()
    for name in (*PACKAGES, "templates", "locales"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def plant(tree: Path, file: str, line: str) -> None:
    """Write the line at the end of the file, which is made if it is not there."""
    with (tree / file).open("a", encoding="utf-8") as opened:
        opened.write(f"\n{line}\n")


def run(tree: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the tree, with no more in its environment than it needs."""
    needed = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(command, cwd=tree, env=needed, capture_output=True, text=True, timeout=60, check=False)


def contracts(tree: Path, *chosen: str) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of a tree."""
    program = Path(sysconfig.get_path("scripts")) / "lint-imports"
    return run(tree, str(program), "--no-cache", *(word for name in chosen for word in ("--contract", name)))


def banned(tree: Path) -> subprocess.CompletedProcess[str]:
    """Check a tree against the banned-api lists."""
    return run(tree, sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", ".")


def test_the_house_keeps_its_contracts(tree: Path) -> None:
    """Nothing is planted: every contract holds, so that a breach below is what breaks it."""
    result = contracts(tree)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " kept" in result.stdout
    assert ", 0 broken" in result.stdout


@pytest.mark.parametrize(("_", "contract", "file", "line"), CONTRACT_BREACHES, ids=names(CONTRACT_BREACHES))
def test_a_contract_breaks(_: str, contract: str, file: str, line: str, tree: Path) -> None:
    """A line too much in one file breaks the contract that is meant to forbid it."""
    plant(tree, file, line)
    result = contracts(tree, contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 broken" in result.stdout


def test_the_house_imports_nothing_banned(tree: Path) -> None:
    """Nothing is planted: ruff finds no banned name."""
    result = banned(tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("_", "file", "line"), BANNED_BREACHES, ids=names(BANNED_BREACHES))
def test_a_banned_name_is_seen(_: str, file: str, line: str, tree: Path) -> None:
    """A line too much in one file is named by ruff, with that file."""
    plant(tree, file, line)
    result = banned(tree)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "TID251" in result.stdout
    assert file in result.stdout


def test_every_package_has_its_list() -> None:
    """A new package gets its own list of banned names, or the root's short one would hold for it."""
    assert [name for name in PACKAGES if not (ROOT / name / "ruff.toml").is_file()] == []


def member(name: str, role: str, town: str, identity: Identity) -> Member:
    """State a member's public halves."""
    return Member(name, role, town, identity.box_public, identity.sign_public)


def signed_roster(root: Identity, towns: list[str]) -> bytes:
    """Sign a roster of one coordinator in each town."""
    today = datetime.now(UTC).date()
    teams = [
        TeamDraft(
            town,
            {"sv": "070-1740605", "en": "070-1740605"},
            member("R", "recovery", town, new_identity()),
            [member("K", "coordinator", town, new_identity())],
            draw_spare(PUBLIC_PLACES - 2),
        )
        for town in towns
    ]
    draft = RosterDraft(1, today + timedelta(days=30), salt_of(root.sign_public), teams)
    return sign_roster(draft, root, today=today)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give the portal's whole environment, over files of the test's own."""
    root = new_identity()
    programme = ROOT / "programme" / "demo.toml"
    towns = [town.id for town in Programme.load(programme).municipalities]
    roster = tmp_path / "roster"
    roster.write_bytes(signed_roster(root, towns))
    (tmp_path / "state").mkdir()
    return {
        "UTVAG_PORTAL_ORIGIN": "http://127.0.0.1:8831",
        "UTVAG_PORTAL_ROSTER": str(roster),
        "UTVAG_PORTAL_ROOT_KEY": root.sign_public.hex(),
        "UTVAG_PORTAL_MINIMUM_EPOCH": "1",
        "UTVAG_PORTAL_DEADDROP": str(tmp_path / "deaddrop.sqlite"),
        "UTVAG_PORTAL_PROGRAMME": str(programme),
        "UTVAG_PORTAL_STATE": str(tmp_path / "state"),
    }


PORTAL_ALONE = """
import importlib.util, os
for gone in ("staff", "crypto.opening", "deaddrop.answer", "deaddrop.collect"):
    assert importlib.util.find_spec(gone) is None, gone + " can be found"
from portal import create_app
from portal.settings import PortalSettings
answer = create_app(PortalSettings.from_env(os.environ)).test_client().get("/")
print(answer.status_code, len(answer.data) > 1000)
"""


def portal_alone(
    tree: Path, environment: dict[str, str], script: str = PORTAL_ALONE
) -> subprocess.CompletedProcess[str]:
    """Start the portal and ask for its first page, or run another script, where nothing of the staff's half exists.

    -S keeps the editable install's .pth away, else this repository would lend the copy what it lacks.
    """
    for gone in ("staff", "crypto/opening", "templates/staff"):
        shutil.rmtree(tree / gone, ignore_errors=True)
    for gone in ("answer.py", "collect.py"):
        (tree / "deaddrop" / gone).unlink(missing_ok=True)
    libraries = os.pathsep.join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    return run(tree, sys.executable, "-S", "-c", script, PYTHONPATH=libraries, **environment)


def test_the_portal_runs_where_nothing_can_be_opened(tree: Path, environment: dict[str, str]) -> None:
    """The portal imports, starts and answers from a tree without staff/, crypto/opening/ and the staff's templates."""
    result = portal_alone(tree, environment)
    assert result.stdout.strip() == "200 True", result.stdout + result.stderr


@pytest.mark.parametrize(("_", "file", "line"), ABSENT_BREACHES, ids=names(ABSENT_BREACHES))
def test_a_portal_that_leans_on_the_other_half_falls(
    _: str, file: str, line: str, tree: Path, environment: dict[str, str]
) -> None:
    """A line too much keeps the portal from starting in the tree that lacks what the line asks for."""
    plant(tree, file, line)
    result = portal_alone(tree, environment)
    assert result.returncode != 0
    assert "ModuleNotFoundError" in result.stderr


def test_the_portal_s_command_needs_no_more(tree: Path, environment: dict[str, str]) -> None:
    """`utvag` and `utvag portal` say what they do where nothing of the staff's half exists."""
    for words in ([], ["portal"]):
        result = portal_alone(tree, environment, f"import command\ncommand.main({[*words, '--help']})")
        assert result.returncode == 0, result.stderr
        assert "Usage:" in result.stdout


def test_the_doctor_looks_at_a_portal_where_no_staff_is(tree: Path, environment: dict[str, str]) -> None:
    """`utvag doctor portal` and `utvag upgrade --check` look to the end there; the other half is said to be absent."""
    for words, said in ((["doctor", "portal"], "Mottagarlista"), (["upgrade", "--check"], "Sida vid sida")):
        result = portal_alone(tree, environment, f"import command\ncommand.main({words})")
        assert said in result.stdout, result.stderr
        assert "Traceback" not in result.stderr
    absent = portal_alone(tree, environment, "import command\ncommand.main(['doctor', 'staff'])")
    assert "finns inte på den här maskinen" in absent.stderr


def test_the_portal_sees_only_its_own_templates(environment: dict[str, str]) -> None:
    """The portal's loader finds portal/ and shared/ and nothing else, and a name that is not there is an error."""
    app = create_app(PortalSettings.from_env(environment))
    loaded = {name.split("/")[0] for name in app.jinja_env.list_templates()}
    assert loaded <= {"portal", "shared"}
    assert "portal" in loaded
    assert app.jinja_env.undefined is StrictUndefined


def test_settings_are_two_frozen_classes(environment: dict[str, str]) -> None:
    """Neither app's settings can be changed or carry the other's: the staff's keys have no place in the portal's."""
    settings = PortalSettings.from_env(environment)
    with pytest.raises(FrozenInstanceError):
        settings.origin = settings.origin  # type: ignore[misc]  # assigning is the breach that is tried
    portal = {field.name for field in fields(PortalSettings)}
    assert portal.isdisjoint({"pepper", "casebook", "members"})
    assert not issubclass(StaffSettings, PortalSettings)
    assert not issubclass(PortalSettings, StaffSettings)
    assert StaffSettings.__dataclass_params__.frozen  # type: ignore[attr-defined]  # dataclass keeps it there
