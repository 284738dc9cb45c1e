"""What the portal's machine is looked at for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from command.checks.local import disk, files, languages, process, swap
from command.findings import Finding
from command.machine import Machine

if TYPE_CHECKING:
    from portal.settings import PortalSettings


def look(settings: PortalSettings, environ: Mapping[str, str], machine: Machine, pid: int | None) -> list[Finding]:
    """Give every finding."""
    return [
        *(process(pid, machine) if pid else []),
        *swap(machine),
        *files([], [settings.roster, Path(environ["UTVAG_PORTAL_PROGRAMME"])]),
        *languages(settings.programme.languages),
        *disk(machine, [settings.state]),
    ]
