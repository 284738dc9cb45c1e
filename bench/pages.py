"""What a public page costs on the network before it can be read: bytes with headers, and requests."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

from bench.posting import stage
from bench.servers import PORTAL, running, waitress

PAGES = ("/", "/me", "/other", "/done", "/code", "/about", "/jobb", "/uppgifter", "/tillganglighet")
# Whatever makes a browser ask again before the page looks as it should; the icon and a deferred script come after that.
ASKS = re.compile(
    r'<(?:script(?![^>]* defer)[^>]+src|link[^>]+rel="?(?:stylesheet|preload)|img[^>]+src="?(?!data:)|iframe|video)',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Page:
    """One page in one language: bytes of the whole answer, and the requests until it can be read."""

    path: str
    language: str
    size: int
    requests: int


def first_loads() -> list[Page]:
    """Fetch each public page as a new visitor would."""
    with stage() as (place, environment):
        port = place.portal_port
        with running(waitress(PORTAL, port), port, environment, "/"):
            return [_page(port, path, language) for path in PAGES for language in ("sv", "en")]


def _page(port: int, path: str, language: str) -> Page:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: {language}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 303")):
        raise RuntimeError(f"{path}: {answer[:40]!r}")
    return Page(path, language, len(answer), 1 + len(ASKS.findall(answer.decode("utf-8", "replace"))))
