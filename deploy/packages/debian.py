"""Lay out a package as Debian installs it, and pack it: the same tree gives the same bytes."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from deploy.packages import needs, sbom
from deploy.packages.parts import ROOT, Package, when

HOME = "usr/lib/utvag"  # the environment of both packages: they stand on two machines and refuse each other
PYTHON = f"python3.{sys.version_info.minor}"
PROGRAMS = {"utvag": "from command import main\n", "granian": "from granian.cli import entrypoint as main\n"}
SCRIPTS = ("postinst", "prerm")
SCRIPT = "#!/{home}/bin/python -P\n{begin}\nif __name__ == '__main__':\n    main()\n"


def build_deb(package: Package, wheel: Path, out: Path) -> Path:
    """Pack a wheel, its libraries and its services; return the .deb."""
    root = out / f"{package.name}.root"
    if root.exists():
        shutil.rmtree(root)
    site = root / HOME / "lib" / PYTHON / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    taken = needs.lay(package.wants, site)
    lay_programs(root)
    lay_services(package, root)
    lay_documents(package, root, taken)
    lay_control(package, root)
    settle(root)
    made = out / f"{package.name}_{version(wheel)}_{architecture()}.deb"
    command = ["dpkg-deb", "-Zgzip", "--root-owner-group", "--build", str(root), str(made)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(when())}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603  # Debian's own
    shutil.rmtree(root)
    return made


def version(wheel: Path) -> str:
    """Read the version out of a wheel's name."""
    return wheel.name.split("-")[1]


def architecture() -> str:
    """Name this machine as Debian does: some of the libraries are compiled."""
    asked = ["dpkg", "--print-architecture"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603  # Debian's own


def lay_programs(root: Path) -> None:
    """Make the environment that Python finds by the file beside its programs, on Debian's own Python."""
    programs = root / HOME / "bin"
    programs.mkdir()
    (programs / "python").symlink_to(f"/usr/bin/{PYTHON}")
    said = f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {PYTHON.removeprefix('python')}\n"
    (root / HOME / "pyvenv.cfg").write_text(said, "ascii")
    for name, begin in PROGRAMS.items():
        (programs / name).write_text(SCRIPT.format(home=HOME, begin=begin), "ascii")
        (programs / name).chmod(0o755)
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/utvag").symlink_to(f"/{HOME}/bin/utvag")


def lay_services(package: Package, root: Path) -> None:
    """Lay units, the walls around them, and what makes their user and folders."""
    units, deploy = root / "lib/systemd/system", ROOT / "deploy"
    shutil.copytree(deploy / "systemd/utvag-.service.d", units / "utvag-.service.d")
    for name in package.units():
        shutil.copy(deploy / "systemd" / name, units)
    for kind in ("sysusers.d", "tmpfiles.d"):
        (root / "usr/lib" / kind).mkdir(parents=True)
        shutil.copy(deploy / kind / f"{package.user}.conf", root / "usr/lib" / kind)


def lay_documents(package: Package, root: Path, taken: list[str]) -> None:
    """Lay the files of the machine around, the change log, and the list of what is inside."""
    documents = root / "usr/share/doc" / package.name
    documents.mkdir(parents=True)
    others = shutil.ignore_patterns(f"{package.other}.conf", "utvag-*.service", "utvag-*.timer", "utvag-.service.d")
    for name in (*package.sites, "systemd"):
        shutil.copytree(ROOT / "deploy" / name, documents / "deploy" / name, ignore=others)
    changes = f"{package.name} ({project_version()}) stable; urgency=medium\n\n  * See CHANGELOG.md.\n\n"
    changes += f" -- {MAINTAINER}  {dated()}\n"
    (documents / "changelog.gz").write_bytes(gzip.compress(changes.encode(), 9, mtime=0))
    (documents / "CHANGELOG.md.gz").write_bytes(gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), 9, mtime=0))
    (documents / "copyright").write_text(COPYRIGHT, "utf-8")
    (documents / "sbom.cdx.json").write_text(sbom.made(package, taken), "utf-8")


MAINTAINER = "Utvag <utvag@localhost>"
COPYRIGHT = """Utväg and the libraries that it needs. The libraries lie in /usr/lib/utvag, each with its own terms
beside it (*.dist-info); sbom.cdx.json in this folder lists them.
"""


def dated() -> str:
    """Write the time that everything carries as a Debian change log does."""
    command = ["date", "-u", "-R", "-d", f"@{when()}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603  # coreutils


def project_version() -> str:
    """Read the version of the whole."""
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("version = "))


def lay_control(package: Package, root: Path) -> None:
    """Write what dpkg reads: needs, conflicts, and what is done when it is installed and removed."""
    control = root / "DEBIAN"
    control.mkdir()
    minor = sys.version_info.minor
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink()) // 1024
    said = {
        "Package": package.name,
        "Version": project_version(),
        "Architecture": architecture(),
        "Maintainer": MAINTAINER,
        "Installed-Size": size,
        "Depends": f"python3 (>= 3.{minor}), python3 (<< 3.{minor + 1}), libc6 (>= 2.28), "
        "systemd | systemd-standalone-sysusers",
        "Recommends": "nginx",
        "Conflicts": package.other,
        "Section": "web",
        "Priority": "optional",
        "Description": f"{package.says}\n It carries its libraries, pinned by hash, and starts nothing by itself.\n"
        " Settings and services: docs/operations.md, section 10.",
    }
    (control / "control").write_text("".join(f"{name}: {value}\n" for name, value in said.items()), "utf-8")
    for name in SCRIPTS:
        text = (Path(__file__).parent / f"{name}.sh").read_text("utf-8")
        (control / name).write_text(text.replace("@PACKAGE@", package.name), "utf-8")


def settle(root: Path) -> None:
    """Give every file the one time and the rights that it needs and no more, whoever builds with which umask."""
    moment = when()
    for path in [root, *sorted(root.rglob("*"))]:
        if not path.is_symlink():
            runs = path.is_dir() or path.parent.name == "bin" or path.name in SCRIPTS
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (moment, moment), follow_symlinks=False)
