"""What the portal's machine is looked at for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from command import starting
from command.checks import database, logs, served, stored, units
from command.checks.local import disk, files, languages, loose, process, swap
from command.findings import ALARM, GOOD, WARNING, Finding
from command.machine import IN_MEMORY, Machine
from portal.roster import MEMORY
from web.environment import Heard

if TYPE_CHECKING:
    from portal.settings import PortalSettings

UNIT = "utvag-portal@.service"


@dataclass(frozen=True)
class Asked:
    """Say what was asked beside the settings: a process, the ports that serve, where this machine's front takes TLS."""

    pid: int | None
    ports: tuple[int, ...]
    front: tuple[str, int]
    now: datetime


def look(settings: PortalSettings, environ: Heard, machine: Machine, asked: Asked) -> list[Finding]:
    """Give every finding; settings have been read from `environ`."""
    programme = Path(environ["UTVAG_PORTAL_PROGRAMME"])
    return [
        *loose(starting.portal(settings, environ)),
        *served.portal(settings, asked.ports or (settings.port,), asked.front, asked.now),
        *_roster(settings, asked.now),
        *stored.numbers(programme),
        *database.look("Den döda brevlådan", settings.deaddrop, database.PORTAL, database.QUIET),
        *_redis(settings),
        *_spool(settings, machine),
        *logs.nginx(machine.root),
        *logs.journal(machine.root),
        *(process(asked.pid, machine) + units.running(machine.root, asked.pid) if asked.pid else []),
        *units.unit(machine.root, UNIT),
        *stored.time_source(machine.root),
        *swap(machine),
        *files([], [path for path in (settings.roster, programme) if path.exists()]),
        *disk(machine, [settings.state]),
        *stored.space([settings.state, *_store(settings.deaddrop), *([settings.spool] if settings.spool else [])]),
        *languages(settings.programme.languages),
    ]


def _roster(settings: PortalSettings, now: datetime) -> list[Finding]:
    memory = settings.state / MEMORY
    return stored.roster(settings.roster, settings.root_key, settings.minimum_epoch, memory, now)


def _redis(settings: PortalSettings) -> list[Finding]:
    """Tell whether the server that portals share keeps nothing, as the portal itself asks it."""
    if not settings.redis:
        return []
    from portal.agreed import AwayError
    from portal.shared import Shared

    password = settings.redis_password.read_text("utf-8").strip() if settings.redis_password else None
    try:
        fault = Shared(settings.redis, password).fault()
    except AwayError:
        return [Finding(ALARM, "Redis: svarar inte. Gränserna gäller för varje process, och inga koder visas.")]
    if fault:
        return [Finding(ALARM, f"Redis: {fault}. Se deploy/redis/redis.conf.")]
    return [Finding(GOOD, "Redis: sparar inget på disken.")]


def _spool(settings: PortalSettings, machine: Machine) -> list[Finding]:
    if settings.spool is None:
        words = "Kön: ingen (UTVAG_PORTAL_SPOOL). Är databasen borta tas inget emot så länge."
        return [] if "://" not in settings.deaddrop else [Finding(WARNING, words)]
    found = stored.spool(settings.spool, settings.spool_places)
    if machine.filesystem(settings.spool) in IN_MEMORY:
        words = f"Kön: {settings.spool} ligger i minnet. Ett strömavbrott tar det som någon fått kvitto på: byt disk."
        found.append(Finding(ALARM, words))
    return found


def _store(address: str) -> list[Path]:
    return [] if "://" in address else [Path(address)]
