"""What a public page costs on the network before it can be read: bytes with headers, and requests.

Packed in every language that the demo shows, drafts too; and unpacked, outside the demo, in those that are shown there.
"""

from __future__ import annotations

import gzip
import re
import socket
from dataclasses import dataclass

from bench.posting import stage
from bench.servers import PORTAL, running, waitress
from programme import LANGUAGES

PAGES = ("/", "/me", "/other", "/done", "/code", "/about", "/jobb", "/uppgifter", "/tillganglighet")
SHOWN = ("sv", "sv-simple", "en")  # outside the demo too
# Whatever makes a browser ask again before the page looks as it should; the icon and a deferred script come after that.
ASKS = re.compile(
    r'<(?:script(?![^>]* defer)[^>]+src|link[^>]+rel="?(?:stylesheet|preload)|img[^>]+src="?(?!data:)|iframe|video)',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Page:
    """One page in one language: bytes of the whole answer, packed or not, and the requests until it can be read."""

    path: str
    language: str
    size: int
    requests: int
    packed: bool = False


def first_loads() -> list[Page]:
    """Fetch each public page as a new visitor would."""
    with stage() as (place, environment):
        port = place.portal_port
        with running(waitress(PORTAL, port), port, environment, "/"):
            plain = [_page(port, path, language) for path in PAGES for language in SHOWN]
        with running(waitress(PORTAL, port), port, environment | {"UTVAG_PORTAL_DEMO": "1"}, "/"):
            packed = [_page(port, path, language, packed=True) for path in PAGES for language in LANGUAGES]
    return plain + packed


def _page(port: int, path: str, language: str, *, packed: bool = False) -> Page:
    accepts = "Accept-Encoding: gzip\r\n" if packed else ""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: {language}\r\n{accepts}"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 303")):
        raise RuntimeError(f"{path}: {answer[:40]!r}")
    body = answer.partition(b"\r\n\r\n")[2]
    text = (gzip.decompress(body) if packed else body).decode()
    if f'<html lang="{language}"' not in text:
        raise RuntimeError(f"{path}: not in {language}")
    return Page(path, language, len(answer), 1 + len(ASKS.findall(text)), packed)
