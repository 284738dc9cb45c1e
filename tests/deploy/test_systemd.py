"""The services as they are delivered: systemd takes them, and the walls around them stay as high as they were."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.nginx import PORTALS

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = DEPLOY / "systemd"
OURS = sorted(path.name.replace("@", "@8801") for path in UNITS.glob("utvag-*.*") if path.is_file())
# Tenths of the exposure that systemd 252 counts from 0 (none) to 10; docs/operations.md names the figures.
EXPOSURE = {"utvag-portal@8801.service": 9, "utvag-staff.service": 9, "utvag-status.service": 9} | {
    "utvag-watch.service": 11,
    "utvag-backup.service": 11,
    "utvag-erased.service": 11,
    "nginx.service": 28,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a machine's root with Debian's units, ours, and programs where ours look for theirs."""
    made = tmp_path_factory.mktemp("root")
    shutil.copytree("/lib/systemd/system", made / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(UNITS, made / "etc/systemd/system", ignore=shutil.ignore_patterns("examples"))
    for program in ("usr/lib/utvag/bin/granian", "usr/lib/utvag/bin/utvag", "usr/sbin/nginx"):
        (made / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", made / program)
    return made


def analyze(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd's own judge about the units under a root."""
    command = ["systemd-analyze", f"--root={root}", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", [*OURS, "nginx.service"])
def test_systemd_takes_each_unit_without_a_word(unit: str, root: Path) -> None:
    """No unknown key, no missing program, nothing to warn of, drop-ins included."""
    result = analyze(root, "verify", unit)
    assert (result.returncode, result.stderr) == (0, "")


def test_every_service_has_its_figure() -> None:
    """A new service is looked at, too."""
    assert set(EXPOSURE) - {"nginx.service"} == {name for name in OURS if name.endswith(".service")}


def test_a_unit_with_a_fault_would_be_told(root: Path) -> None:
    """A misspelt key and a program that is not there are both named, so the test above could have failed."""
    fault = root / "etc/systemd/system/utvag-fault.service"
    fault.write_text("[Service]\nExecStart=/usr/lib/utvag/bin/none\nNoNewPrivilege=yes\n", "utf-8")
    said = analyze(root, "verify", fault.name).stderr
    fault.unlink()
    assert "Unknown key" in said
    assert "none is not executable" in said


@pytest.mark.parametrize(("unit", "tenths"), EXPOSURE.items())
def test_the_walls_stay_as_high_as_they_were(unit: str, tenths: int, root: Path) -> None:
    """Systemd counts no more exposure than is written down, and no less: a figure that improves is written down too."""
    assert analyze(root, "security", "--offline=true", f"--threshold={tenths}", unit).returncode == 0
    assert analyze(root, "security", "--offline=true", f"--threshold={tenths - 1}", unit).returncode != 0


def test_every_unit_of_ours_has_a_user_and_no_log_of_its_own() -> None:
    """Nothing runs as root or as the other app's user, and what is said goes to the journal alone."""
    units = {path.name: path.read_text("utf-8") for path in UNITS.glob("utvag-*.service")}
    users = {name: re.findall(r"^(?:User|DynamicUser)=(.*)$", text, re.MULTILINE) for name, text in units.items()}
    others = {"utvag-portal@.service": ["utvag-portal"], "utvag-watch.service": ["yes"]}
    assert users == {name: others.get(name, ["utvag-staff"]) for name in units}
    walls = (UNITS / "utvag-.service.d/walls.conf").read_text("utf-8")
    assert "\nStandardOutput=journal\nStandardError=journal\n" in walls
    assert [name for name, text in units.items() if re.search(r"LogsDirectory|StandardOutput=(?!journal)", text)] == []


def test_the_portal_reaches_this_machine_and_nothing_else() -> None:
    """Every address is denied but loopback; the staff's files are named nowhere in the portal's unit."""
    text = (UNITS / "utvag-portal@.service").read_text("utf-8")
    assert "\nIPAddressDeny=any\nIPAddressAllow=localhost\n" in text
    assert "staff" not in text


def test_the_figures_stand_in_the_documentation() -> None:
    """What docs/operations.md says of the walls is what is kept here."""
    text = (DEPLOY.parent / "docs" / "operations.md").read_text("utf-8")
    for unit, tenths in EXPOSURE.items():
        assert f"{unit.split('@')[0].removesuffix('.service')} {tenths / 10}" in text


def test_the_users_and_folders_are_made(tmp_path: Path) -> None:
    """Systemd makes each app's user, without a shell, and folders that the other app's user cannot enter."""
    for kind in ("sysusers", "tmpfiles"):
        shutil.copytree(DEPLOY / f"{kind}.d", tmp_path / f"usr/lib/{kind}.d")
    (tmp_path / "etc").mkdir()
    users = ["systemd-sysusers", f"--root={tmp_path}"]
    subprocess.run(users, check=True, capture_output=True)
    made = dict(line.split(":", 1) for line in (tmp_path / "etc/passwd").read_text("utf-8").splitlines())
    assert {name: made[name].rsplit(":", 1)[1] for name in ("utvag-portal", "utvag-staff")} == {
        "utvag-portal": "/usr/sbin/nologin",
        "utvag-staff": "/usr/sbin/nologin",
    }
    folders = ["systemd-tmpfiles", f"--root={tmp_path}", "--create"]
    subprocess.run(folders, check=True, capture_output=True)
    spool = (tmp_path / "var/spool/utvag").stat()
    assert spool.st_mode & 0o777 == 0o700
    assert f"{spool.st_uid}:" in made["utvag-portal"]


def test_nginx_knows_the_portals_by_their_ports() -> None:
    """The ports that the front asks are on this machine, where the service answers by its own name."""
    front = (DEPLOY / "nginx" / "utvag-portal.conf").read_text("utf-8")
    text = (UNITS / "utvag-portal@.service").read_text("utf-8")
    assert "--host 127.0.0.1 --port %i" in text
    asked = {int(port) for port in re.findall(r"server 127\.0\.0\.1:(\d+)", front)}
    assert asked == {*PORTALS, 8809}
