"""What a visitor sees of the portal from another network, beside what the installation says of itself.

A middle box that ends TLS has another key; one that passes HTTP on adds headers, cookies or words, packs again, answers
for strangers or speaks another protocol. One that only copies what it cannot read is not seen: nobody can.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from command.checks.door import Door, distrusted
from command.checks.door import knock as knock_at
from command.checks.expecting import Expectation, Page, expect, fingerprint, written
from command.findings import ALARM, GOOD, SLACK, UNSURE, WARNING, Finding
from command.visiting import PATIENCE, Answer, Visitor, through
from command.watching import FOLLOWS_CLOCK, PATHS, Expected, compare
from web.origin import Origin

if TYPE_CHECKING:
    from portal.settings import PortalSettings

HTTP, HTTPS = 80, 443

OLD = timedelta(days=7)  # after which an expectation may be of an earlier version or roster
# What any server between may say without telling who came; everything else that we did not send is named.
HARMLESS = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})
BETWEEN = "Någon står emellan och läser: ta reda på vem (brandvägg, WAF, proxy, CDN) och låt den släppa igenom TLS."


@dataclass(frozen=True)
class Site:
    """Say where the portal is looked for: its address, a way through Tor, an authority of one's own, where TLS is."""

    origin: Origin
    socks: tuple[str, int] | None = None
    ca: Path | None = None
    at: tuple[str, int] | None = None

    def open(self, port: int | None = None) -> socket.socket:
        """Open a connection, to another port if one is given; raises OSError."""
        host, own = self.at or (self.origin.host, self.origin.port)
        if self.socks:
            return through(self.socks, host, port or own, secrets.token_hex(16))
        return socket.create_connection((host, port or own), PATIENCE)

    def visitor(self) -> Visitor:
        """Come as somebody who has not been here before."""
        return Visitor(str(self.origin), self.socks, self.ca, self.at)


def look(site: Site, wanted: Expectation | None, settings: PortalSettings | None, now: datetime) -> list[Finding]:
    """Give every finding; pages are compared with what this machine's copy of the program makes, or with the file.

    Raises OSError or HTTPException if the site cannot be reached.
    """
    found, believed = [], True
    if site.origin.secure:
        distrust = distrusted(site.open, site.origin.host, site.ca)
        found += door(knock(site), wanted.door if wanted else None, distrust, now)
        believed = not distrust
    if not believed:
        return [*found, Finding(ALARM, "Sidorna är inte hämtade: ingen besökare kommer fram utan varning.")]
    found += drift(site.visitor().get("/about"))
    if wanted:
        found += pages(site.visitor().get, wanted, now)
    if settings:
        found += own(site.visitor().get, settings)
    return found if wanted or settings else [*found, nothing_to_compare()]


def drift(answer: Answer) -> list[Finding]:
    """Compare the other side's clock with this one's: whichever is wrong, somebody must look."""
    try:
        there = parsedate_to_datetime(answer.headers.get("date", ""))
        apart = abs(there.astimezone(UTC) - datetime.now(UTC))
    except ValueError:
        return [Finding(UNSURE, "Klockan: portalen säger inte vad den är.")]
    if apart > SLACK:
        words = (
            f"Klockan: portalens och den här maskinens skiljer {apart.total_seconds():.0f} s. Ställ den som går fel."
        )
        return [Finding(ALARM, words)]
    return [Finding(GOOD, "Klockan: portalens och den här maskinens går lika.")]


def own(get: Callable[[str], Answer], settings: PortalSettings) -> list[Finding]:
    """Compare every byte with what the program installed here makes of the portal's settings, as the watcher does."""
    with TemporaryDirectory(prefix="utvag-doctor-") as folder:
        wanted = Expected(settings, Path(folder))
        said = [said for path in PATHS if (said := compare(path, get, wanted.get))]
    if said:
        return [Finding(ALARM, f"{line}. Ändrar någon sidan, eller är versionen en annan?") for line in said]
    return [Finding(GOOD, "Sidor och skript: som den här maskinens egen kopia av programmet gör dem.")]


def expectation(settings: PortalSettings, front: tuple[str, int], now: datetime) -> bytes:
    """Write what a visitor must see of this installation: pages as the program makes them, the door as it answers.

    Raises OSError if nothing answers at `front`; without https there is no door to look at.
    """
    site = Site(settings.origin, at=front)
    seen = knock(site) if settings.origin.secure else None
    with TemporaryDirectory(prefix="utvag-doctor-") as folder:
        return written(expect(str(settings.origin), now.date(), seen, Expected(settings, Path(folder)).get))


def knock(site: Site) -> Door:
    """Look at a site's door; the way without TLS only where the two stand on the ports that browsers know."""
    plain = (lambda: site.open(HTTP)) if (site.at or ("", site.origin.port))[1] == HTTPS else None
    return knock_at(site.open, site.origin.host, plain)


def door(seen: Door, wanted: Door | None, distrust: str, now: datetime) -> list[Finding]:
    """Compare how the door answers with how it must."""
    found = [Finding(ALARM, f"Certifikatet: en webbläsare tror det inte ({distrust}).")] if distrust else []
    found.append(ends(seen, now))
    if wanted is None:
        return [*found, Finding(UNSURE, f"Nyckel: {seen.key}. Jämför med portalens, eller ge --expect.")]
    if seen.key != wanted.key:
        found.append(Finding(ALARM, f"Nyckeln är en annan än portalens, utgiven av {seen.issuer}. {BETWEEN}"))
    else:
        found.append(Finding(GOOD, "Nyckeln: portalens egen. Ingen emellan läser."))
    return [*found, *_manners(seen, wanted)]


def ends(seen: Door, now: datetime) -> Finding:
    """Tell how long the certificate holds."""
    days = (seen.ends - now).days
    words = f"Certifikatet: gäller till {seen.ends:%Y-%m-%d}, {days} dagar till."
    if days < 3:
        return Finding(ALARM, f"{words} Förnya det nu.")
    return Finding(WARNING, f"{words} Förnyas det av sig självt?") if days < 14 else Finding(GOOD, words)


def _manners(seen: Door, wanted: Door) -> list[Finding]:
    """Name each other way in which the door answers otherwise than the portal's own front does."""
    told = {
        "protocol": (f"TLS: {seen.protocol}", wanted.protocol),
        "alpn": (f"HTTP: {seen.alpn or 'inget valt'}", wanted.alpn or "inget valt"),
        "older": (f"TLS 1.2 {'tas emot' if seen.older else 'nekas'}", "tas emot" if wanted.older else "nekas"),
        "stranger": (f"Främmande värdnamn: {seen.stranger}", wanted.stranger),
        "plain": (f"Utan TLS: {seen.plain}", wanted.plain),
    }
    differs = [name for name in told if getattr(seen, name) != getattr(wanted, name) and getattr(wanted, name) != ""]
    return [
        Finding(ALARM, f"{told[name][0]}, men portalens egen front: {told[name][1]}. Något annat svarar emellan.")
        for name in differs
    ] or [Finding(GOOD, "Protokoll, främmande namn och vägen utan TLS: som hos portalens egen front.")]


def pages(get: Callable[[str], Answer], wanted: Expectation, now: datetime) -> Iterator[Finding]:
    """Fetch each page as a visitor and compare it; raises OSError or HTTPException if the site cannot be reached."""
    faults = [fault for path, page in wanted.pages.items() for fault in _page(path, get(path), page)]
    if now.date() - wanted.day > OLD:
        yield Finding(WARNING, f"Facit är från {wanted.day}: skriv ett nytt på portalens maskin.")
    yield from (Finding(ALARM, fault) for fault in faults)
    if not faults:
        yield Finding(GOOD, f"Sidor och skript: {len(wanted.pages)} är byte för byte som portalen gör dem.")


def _page(path: str, got: Answer, wanted: Page) -> list[str]:
    if got.status != wanted.status:
        return [f"{path}: svarade {got.status}, skulle ha svarat {wanted.status}. Spärrar någon?"]
    faults = []
    changed = sorted(name for name, value in wanted.headers.items() if got.headers.get(name) != value)
    if changed:
        faults.append(f"{path}: ändrat eller borttaget huvud: {', '.join(changed)}.")
    added = sorted(got.headers.keys() - wanted.headers.keys() - HARMLESS - {"set-cookie"})
    if added:
        faults.append(f"{path}: tillagt huvud: {', '.join(f'{name}: {got.headers[name]}'[:60] for name in added)}.")
    strange = sorted(got.cookies - wanted.cookies)
    if strange:
        faults.append(f"{path}: en kaka som inte är vår: {', '.join(strange)[:80]}.")
    if fingerprint(path, got) != wanted.body:
        what = "annat som verkar (skript, formulär)" if path in FOLLOWS_CLOCK else "andra byte"
        faults.append(f"{path}: {what} än portalen gör. Ändrar någon sidan, eller är versionen en annan?")
    return faults


def nothing_to_compare() -> Finding:
    """Say that there was nothing to compare pages with."""
    return Finding(UNSURE, "Sidor: ge --expect med portalens facit, så jämförs de byte för byte.")
