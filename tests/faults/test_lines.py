"""A line cut, silent or mute between visitor and front, and between front and portal."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from command.processes import HOST, claim_port
from crypto.submission import new_try
from deaddrop import schema
from tests.deploy.portals import Portals, plainly_told
from tests.faults.proxy import RESET, Line, line
from tests.nginx import SITE, Front, Reply, front, stand_in
from tests.portal.test_portal_sealed import BYTES, envelope
from tests.portal.world import World
from tests.road import FORM
from tests.serving import serving

AWAY, UNSURE = "Just nu går det inte", "Då vet vi inte om det kom fram"
QUICK = {"proxy_read_timeout 30s": "proxy_read_timeout 2s"}  # the delivered time-outs have a test of their own
HEAD = (
    f"POST /me HTTP/1.1\r\nHost: {SITE}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {FORM}\r\n"
    "Content-Length: {}\r\n\r\n"
)
SOON = 10.0  # seconds until what was sent has come, or never will

pytestmark = pytest.mark.long


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Lay out a programme with its roster."""
    made = World(tmp_path)
    made.write_roster()
    return made


@contextmanager
def served(world: World) -> Iterator[int]:
    """Serve a portal that stands behind a proxy; give its port."""
    with serving(world.app(proxies=1), threads=4) as server:
        yield server.effective_port


@pytest.fixture
def delivered(world: World) -> Iterator[int]:
    """Run a portal as its unit does, behind granian, over a dead drop in a file; give its port."""
    drop = world.folder / "deaddrop.sqlite"
    made = Portals(world, plainly_told(world, DEADDROP=str(drop)), schema.engine(drop), [claim_port(0)])
    made.start(made.ports[0])
    try:
        made.wait(made.ports[0])
        yield made.ports[0]
    finally:
        made.kill(made.ports[0])


@contextmanager
def behind(world: World, *others: int) -> Iterator[tuple[Front, Line]]:
    """Put nginx before a portal, with a line between the two; `others` are portals that it may ask as well."""
    with served(world) as port, line(port) as between, front([between.port, *others], spoil=QUICK) as before:
        yield before, between


def form(text: str, attempt: str) -> bytes:
    """Fill in the form as a browser without script does."""
    return urlencode({"message": text, "municipality": "ekstad", "answer_by": "code", "try": attempt}).encode()


def post(before: Front, path: str, body: bytes, via: socket.socket | None = None) -> Reply:
    """Send from a page of ours."""
    kind = FORM if path == "/me" else BYTES
    return before.ask("POST", path, body, via, Content_Type=kind, Sec_Fetch_Site="same-origin", Accept_Language="sv")


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.02)
    return held


@pytest.mark.parametrize(("path", "sent_again"), [("/me", 2), ("/envelope", 1)])
def test_an_answer_lost_on_its_way_to_the_visitor(world: World, path: str, sent_again: int) -> None:
    """It came, and the visitor cannot know: sent again by hand it is the same try, sent by the script it is one."""
    attempt = new_try()
    body = form("hej", attempt) if path == "/me" else envelope(world)
    with served(world) as port, front([port]) as before, line(before.https) as between:
        raw = socket.create_connection((HOST, between.port), SOON)
        with before.context().wrap_socket(raw, server_hostname=SITE) as secure:
            between.mute = True
            secure.settimeout(2)
            with pytest.raises((OSError, http.client.HTTPException)):
                post(before, path, body, secure)
        assert within(SOON, lambda: len(world.received()) == 1)
        between.mend()
        assert post(before, path, body).status in (201, 303)
    found = world.received()
    assert len(found) == sent_again
    assert len({one.try_id for one in found}) == 1


def test_a_visitor_whose_line_breaks_amid_sending_has_sent_nothing(world: World) -> None:
    """Half a form, and then a reset: no portal hears of it; the whole form gets through on the next line."""
    body = form("ett halvt ord " * 200, new_try())
    with stand_in() as app, front([app.port]) as before:
        secure = before.tls()
        head = f"POST /me HTTP/1.1\r\nHost: {SITE}\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n"
        secure.sendall(head.encode() + body[:1000])
        time.sleep(0.5)
        secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        secure.close()
        assert not within(1.0, lambda: bool(app.requests))
        assert post(before, "/me", body).status == 200
        assert app.methods() == ["POST"]


def test_a_front_cut_off_from_its_portal_says_whom_to_call(world: World) -> None:
    """At once: nginx's page with the number for danger; nothing came; mended, the same words get through."""
    body = form("hej", new_try())
    with behind(world) as (before, between):
        between.cut()
        started = time.monotonic()
        told = post(before, "/me", body)
        assert time.monotonic() - started < SOON
        assert (told.status, AWAY in told.body.decode(), b"112" in told.body) == (502, True, True)
        assert world.received() == []
        between.mend()
        assert within(SOON, lambda: post(before, "/me", body).status == 303)
    assert len(world.received()) == 1


def test_a_line_to_the_portal_that_breaks_amid_the_words_brings_nothing(world: World) -> None:
    """The portal has half of them: it keeps none, and the visitor reads nginx's page."""
    body = form("ett halvt ord " * 400, new_try())
    with behind(world) as (before, between):
        between.room = 3000
        told = post(before, "/me", body)
        assert (told.status, UNSURE in told.body.decode()) == (502, True)
        time.sleep(0.5)
        assert world.received() == []


@pytest.mark.parametrize("ending", ["hung up", "reset", "silent"])
def test_half_a_form_is_nothing_to_a_portal_as_it_is_delivered(world: World, delivered: int, ending: str) -> None:
    """Half of it came, then the front hung up, was cut off, or fell silent for a while: nothing is kept of it."""
    body = form(text := "ring mig inte hem, bara " * 200, new_try())
    half, rest = body[: len(body) // 2], body[len(body) // 2 :]
    with socket.create_connection((HOST, delivered), SOON) as half_way:
        half_way.sendall(HEAD.format(len(body)).encode() + half)
        time.sleep(0.5)
        if ending == "reset":
            half_way.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if ending == "silent":
            with socket.create_connection((HOST, delivered), 1) as other:
                other.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                with pytest.raises(TimeoutError):  # one thread, and it waits
                    other.recv(1)
            assert world.received() == []
            half_way.sendall(rest)  # the line is whole again: so is the form
            assert half_way.recv(100).startswith(b"HTTP/1.1 303 ")
    with front([delivered]) as before:
        assert post(before, "/me", form("hel", new_try())).status == 303
    expected = {"hel", text.strip()} if ending == "silent" else {"hel"}
    assert {one.answers["message"] for one in world.received()} == expected


@contextmanager
def unreachable() -> Iterator[int]:
    """Lend a port that answers no call, as where packets are dropped: whoever calls waits."""
    with ExitStack() as held:
        listener = held.enter_context(socket.create_server((HOST, 0), backlog=0))
        for _ in range(4):  # more than it lets wait
            one = held.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_portal_that_cannot_be_reached_is_passed_by() -> None:
    """Packets to it are dropped: a form goes to the next one after two seconds, and then for a while at once."""
    with unreachable() as port, stand_in() as well, front([port, well.port]) as made:
        waited = []
        for number in range(4):
            started = time.monotonic()
            assert post(made, "/me", form(str(number), new_try())).status == 200
            waited.append(time.monotonic() - started)
    assert len(well.methods()) == 4
    assert 1.5 < max(waited) < 4
    assert sum(one > 1 for one in waited) == 1


@pytest.mark.parametrize("fault", ["silent", "mute"])
def test_a_portal_that_falls_silent_is_not_asked_twice_for_one_sending(world: World, fault: str) -> None:
    """Words or answer are swallowed: the page says that nobody knows, and no other portal was given the same words."""
    attempt = new_try()
    with stand_in() as other, behind(world, other.port) as (before, between):
        setattr(between, fault, True)
        answers = [post(before, "/me", form(str(number), attempt)) for number in range(2)]
        unsure = [one for one in answers if one.status == 504 and UNSURE in one.body.decode()]
        assert (len(unsure), len(other.requests)) == (1, 1)  # the one that was asked of the line, the one of the other
        assert within(SOON, lambda: len(world.received()) == (fault == "mute"))
        assert before.ask("GET", "/about").status == 200
        between.mend()
