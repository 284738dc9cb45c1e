"""Who keeps a connection when there are too many: nobody shuts others out by holding lines open."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from waitress.channel import HTTPChannel

from tests.serving import serving
from tests.web.test_web_manners import small_app
from web.crowd import HEADER_SECONDS, MARGIN, STACKED
from web.network import is_crowd, prefix

ROOM = 40
BEGUN = b"GET / HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def server() -> Iterator[Any]:  # Any: the stubs leave out its port
    """A real waitress with few places."""
    app = small_app()
    app.add_url_rule("/large", "large", lambda: "x" * 12 * 2**20)
    with serving(app, connections=ROOM) as made:
        yield made


@pytest.fixture
def port(server: Any) -> int:  # Any: as above
    """The port of it."""
    return int(server.effective_port)


def line(port: int, source: str = "127.0.0.1", begun: bytes = BEGUN) -> socket.socket:
    """Open a connection from one of this machine's addresses and send the beginning of a request."""
    made = socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(source, 0))
    made.sendall(begun)
    return made


def finish(waiting: socket.socket) -> bytes:
    """Send the rest of the header and return the beginning of the answer."""
    waiting.sendall(b"Connection: close\r\n\r\n")
    return waiting.recv(15)


def test_many_silent_connections_shut_nobody_out(port: int) -> None:
    """Twice as many as there are places, all begun and none finished: the next visitor is answered at once."""
    with ExitStack() as held:
        for _ in range(2 * ROOM):
            held.enter_context(line(port))
        visitor = held.enter_context(line(port))
        assert finish(visitor) == b"HTTP/1.1 200 OK"


def test_who_holds_most_gives_way(port: int) -> None:
    """A slow visitor from another network keeps an older line through a flood, and is answered when it is done."""
    with ExitStack() as held:
        slow = held.enter_context(line(port, "127.0.9.1"))
        for _ in range(3 * ROOM):
            held.enter_context(line(port))
        assert finish(slow) == b"HTTP/1.1 200 OK"


def is_cut(held: socket.socket) -> bool:
    """Tell whether the server has closed the line."""
    held.settimeout(0.01)
    with contextlib.suppress(TimeoutError):
        try:
            return held.recv(1) == b""
        except ConnectionError:
            return True
    return False


def test_a_header_that_trickles_is_cut(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of a header now and then keeps no connection: the whole header has its time, and silence has the same."""
    assert HEADER_SECONDS == 10.0
    monkeypatch.setattr("web.crowd.HEADER_SECONDS", 1.0)
    with line(port) as trickling, line(port, begun=b"") as silent:
        began = time.monotonic()
        while not is_cut(trickling):
            assert time.monotonic() - began < 8
            with contextlib.suppress(ConnectionError):
                trickling.sendall(b"X: y\r\n")
            time.sleep(0.2)
        assert time.monotonic() - began > 0.8
        while not is_cut(silent):
            assert time.monotonic() - began < 8


def test_who_never_reads_an_answer_is_cut(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that nobody takes leaves its place, though the line can not be written to."""
    monkeypatch.setattr("web.crowd.QUIET_SECONDS", 1.0)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", port))
        deaf.settimeout(2)
        deaf.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        began = time.monotonic()
        while not is_refused(deaf):
            assert time.monotonic() - began < 8


def is_refused(deaf: socket.socket) -> bool:
    """Tell whether the server takes nothing more, by its reset, without reading what it sent."""
    deaf.settimeout(0.1)
    try:
        deaf.sendall(b"x" * 10**6)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return False


def test_a_line_that_is_kept_open_serves_again(port: int) -> None:
    """A browser's second request on the same connection is answered: a quiet moment is no silence."""
    with line(port, begun=BEGUN + b"\r\n") as kept:
        for _ in range(3):
            answer = b""
            while not answer.endswith(b"\r\n\r\n0"):
                answer += kept.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 OK")
            time.sleep(0.1)
            kept.sendall(BEGUN + b"\r\n")


def test_a_line_that_waitress_and_we_close_at_once_ends_no_server(
    server: Any, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quiet for its time in the very moment when waitress looks for old lines: the line goes, and the server stays."""
    monkeypatch.setattr("web.crowd.QUIET_SECONDS", 0.6)
    server.adj.channel_timeout, server.adj.cleanup_interval = 0.5, 0  # the server looks once a second: both are over
    server.next_channel_cleanup = 0
    for _ in range(2):
        with line(port, begun=BEGUN + b"\r\n") as quiet:
            assert quiet.recv(15) == b"HTTP/1.1 200 OK"
            quiet.settimeout(5)
            while quiet.recv(65536):
                pass


def test_two_hundred_requests_in_one_breath_are_not_all_answered(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers ask again when they have been answered; what is stacked up would wait in memory as answers.

    On a pressed machine other threads run before they are counted: here they get the time for it.
    """
    taken_in = HTTPChannel.received

    def slowly(channel: HTTPChannel, data: bytes) -> bool:
        taken = bool(taken_in(channel, data))
        time.sleep(0.05)
        return taken

    monkeypatch.setattr(HTTPChannel, "received", slowly)
    with line(port, begun=(BEGUN + b"\r\n") * 200) as greedy:
        answers = b""
        with contextlib.suppress(ConnectionError):
            while received := greedy.recv(65536):
                answers += received
    assert 0 < answers.count(b"HTTP/1.1 200 OK") <= STACKED


@pytest.mark.parametrize(
    ("address", "v4", "v6", "part"),
    [
        ("203.0.113.9", 24, 56, bytes([203, 0, 113])),
        ("203.0.113.9", 20, 56, bytes([203, 0, 112])),
        ("::ffff:203.0.113.9", 16, 32, bytes([203, 0])),
        ("2001:db8:1:2ff:3::4", 24, 48, bytes.fromhex("20010db80001")),
        ("", 24, 56, b""),
        (None, 24, 56, b""),
    ],
)
def test_the_network_is_what_stands_first_in_an_address(address: str | None, v4: int, v6: int, part: bytes) -> None:
    """Whole networks are counted, however an address is written."""
    assert prefix(address, v4, v6) == part


def test_this_machines_own_proxy_is_no_person() -> None:
    """Behind loopback or a socket file stands whoever came through Tor or the proxy."""
    assert [is_crowd(address) for address in ("127.0.0.1", "::1", None, "", "203.0.113.9")] == [True] * 4 + [False]
    assert 0 < MARGIN < ROOM / 2
