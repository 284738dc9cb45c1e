"""What is installed is what was tested: a built wheel carries all that the apps read, and nothing of the workshop."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("command", "crypto", "deaddrop", "portal", "programme", "staff", "web")
READ = (*PACKAGES, "templates", "locales")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as pip does, and unpack it as pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("utvag-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def files(root: Path) -> set[str]:
    """List the files that the apps read at run time, as seen from the top."""
    found = (path for part in READ for path in (root / part).rglob("*") if path.is_file())
    made = {"__pycache__", ".ruff_cache", "ruff.toml"}
    return {path.relative_to(root).as_posix() for path in found if made.isdisjoint(path.parts)}


def test_the_wheel_carries_every_file_that_is_read(installed: Path) -> None:
    """Every module, template, catalogue, migration and word list of the repository is in the wheel, and no other."""
    assert files(installed) == files(ROOT)


def test_the_wheel_leaves_the_workshop_at_home(installed: Path) -> None:
    """Neither tests nor tools' settings nor scripts land in somebody's site-packages."""
    parts = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert parts == set(READ)
    assert list(installed.rglob("ruff.toml")) == []


def test_the_installed_program_finds_its_own(installed: Path) -> None:
    """The console script's function starts from the unpacked wheel and finds templates and catalogues beside it."""
    script = (
        "import command, web.app, web.catalogue\n"
        "print(web.app.TEMPLATES.is_dir(), web.catalogue.LOCALES.is_dir(), command.__file__)\n"
        "command.main(['--help'])\n"
    )
    libraries = os.pathsep.join([str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    needed = {"PATH": os.environ["PATH"], "PYTHONPATH": libraries, "LANG": "C.UTF-8"}
    command = [sys.executable, "-S", "-c", script]
    result = subprocess.run(command, cwd=installed, env=needed, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"True True {installed}")
    assert "Usage:" in result.stdout
