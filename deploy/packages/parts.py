"""What each package holds: the portal's has no part of the staff app, and nothing that opens anything."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONG_AGO = 1_580_601_600  # where there is no history to take the time from; zip archives begin in 1980

# What the portal's machine must not have: whatever reads, answers or opens, and the commands of those who do.
STAFFS = (
    "staff",
    "crypto/opening",
    "deaddrop/answer.py",
    "deaddrop/collect.py",
    "templates/staff",
    "command/ceremony",
    "command/checks/staff.py",
    *(f"command/{name}" for name in ("audit.py", "cards.py", "cards.typ", "demo.py", "figures.py", "fill.py")),
    *(f"command/{name}" for name in ("fill.toml", "past.py", "plan.py", "stage.py", "status.py")),
)


@dataclass(frozen=True)
class Package:
    """One package: its name, the list of what it needs, what it leaves out, and the files of the machine around it."""

    name: str
    says: str
    wants: str
    without: tuple[str, ...]
    sites: tuple[str, ...]
    other: str

    @property
    def user(self) -> str:
        """Name the user that its services run as; the package, the user and their files share the name."""
        return self.name

    def units(self) -> list[str]:
        """Name its services and timers: the portal's begin with its name, all others are the staff app's."""
        found = (path.name for path in (ROOT / "deploy" / "systemd").glob("utvag-*.*") if path.is_file())
        return sorted(name for name in found if name.startswith("utvag-portal") == (self.name == "utvag-portal"))


PORTAL = Package(
    name="utvag-portal",
    says="public pages of Utväg, which take sealed requests for help",
    wants="portal.in",
    without=STAFFS,
    sites=("nginx", "postgres", "redis", "tor"),
    other="utvag-staff",
)
STAFF = Package(
    name="utvag-staff",
    says="coordinators' app of Utväg, its ceremonies and its watcher",
    wants="app.in",
    without=(),
    sites=("ha", "nginx", "postgres", "prometheus"),
    other="utvag-portal",
)
PACKAGES = {"portal": PORTAL, "staff": STAFF}


def when() -> int:
    """Give the time that everything built carries: SOURCE_DATE_EPOCH, or the last commit's."""
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if said.isdecimal():
        return int(said)
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603  # our own history
    return int(found.stdout) if found.returncode == 0 and found.stdout.strip().isdecimal() else LONG_AGO
