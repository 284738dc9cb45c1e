"""What the staff app's machine is looked at for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from command import starting
from command.checks import database, logs, served, stored, units
from command.checks.local import disk, files, languages, loose, process, swap
from command.findings import ALARM, GOOD, WARNING, Finding, clock
from command.machine import Machine
from web.environment import Heard
from web.headers import HSTS, STANDING

if TYPE_CHECKING:
    from staff.settings import StaffSettings

UNIT = "utvag-staff.service"


@dataclass(frozen=True)
class Asked:
    """Say what was asked beside the settings: a process, and where backups lie."""

    pid: int | None
    backups: Path | None
    now: datetime


def look(settings: StaffSettings, environ: Heard, machine: Machine, asked: Asked) -> list[Finding]:
    """Give every finding; settings have been read from `environ`."""
    pepper = Path(environ.get("UTVAG_STAFF_PEPPER", ""))
    casebook = None if "://" in settings.casebook else Path(settings.casebook)
    secret = [pepper, settings.members, *_of_casebook(casebook), *_named(environ, "UTVAG_STAFF_SMTP_PASSWORD")]
    if settings.erased_file is not None:
        secret.append(settings.erased_file)
    folders = [casebook.parent if casebook else settings.members.parent, pepper.parent]
    return [
        *loose(starting.staff(settings, environ)),
        *(process(asked.pid, machine) + units.running(machine.root, asked.pid) if asked.pid else own_memory()),
        *swap(machine),
        *files([one for one in secret if one.exists()], [settings.roster]),
        *apart(pepper, casebook),
        *_clock(settings, [*secret, settings.roster]),
        *stored.numbers(Path(environ["UTVAG_STAFF_PROGRAMME"])),
        *languages(settings.programme.languages),
        *disk(machine, folders),
        *stored.space(folders),
    ]


def running(settings: StaffSettings, machine: Machine, asked: Asked) -> list[Finding]:
    """Give what only a running installation has: an answer, a collection, roles, backups, a unit."""
    from command.status import collection

    held = headers(secure=settings.origin.secure)
    return [
        *served.staff(settings.host, settings.port, held),
        collection(settings, asked.now.date()),
        *database.look("Den döda brevlådan", settings.deaddrop, database.STAFF, database.QUIET),
        *database.look("Ärendeboken", settings.casebook, database.CASEBOOK, {}),
        *stored.backups(asked.backups or stored.BACKUPS, asked.now.date()),
        *stored.erased_copies(asked.backups or stored.BACKUPS, asked.now.date()),
        *logs.nginx(machine.root),
        *units.unit(machine.root, UNIT),
        *stored.time_source(machine.root),
    ]


def headers(*, secure: bool) -> dict[str, str]:
    """Give the headers that stand on every answer of the staff app, whatever it says."""
    return {**STANDING, **(dict([HSTS]) if secure else {})}


def own_memory() -> list[Finding]:
    """Tell whether a process of this user can keep its memory to itself, by trying it here."""
    from staff.hardening import harden

    if harden():
        return [Finding(GOOD, "Minnet: en process här kan stänga ute andra och lämna ingen minnesdump. Appen gör det.")]
    return [Finding(ALARM, "Minnet: processen kan inte stänga ute andra från sitt minne. Kör på Linux.")]


def apart(pepper: Path, casebook: Path | None) -> list[Finding]:
    """Tell whether the pepper lies apart from the casebook, so that one copy does not take both."""
    if casebook is None:
        return [Finding(GOOD, "Pepparn: casebook ligger i en annan server.")]
    ours, theirs = pepper.resolve(), casebook.resolve()
    if theirs.parent in ours.parents:
        return [Finding(ALARM, f"Pepparn ligger bland det som kopieras med casebook ({theirs.parent}). Flytta den.")]
    if ours.parent.stat().st_dev == theirs.parent.stat().st_dev:
        return [Finding(WARNING, "Pepparn ligger på samma disk som ärendena: en kopia av hela disken tar båda.")]
    return [Finding(GOOD, "Pepparn ligger för sig.")]


def _of_casebook(casebook: Path | None) -> list[Path]:
    return [Path(f"{casebook}{more}") for more in ("", "-wal", "-shm")] if casebook else []


def _named(environ: Mapping[str, str], name: str) -> list[Path]:
    return [Path(environ[name])] if environ.get(name) else []


def _clock(settings: StaffSettings, paths: Sequence[Path]) -> list[Finding]:
    from crypto.errors import Error
    from crypto.sealing.roster import verify

    try:
        data = settings.roster.read_bytes()
        roster = verify(data, settings.root_key, minimum_epoch=settings.minimum_epoch, today=None)
    except (OSError, Error) as error:
        return [Finding(ALARM, f"Mottagarlistan kan inte tros: {type(error).__name__}.")]
    return clock(datetime.now(UTC), roster, paths, 0)
