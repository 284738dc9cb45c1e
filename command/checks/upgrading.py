"""Whether this version of the program may take over an installation, and what it will do there. It changes nothing."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from command import starting
from command.checks import stored
from command.checks.database import on_server
from command.checks.revisions import CASEBOOK, DEADDROP, AwayError, Revisions, asking, reading, revisions
from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding
from crypto import envelope
from crypto.envelope import Envelope
from crypto.errors import Error, MalformedError
from crypto.sealing.roster import verify
from web.environment import Heard
from web.release import release

if TYPE_CHECKING:
    from portal.settings import PortalSettings
    from staff.settings import StaffSettings

ROOM = 3  # times the casebook's size: its tables are written anew beside the old, and the log holds both
READ = 500  # envelopes that are looked at
ORDER = "Ordning: personalens app först, sedan portalerna en i taget, sist vakten."


def program() -> list[Finding]:
    """Say which version this is, and whether the Python here carries it."""
    try:
        here_is = release()
    except PackageNotFoundError:
        return [Finding(UNSURE, "Programmet: ingen version installerad här.")]
    name, wanted = here_is.version, here_is.metadata["Requires-Python"]
    least = tuple(int(one) for one in re.findall(r"\d+", wanted)[:2])
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if sys.version_info[:2] < least:
        return [Finding(ALARM, f"Python {here}: version {name} behöver {wanted}. Uppgradera systemet först.")]
    return [Finding(GOOD, f"Programmet: version {name} på Python {here} ({wanted}).")]


def portal(settings: PortalSettings, environ: Heard, now: datetime) -> list[Finding]:
    """Give every finding of the portal's machine."""
    from portal.roster import MEMORY

    memory, address = settings.state / MEMORY, settings.deaddrop
    return [
        *program(),
        *named([*starting.portal(settings, environ), *environ.unread(starting.PORTAL)]),
        *stored.roster(settings.roster, settings.root_key, settings.minimum_epoch, memory, now),
        *deaddrop(address),
        *_size(address, _places(settings.roster, settings.root_key)),
        *stored.space([settings.state]),
        Finding(GOOD, "Sida vid sida: en äldre portal tar emot bredvid en ny, på samma döda brevlåda."),
        Finding(GOOD, "Vägen tillbaka: stoppa, installera versionen före, starta. Inget i databasen behöver ändras."),
    ]


def staff(settings: StaffSettings, environ: Heard, now: datetime, backups: Path) -> list[Finding]:
    """Give every finding of the staff's machine."""
    address = settings.deaddrop
    return [
        *program(),
        *named([*starting.staff(settings, environ), *environ.unread(starting.STAFF)]),
        *stored.roster(settings.roster, settings.root_key, settings.minimum_epoch, None, now),
        *_register(settings),
        *deaddrop(address),
        *_size(address, _places(settings.roster, settings.root_key)),
        *_waiting(address),
        *casebook(settings.casebook),
        *_room(settings.casebook),
        *stored.backups(backups, now.date()),
        Finding(GOOD, ORDER),
    ]


def named(faults: list[str]) -> list[Finding]:
    """Tell which settings this version would not start with: unknown, taken out since, or weak."""
    if faults:
        return [Finding(ALARM, f"Inställningar: {fault}") for fault in dict.fromkeys(faults)]
    return [Finding(GOOD, "Inställningar: den här versionen startar med dem.")]


def deaddrop(address: str) -> list[Finding]:
    """Tell what will be done to the dead drop's tables, and by whom."""
    try:
        found = revisions(address, DEADDROP, asking(address))
    except AwayError as error:
        return [Finding(ALARM, f"Den döda brevlådan kan inte läsas: {error}.")]
    owner = "ägaren före start: utvag migrate deaddrop --database ADRESS"
    by = owner if on_server(address) else "programmet självt vid start"
    back = "Den äldre versionen tar emot på de nya tabellerna också."
    return list(_moves("Den döda brevlådan", found, by, back, newer=WARNING))


def casebook(address: str) -> list[Finding]:
    """Tell what will be done to the casebook's tables, by whom, and how to go back."""
    try:
        found = revisions(address, CASEBOOK)
    except AwayError as error:
        return [Finding(ALARM, f"Ärendeboken kan inte läsas: {error}.")]
    by = "ägaren före start (utvag migrate casebook)" if on_server(address) else "appen själv vid start"
    back = f"Tillbaka: utvag migrate casebook --database … --to {found.now or 'base'}, sedan versionen före."
    return list(_moves("Ärendeboken", found, by, back, newer=ALARM))


def _moves(what: str, found: Revisions, by: str, back: str, *, newer: str) -> Iterator[Finding]:
    if found.now > found.newest:
        words = f"{what}: tabellerna ({found.now}) är nyare än den här versionen ({found.newest})."
        cure = "Den startar inte: ta den nyare versionen." if newer == ALARM else "Är det här den nya versionen?"
        yield Finding(newer, f"{words} {cure}")
    elif not found.waiting:
        yield Finding(GOOD, f"{what}: {found.now}, inget att göra.")
    else:
        yield Finding(WARNING, f"{what}: {found.now or 'utan nummer'} blir {found.newest}, av {by}. {back}")
        for number, told in found.waiting:
            yield Finding(UNSURE, f"  {number} {told}")


def _places(path: Path, root_key: bytes) -> int | None:
    try:
        return verify(path.read_bytes(), root_key, minimum_epoch=1, today=None).places
    except (OSError, Error):
        return None  # the roster's own finding says why


def _size(address: str, places: int | None) -> list[Finding]:
    """Tell whether envelopes of the roster's size fit the dead drop."""
    if places is None or not on_server(address):
        return []  # a file's own tables are looked at when it is opened
    made = reading(address)
    try:
        with made.connect() as connection:
            there = connection.execute(text("SELECT envelope_size()")).scalar_one()
    except DBAPIError:
        return []  # no such function yet: the tables come first
    finally:
        made.dispose()
    if there != envelope.size(places):
        return [Finding(ALARM, f"Den döda brevlådan: gjord för {there} byte, listan ger {envelope.size(places)}.")]
    return [Finding(GOOD, f"Kuverten: {there} byte, som listan ger.")]


def _register(settings: StaffSettings) -> list[Finding]:
    from staff.errors import RegisterError
    from staff.register import Register

    try:
        papers = Register(settings.roster, settings.members, settings.root_key, settings.minimum_epoch).current()
    except RegisterError as error:
        return [Finding(ALARM, f"Registret kan inte läsas av den här versionen: {error}.")]
    return [Finding(GOOD, f"Registret: epok {papers.signed.epoch}, läses av den här versionen.")]


def _waiting(address: str) -> list[Finding]:
    """Tell whether this version opens what waits to be collected: the outside says which version sealed it."""
    try:
        made = reading(address)
    except AwayError:
        return []  # said already
    try:
        with made.connect() as connection:
            query = text("SELECT sealed FROM envelopes LIMIT :most")
            rows = [bytes(one) for one in connection.execute(query, {"most": READ}).scalars()]
    except DBAPIError:
        return []
    finally:
        made.dispose()
    strange = sum(1 for one in rows if not _known(one))
    if strange:
        return [
            Finding(ALARM, f"Kuverten: {strange} av {len(rows)} är av en version som den här inte läser. Hämta först.")
        ]
    return [Finding(GOOD, f"Kuverten: {len(rows)} väntar, av version {envelope.VERSION}, som läses.")]


def _known(data: bytes) -> bool:
    try:
        Envelope.from_bytes(data)
    except MalformedError:
        return False
    return True


def _room(address: str) -> list[Finding]:
    if on_server(address):
        return [Finding(UNSURE, "Plats: casebook ligger i en server. Se efter på dess disk.")]
    path = Path(address)
    if not path.exists():
        return []
    needed = ROOM * sum(Path(f"{path}{more}").stat().st_size for more in ("", "-wal") if Path(f"{path}{more}").exists())
    free = shutil.disk_usage(path.parent).free
    words = f"Plats: {free // 2**20} MB fria, uppgraderingen kan behöva {max(1, needed // 2**20)} MB."
    return [Finding(ALARM, f"{words} Gör plats först.") if free < needed else Finding(GOOD, words)]
