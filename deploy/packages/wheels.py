"""Build a package's wheel from a copy of the tree in which what it leaves out does not exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.packages.parts import ROOT, Package, when

# All that a wheel is made of, and nothing else of a folder in which somebody works.
SOURCES = ("client", "command", "crypto", "deaddrop", "portal", "programme", "staff", "web", "locales", "templates")
FILES = ("README.md", "hatch_build.py", "pyproject.toml")
PASSING = shutil.ignore_patterns("__pycache__", "node_modules", "dist", "*.pyc", ".ruff_cache")


def build_wheel(package: Package, out: Path) -> Path:
    """Lay the package's wheel into a folder and return it; twice the same tree gives twice the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        copy_tree(package, tree)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out.resolve())]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(when())}
        subprocess.run(command, cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # hatchling
    (made,) = out.glob(f"{package.name.replace('-', '_')}-*.whl")
    return made


def copy_tree(package: Package, tree: Path) -> None:
    """Copy what the package is made of; its own name and list of needs stand in the place of the whole's."""
    tree.mkdir(parents=True)
    for name in SOURCES:
        shutil.copytree(ROOT / name, tree / name, ignore=PASSING)
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    shutil.copytree(ROOT / "requirements", tree / "requirements")
    shutil.copy(ROOT / "requirements" / package.wants, tree / "requirements" / "app.in")
    for name in package.without:
        leave_out(tree / name)
    project = tree / "pyproject.toml"
    text = project.read_text("utf-8").replace('\nname = "utvag"\n', f'\nname = "{package.name}"\n', 1)
    if "staff" in package.without:
        text = re.sub(r'^(packages = \[.*)"staff", ', r"\1", text, flags=re.MULTILINE)
    project.write_text(text, "utf-8")


def leave_out(path: Path) -> None:
    """Take a file or folder away; one that is not there is a list that has grown old."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
