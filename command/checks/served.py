"""What the app that runs here really answers: by itself, and through the front that stands before it."""

from __future__ import annotations

import http.client
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from command.checks import outside
from command.checks.door import CLOSED, Door
from command.findings import ALARM, GOOD, UNSURE, WARNING, Finding
from command.visiting import Visitor
from command.watching import PATHS, Expected, compare

if TYPE_CHECKING:
    from portal.settings import PortalSettings

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # read from settings, not listened on


def portal(settings: PortalSettings, ports: Sequence[int], front: tuple[str, int], now: datetime) -> list[Finding]:
    """Ask each process that serves here for every page, and knock at its front; nothing is sent and nothing changes."""
    found = [finding for port in ports for finding in _itself(settings, port)]
    if settings.host in ANYWHERE:
        found.append(
            Finding(WARNING, "UTVAG_PORTAL_HOST: lyssnar på alla nät. Skriv 127.0.0.1, och låt fronten nå den.")
        )
    if not settings.origin.secure:
        return found
    if settings.proxies == 0 and not settings.demo:
        words = (
            "UTVAG_PORTAL_PROXIES: 0, fast TLS slutar framför portalen: alla räknas som en enda folksamling. Skriv 1."
        )
        found.append(Finding(WARNING, words))
    return [*found, *_front(outside.Site(settings.origin, at=front), now)]


def _itself(settings: PortalSettings, port: int) -> list[Finding]:
    """Compare every page of the process that listens here with what this program makes of the same settings."""
    host = ANYWHERE.get(settings.host, settings.host)
    place = f"[{host}]" if ":" in host else host
    visitor = Visitor(f"http://{place}:{port}")
    try:
        ready = visitor.get("/readyz").status
        with TemporaryDirectory(prefix="utvag-doctor-") as folder:
            wanted = Expected(settings, Path(folder))
            said = [line for path in PATHS if (line := compare(path, visitor.get, wanted.get))]
    except (OSError, http.client.HTTPException) as error:
        return [Finding(ALARM, f"Portalen svarar inte på {place}:{port} ({type(error).__name__}). Går den?")]
    found = [Finding(ALARM, f"{port}{line}. Kör den en annan version eller lista? Starta om.") for line in said]
    if ready != 200:
        found.append(Finding(ALARM, "Portalen kan inte ta emot: /readyz säger nej. Loggen säger vad som fattas."))
    return found or [
        Finding(GOOD, f"Portalen på {port}: {len(PATHS)} sidor och skript med sina huvuden är som de ska.")
    ]


def _front(site: outside.Site, now: datetime) -> list[Finding]:
    """Look at the TLS that stands before the portal: its certificate, what it takes, whom it answers."""
    try:
        seen = outside.knock(site)
    except OSError as error:
        place = "{}:{}".format(*site.at) if site.at else ""
        return [Finding(UNSURE, f"Fronten: ingen TLS på {place} ({type(error).__name__}). Ge --front HOST:PORT.")]
    return [outside.ends(seen, now), *manners(seen)]


def manners(seen: Door) -> list[Finding]:
    """Name what the front takes that it should not."""
    faults = []
    if seen.older or seen.protocol != "TLSv1.3":
        faults.append("TLS 1.2 tas emot: skriv ssl_protocols TLSv1.3;")
    if seen.stranger != CLOSED:
        faults.append(f"ett främmande värdnamn får svar ({seen.stranger}): skriv ssl_reject_handshake on;")
    if seen.plain not in ("", CLOSED) and not seen.plain.startswith(("301 https://", "308 https://")):
        faults.append(f"utan TLS: {seen.plain}. Led vidare till https, eller stäng port 80")
    if faults:
        return [Finding(WARNING, f"Fronten: {fault}.") for fault in faults]
    return [Finding(GOOD, f"Fronten: {seen.protocol}, {seen.alpn or 'HTTP/1.1'}, nekar främmande namn.")]


def staff(host: str, port: int, pages: Mapping[str, str]) -> list[Finding]:
    """Ask the staff app that runs here for its sign-in page, and compare its headers with those that it must send."""
    found = []
    if host in ANYWHERE:
        words = "UTVAG_STAFF_HOST: lyssnar på alla nät, utan TLS. Skriv 127.0.0.1, och låt fronten nå den."
        found.append(Finding(WARNING, words))
    host = ANYWHERE.get(host, host)
    place = f"[{host}]" if ":" in host else host
    try:
        answer = Visitor(f"http://{place}:{port}").get("/login")
    except (OSError, http.client.HTTPException) as error:
        words = f"Personalens app svarar inte på {place}:{port} ({type(error).__name__}). Går den?"
        return [*found, Finding(ALARM, words)]
    missing = sorted(name for name, value in pages.items() if answer.headers.get(name.lower()) != value)
    if missing:
        words = f"Personalens app: huvuden saknas eller är andra: {', '.join(missing)}. Starta om den."
        return [*found, Finding(ALARM, words)]
    return [*found, Finding(GOOD, f"Personalens app: svarar, med sina {len(pages)} huvuden.")]
