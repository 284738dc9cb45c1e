"""What any machine of ours is looked at for: memory, swap, files, disks, languages."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding
from command.machine import Machine

SHORT_LIVED = 26 * 3600  # seconds: a day and the time a nightly restart may take


def loose(faults: list[str]) -> list[Finding]:
    """Tell what would keep the app from starting now."""
    if faults:
        return [Finding(ALARM, f"Inställningar: {fault}") for fault in faults]
    return [Finding(GOOD, "Inställningar: inget som försvagar.")]


def process(pid: int, machine: Machine) -> list[Finding]:
    """Look at the running app: its core limit, whether others may look in, who it runs as, how old it is."""
    place = machine.root / "proc" / str(pid)
    try:
        limits = (place / "limits").read_text("ascii", "replace")
        status = (place / "status").read_text("utf-8", "replace")
        owner, began = (place / "status").stat().st_uid, machine.began(pid) or place.stat().st_mtime
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
    elif owner != 0:  # its files are root's where nobody may look in; the folder itself never is, proc(5)
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
