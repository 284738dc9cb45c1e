"""A stand-in for the portal: the pages of the contract, the script, a roster, and a record of all that arrives."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.crypto import made

PAGE = (Path(__file__).parent / "page.html").read_text("utf-8")
STYLE = ".late{animation:late 0s 6s both}@keyframes late{from{visibility:hidden}to{visibility:visible}}"
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@dataclass(frozen=True)
class Arrival:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the stand answers; status 0 drops the connection instead."""

    status: int = 200
    body: bytes = b""
    kind: str = "text/html; charset=utf-8"


Rule = Callable[[Arrival], Reply]
CREATED = Reply(201, b'{"reading":"m\xc3\xa5ndag klockan 8"}', "application/json")


@dataclass
class Stand:
    """What is served, which a test may change, and what arrived."""

    script: bytes
    port: int = 0
    roster: bytes = field(default_factory=made.signed)
    page: str = PAGE
    envelope: Rule = lambda _arrival: CREATED
    rules: dict[str, Rule] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Where it stands."""
        return f"http://127.0.0.1:{self.port}"

    def sent(self) -> list[Arrival]:
        """List every request that carried something, and every one with a question mark in its address."""
        return [one for one in self.arrivals if one.body or one.method == "POST" or "?" in one.path]

    def answer(self, arrival: Arrival) -> Reply:
        """Answer one request."""
        self.arrivals.append(arrival)
        if arrival.path in self.rules:
            return self.rules[arrival.path](arrival)
        if (arrival.method, arrival.path) == ("POST", "/envelope"):
            return self.envelope(arrival)
        integrity = "sha256-" + base64.b64encode(hashlib.sha256(self.script).digest()).decode()
        pages = {
            "/me": Reply(body=self.page.replace("INTEGRITY", integrity).encode()),
            "/seal.js": Reply(body=self.script, kind="text/javascript"),
            "/style.css": Reply(body=STYLE.encode(), kind="text/css"),
            "/roster": Reply(body=self.roster, kind="application/octet-stream"),
            "/exit": Reply(body=b"<!doctype html><title>Kommunen</title><h1>Kommunen</h1>"),
            "/done": Reply(body=b"<!doctype html><title>Utv</title><h1>Ingen kod</h1>"),
        }
        return pages.get(arrival.path, Reply(body=b"<!doctype html><title>Utv</title><h1>En annan sida</h1>"))


@contextmanager
def stand(script: bytes) -> Iterator[Stand]:
    """Serve on a free port of this machine until the end."""
    portal = Stand(script)

    class Handler(BaseHTTPRequestHandler):
        """Hands each request to the stand."""

        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *_values: object) -> None:  # noqa: A002 - the library's own name
            """Keep quiet."""

        def serve(self) -> None:
            """Answer, or drop the connection."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = portal.answer(Arrival(self.command, self.path, dict(self.headers), body))
            if not reply.status:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {**HEADERS, "Content-Type": reply.kind, "Content-Length": len(reply.body)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = serve  # noqa: N815 - the library's own names

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    portal.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
