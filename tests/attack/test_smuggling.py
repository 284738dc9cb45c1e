"""Requests that two programs could read differently: nginx as delivered before an app, and what the app then hears."""

from collections.abc import Iterator

import pytest

from tests.deploy.test_nginx_front import raw_answer
from tests.nginx import SITE, Front, Heard, front, stand_in

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: utvag.example\r\nX: "
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SIZE = len(HIDDEN)
HEADS = {
    "length, then chunks": b"Content-Length: %d\r\n" % (SIZE + 5) + CHUNKED,
    "chunks, then length": CHUNKED + b"Content-Length: %d\r\n" % (SIZE + 5),
    "two lengths": b"Content-Length: 5\r\nContent-Length: %d\r\n" % (SIZE + 5),
    "two lengths in one line": b"Content-Length: 5, %d\r\n" % (SIZE + 5),
    "a length with a sign": b"Content-Length: +5\r\n",
    "a length in hex": b"Content-Length: 0x5\r\n",
    "a length with a space in it": b"Content-Length: 5 5\r\n",
    "a negative length": b"Content-Length: -5\r\n",
    "a space before the colon": b"Content-Length : %d\r\nContent-Length: 5\r\n" % (SIZE + 5),
    "a tab before the chunks": b"Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n",
    "a made-up coding": b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
    "two codings": b"Transfer-Encoding: identity, chunked\r\nContent-Length: 5\r\n",
    "two lines of codings": b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "chunks by a form feed": b"Transfer-Encoding: \x0cchunked\r\nContent-Length: 5\r\n",
    "chunks behind a folded line": b"X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "a bare line feed": b"X: y\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "a bare carriage return": b"X: y\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "a null byte": b"X: y\x00\r\nContent-Length: 5\r\n",
    "an underscore": b"Content_Length: %d\r\nContent-Length: 5\r\n" % (SIZE + 5),
    "an upgrade to HTTP/2": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    b"Content-Length: 5\r\n",
    "a hop's own header": b"Connection: close, X-Forwarded-For, Cookie\r\nContent-Length: 5\r\n",
}


@pytest.fixture(scope="module")
def app() -> Iterator[Heard]:
    """Stand in for the app, and keep what it hears."""
    with stand_in() as lent:
        yield lent


@pytest.fixture(scope="module")
def standing(app: Heard) -> Iterator[Front]:
    """Run nginx before it."""
    with front([app.port], onion=app.port) as made:
        yield made


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("chunk", [b"", b"0\r\n\r\n"], ids=["plain", "after a last chunk"])
def test_no_second_request_is_hidden_in_a_first(standing: Front, app: Heard, name: str, chunk: bytes) -> None:
    """However its length is told, no request hears of what follows: not as another request, nor as a longer body.

    What an app may hear is the one request, with five bytes of body or none, in an address that names no other.
    """
    before = len(app.requests)
    head = f"POST /me HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n".encode() + HEADS[name] + b"\r\n"
    raw_answer(standing.tls(), head + (chunk or b"hello") + HIDDEN)
    heard = app.requests[before:]
    assert [path for _, path, *_ in heard if "hidden" in path] == []
    assert all(len(body) <= len(b"hello") for *_, body in heard)
    assert len(heard) <= 1
    assert all("transfer-encoding" not in {one.lower() for one in headers} for *_, headers, _ in heard)


def test_a_request_without_a_trick_is_heard(standing: Front, app: Heard) -> None:
    """The stand-in hears what is whole, so that the silence above means something."""
    before = len(app.requests)
    head = f"POST /me HTTP/1.1\r\nHost: {SITE}\r\nContent-Length: 5\r\nConnection: close\r\n\r\n".encode()
    raw_answer(standing.tls(), head + b"hello")
    assert [(path, body) for _, path, _, body in app.requests[before:]] == [("/me", b"hello")]


LINES = {
    "an address of its own": b"GET http://evil.example/ HTTP/1.1\r\nHost: %b\r\n" % SITE.encode(),
    "two hosts": b"GET / HTTP/1.1\r\nHost: %b\r\nHost: evil.example\r\n" % SITE.encode(),
    "no host": b"GET / HTTP/1.1\r\n",
    "a host with a path": b"GET / HTTP/1.1\r\nHost: %b/evil\r\n" % SITE.encode(),
    "a host with an account": b"GET / HTTP/1.1\r\nHost: evil@%b\r\n" % SITE.encode(),
    "our host in capitals": b"GET / HTTP/1.1\r\nHost: %b\r\n" % SITE.upper().encode(),
    "our host with a port of its own": b"GET / HTTP/1.1\r\nHost: %b:8443\r\n" % SITE.encode(),
    "no version": b"GET /\r\n",
    "a space in the address": b"GET / evil HTTP/1.1\r\nHost: %b\r\n" % SITE.encode(),
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n",
    "a trace": b"TRACE / HTTP/1.1\r\nHost: %b\r\n" % SITE.encode(),
}


@pytest.mark.parametrize("name", LINES)
def test_whatever_the_first_line_says_the_app_hears_its_own_host(standing: Front, app: Heard, name: str) -> None:
    """An address, a host or a tunnel of the sender's choice reaches the app as our host, or not at all."""
    before = len(app.requests)
    answer = raw_answer(standing.tls(), LINES[name] + b"Connection: close\r\n\r\n")
    for method, path, headers, _ in app.requests[before:]:
        assert (method, headers["Host"]) == ("GET", SITE)
        assert "evil" not in path
    assert b"evil" not in answer
