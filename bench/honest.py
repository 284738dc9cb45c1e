"""People who mean it, while others do harm: each opens the form, writes and sends; then comes the next one.

`python -m bench.honest` reads one Crowd as JSON from standard input and writes one Told as JSON.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from itertools import count
from urllib.parse import urlencode

from bench.load import COOKIE, TOKEN, TOKEN_BEFORE

THINKS = (0.2, 1.8)  # seconds until the next person comes where one has sent
PATIENCE = 30.0  # seconds until somebody who hears nothing gives up
WORDS = "Jag orkar inte mer. Kan någon höra av sig på kvällen? {mark}"
FIELDS = {"urgency": "soon", "need": "talk", "municipality": "ekstad"}


@dataclass(frozen=True)
class Crowd:
    """Who sends: how many people at a time, where to and for how long.

    Each sending is another person's, from a network of their own. `onion`: they open the connection with a PROXY header
    that names a circuit of their own, as Tor does.
    """

    port: int
    people: int
    seconds: float
    origin: str
    onion: bool = False


@dataclass
class Told:
    """What they were told: milliseconds of each sending (page and POST together), its mark, and every refusal."""

    times: list[float] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)

    def refuse(self, why: str) -> None:
        """Count a sending that was not acknowledged."""
        self.refused[why] = self.refused.get(why, 0) + 1


def run(crowd: Crowd) -> Told:
    """Let everybody send until the time is up."""
    told, lock, until = Told(), threading.Lock(), time.monotonic() + crowd.seconds

    def live(number: int) -> None:
        dice = random.Random(number)  # noqa: S311  # draws pauses and marks, no secrets
        time.sleep(dice.uniform(0, THINKS[1]))
        for person in count(number, crowd.people):
            if time.monotonic() >= until:
                return
            mark, started = f"{dice.getrandbits(128):032x}", time.monotonic()
            why = tried(crowd, person, mark)
            took = (time.monotonic() - started) * 1000
            with lock:
                if why:
                    told.refuse(why)
                else:
                    told.times.append(took)
                    told.marks.append(mark)
            time.sleep(dice.uniform(*THINKS))

    people = [threading.Thread(target=live, args=(number,)) for number in range(crowd.people)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return told


def tried(crowd: Crowd, number: int, mark: str) -> str:
    """Send; a connection that is cut or never answers is a refusal as well."""
    try:
        return send(crowd, number, mark)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__


def send(crowd: Crowd, number: int, mark: str) -> str:
    """Open the form and send it as a browser without script does; give "" or why it was not acknowledged."""
    connection = Line(crowd, number)
    try:
        page, cookies = connection.ask("GET", {}, "")
        found = TOKEN.search(page) or TOKEN_BEFORE.search(page)
        if not found:
            return "no form"
        body = urlencode({**FIELDS, "message": WORDS.format(mark=mark), "csrf_token": found[1].decode()})
        kept = "; ".join(f"{name}={value}" for name, value in cookies.items())
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        connection.ask("POST", {**kind, "Origin": crowd.origin, "Cookie": kept}, body)
    finally:
        connection.close()
    acknowledged = connection.status == http.client.SEE_OTHER and connection.place == "/done"
    return "" if acknowledged else f"{connection.status} {connection.place}"


class Line(http.client.HTTPConnection):
    """One person's connection, from a network of their own."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        own = (f"127.{20 + number // 250}.{1 + number % 250}.1", 0)  # the whole of 127/8 is this machine
        super().__init__("127.0.0.1", crowd.port, timeout=PATIENCE, source_address=None if crowd.onion else own)
        self.status, self.place = 0, ""
        self._own = {} if crowd.onion else {"X-Forwarded-For": f"172.{20 + number // 250}.{1 + number % 250}.9"}
        self._header = (
            f"PROXY TCP6 fc00:dead:beef:4dad::2:{number + 1:x} ::1 {number + 1} 80\r\n" if crowd.onion else ""
        )
        self._host = crowd.origin.partition("://")[2]

    def connect(self) -> None:
        """Open it, and say first whose it is where Tor would."""
        super().connect()
        if self._header:
            self.sock.sendall(self._header.encode("ascii"))

    def ask(self, method: str, headers: dict[str, str], body: str) -> tuple[bytes, dict[str, str]]:
        """Ask for the form's page once; give what came and the cookies that came with it."""
        both = {"Host": self._host, "Accept-Language": "sv", **self._own, **headers}
        self.request(method, "/me", body=body or None, headers=both)
        answer = self.getresponse()
        self.status, self.place = answer.status, answer.headers.get("Location", "")
        lines = "".join(f"set-cookie: {one}\r\n" for one in answer.headers.get_all("Set-Cookie", []))
        cookies = {name.decode(): value.decode() for name, value in COOKIE.findall(lines.encode())}
        return answer.read(), cookies


def main() -> None:
    """Read a crowd, let it send, write what it was told."""
    json.dump(asdict(run(Crowd(**json.load(sys.stdin)))), sys.stdout)


if __name__ == "__main__":
    main()
