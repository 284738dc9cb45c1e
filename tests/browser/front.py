"""A door before the real portal: hands everything on, notes what came, and can serve another answer instead."""

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})
PACKED = "accept-encoding"  # not handed on: rules read and change what is said in plain


@dataclass(frozen=True)
class Arrival:
    """One request as it came."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered; status 0 drops the connection instead."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


Next = Callable[[Arrival], Reply]
Rule = Callable[[Arrival, Next], Reply]


@dataclass
class Front:
    """Where it stands, whom it asks, what it does otherwise (by path, or whatever the path), and what came."""

    upstream: int
    rules: dict[str, Rule] = field(default_factory=dict)
    always: Rule | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    origin: str = ""

    def answer(self, arrival: Arrival) -> Reply:
        """Answer one request by its path's rule, by the rule for all, or as the portal does."""
        self.arrivals.append(arrival)
        rule = self.rules.get(arrival.path, self.always)
        return rule(arrival, self.ask) if rule else self.ask(arrival)

    def ask(self, arrival: Arrival) -> Reply:
        """Hand one request on; without anyone behind the door nothing is found."""
        if not self.upstream:
            return Reply(404)
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        try:
            connection.putrequest(arrival.method, arrival.path, skip_host=True, skip_accept_encoding=True)
            for name, value in arrival.headers:
                if name.lower() not in HOP | {PACKED}:
                    connection.putheader(name, value)
            if arrival.body:
                connection.putheader("Content-Length", str(len(arrival.body)))
            connection.endheaders(arrival.body or None)
            got = connection.getresponse()
            headers = [(name, value) for name, value in got.getheaders() if name.lower() not in HOP]
            return Reply(got.status, headers, got.read())
        finally:
            connection.close()


class Server(ThreadingHTTPServer):
    """Says nothing of callers that hang up."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a browser that closes in mid-handshake is no fault."""


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the door."""

    door: Front
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self) -> None:
        """Shake hands here, where a silent caller holds up nobody else."""
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(self.timeout)
            self.request.do_handshake()
        super().setup()

    def log_message(self, format: str, *_values: object) -> None:  # noqa: A002 - the library's own name
        """Keep quiet."""

    def serve(self) -> None:
        """Answer, or drop the connection."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.door.answer(Arrival(self.command, self.path, self.headers.items(), body))
        if not reply.status:
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        for name, value in [*reply.headers, ("Content-Length", str(len(reply.body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_HEAD = serve  # noqa: N815 - the library's own names


@contextmanager
def front(upstream: int, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Front]:
    """Stand before the port of this machine until the end; `host` is the name that browsers know it by."""
    door = Front(upstream)
    server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"door": door}))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    door.origin = f"{'https' if tls else 'http'}://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
