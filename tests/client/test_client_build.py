"""What phones load is what the repository says: types hold, the bundle is the one that was looked at, and small."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.client.tools import CLIENT, node

LIMIT = 20 * 1024
# Ways to run or keep what must not be run or kept; each would also need a hole in the policy or leave a trace.
NEVER = (
    "eval(",
    "Function(",
    "WebAssembly",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "DOMParser",
    "document.write",
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "document.cookie",
    "serviceWorker",
    "window.name",
    "clipboard",
    "console.",
    "Math.random",
    "sendBeacon",
    "WebSocket",
    "://",
)


@pytest.fixture
def copy(packages: None, tmp_path: Path) -> Path:
    """Lend a copy of the client's folder, somewhere else on the disk."""
    shutil.copytree(CLIENT, tmp_path / "client", ignore=shutil.ignore_patterns("node_modules", "dist"))
    (tmp_path / "client" / "node_modules").symlink_to(CLIENT / "node_modules")
    return tmp_path / "client"


def test_the_types_hold(packages: None) -> None:
    """Every value has its type, checked as strictly as the checker can."""
    checked = node("node_modules/typescript/bin/tsc")
    assert checked.stdout.decode() == ""
    assert checked.returncode == 0


def test_the_bundles_are_small_and_those_that_were_looked_at(script: bytes, copy: Path) -> None:
    """The same bytes come out in another folder, their hashes are the committed ones, and each is 20 KB at most."""
    built = node("build.mjs", cwd=copy)
    assert built.returncode == 0, built.stderr.decode()
    assert (copy / "dist" / "seal.js").read_bytes() == script
    lines = (CLIENT / "bundle.sha256").read_text("ascii").splitlines()
    named = {name: digest for digest, name in (line.split() for line in lines)}
    made = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (copy / "dist").iterdir()}
    assert made == named
    sizes = [int(size) for size in re.findall(rb"(\d+) brotli", built.stdout)]
    assert len(sizes) == len(named) == 2
    assert max(sizes) <= LIMIT


@pytest.mark.parametrize("change", ["source", "hash"])
def test_another_bundle_stops_the_build(copy: Path, change: str) -> None:
    """A changed line, or a changed hash, and nothing is built that a page could load."""
    if change == "source":
        source = copy / "src" / "page" / "form.js"
        source.write_text(source.read_text("utf-8").replace('"sending"', '"elsewhere"'), "utf-8")
    else:
        named = copy / "bundle.sha256"
        named.write_text("0" * 64 + named.read_text("ascii")[64:], "ascii")
    built = node("build.mjs", cwd=copy)
    assert built.returncode == 1
    assert b"another bundle" in built.stderr
    assert not (copy / "dist").exists()


def test_a_broken_source_stops_the_build(copy: Path) -> None:
    """What does not parse is not served."""
    (copy / "src" / "errors.js").write_text("export class {", "utf-8")
    assert node("build.mjs", cwd=copy).returncode != 0
    assert not (copy / "dist").exists()


@pytest.mark.parametrize("name", ["seal.js", "code.js"])
def test_the_script_has_nothing_to_run_or_keep(script: bytes, name: str) -> None:
    """No way to make code of text, no storage, no address outside, and nothing that opens an envelope."""
    code, _, licences = (CLIENT / "dist" / name).read_text("utf-8").partition("/*! Bundled license information")
    assert "noble-curves - MIT License" in licences
    assert [word for word in NEVER if word in code] == []
    assert "utvag/1/commitment" in code
    assert "utvag/1/key/box" not in code


def test_the_packages_are_pinned_by_content_alone() -> None:
    """Each package has one version and a hash, and no address to fetch it from."""
    wanted = json.loads((CLIENT / "package.json").read_text("utf-8"))
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    lock = json.loads((CLIENT / "package-lock.json").read_text("utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert {f"node_modules/{name}" for name in versions} <= packages.keys()
    assert [path for path, entry in packages.items() if "resolved" in entry or "integrity" not in entry] == []


def test_only_tools_come_from_outside_noble() -> None:
    """What ends up in the script is noble and our own; beside it an installation needs the packager alone."""
    wanted = json.loads((CLIENT / "package.json").read_text("utf-8"))["dependencies"]
    assert {name for name in wanted if not name.startswith("@noble/")} == {"esbuild"}
