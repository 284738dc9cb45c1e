"""The manners that both apps share: origins, bodies, headers, the language, the server that writes nothing down."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from flask import Flask, Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from tests.serving import serving
from web.app import new_app
from web.body import MAX_BODY, is_form_text
from web.headers import standing
from web.origin import Origin
from web.serve import MAX_HEADER

ONION = "a234567" * 8 + ".onion"


@pytest.mark.parametrize(
    ("text", "shown", "secure"),
    [
        ("https://utvag.example", "https://utvag.example", True),
        ("https://utvag.example/", "https://utvag.example", True),
        ("https://utvag.example:8443", "https://utvag.example:8443", True),
        ("HTTPS://Utvag.Example:443", "https://utvag.example", True),
        ("http://127.0.0.1:8831", "http://127.0.0.1:8831", False),
        ("http://localhost:80", "http://localhost", False),
        ("http://[::1]:8831", "http://[::1]:8831", False),
        (f"http://{ONION}", f"http://{ONION}", False),
    ],
)
def test_an_origin_is_written_as_browsers_do(text: str, shown: str, secure: bool) -> None:
    """Default ports are left out; only https makes cookies Secure."""
    origin = Origin.parse(text)
    assert (str(origin), origin.secure) == (shown, secure)
    assert origin.cookie_name("s") == ("__Host-s" if secure else "s")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "utvag.example",
        "http://utvag.example",
        "http://10.0.0.1",
        "ftp://localhost",
        "https://a/b",
        "https://u@a",
        "https://a?x",
        "https://a:99999",
        "http://abcdef.onion",
        "http://x" + ONION,
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """Plain http elsewhere would let the network read what is typed."""
    with pytest.raises(ValueError, match=r".+"):
        Origin.parse(text)


def asked(**headers: str) -> Request:
    """Return a request with these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(EnvironBuilder(headers=Headers(named)).get_environ())


ORIGIN = Origin.parse("https://utvag.example")


@pytest.mark.parametrize(
    ("headers", "same", "foreign"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, True, False),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://utvag.example"}, False, True),
        ({"Sec_Fetch_Site": "same-site"}, False, True),
        ({"Sec_Fetch_Site": "none"}, False, False),
        ({"Origin": "https://utvag.example"}, True, False),
        ({"Origin": "http://utvag.example"}, False, True),
        ({"Origin": "null"}, False, False),
        ({}, False, False),
    ],
)
def test_only_the_browsers_own_word_counts(headers: dict[str, str], same: bool, foreign: bool) -> None:
    """Proof, its opposite, and silence are three things."""
    assert (ORIGIN.same_origin(asked(**headers)), ORIGIN.foreign(asked(**headers))) == (same, foreign)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_whatever_can_be_typed_is_a_forms_text(text: str) -> None:
    """Every text that a browser can encode gets through the check of the body."""
    body = EnvironBuilder(method="POST", data={"message": text}).get_request().get_data()
    assert is_form_text(body)


@pytest.mark.parametrize("body", [b"\xff", b"a=\xc3\xa5", b"a=%00", b"a=%C3", b"a=%ED%A0%80", b"a=%F5%80%80%80", b"\0"])
def test_what_no_form_sends_is_none(body: bytes) -> None:
    """Bytes outside ASCII, nulls, and escapes that are not UTF-8."""
    assert not is_form_text(body)


def test_an_apps_csp_adds_to_the_base() -> None:
    """What an app needs is added; what it does not name stays forbidden."""
    policy = dict(standing({"script-src": "'self'"}, secure=True))["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
    assert policy.endswith("script-src 'self'")


def small_app() -> Flask:
    """Return an app with one route that echoes how much it got."""
    from flask import request  # noqa: PLC0415  # the name is taken by the fixture above

    app = new_app(
        __name__,
        templates=("shared",),
        origin=Origin.parse("http://127.0.0.1"),
        csp={},
        error_page=lambda status: f"page {status}",
        session_cookie="s",
    )
    app.add_url_rule("/", "echo", lambda: str(len(request.get_data())), methods=["GET", "POST"])
    app.add_url_rule("/address", "address", lambda: str(request.remote_addr))
    return app


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A real waitress on a free port, as `serve` makes it."""
    with serving(small_app()) as server:
        yield int(server.effective_port)


def talk(port: int, *parts: bytes) -> bytes:
    """Send raw bytes and return all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        answer = b""
        while received := connection.recv(65536):
            answer += received
        return answer


HEAD = b"Host: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
MEGABYTE = b"x" * 2**20


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: 10485760\r\n\r\n", *[MEGABYTE] * 10), 413),
        ((b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n",), 411),
        ((b"GET / HTTP/1.1\r\nX: ".ljust(MAX_HEADER, b"x"),), 431),
        ((b"GET / HTTP/1.1\r\nno header\r\n\r\n",), 400),
        ((b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: gzip\r\n\r\n",), 400),
        ((b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: -1\r\n\r\n",), 400),
        ((b"\x16\x03\x01\x02\x00\r\n\r\n",), 400),
        ((b"BREW / HTTP/1.1\r\n" + HEAD + b"\r\n",), 405),
        ((b"GET / HTTP/9.9\r\n" + HEAD + b"\r\n",), 200),
    ],
)
def test_the_server_lets_the_app_refuse(port: int, parts: tuple[bytes, ...], status: int) -> None:
    """Too large, in chunks, or not HTTP: the app's page with the app's headers, and no server's name."""
    answer = talk(port, *parts)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == str(status).encode()
    assert b"\r\nContent-Security-Policy: default-src 'none'" in head
    assert b"\r\nServer:" not in head
    assert body == (f"page {status}".encode() if status != 200 else b"0")


@pytest.mark.parametrize("endless", [b"1" * 65536, b"0\r\n" + b"x" * 65536], ids=["control line", "trailer"])
def test_an_endless_body_in_chunks_is_refused_before_any_of_it_is_read(port: int, endless: bytes) -> None:
    """Neither a control line nor a trailer without end keeps the server busy: it is cut, and others are served."""
    began = time.process_time()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as flood:
        flood.sendall(b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(128):  # 8 MiB
                flood.sendall(endless)
    assert talk(port, b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n").endswith(b"0")
    assert time.process_time() - began < 1.0


def test_the_largest_body_that_is_allowed_gets_through_whole(port: int) -> None:
    """The limit is the limit, not less."""
    body = b"a=" + b"x" * (MAX_BODY - 2)
    answer = talk(port, b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(body), body)
    assert answer.endswith(b"\r\n\r\n%d" % MAX_BODY)


def test_a_header_cannot_make_a_refusal(port: int) -> None:
    """What clients send never becomes the environment's own key."""
    answer = talk(port, b"GET / HTTP/1.1\r\nutvag.refused: 413\r\nUtvag-Refused: 413\r\n" + HEAD + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


def test_nobody_names_their_own_address(port: int) -> None:
    """Forwarded headers are nothing to an app that stands behind no proxy."""
    answer = talk(port, b"GET /address HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9\r\n" + HEAD + b"\r\n")
    assert answer.endswith(b"\r\n\r\n127.0.0.1")
