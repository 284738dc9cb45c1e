"""`utvag doctor`: look over the staff app's machine. What it cannot tell it says so; it changes nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding, clock, tell
from command.machine import Machine
from staff.errors import SettingsError  # where there is no staff app, this command is not offered

if TYPE_CHECKING:
    from staff.settings import StaffSettings

SHORT_LIVED = 26 * 3600  # seconds: a day and the time a nightly restart may take
PID = click.IntRange(min=1)


@click.command()
@click.option("--pid", type=PID, help="The running staff app's process, to look at its limits and its age.")
def doctor(pid: int | None) -> None:
    """Check what keeps keys and casebook closed on this machine: memory, swap, files, pepper, clock, disk.

    Settings are the staff app's (UTVAG_STAFF_…); run it as the user that the app runs as. Exit 2 if something must be
    mended, 1 if something should be looked at.
    """
    from staff.settings import StaffSettings

    try:
        settings = StaffSettings.from_env(os.environ)
    except SettingsError as error:
        raise click.ClickException("Inställningarna duger inte:\n" + "\n".join(error.faults)) from None
    raise SystemExit(tell(look(settings, os.environ, Machine(), pid)))


def look(settings: StaffSettings, environ: Mapping[str, str], machine: Machine, pid: int | None) -> list[Finding]:
    """Give every finding."""
    pepper = Path(environ.get("UTVAG_STAFF_PEPPER", ""))
    casebook = None if "://" in settings.casebook else Path(settings.casebook)
    secret = [pepper, settings.members, *_of_casebook(casebook), *_named(environ, "UTVAG_STAFF_SMTP_PASSWORD")]
    if settings.erased_file is not None:
        secret.append(settings.erased_file)
    return [
        *(process(pid, machine) if pid else own_memory()),
        *swap(machine),
        *files([one for one in secret if one.exists()], [settings.roster]),
        *apart(pepper, casebook),
        *_clock(settings, [*secret, settings.roster]),
        *languages(settings.programme.languages),
        *disk(machine, [casebook.parent if casebook else settings.members.parent, pepper.parent]),
    ]


def own_memory() -> list[Finding]:
    """Tell whether a process of this user can keep its memory to itself, by trying it here."""
    from staff.hardening import harden

    if harden():
        return [Finding(GOOD, "Minnet: en process här kan stänga ute andra och lämna ingen minnesdump. Appen gör det.")]
    return [Finding(ALARM, "Minnet: processen kan inte stänga ute andra från sitt minne. Kör på Linux.")]


def process(pid: int, machine: Machine) -> list[Finding]:
    """Look at the running app: its core limit, whether others may look in, who it runs as, how old it is."""
    place = machine.root / "proc" / str(pid)
    try:
        limits = (place / "limits").read_text("ascii", "replace")
        status = (place / "status").read_text("utf-8", "replace")
        owner, began = place.stat().st_uid, machine.began(pid) or place.stat().st_mtime
    except OSError:
        return [Finding(ALARM, f"Process {pid} finns inte eller kan inte ses.")]
    core = next((line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core file size")), [])
    user = next((int(line.split()[2]) for line in status.splitlines() if line.startswith("Uid:")), 0)
    found = [
        Finding(GOOD, "Minnesdump: avstängd.")
        if core == ["0", "0"]
        else Finding(ALARM, "Minnesdump: processen får lämna en. Är det personalens app?")
    ]
    if user == 0:
        found.append(Finding(ALARM, "Processen kör som root. Ge appen en egen användare."))
    elif owner != 0:  # /proc belongs to root where nobody may look in
        found.append(Finding(ALARM, "Andra processer av samma användare kan läsa appens minne."))
    else:
        found.append(Finding(GOOD, "Minnet: andra processer av samma användare kommer inte åt det."))
    if datetime.now(UTC).timestamp() - began > SHORT_LIVED:
        found.append(
            Finding(
                WARNING,
                "Processen har kört längre än ett dygn utan att börja om. Är någon alltid inloggad? Starta om den.",
            )
        )
    return found


def swap(machine: Machine) -> list[Finding]:
    """Tell whether memory may be written to a disk in readable form."""
    named = machine.open_swaps()
    if named:
        return [Finding(ALARM, f"Växlingsfil: {', '.join(named)} är på och inte krypterad. Stäng av: swapoff -a")]
    return [Finding(GOOD, "Växlingsfil: ingen som kan läsas.")]


def files(secret: Sequence[Path], signed: Sequence[Path]) -> list[Finding]:
    """Tell which secret files others may read, and which signed ones they may write; folders count too."""
    faults = [fault for path in secret for fault in _faults(path, 0o077, "kan läsas eller skrivas av andra")]
    faults += [fault for path in signed for fault in _faults(path, 0o022, "kan skrivas av andra")]
    folders = sorted({path.resolve().parent for path in secret})
    faults += [fault for path in folders for fault in _faults(path, 0o022, "är en mapp som andra kan skriva i")]
    if faults:
        return [Finding(ALARM, fault) for fault in faults]
    return [Finding(GOOD, f"Filer: {len(secret) + len(signed)} har rätt ägare och rättigheter.")]


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


def disk(machine: Machine, folders: Sequence[Path]) -> list[Finding]:
    """Tell whether the disks are encrypted, as far as that can be told from here."""
    return [_disk(machine, folder) for folder in dict.fromkeys(folders)]


def languages(tags: Sequence[str]) -> list[Finding]:
    """Tell which sentences of the pages stand in Swedish because their catalogue cannot be used."""
    from web.catalogue import load

    faults = [fault for tag in tags if tag != "sv" for fault in load(tag)[1]]
    if faults:
        return [Finding(WARNING, f"Språk: {fault}. Sidan säger det på svenska.") for fault in faults]
    return [Finding(GOOD, "Språk: varje mening på sidorna går att läsa.")]


def _disk(machine: Machine, folder: Path) -> Finding:
    if machine.in_memory(folder):
        return Finding(WARNING, f"Disken under {folder}: ligger i minnet och försvinner vid omstart.")
    answer = machine.encrypted(folder)
    if answer is None:
        return Finding(UNSURE, f"Disken under {folder}: kan inte avgöras härifrån. Fråga den som sköter maskinen.")
    if answer:
        return Finding(GOOD, f"Disken under {folder}: krypterad.")
    return Finding(WARNING, f"Disken under {folder}: inte krypterad här. Gör värden det, om maskinen är virtuell?")


def _faults(path: Path, forbidden: int, words: str) -> list[str]:
    found = path.stat()
    faults = [f"{path} {words}."] if stat.S_IMODE(found.st_mode) & forbidden else []
    if found.st_uid != os.geteuid() and stat.S_ISREG(found.st_mode) and forbidden & 0o044:
        faults.append(f"{path} ägs av en annan användare än den som kör.")
    return faults


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
