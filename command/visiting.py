"""Visit a site as an ordinary visitor does, directly or through Tor's SOCKS; what comes back is kept byte for byte."""

from __future__ import annotations

import http.client
import secrets
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE = 60.0  # seconds; a circuit through Tor takes its time
LARGEST = 4 * 2**20  # bytes of one answer
HEADERS = {  # what Tor Browser sends
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "sv",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}


@dataclass(frozen=True)
class Answer:
    """Hold one answer: status, headers by their names in small letters, the shapes of cookies set, body."""

    status: int
    headers: Mapping[str, str]
    cookies: frozenset[str]
    body: bytes


class Visitor:
    """Fetch pages of one origin, with the cookies that it gave. Each visitor comes through a Tor circuit of its own.

    `at` is where to connect, if not to the host that the address names.
    """

    def __init__(
        self,
        address: str,
        socks: tuple[str, int] | None = None,
        ca: Path | None = None,
        at: tuple[str, int] | None = None,
    ) -> None:
        parts = urlsplit(address)
        self._host, self._secure = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._name = parts.netloc
        self._at = at or (self._host, self._port)
        self._socks = socks
        self._context = ssl.create_default_context(cafile=str(ca) if ca else None)
        self._circuit = secrets.token_hex(16)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """Fetch a page; raise OSError or http.client.HTTPException if the site cannot be reached."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=PATIENCE)
        connection.sock = self._open()
        try:
            cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
            connection.request(
                "GET", path, headers={"Host": self._name, **HEADERS, **(cookie if self._cookies else {})}
            )
            response = connection.getresponse()
            body = response.read(LARGEST)
        finally:
            connection.close()
        set_now = self._keep(response.headers.get_all("Set-Cookie") or [])
        headers: dict[str, str] = {}
        for name, value in response.getheaders():  # one that is sent twice is not what ours sends once
            headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
        return Answer(response.status, headers, set_now, body)

    def _open(self) -> socket.socket:
        if self._socks:
            plain = through(self._socks, *self._at, self._circuit)
        else:
            plain = socket.create_connection(self._at, PATIENCE)
        return self._context.wrap_socket(plain, server_hostname=self._host) if self._secure else plain

    def _keep(self, lines: list[str]) -> frozenset[str]:
        for line in lines:
            with suppress(CookieError):
                self._cookies.update({name: one.value for name, one in SimpleCookie(line).items()})
        return frozenset(map(shape, lines))


def shape(line: str) -> str:
    """Give a cookie's name with what a browser is told to do with it, without its value and the hour it ends.

    How long it stays on the phone is told, in whatever form: what one browser takes, another reader may not.
    """
    first, *more = (part.strip() for part in line.split(";"))
    told = (word.partition("=") for word in more)
    acts = (name.lower() if name.lower() == "expires" else f"{name}={value}".lower() for name, _, value in told)
    return "; ".join([first.partition("=")[0], *sorted(acts)])


def through(socks: tuple[str, int], host: str, port: int, circuit: str) -> socket.socket:
    """Connect through a SOCKS5 proxy that looks the name up itself; another `circuit` is another path through Tor.

    Raises OSError if the proxy refuses. Source: RFC 1928, RFC 1929; Tor's IsolateSOCKSAuth.
    """
    made = socket.create_connection(socks, PATIENCE)
    try:
        made.sendall(b"\x05\x01\x02")
        _expect(made, b"\x05\x02")
        word = circuit.encode()
        made.sendall(b"\x01" + (bytes([len(word)]) + word) * 2)
        _expect(made, b"\x01\x00")
        name = host.encode("idna")
        made.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big"))
        _expect(made, b"\x05\x00\x00")
        (kind,) = _read(made, 1)
        _read(made, {1: 4, 4: 16}.get(kind) or _read(made, 1)[0])
        _read(made, 2)
    except BaseException:
        made.close()
        raise
    return made


def _expect(made: socket.socket, wanted: bytes) -> None:
    found = _read(made, len(wanted))
    if found != wanted:
        raise ConnectionRefusedError(f"SOCKS: {found.hex()}")


def _read(made: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = made.recv(size - len(data))
        if not more:
            raise ConnectionResetError("SOCKS: closed")
        data += more
    return data
