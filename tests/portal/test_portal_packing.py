"""What goes over the wire packed: the same page, in a length that tells nothing of what is the visitor's own."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.portal.world import OUR_PAGE, Phone, World

PAGES = ("/", "/me", "/other", "/code", "/about", "/parts", "/no-such-page")
OWN = re.compile(rb'value="([\w.-]{32,})"')  # a token or a try
PACKED = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize("path", PAGES)
def test_a_packed_page_is_the_page(world: World, path: str) -> None:
    """Unpacked it is the plain page but for the values that are new each time, in a third of the bytes or so."""
    phone = Phone(world.app())
    packed = phone.client.get(path, headers={**phone.headers, **PACKED})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    pages = [OWN.sub(b"", page) for page in (gzip.decompress(packed.data), phone.get(path).data)]
    assert pages[0] == pages[1]
    assert len(packed.data) < len(pages[1]) / 2


@pytest.mark.parametrize("path", ["/", "/me"])
def test_the_length_of_a_packed_page_tells_nothing_of_the_token(world: World, path: str) -> None:
    """Token and try lie in it as they are, never compressed: many visitors' pages have one length."""
    app, lengths = world.app(), set()
    for _ in range(20):
        page = Phone(app).client.get(path, headers=PACKED).data
        values = OWN.findall(gzip.decompress(page))
        assert values
        assert all(value in page for value in values)
        lengths.add(len(page))
    assert len(lengths) == 1


def test_nothing_typed_is_ever_packed(phone: Phone) -> None:
    """A form that came back holds somebody's words: its length is theirs anyhow, and it goes out as it is."""
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "call"}, **OUR_PAGE)
    answer = phone.client.get("/me", headers=PACKED)
    assert b"hej" in answer.data
    assert "Content-Encoding" not in answer.headers
