"""The phone's scripts are made by the build, and no others than those that were looked at."""

import hashlib
import shutil
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("seal.js", "code.js")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with the client's sources and no script yet."""
    shutil.copytree(ROOT / "client", tmp_path / "client", ignore=shutil.ignore_patterns("node_modules", "dist"))
    (tmp_path / "portal").mkdir()
    return tmp_path


def made(content: bytes) -> object:
    """Return a stand-in for Node that makes each script of this."""

    def run(command: list[str], folder: Path) -> None:
        if command[0] == "node":
            (folder / "dist").mkdir()
            for name in NAMES:
                (folder / "dist" / name).write_bytes(content)

    return run


def test_the_script_in_the_tree_is_the_committed_one() -> None:
    """What pages load has the hash that was looked at."""
    assert hatch_build.has_scripts(ROOT)


def test_a_script_with_the_right_hash_is_laid_beside_the_portal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made once, and not made again while it is there."""
    content = b"right"
    digest = hashlib.sha256(content).hexdigest()
    lines = "".join(f"{digest}  {name}\n" for name in NAMES)
    (root / "client" / "bundle.sha256").write_text(lines, encoding="ascii")
    monkeypatch.setattr(hatch_build, "run_node", made(content))
    hatch_build.make_scripts(root)
    assert [(root / "portal" / name).read_bytes() for name in NAMES] == [content] * 2
    monkeypatch.setattr(hatch_build, "run_node", made(b"never asked"))
    hatch_build.make_scripts(root)
    assert [(root / "portal" / name).read_bytes() for name in NAMES] == [content] * 2


@pytest.mark.parametrize("other", NAMES)
def test_another_script_stops_the_build(root: Path, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    """Whichever of them changed, nothing is laid down and the build fails."""
    named = root / "client" / "bundle.sha256"
    right = hashlib.sha256(b"another").hexdigest()
    lines = [
        line if line.endswith(other) else f"{right}  {line[66:]}" for line in named.read_text("ascii").splitlines()
    ]
    named.write_text("\n".join(lines), encoding="ascii")
    monkeypatch.setattr(hatch_build, "run_node", made(b"another"))
    with pytest.raises(hatch_build.ScriptError, match="another script"):
        hatch_build.make_scripts(root)
    assert list((root / "portal").iterdir()) == []


def test_a_build_that_fails_stops_the_installation(root: Path) -> None:
    """What node says is what is told, and nothing is laid down."""
    with pytest.raises(hatch_build.ScriptError, match="no such thing"):
        hatch_build.run_node(["node", "-e", "console.error('no such thing'); process.exit(3)"], root)
    (root / "client" / "package.json").write_text("{", encoding="utf-8")
    with pytest.raises(hatch_build.ScriptError, match="npm ci"):
        hatch_build.make_scripts(root)
    assert list((root / "portal").iterdir()) == []
