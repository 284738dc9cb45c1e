"""Headers that a cache or a link could be poisoned by: none of them changes a byte of what anybody is shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.road import Answer, Demo, Visitor, demo

pytestmark = pytest.mark.long
CANARY = "kanariefagel.example"
HEADERS = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-Proto", "X-Forwarded-Port",
    "X-Forwarded-Scheme", "X-Forwarded-Prefix", "X-Host", "X-Original-URL", "X-Rewrite-URL", "X-Original-Host",
    "X-HTTP-Method-Override", "X-Method-Override", "X-Real-IP", "True-Client-IP", "Via", "Referer", "User-Agent",
    "Accept", "Range", "If-None-Match", "If-Modified-Since", "Sec-Fetch-Dest", "Save-Data",
)  # fmt: skip
PATHS = ("/", "/me", "/other", "/code", "/about", "/nowhere")
DRAWN = re.compile(r'(name="?csrf_token"?[^>]*?value="?)[^"> ]+|(value="?)[^"> ]+("? name="?csrf_token)|[0-9a-f]{32}')


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Both apps."""
    with demo(tmp_path_factory.mktemp("poison") / "dir") as lent:
        yield lent


@dataclass
class Passer(Visitor):
    """A visitor who keeps nothing, as whoever comes by a cache for the first time."""

    keeps_cookies: bool = False


def steady(answer: Answer) -> str:
    """Leave out what is drawn anew for each answer."""
    return DRAWN.sub("-", answer.text)


@pytest.mark.parametrize("path", PATHS)
def test_no_header_of_a_strangers_changes_a_page(road: Demo, path: str) -> None:
    """The same page for everybody, and none that a cache on the way may keep."""
    plain = Passer(road.portal).send("GET", path)
    for name in HEADERS:
        answer = Passer(road.portal).send("GET", path, None, **{name: CANARY})
        assert (answer.status, steady(answer)) == (plain.status, steady(plain)), name
        assert CANARY not in "\n".join(map(str, answer.headers.items())), name
        assert answer.headers["cache-control"] == "no-store", name


def test_a_page_in_a_language_of_ones_own_is_kept_by_nobody(road: Demo) -> None:
    """The one header that does change a page: no cache on the way may keep either, so nobody is shown another's."""
    swedish, english = (Passer(road.portal).send("GET", "/", None, Accept_Language=one) for one in ("sv", "en"))
    assert steady(swedish) != steady(english)
    assert {one.headers["cache-control"] for one in (swedish, english)} == {"no-store"}


@pytest.mark.parametrize(
    "path", ["/me%0d%0aSet-Cookie:%20x=1", "/%0d%0ax:y", "/?a=%0d%0aSet-Cookie:%20x=1", "//evil.example/me"]
)
def test_no_address_writes_a_header(road: Demo, path: str) -> None:
    """Line breaks and hosts in an address come back in no header, as Location least of all."""
    answer = Passer(road.portal).send("GET", path)
    assert answer.status in (200, 404)
    assert "x=1" not in str(answer.headers)
    assert "evil" not in str(answer.headers.get("location", ""))
