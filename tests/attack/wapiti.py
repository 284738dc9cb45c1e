"""wapiti, and the gate it comes through: the gate adds one hole of its own, so that a scan that sees nothing shows."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.browser.front import Arrival, Front, Next, Reply, front
from tests.road import Visitor

MODULES = "backup,blindsql,cookieflags,crlf,csp,exec,file,http_headers,methods,permanentxss,redirect,shellshock,sql,xss"
FOUND = re.compile(r"found (\d+) URLs and forms")
# What wapiti calls a fault and is meant: neither app sends HSTS over plain http, which the demo speaks on loopback,
# and no browser of these years knows X-XSS-Protection.
MEANT = {
    "HTTP Secure Headers": {"Strict-Transport-Security is not set", "X-XSS-Protection is not set"},
    "Secure Flag cookie": {"Secure flag is not set"},
}
HOLE = "/planted"
LINK = f'<a href="{HOLE}?word=1">planted</a>'.encode()
# Buttons that would end the scan: they lock the session or take the pages away that are to be looked at.
SHUT = re.compile(
    r"/(?:lock|sessions/end|(?:login|fresh|enrol|people|erasure)(?:/.*)?|me/(?:keys|passphrase)/.*|me/passphrase"
    r"|inbox/aside/do|inbox/.*/dismiss|cases/.*/unlink)"
)


@contextmanager
def gate(origin: str, visitor: Visitor | None = None) -> Iterator[Front]:
    """Stand before an app: whatever comes is asked as `visitor` on a page of ours, but for the buttons in SHUT."""
    mine = {"Host": urlsplit(origin).netloc}
    if visitor:
        mine |= {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())}
        mine |= {"Sec-Fetch-Site": "same-origin"}

    def rule(arrival: Arrival, ask: Next) -> Reply:
        path = urlsplit(arrival.path).path
        if path == HOLE:
            return planted(arrival)
        if visitor and arrival.method == "POST" and SHUT.fullmatch(path):
            return Reply(403)
        kept = [(name, value) for name, value in arrival.headers if name.title() not in mine]
        reply = ask(Arrival(arrival.method, arrival.path, [*kept, *mine.items()], arrival.body))
        page = any(value.startswith("text/html") for name, value in reply.headers if name == "Content-Type")
        return Reply(reply.status, reply.headers, reply.body + LINK if page else reply.body)

    with front(urlsplit(origin).port or 0) as door:
        door.always = rule
        yield door


def planted(arrival: Arrival) -> Reply:
    """Answer as no page of ours does: with the word of the address, unescaped."""
    word = parse_qs(urlsplit(arrival.path).query).get("word", [""])[0]
    return Reply(200, [("Content-Type", "text/html")], f"<html><body>{word}</body></html>".encode())


def scan(start: str, folder: Path, seconds: int, *more: str) -> tuple[list[str], int]:
    """Let wapiti follow links for so long, from `more` pages too, then try all that it found: its faults, how much."""
    report = folder / "report.json"
    command = ["wapiti", "-u", start, "--scope", "domain", "-m", MODULES, "-f", "json", "-o", str(report)]
    limits = ["--max-links-per-page", "50", "-d", "4", "--max-scan-time", str(seconds), "--max-attack-time", "60"]
    starts = [word for page in more for word in ("-s", page)]
    done = subprocess.run(
        [*command, "--no-bugreport", "--flush-session", *limits, *starts],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        cwd=folder,
        env=home(folder),
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-1500:]
    return faults(json.loads(report.read_text("utf-8"))), int(FOUND.findall(done.stdout)[0])


def home(folder: Path) -> dict[str, str]:
    """Give an environment in which the scanner keeps its files in the test's folder and asks nobody outside."""
    return {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "https_proxy": "http://127.0.0.1:9"}


def faults(report: dict[str, Any]) -> list[str]:  # Any: JSON's values
    """List what the scanner calls a fault or an anomaly, but for what is meant."""
    return [
        f"{kind}: {one['method']} {one['path']} {one['info']}"
        for part in ("vulnerabilities", "anomalies")
        for kind, ones in report[part].items()
        for one in ones
        if not any(meant in one["info"] for meant in MEANT.get(kind, ()))
    ]
