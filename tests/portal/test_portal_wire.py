"""What somebody who watches the network can count: on the raw socket, lengths tell nothing."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from crypto.returncode import new_code
from crypto.sealing.roster import verify
from crypto.sealing.seal import seal
from crypto.submission import Submission, new_try
from crypto.thread import sign_follow_up
from portal.mailboxes import GIVE, OPENED, REMOVE
from tests.portal.test_portal_mailbox import question
from tests.portal.test_portal_sealed import BYTES, envelope
from tests.portal.world import World
from tests.serving import serving

HEAD = "Host: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: sv\r\nConnection: close\r\n"


@pytest.fixture
def port(world: World) -> Iterator[int]:
    """A served portal."""
    with serving(world.app()) as server:
        yield int(server.effective_port)


def spoken(port: int, method: str, path: str, body: bytes, kind: str, cookie: str = "") -> tuple[bytes, bytes]:
    """Return the bytes of a request and of its answer, as they are on the wire."""
    sent = f"{method} {path} HTTP/1.1\r\n{HEAD}Cookie: l=sv; {cookie}\r\nContent-Type: {kind}\r\n"
    request = f"{sent}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        heard = b""
        while part := connection.recv(65536):
            heard += part
    return request, heard


def test_an_envelope_and_its_answer_have_one_length(world: World, port: int) -> None:
    """Five characters or five thousand, in any language: the wire shows the same."""
    told = ("hej!!", "x" * 5000, "س" * 2500)
    spoke = [spoken(port, "POST", "/envelope", envelope(world, text), "application/octet-stream") for text in told]
    assert {answer.split(b" ", 2)[1] for _, answer in spoke} == {b"201"}
    assert len({(len(request), len(answer)) for request, answer in spoke}) == 1
    assert len(world.received()) == 3


def test_the_page_of_a_code_has_one_length(world: World, port: int) -> None:
    """Four long replies, one short one or none: request and answers are as long, for the POST and for the page."""
    lengths = set()
    for texts in ([], ["hej"], ["å" * 1900] * 4):
        code = new_code()
        for number, text in enumerate(texts, 1):
            world.reply(code, number, text)
        form = "application/x-www-form-urlencoded"
        post, answer = spoken(port, "POST", "/code", f"code={code}".encode(), form)
        found = re.search(rb"Set-Cookie: (t=[0-9a-f]{64})", answer)
        assert found is not None
        get, page = spoken(port, "GET", "/code", b"", form, found[1].decode())
        assert page.count(b"class=reply") == len(texts)
        lengths.add((len(post), len(answer), len(get), len(page)))
    assert len(lengths) == 1


def follow_up(world: World, code: str, text: str) -> bytes:
    """Seal what somebody writes again with a code, in the phone's stead."""
    roster = verify(world.roster.read_bytes(), world.root.sign_public, minimum_epoch=1, today=None)
    now = datetime.now(UTC).replace(microsecond=0)
    unsigned = Submission(new_try(), now, "me", "ekstad", "sv", {"message": text}, "page")
    return seal(sign_follow_up(unsigned, world.keys(code), 1795334567890), roster)


def test_a_mailbox_and_its_answer_have_one_length(world: World, port: int) -> None:
    """Unknown, sent in but unanswered, one reply or four long ones: the wire is alike, whatever is asked."""
    asked = new_code()
    assert spoken(port, "POST", "/envelope", follow_up(world, asked, "hej"), BYTES)[1].startswith(b"HTTP/1.1 201")
    full, one = new_code(), new_code()
    for number in range(1, 5):
        world.reply(full, number, "å" * 1900)
    world.reply(one, 1, "hej")
    lengths = set()
    for code in (new_code(), asked, one, full):
        for kind in (GIVE, OPENED, REMOVE):
            request, answer = spoken(port, "POST", "/mailbox", question(kind, world.keys(code).token), BYTES)
            assert answer.startswith(b"HTTP/1.1 200")
            lengths.add((len(request), len(answer)))
    assert len(lengths) == 1


def test_what_is_written_again_has_one_length(world: World, port: int) -> None:
    """Five characters, five thousand, or a wish to be erased: each is as long as a first request."""
    code = new_code()
    sealed = [follow_up(world, code, text) for text in ("hej!!", "x" * 5000)]
    spoke = [spoken(port, "POST", "/envelope", one, BYTES) for one in (*sealed, envelope(world, "hej"))]
    assert {answer.split(b" ", 2)[1] for _, answer in spoke} == {b"201"}
    assert len({(len(request), len(answer)) for request, answer in spoke}) == 1
    assert len(world.received()) == 3
