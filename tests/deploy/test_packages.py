"""What is built for a machine: nothing of the other half, every time the same bytes, a list of all that is inside."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from deploy.packages import needs, sbom, wheels
from deploy.packages.debian import project_version
from deploy.packages.parts import PORTAL, ROOT, STAFF, STAFFS, Package
from deploy.packages.wheels import build_wheel
from web.release import release

FORBIDDEN = re.compile(r"(^|/)(staff|opening|ceremony)(/|\.py|$)|deaddrop/(answer|collect)\.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the portal's wheel once."""
    return build_wheel(PORTAL, tmp_path_factory.mktemp("portal"))


def test_the_portals_wheel_has_no_part_of_the_other_half(wheel: Path) -> None:
    """Neither the staff app nor anything that opens, answers or collects is inside; all that is the portal's own is."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        said = archive.read("utvag_portal-0.1.0.dist-info/METADATA").decode()
    assert [name for name in names if FORBIDDEN.search(name)] == []
    portal = {path.relative_to(ROOT).as_posix() for path in (ROOT / "portal").iterdir() if path.is_file()}
    assert portal - {"portal/ruff.toml"} <= set(names)
    assert "Name: utvag-portal\n" in said
    assert not re.search(r"Requires-Dist: (webauthn|pyotp|shamir|typst|segno)", said)


@pytest.mark.parametrize("package", [PORTAL, STAFF], ids=lambda package: package.name)
def test_what_came_in_a_package_knows_its_version(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup says by which version it was made, and an upgrade which it is, where no repository was ever."""
    with zipfile.ZipFile(build_wheel(package, tmp_path)) as archive:
        archive.extractall(tmp_path)
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert release().metadata["Name"] == package.name
    assert release().version == project_version()
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(PackageNotFoundError):
        release()


def test_the_same_tree_gives_the_same_wheel(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder, other times of the files, another umask and another zone: the same bytes."""
    other = tmp_path / "a folder elsewhere"
    other.mkdir()
    for name in (*wheels.SOURCES, "requirements"):
        shutil.copytree(ROOT / name, other / name, ignore=wheels.PASSING, copy_function=shutil.copyfile)
    for name in wheels.FILES:
        shutil.copyfile(ROOT / name, other / name)
    monkeypatch.setattr(wheels, "ROOT", other)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    before = os.umask(0o027)
    try:
        again = build_wheel(PORTAL, tmp_path)
    finally:
        os.umask(before)
    assert again.name == wheel.name
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(wheel.read_bytes()).digest()


def test_what_a_package_leaves_out_exists() -> None:
    """A list that names what is no longer there has grown old, and would leave out less than it says."""
    assert [name for name in STAFFS if not (ROOT / name).exists()] == []


def test_what_the_portal_needs_is_a_part_of_what_the_whole_needs() -> None:
    """Each of its libraries is pinned with hashes in the one list, and the staff app's own are not among them."""
    whole = {line.split(">")[0] for line in (ROOT / "requirements/app.in").read_text("utf-8").splitlines()}
    portal = [line for line in (ROOT / "requirements/portal.in").read_text("utf-8").splitlines() if line[0] != "#"]
    assert [name for name in portal if name not in whole] == []
    pins = needs.pinned()
    libraries = needs.closure("portal.in")
    assert [name for name in libraries if "--hash=sha256:" not in pins[name]] == []
    assert {"webauthn", "shamir-mnemonic", "typst", "pyotp"}.isdisjoint(libraries)
    assert {"flask", "psycopg-binary", "jinja2", "cffi"} <= set(libraries)
    assert "async-timeout" in libraries  # which only Debian's older Python asks for


def test_a_library_that_was_changed_is_not_packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pin of another version, and a file that is not the one in the wheel's list, both stop the build."""
    monkeypatch.setattr(needs, "pinned", lambda: {"alembic": "alembic==0.1 --hash=sha256:0"})
    with pytest.raises(needs.NeedsError, match="is not what"):
        needs.lay("portal.in", tmp_path)
    library = needs.closure("portal.in")["six"]
    (file,) = [file for file in needs.files("six", library) if file.name == "six.py"]
    assert file.hash
    monkeypatch.setattr(file.hash, "value", "another")
    monkeypatch.setattr(type(library), "files", [file])
    with pytest.raises(needs.NeedsError, match=r"six\.py was changed"):
        list(needs.files("six", library))


@pytest.mark.long
def test_the_list_of_contents_names_everything_by_hash() -> None:
    """CycloneDX: each library with version and hashes, and beside them what the phone's scripts are made of."""
    pins = needs.pinned()
    taken = [pins[name] for name in needs.closure("portal.in")]
    document = json.loads(sbom.made(PORTAL, taken))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert document["metadata"]["component"]["name"] == "utvag-portal"
    listed = {one["name"]: one for one in document["components"]}
    assert set(needs.closure("portal.in")) <= {needs.plain(name) for name in listed}
    assert {"curves", "ciphers", "hashes", "ed25519"} <= set(listed)
    assert [name for name, one in listed.items() if not one["hashes"] or not one["version"]] == []


def test_the_maintainers_scripts_are_clean() -> None:
    """Shellcheck has nothing to say about what dpkg runs as root."""
    scripts = sorted((ROOT / "deploy/packages").glob("*.sh"))
    assert len(scripts) == 2
    result = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert result.stdout == ""


def test_each_package_brings_its_own_services_and_no_others() -> None:
    """Every unit is in one package, and only in one."""
    units = {path.name for path in (ROOT / "deploy/systemd").glob("utvag-*.*") if path.is_file()}
    assert sorted(units) == sorted([*PORTAL.units(), *STAFF.units()])
    assert PORTAL.units() == ["utvag-portal@.service"]
