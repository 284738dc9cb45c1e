"""What lies on the machine and has a time to it: roster, spool, backups, disk space, the clock itself."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding, clock
from crypto.errors import Error
from crypto.sealing.backup import ERASED, look
from crypto.sealing.pin import is_of_a_demo
from crypto.sealing.roster import Roster, verify

SOON, VERY_SOON = 30, 7  # days before a roster ends, as `utvag status` has it
NEWEST = 2  # days that the newest backup may be old
LITTLE, TOO_LITTLE = 0.10, 0.03  # of a disk
MADE_UP = re.compile(r"(?:\+46|0)[\s-]*70[\s-]*1[\s-]*7[\s-]*4[\s-]*0[\s-]*6")  # PTS keeps 070-1740605 to 99 for tales
SYNCED = ("run/systemd/timesync/synchronized", "run/chrony", "run/ntpd.pid", "run/ntpsec")
BACKUPS = Path("/var/lib/utvag-backup")


def roster(path: Path, root_key: bytes, minimum: int, seen: Path | None, now: datetime) -> list[Finding]:
    """Tell whether the roster is believed, how long it holds, and whether an older one was put back.

    `seen` is the portal's file of the highest epoch it has had.
    """
    try:
        found = verify(path.read_bytes(), root_key, minimum_epoch=minimum, today=None)
    except (OSError, Error) as error:
        why = f"Mottagarlistan kan inte tros ({type(error).__name__}). Lägg dit den som rotnyckeln skrev under."
        return [Finding(ALARM, why)]
    told = [_days(found, now.date()), *clock(now, found, [path], 0)]
    if is_of_a_demo(found, root_key):
        told.append(Finding(ALARM, "Mottagarlistan är en övnings: nycklarna ligger bredvid. Gör egna: utvag start."))
    highest = _number(seen) if seen else 0
    if highest > found.epoch:
        words = f"Mottagarlistan (epok {found.epoch}) är äldre än en som portalen har haft ({highest}). Lägg dit den."
        told.append(Finding(ALARM, words))
    return told


def _torn(path: Path) -> str:
    try:
        with path.open("rb") as file:
            look(file)
    except (OSError, Error) as error:
        return type(error).__name__
    return ""


def _days(found: Roster, today: date) -> Finding:
    left = (found.not_after - today).days
    words = f"Mottagarlista: epok {found.epoch}, gäller till {found.not_after}, {left} dagar till."
    if left <= VERY_SOON:
        return Finding(ALARM, f"{words} Skriv under en ny nu.")
    return Finding(WARNING, f"{words} Dags att skriva under en ny.") if left <= SOON else Finding(GOOD, words)


def _number(path: Path) -> int:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return 0


def numbers(programme: Path) -> list[Finding]:
    """Tell whether the programme's file still holds telephone numbers that lead nowhere."""
    try:
        found = MADE_UP.search(programme.read_text("utf-8"))
    except (OSError, ValueError):
        return [Finding(ALARM, f"{programme} kan inte läsas.")]
    if found:
        return [Finding(ALARM, "Telefon: programmets fil har ett påhittat nummer (070-174 06 …). Ingen svarar där.")]
    return [Finding(GOOD, "Telefon: inget påhittat nummer i programmets fil.")]


def spool(folder: Path, places: int) -> list[Finding]:
    """Tell how many sealed envelopes wait for the dead drop; since when is written nowhere, on purpose."""
    from portal.spool import NAME

    try:
        number = sum(1 for path in folder.iterdir() if NAME.fullmatch(path.name))  # other names are its own notes
    except OSError as error:
        return [Finding(ALARM, f"Kön: {folder} kan inte läsas ({type(error).__name__}). Går portalen?")]
    if not number:
        return [Finding(GOOD, "Kön: tom, den döda brevlådan tar emot.")]
    words = f"Kön: {number} av {places} platser väntar på den döda brevlådan."
    if number * 2 > places:
        return [Finding(ALARM, f"{words} Laga den innan kön är full.")]
    return [Finding(WARNING, f"{words} Är databasen borta?")]


def space(folders: Iterable[Path]) -> list[Finding]:
    """Tell whether the disks have room for bytes and for files."""
    found: dict[int, Finding] = {}
    for folder in folders:
        place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        found.setdefault(place.stat().st_dev, _space(place))
    return list(found.values())


def _space(folder: Path) -> Finding:
    seen = os.statvfs(folder)
    left = {"plats": seen.f_bavail / seen.f_blocks if seen.f_blocks else 1.0}
    left["filer (inoder)"] = seen.f_favail / seen.f_files if seen.f_files else 1.0
    what, part = min(left.items(), key=lambda one: one[1])
    words = f"Disken under {folder}: {part:.0%} {what} kvar."
    if part < TOO_LITTLE:
        return Finding(ALARM, f"{words} Snart kan inget tas emot: gör plats nu.")
    return Finding(WARNING, f"{words} Gör plats.") if part < LITTLE else Finding(GOOD, words)


def time_source(root: Path) -> list[Finding]:
    """Tell whether something keeps the clock right."""
    if any((root / one).exists() for one in SYNCED):
        return [Finding(GOOD, "Klockan: ställs efter en tidsserver.")]
    cure = "timedatectl set-ntp true, med er egen tidsserver."
    return [Finding(UNSURE, f"Klockan: inget syns som ställer den. {cure}")]


def erased_copies(folder: Path, today: date) -> list[Finding]:
    """Tell how old the newest copy of the file of erased ids is: an old one brings back what was erased since."""
    from staff.backup.files import listed

    try:
        days = [one.head.day for one in listed(folder) if one.head.kind == ERASED and one.head.day <= today]
    except OSError:
        return []  # said of the backups
    if not days or (today - max(days)).days > 1:
        newest = f"den nyaste är från {max(days)}" if days else "det finns ingen"
        return [Finding(ALARM, f"Kopior av filen över det gallrade: {newest}. Går utvag-erased.timer?")]
    return [Finding(GOOD, f"Kopior av filen över det gallrade: den nyaste är från {max(days)}.")]


def backups(folder: Path, today: date) -> list[Finding]:
    """Tell how old the newest backup of the casebook is, whether it is whole, and whether one must be destroyed."""
    from staff.backup.files import listed

    try:
        kept = listed(folder)
    except OSError:
        return [Finding(WARNING, f"Säkerhetskopior: {folder} kan inte läsas. Var ligger de? Ge --backups MAPP.")]
    ahead = [one for one in kept if one.head.day > today]
    books = [one for one in kept if one.head.kind != ERASED and one not in ahead]
    days = [one.head.day for one in books]
    old = [one for one in kept if one.head.expires < today]
    found = []
    if ahead:
        words = f"Säkerhetskopior: {len(ahead)} är från en dag som inte har varit och räknas inte. Klockan?"
        found.append(Finding(WARNING, words))
    if not days or (today - max(days)).days > NEWEST:
        newest = f"den nyaste är från {max(days)}" if days else "det finns ingen"
        found.append(Finding(ALARM, f"Säkerhetskopior: {newest}. Går utvag-backup.timer?"))
    elif why := _torn(books[-1].path):
        found.append(Finding(ALARM, f"Säkerhetskopior: {books[-1].path.name} är ingen hel kopia ({why}). Gör en ny."))
    if old:
        found.append(Finding(WARNING, f"Säkerhetskopior: {len(old)} har passerat sin sista dag. Förstör dem."))
    return found or [Finding(GOOD, f"Säkerhetskopior: {len(days)}, den nyaste från {max(days)}.")]
