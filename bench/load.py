"""The load generator: its own process, one thread, keep-alive sockets, bounded in time.

`python -m bench.load` reads one Job as JSON from standard input and writes one Result as JSON.
"""

from __future__ import annotations

import json
import os
import random
import re
import selectors
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

TOKEN = re.compile(rb'name="?csrf_token"? (?:type="?hidden"? )?value="?([^"> ]+)')
TOKEN_BEFORE = re.compile(rb'value="?([^"> ]+)"? name="?csrf_token')
COOKIE = re.compile(rb"[Ss]et-[Cc]ookie: ([^;=\r\n]+)=([^;\r\n]*)")
PLACE = re.compile(rb"[Ll]ocation: ([^\r\n]+)")
LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: (\d+)")
CLOSES = re.compile(rb"\r\n[Cc]onnection: close", re.IGNORECASE)
LOST = b"HTTP/1.1 000 lost"  # counted as no server's status: the connection was cut before an answer
STEP = 0.05  # seconds between two looks for who begins next
STALL = 10.0  # seconds without any answer at all until those who wait count as lost


@dataclass(frozen=True)
class Job:
    """What to send: `body` is a form with `{mark}` where each request gets 32 digits of its own; empty for a GET.

    Of several `bodies` each request takes one by chance. `heads` (hex) and `size` send bytes instead: one of the heads,
    and random ones up to the size.
    """

    port: int
    path: str
    clients: int
    seconds: float
    body: str = ""
    bodies: Sequence[str] = ()
    heads: Sequence[str] = ()
    size: int = 0
    origin: str = ""  # sent as a browser sends it beside Sec-Fetch-Site; empty: neither, the token alone must do
    proxied: bool = True  # each request says that it came from an address of its own
    network: str = ""  # the first three numbers of those addresses, where all come from one network
    circuits: bool = False  # each connection is a circuit of its own, which Tor names by the PROXY protocol
    at_once: int = 0  # clients that begin together, 0 for all of them
    a_second: int = 0  # how many more begin in each second after that
    most: int = 0  # requests after which it ends before its time; 0 for as many as there is time for
    keeps: bool = False  # cookies that answers renew, as a browser does; else those of the first page
    follow: bool = False  # a redirect, and time both as one; `good` and `proof` are then of the page
    good: str = "303"  # the status that acknowledges a request
    proof: str = ""  # what the answer must hold as well

    def followed(self) -> Job:
        """Return the same job as a browser does it: cookies kept, the redirect followed."""
        return replace(self, keeps=True, follow=True)


@dataclass
class Result:
    """What came back: how many by status, how long each acknowledged one took (milliseconds), and the wall time."""

    statuses: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0


class Client:
    """One keep-alive connection that has one request under way."""

    def __init__(self, job: Job, number: int, dice: random.Random) -> None:
        self.job, self.number, self.dice = job, number, dice
        self.cookies, self.token = dict[bytes, bytes](), b""
        self.following = False
        self.received = bytearray()
        self.started = 0.0
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.job.port), timeout=10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.job.circuits:
            made.sendall(b"PROXY TCP6 fc00:dead:beef:4dad::1:%x ::1 65535 80\r\n" % (self.number + 1))
        return made

    def open_page(self) -> None:
        """Fetch the form once, for its cookie and token, as everybody does before they write.

        Nothing is measured yet: a server that hangs up on somebody who has waited behind the others is asked again.
        """
        whole = 0  # of the page, in bytes; none yet
        for again in (True, True, False):
            try:
                self.socket.sendall(self._head(b"GET", b""))
                while not (whole := self._whole()):
                    self._receive()
                break
            except ConnectionError:
                if not again:
                    raise
                self.received.clear()
                self.socket = self._connect()
        page = bytes(self.received[:whole])
        found = TOKEN.search(page) or TOKEN_BEFORE.search(page)
        self.token = found.group(1) if found else b""
        self.cookies.update(COOKIE.findall(page))
        self._next(page, whole)

    def begin(self) -> None:
        """Send the next request."""
        self.started, self.following = time.perf_counter(), False
        body = self._body()
        self.socket.sendall(self._head(b"POST", body) + body if body else self._head(b"GET", b""))

    def _body(self) -> bytes:
        if self.job.heads:
            start = bytes.fromhex(self.dice.choice(self.job.heads))
            return start + os.urandom(self.job.size - len(start))
        wanted = self.dice.choice(self.job.bodies) if self.job.bodies else self.job.body
        body = wanted.replace("{mark}", f"{self.dice.getrandbits(128):032x}").encode()
        return body + b"&csrf_token=" + self.token if body and self.token else body

    def answered(self) -> bytes:
        """Take in what has come; return the whole answer once it is there, LOST if it will never come."""
        try:
            self._receive()
        except OSError:
            self.socket.close()
            self.received.clear()
            self.socket = self._connect()
            return LOST
        whole = self._whole()
        if not whole:
            return b""
        answer = bytes(self.received[:whole])
        self._next(answer, whole)
        if self.job.keeps:
            self.cookies.update(COOKIE.findall(answer, 0, answer.find(b"\r\n\r\n") + 2))
        return b"" if self._followed(answer) else answer

    def _followed(self, answer: bytes) -> bool:
        """Ask for the page that an answer leads to, if that is the job; tell whether it was asked for."""
        place = PLACE.search(answer) if self.job.follow and not self.following else None
        self.following = place is not None
        if place:
            self.socket.sendall(self._head(b"GET", b"", place[1]))
        return self.following

    def _receive(self) -> None:
        some = self.socket.recv(65536)
        if not some:
            raise ConnectionError("the server closed in the middle of an answer")
        self.received += some

    def _whole(self) -> int:
        """Return the length of the answer that has come whole, or 0."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return 0
        length = LENGTH.search(self.received, 0, end + 2)
        whole = end + 4 + (int(length.group(1)) if length else 0)
        return whole if len(self.received) >= whole else 0

    def _next(self, answer: bytes, whole: int) -> None:
        del self.received[:whole]
        if CLOSES.search(answer, 0, answer.find(b"\r\n\r\n") + 2):
            self.socket.close()
            self.socket = self._connect()

    def _head(self, method: bytes, body: bytes, path: bytes = b"") -> bytes:
        lines = [
            b"%b %b HTTP/1.1" % (method, path or self.job.path.encode()),
            b"Host: " + (self.job.origin.partition("://")[2] or f"127.0.0.1:{self.job.port}").encode(),
            b"User-Agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile",
            b"Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
            b"Accept-Language: sv",
            b"Accept-Encoding: gzip, deflate, br",
        ]
        if self.cookies:
            lines.append(b"Cookie: " + b"; ".join(b"%b=%b" % cookie for cookie in self.cookies.items()))
        if self.job.proxied:
            a, b, c = (self.dice.randrange(1, 255) for _ in range(3))
            lines.append(b"X-Forwarded-For: %b.%d" % (self.job.network.encode() or b"10.%d.%d" % (a, b), c))
        if method == b"POST":
            kind = b"octet-stream" if self.job.heads else b"x-www-form-urlencoded"
            lines += [b"Content-Type: application/" + kind, b"Content-Length: %d" % len(body)]
            if self.job.origin:
                lines += [b"Origin: " + self.job.origin.encode(), b"Sec-Fetch-Site: same-origin"]
        return b"\r\n".join(lines) + b"\r\n\r\n"


def run(job: Job) -> Result:
    """Send until the time is up, then wait for what is under way: every request sent is counted."""
    dice = random.Random(1)  # noqa: S311  # draws addresses and marks, no secrets
    clients = [Client(job, number, dice) for number in range(job.clients)]
    proof = job.proof.encode()
    for client in clients:
        client.open_page()
    result, statuses = Result(), Counter[str]()
    started = time.perf_counter()
    for client, answer in _answers(clients, started + job.seconds, job):
        status = answer[9:12].decode("ascii")
        statuses[status] += 1
        if status == job.good and proof in answer:
            result.acknowledged += 1
            result.times.append((time.perf_counter() - client.started) * 1000)
    result.seconds = time.perf_counter() - started
    result.statuses = dict(statuses)
    return result


def _answers(clients: Sequence[Client], until: float, job: Job) -> Iterator[tuple[Client, bytes]]:
    """Keep every client busy until the time is up; give each answer with its client, `started` still its own."""
    waiting, done, late, started = selectors.DefaultSelector(), 0, deque(clients), time.perf_counter()
    while late or waiting.get_map():
        for client in _let_in(late, len(clients), job, time.perf_counter() - started):
            client.begin()
            waiting.register(client.socket, selectors.EVENT_READ, client)
        ready = waiting.select(STEP if late else STALL)
        if not (ready or late):  # a server that never answers some is measured too: they count as lost
            yield from [(key.data, LOST) for key in waiting.get_map().values()]
            return
        for key, _ in ready:
            client, before = key.data, key.fileobj
            answer = client.answered()
            if not answer and client.socket is before:
                continue
            waiting.unregister(before)
            if not answer:  # a page that is followed on a new connection
                waiting.register(client.socket, selectors.EVENT_READ, client)
                continue
            yield client, answer
            done += 1
            if time.perf_counter() < until and not 0 < job.most <= done:
                client.begin()
                waiting.register(client.socket, selectors.EVENT_READ, client)


def _let_in(late: deque[Client], clients: int, job: Job, seconds: float) -> Iterator[Client]:
    """Give those who begin now, of all that have not."""
    let_in = job.at_once + int(job.a_second * seconds) if job.at_once else clients
    while late and clients - len(late) < let_in:
        yield late.popleft()


def main() -> None:
    """Read a job, do it, write the result."""
    json.dump(asdict(run(Job(**json.load(sys.stdin)))), sys.stdout)


if __name__ == "__main__":
    main()
