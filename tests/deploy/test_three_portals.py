"""Three portals behind nginx, over one PostgreSQL and one Redis: any one may be killed, and so may what they share."""

from __future__ import annotations

import http.client
import itertools
import random
import re
import threading
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from crypto.submission import new_try
from tests.deploy.portals import PORTALS, Portals, three_portals
from tests.nginx import SITE, Front, Reply
from tests.postgresql import Cluster
from tests.redis import RedisServer
from tests.road import FORM

VISITORS = 5
PATIENCE = 60
pytestmark = pytest.mark.long


class Browser:
    """One visitor without script: keeps cookies, and tries again as somebody does whose line broke."""

    def __init__(self, before: Front, port: int | None = None) -> None:
        self._front = before
        self._port = port
        self._cookies: dict[str, str] = {}

    def once(self, method: str, path: str, fields: dict[str, str] | None = None) -> Reply:
        """Ask once, of nginx or of one portal itself."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        headers |= {"Content-Type": FORM, "Sec-Fetch-Site": "same-origin"} if fields is not None else {}
        body = urlencode(fields).encode() if fields is not None else None
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        if self._port is None:
            connection.sock = self._front.tls()
        try:
            connection.request(method, path, body, {"Host": SITE, **headers})
            got = connection.getresponse()
            answer = Reply(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
            for line in got.msg.get_all("Set-Cookie", []):
                self._cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
            return answer
        finally:
            connection.close()

    def send(self, text: str, until: Callable[[], bool]) -> str | None:
        """Send one text, again and again under one try, until a page says that it came; give where that leads."""
        fields = {"message": text, "municipality": "ekstad", "answer_by": "code", "try": new_try()}
        while not until():
            try:
                if not self._cookies:
                    self.once("GET", "/me")
                answer = self.once("POST", "/me", fields)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if answer.status == 303 and answer.headers["location"].startswith("/done"):
                return answer.headers["location"]
            time.sleep(0.05)
        return None

    def code(self) -> str:
        """Read the code off the page that follows, as often as it takes."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            try:
                answer = self.once("GET", "/done")
            except (OSError, http.client.HTTPException):
                continue
            if answer.status == 200:
                return "".join(re.findall(r"<bdi>(\d{4})</bdi>", answer.body.decode()))
        raise AssertionError("no page came")


class Crowd:
    """Honest visitors who send one text after the other; what each of them was told is remembered."""

    def __init__(self, before: Front) -> None:
        self._front = before
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self.acknowledged: dict[str, str] = {}  # text and the code that was shown, "" for none
        self.sent: set[str] = set()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(VISITORS)]
        for thread in self._threads:
            thread.start()

    def more(self, count: int) -> None:
        """Wait until so many more were told that theirs came."""
        wanted, ends = len(self.acknowledged) + count, time.monotonic() + PATIENCE
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < ends, "nobody gets through"
            time.sleep(0.02)

    def stop(self) -> None:
        """Wait until nobody has anything under way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            visitor, text = Browser(self._front), f"request {next(self._numbers)}"
            self.sent.add(text)
            where = visitor.send(text, self._stopping.is_set)
            if where is not None:
                self.acknowledged[text] = visitor.code() if where == "/done" else ""


def check(portals: Portals, crowd: Crowd) -> None:
    """Nothing acknowledged is lost, each text is one request, and each code that was shown is that request's own."""
    ends = time.monotonic() + PATIENCE
    while portals.waiting():
        assert time.monotonic() < ends, "the spool is not handed over"
        time.sleep(0.1)
    found = portals.collected()
    assert set(crowd.acknowledged) <= set(found) <= crowd.sent
    for text, versions in found.items():
        assert len({one.try_id for one in versions}) == 1, text
    for text, code in crowd.acknowledged.items():
        if code:
            assert portals.world.keys(code).mailbox() in [one.mailbox for one in found[text]], text


def test_a_kill_of_any_portal_loses_nothing(tmp_path: Path, postgresql: Cluster, redis: RedisServer) -> None:
    """Each is killed under load: what was told is there once, and codes are shown whoever took the words."""
    dice = random.Random(7)  # noqa: S311  # when to kill; the same moments each time
    with three_portals(tmp_path, postgresql, redis) as (portals, before):
        crowd = Crowd(before)
        for port in portals.ports:
            crowd.more(4)
            time.sleep(dice.uniform(0.0, 0.3))
            portals.kill(port)
            crowd.more(6)  # two go on
            portals.start(port)
            portals.wait(port)
        crowd.stop()
        check(portals, crowd)
    shown = [code for code in crowd.acknowledged.values() if code]
    assert len(crowd.acknowledged) >= 30
    assert len(shown) >= 0.6 * len(crowd.acknowledged)  # desks of their own would show one in three
    assert len(set(shown)) == len(shown)


def test_with_the_database_away_a_portal_may_be_killed_too(
    tmp_path: Path, postgresql: Cluster, redis: RedisServer
) -> None:
    """The database stops under load, a portal is killed meanwhile, then Redis goes: all that was told arrives once."""
    with three_portals(tmp_path, postgresql, redis) as (portals, before):
        crowd = Crowd(before)
        crowd.more(5)
        postgresql.stop()
        try:
            crowd.more(10)
            assert portals.waiting() > 0
            portals.kill(portals.ports[0])
            crowd.more(5)
            portals.start(portals.ports[0])
            redis.stop()
            crowd.more(5)
        finally:
            postgresql.start()
            redis.stop()
            redis.start()
        portals.wait(portals.ports[0])
        crowd.more(5)
        crowd.stop()
        check(portals, crowd)
    assert any(not code for code in crowd.acknowledged.values())  # while Redis was away


def test_a_code_and_a_count_are_shared_for_certain(tmp_path: Path, postgresql: Cluster, redis: RedisServer) -> None:
    """One portal takes, each of the others shows; thirty a minute are thirty in all, however many portals there are."""
    with three_portals(tmp_path, postgresql, redis, POSTS_IN_ALL="30") as (portals, before):
        visitor = Browser(before, portals.ports[0])
        assert visitor.send("delat", lambda: False) == "/done"
        codes = set()
        for port in portals.ports[1:]:
            visitor._port = port
            codes.add(visitor.code())
        assert len(codes) == 1
        assert len(codes.pop()) == 24
        answers = [tell(before) for _ in range(30 + 5 * PORTALS)]
    assert sum(where.startswith("/done") for where in answers) == 29


def tell(before: Front) -> str:
    """Send one text as somebody who has just opened the page; give where that leads."""
    visitor = Browser(before)
    visitor.once("GET", "/me")
    answer = visitor.once("POST", "/me", {"message": "räknad", "municipality": "ekstad", "try": new_try()})
    return answer.headers.get("location", str(answer.status))
