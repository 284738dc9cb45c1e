"""Several portals and the Redis that they share: one desk, one count, one signature; and none of it needed to send."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask

from command.processes import HOST, claim_port
from portal import shared
from portal.agreed import SharedSecret
from portal.budgets import Buckets
from portal.shared import Shared
from portal.shareddesk import ROW_COST, SharedDesk
from tests.faults.proxy import line
from tests.portal.test_portal_guard import sent
from tests.portal.world import OUR_PAGE, Phone, World, inputs
from tests.redis import RedisServer, redis_server

CALL = {"message": "kanariefågel", "answer_by": "code"}


@pytest.fixture
def portals(world: World, redis: RedisServer) -> list[Flask]:
    """Two portals over one dead drop and one Redis."""
    return [world.app(redis=redis.url) for _ in range(2)]


def move(phone: Phone, app: Flask) -> Phone:
    """Let a visitor's next requests reach another portal, as a front would."""
    phone.client.application = app
    return phone


def code_on(page: str) -> str:
    """Read the return code that a page shows."""
    return "".join(re.findall(r"<bdi>(\d{4})</bdi>", page))


# --- one desk ------------------------------------------------------------------------------------------------------


def test_a_code_is_shown_by_another_portal_than_the_one_that_took_the_words(world: World, portals: list[Flask]) -> None:
    """Who sends at one is shown the code by the other, and it is the code that stands in the envelope."""
    phone = Phone(portals[0])
    phone.get("/me")
    assert phone.post("/me", CALL).headers["Location"] == "/done"
    code = code_on(move(phone, portals[1]).get("/done").text)
    (received,) = world.received()
    assert received.mailbox == world.keys(code).mailbox()


def test_a_refused_draft_comes_back_at_another_portal(portals: list[Flask]) -> None:
    """What one portal refused stands in the form that the other shows."""
    phone = Phone(portals[0])
    phone.get("/me")
    phone.post("/me", {"message": "kanariefågel", "answer_by": "call"})
    assert "kanariefågel" in move(phone, portals[1]).get("/me").text


def test_an_old_browsers_token_holds_at_another_portal(portals: list[Flask]) -> None:
    """A page of one portal is sent to the other: cookie and token are believed there."""
    phone = Phone(portals[0])
    page = inputs(phone.get("/me").text)
    answer = move(phone, portals[1]).old_post("/me", {**page, "message": "hej"})
    assert answer.headers["Location"] == "/done"


def test_two_workers_that_share_give_codes(world: World, redis: RedisServer) -> None:
    """Several processes offer codes again, where they have a desk in common."""
    alone, together = world.settings(workers=2), world.settings(workers=2, redis=redis.url)
    assert not alone.shared_out().programme.answers.code
    assert together.shared_out().programme.answers.code


# --- one count -----------------------------------------------------------------------------------------------------


def test_portals_count_together(world: World, redis: RedisServer) -> None:
    """What a network, or all, may send in a minute is counted over all portals, by names that they agree on."""
    apps = [world.app(redis=redis.url, posts_per_prefix=4, posts_in_all=40) for _ in range(2)]
    answers = [sent(world, app, ["203.0.113.7"] * 3) for app in apps]
    assert [[answer[:5] for answer in one] for one in answers] == [["/done"] * 3, ["/done", "/me?m", "/me?m"]]
    assert sent(world, apps[1], ["198.51.100.7"])[0].startswith("/done")


def test_portals_name_a_network_alike_for_an_hour(redis: RedisServer) -> None:
    """Two portals give one network one name, another after the hour, and each its own while they cannot agree."""
    clock = [0.0]
    one, two = (Buckets(lambda: clock[0], Shared(redis.url)) for _ in range(2))
    first = one.networks("203.0.113.9")
    assert two.networks("203.0.113.9") == first
    redis.restart()  # it has forgotten the secret: who looks first lays it down again, so nothing changes
    clock[0] += 1.0
    assert one.networks("203.0.113.9") == two.networks("203.0.113.9") == first
    redis.stop()
    clock[0] += 3600.0
    alone = one.networks("203.0.113.9"), two.networks("203.0.113.9")
    assert not {*alone[0], *alone[1]} & set(first)
    assert alone[0] != alone[1]
    redis.start()
    time.sleep(0.25)
    clock[0] += 1.0
    assert one.networks("203.0.113.9") == two.networks("203.0.113.9")


def test_a_portal_that_comes_later_takes_the_secret_that_is_there(redis: RedisServer) -> None:
    """The hour is the server's: a portal that starts in the middle of it changes nothing, and ends it with the rest."""
    clock = [0.0]
    one = Buckets(lambda: clock[0], Shared(redis.url))
    first = one.networks("203.0.113.9")
    clock[0] = 1800.0
    assert Buckets(lambda: clock[0], Shared(redis.url)).networks("203.0.113.9") == first
    left = Shared(redis.url).client.pttl("utvag:secret:buckets")
    assert 0 < left <= 3600_000


def test_a_secret_that_was_taken_ends_when_the_server_says(redis: RedisServer) -> None:
    """Who takes one in the middle of its time ends it with the rest, though nobody can be asked by then."""
    clock = [0.0]
    laid = SharedSecret("half", 1800.0, Shared(redis.url), lambda: clock[0]).current()
    late = SharedSecret("half", 3600.0, Shared(redis.url), lambda: clock[0])
    assert late.current() == laid
    redis.stop()
    clock[0] = 1700.0
    assert late.current() == laid
    clock[0] = 1810.0
    assert late.current() != laid


# --- without it ----------------------------------------------------------------------------------------------------


@contextmanager
def slow(server: RedisServer, folder: Path, seconds: float) -> Iterator[str]:
    """Stand before the server and hold each answer back; give the address to ask at."""
    path = str(folder / "slow.sock")
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen()

    def pump(source: socket.socket, target: socket.socket, wait: float) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                time.sleep(wait)
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        source.close()

    def serve() -> None:
        with suppress(OSError):
            while True:
                visitor, _ = door.accept()
                behind = socket.socket(socket.AF_UNIX)
                behind.connect(f"{server.folder}/redis.sock")
                for pair in ((visitor, behind, 0.0), (behind, visitor, seconds)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"unix://{path}"
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()


def send_one(app: Flask) -> tuple[str, float]:
    """Send a form that asks for a code; give where it leads, and the seconds that the POST took."""
    phone = Phone(app)
    phone.get("/me")
    started = time.monotonic()
    answer = phone.post("/me", CALL)
    return answer.headers["Location"], time.monotonic() - started


def test_a_redis_that_is_gone_costs_the_code_and_not_the_words(
    world: World, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopped: received, without a code, and the page says so with the number to call. Back: codes by themselves."""
    caplog.set_level("INFO")
    app = world.app(redis=redis.url, posts_per_prefix=3)
    redis.stop()
    assert send_one(app)[0] == "/done?m=nocode"
    assert "Den här gången får du ingen kod." in Phone(app).get("/done?m=nocode").text
    (received,) = world.received()
    assert received.mailbox is None
    assert [send_one(app)[0] for _ in range(3)] == ["/done?m=nocode", "/done?m=nocode", "/me?m=busy"]  # its own limits
    redis.start()
    time.sleep(0.25)
    assert send_one(app)[0] == "/done"
    told = [record.message for record in caplog.records if "Redis" in record.message]
    assert told == ["Redis is not used: ConnectionError", "Redis is used again"]


def test_a_redis_that_hangs_holds_nobody(world: World, redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and answers nothing: one short wait, then none at all until somebody tries again."""
    monkeypatch.setattr(shared, "PATIENCE", 1.0)
    monkeypatch.setattr(shared, "IN_ALL", 1.0)
    app = world.app(redis=redis.url)
    send_one(app)
    with redis.hanging():
        first, waited = send_one(app)
        assert first == "/done?m=nocode"
        assert waited < 4.0
        assert min(send_one(app)[1] for _ in range(3)) < shared.PATIENCE
    time.sleep(0.25)
    assert send_one(app)[0] == "/done"


@pytest.mark.long
def test_a_slow_redis_holds_a_request_only_so_long(
    world: World, redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer comes, and late: a request stops asking when it has waited long enough in all."""
    monkeypatch.setattr(shared, "PATIENCE", 0.25)
    monkeypatch.setattr(shared, "IN_ALL", 0.5)
    with slow(redis, tmp_path, 0.15) as address:
        where, seconds = send_one(world.app(redis=address))
    assert where == "/done?m=nocode"
    assert seconds < shared.IN_ALL + shared.PATIENCE + 2.0
    assert len(world.received()) == 1


def test_a_redis_that_forgot_everything_is_used_at_once(world: World, redis: RedisServer) -> None:
    """Started anew between two pages: the code is gone and the page does not say otherwise; the next one is shown."""
    app = world.app(redis=redis.url)
    phone = Phone(app)
    phone.get("/me")
    assert phone.post("/me", CALL).headers["Location"] == "/done"
    redis.restart()
    assert "Här finns inget att visa" in phone.get("/done").text
    assert send_one(app)[0] == "/done"


def test_a_full_redis_refuses_and_takes_nobodys_text_away(world: World) -> None:
    """Out of memory: new rows are refused, those that lie there are given, and nothing is counted that is not there."""
    with redis_server("--maxmemory", "3mb") as server:
        app, way = world.app(redis=server.url), Shared(server.url)
        desk = SharedDesk(way, "full", 2**30, 2**30)
        laid, where = list[int](), "/done"
        for _ in range(5):  # Redis takes idle buffers back after some seconds, and then has a little room again
            for size in (60_000, 1_000, 1):  # until not even a small row finds room
                while desk.put(len(laid).to_bytes(2, "big"), "aa", bytes(size), 60):
                    laid.append(size)
            if where == "/done":
                where = send_one(app)[0]
        assert desk.size == sum(laid) + len(laid) * ROW_COST
        assert desk.get(bytes(2)) == bytes(60_000)
        assert where == "/done?m=nocode"
        for key in range(len(laid)):
            desk.drop(key.to_bytes(2, "big"))
        assert desk.size == 0
        assert send_one(app)[0] == "/done"


def test_no_page_waits_for_a_portal_that_starts_without_it(world: World, redis: RedisServer) -> None:
    """A portal that starts while it is away serves, and uses it when it comes."""
    redis.stop()
    app = world.app(redis=redis.url)
    assert app.test_client().get("/", headers=OUR_PAGE).status_code == 200
    redis.start()
    time.sleep(0.25)
    assert send_one(app)[0] == "/done"


@pytest.mark.parametrize("fault", ["cut", "silent", "mute"])
def test_a_line_to_redis_that_fails_costs_the_code_and_not_the_words(
    world: World, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut, or words or answers swallowed: one short wait, received, limits of its own; mended, codes by themselves."""
    monkeypatch.setattr(shared, "PATIENCE", 0.5)
    port = claim_port(0)
    with redis_server("--port", str(port)), line(port) as between:
        app = world.app(redis=f"redis://{HOST}:{between.port}", posts_per_prefix=3)
        assert send_one(app)[0] == "/done"
        if fault == "cut":
            between.cut()
        else:
            setattr(between, fault, True)
        where, waited = send_one(app)
        assert where == "/done?m=nocode"
        assert waited < shared.IN_ALL + 2.0
        assert [send_one(app)[0] for _ in range(3)] == ["/done?m=nocode", "/done?m=nocode", "/me?m=busy"]
        between.mend()
        time.sleep(2 * shared.PAUSE)
        assert send_one(app)[0] == "/done"
    assert len(world.received()) == 5
