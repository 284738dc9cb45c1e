"""The portal's package put onto a machine by dpkg, and served from there behind the walls of its unit.

The machine is this one, each of its folders under a layer that is thrown away; there is no service manager on it, so
what the unit says is done by hand: its command line, its user, no new rights, no page of memory that can be written
and run, and every system call compared with the filter.
"""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from command.processes import claim_port
from crypto.opening.identity import new_identity
from deploy.packages.__main__ import main
from deploy.packages.parts import ROOT
from programme import Programme
from tests.deploy.test_operations_followed import TITLE, upper
from tests.docs.pages import lines, section
from tests.docs.spoken import said as told
from tests.test_boundaries import signed_roster

UNIT = (ROOT / "deploy/systemd/utvag-portal@.service").read_text("utf-8")
WALLS = (ROOT / "deploy/systemd/utvag-.service.d/walls.conf").read_text("utf-8")
READY = 'curl -s -H "Host: utvag.example"'
NEWER, OLDER = "apt-get install ./utvag-staff_*.deb", "apt-get install --allow-downgrades ./utvag-portal_*.deb"
SPOKEN = (READY, NEWER, OLDER)
FOLDERS = ("etc", "run", "usr", "var")
(INSTALL,) = (line for line in lines(section("operations.md", TITLE)) if line.endswith("utvag-portal_*.deb"))
# A version before this one: the same, by an older number. The new one is put over it, and it over the new one.
ANOTHER = f"""
dpkg-deb -R dist/utvag-portal_*.deb unpacked
sed -i 's/^Version: .*/Version: 0.0.1/' unpacked/DEBIAN/control
mkdir older && dpkg-deb -Znone -b unpacked older/utvag-portal_0.0.1_all.deb
(cd older && yes | {told(OLDER)})
dpkg-query -W -f 'gone back to ${{Version}}\\n' utvag-portal
(cd dist && {told(NEWER).replace("staff", "portal")})
dpkg-query -W -f 'again ${{Version}}\\n' utvag-portal
utvag --help
"""
FOR_ALL_MODULES = """
import importlib, pkgutil, sys
for gone in ("staff", "crypto.opening", "deaddrop.answer", "deaddrop.collect", "command.ceremony", "webauthn"):
    assert importlib.util.find_spec(gone) is None, gone
for top in ("command", "crypto", "deaddrop", "portal", "programme", "web"):
    for found in pkgutil.walk_packages(importlib.import_module(top).__path__, top + "."):
        if found.name.startswith("deaddrop.migrations") or found.name.endswith("__main__"):
            continue
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            theirs = error.name.split(".")[0] in ("staff", "crypto", "command")
            assert theirs and found.name.startswith("command."), error
print("every module is whole")
"""
SHUT = (
    "import ctypes, os, sys\n"
    "print('shut', ctypes.CDLL(None).prctl(65, 1, 0, 0, 0), flush=True)\n"  # PR_SET_MDWE: linux/prctl.h
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the package on a machine of its own."""
    folder = tmp_path_factory.mktemp("machine")
    main([str(folder / "dist"), "portal"])
    lay(folder)
    return folder


def lay(folder: Path) -> None:
    """Lay out what stands around the package: the layers of the machine's folders, settings, and what they name."""
    for name in FOLDERS:
        (folder / "up" / name).mkdir(parents=True)
        (folder / "beside" / name).mkdir(parents=True)
    root = new_identity()
    programme = ROOT / "programme" / "demo.toml"
    towns = [town.id for town in Programme.load(programme).municipalities]
    (folder / "roster").write_bytes(signed_roster(root, towns))
    (folder / "programme.toml").write_bytes(programme.read_bytes())
    (folder / "portal.env").write_text(
        "UTVAG_PORTAL_ORIGIN=https://utvag.example\nUTVAG_PORTAL_ROSTER=/etc/utvag/roster\n"
        f"UTVAG_PORTAL_ROOT_KEY={root.sign_public.hex()}\nUTVAG_PORTAL_STATE=/var/lib/utvag/portal\n"
        "UTVAG_PORTAL_DEADDROP=/var/lib/utvag/portal/deaddrop.sqlite\n"
        "UTVAG_PORTAL_PROGRAMME=/etc/utvag/programme.toml\nUTVAG_PORTAL_PROXIES=1\n",
        "utf-8",
    )
    (folder / "modules.py").write_text(FOR_ALL_MODULES, "utf-8")
    (folder / "shut.py").write_text(SHUT, "utf-8")


def begins(port: int) -> str:
    """Give the unit's command line, on a port of its own."""
    (line,) = re.findall(r"^ExecStart=((?:.*\\\n)*.*)$", UNIT, re.MULTILINE)
    return shlex.join(shlex.split(line.replace("\\\n", " ").replace("%i", str(port))))


def script(machine: Path, port: int) -> str:
    """Write what somebody at the machine would type, and what systemd does for a service."""
    layers = "\n".join(
        f"mount -t overlay overlay -o lowerdir=/{name},{upper(machine, name)} /{name}" for name in FOLDERS
    )
    return f"""
{layers}
cd {machine}
{INSTALL}
install -m 0644 roster programme.toml shut.py /etc/utvag/
install -m 0600 portal.env /etc/utvag/
install -d -o utvag-portal -g utvag-portal -m 0700 /var/lib/utvag/portal
id utvag-portal
/usr/lib/utvag/bin/python -P modules.py
utvag --help
systemd-analyze verify utvag-portal@8801.service
cd /usr/lib/utvag
env -i PATH="$PATH" PYTHONDONTWRITEBYTECODE=1 PYTHONSAFEPATH=1 LANG=C.UTF-8 $(cat /etc/utvag/portal.env) \
    setpriv --reuid utvag-portal --regid utvag-portal --clear-groups --no-new-privs --bounding-set=-all \
    prlimit --core=0 strace -f -qq -o /var/lib/utvag/portal/calls \
    bin/python -P /etc/utvag/shut.py {begins(port)} &
ask() {{
    curl -s -o /dev/null -H 'Host: utvag.example' -H 'X-Forwarded-For: 203.0.113.5' "$@" http://127.0.0.1:{port}/me
}}
for _ in $(seq 300); do ask && break; sleep 0.2; done
echo "asked $({told(READY).replace("8801", str(port))})"
ask -w 'page %{{http_code}}\\n'
ask -w 'sent %{{http_code}} %{{redirect_url}}\\n' -H 'Sec-Fetch-Site: same-origin' -d 'message=Hej&municipality=ekstad'
kill -TERM $(pgrep -P $! | head -1) || kill -TERM $!
wait $! || true
cp /var/lib/utvag/portal/calls {machine}/calls
cd {machine}
{ANOTHER}
dpkg -r utvag-portal
ls /usr/lib/utvag 2>&1 || true
"""


@pytest.mark.long
def test_the_package_serves_behind_the_walls_of_its_unit(machine: Path) -> None:
    """By the page's lines it makes its user, serves, asks the kernel for nothing forbidden, goes back and forth."""
    typed = script(machine, claim_port(0))
    result = subprocess.run(
        ["unshare", "-m", "bash", "-euc", typed], capture_output=True, text=True, check=False, timeout=300
    )
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    for wanted in (
        "every module is whole",
        "(utvag-portal)",
        "shut 0",
        "asked ready",
        "page 200",
        "sent 303",
        "/done",
        "gone back to 0.0.1\n",
        "again ",
    ):
        assert wanted in said, said
    assert "Traceback" not in said, said
    assert "  portal " in said
    assert "  staff " not in said
    assert "again 0.0.1" not in said
    assert "cannot access '/usr/lib/utvag'" in said
    assert set(made(machine / "calls")) - allowed() == set()


def made(calls: Path) -> list[str]:
    """Name the system calls that were made and not refused."""
    lines = calls.read_text("utf-8", "replace").splitlines()
    return [found[1] for line in lines if (found := re.match(r"\d+ +(\w+)\(", line))]


def allowed() -> set[str]:
    """Name the system calls that the walls let through, as systemd spells its sets out."""
    names: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", WALLS, re.MULTILINE):
        listed = {name for group in line.lstrip("~").split() for name in spelled(group)}
        names = names - listed if line.startswith("~") else names | listed
    return names | spelled("@default") | {"execve"}


def spelled(group: str) -> set[str]:
    """Spell out a set of system calls, and the sets within it."""
    asked = ["systemd-analyze", "syscall-filter", group]
    text = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    words = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    inner = {name for word in words if word.startswith("@") for name in spelled(word)}
    return inner | {word for word in words if word[0] not in "@#"}


def test_the_filter_that_calls_are_compared_with_is_one() -> None:
    """What the walls forbid is not let through here either, so a forbidden call would be seen."""
    names = allowed()
    assert {"read", "futex", "accept4", "fdatasync"} <= names
    assert {"chown", "mount", "ptrace", "sched_setaffinity", "setuid", "reboot", "bpf"}.isdisjoint(names)
