"""Ten thousand cases in one town: the list and the front page are drawn as those of ten are."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from bench.casework import entries_of, fill
from tests.browser.test_pages import findings, wide
from tests.staff.world import ORIGIN, World
from tests.staff.world import Browser as Reader

pytestmark = pytest.mark.long

CASES = 10_000
SIZES = ({"width": 360, "height": 740}, {"width": 1280, "height": 800})


def serve(page: Page, reader: Reader) -> None:
    """Answer what the page asks for by the app itself, as the person whom it has let in."""

    def answer(route: Route) -> None:
        asked = urlsplit(route.request.url)
        head = {k: v for k, v in route.request.headers.items() if k != "cookie"}
        got = reader.client.open(
            f"{asked.path}?{asked.query}",
            base_url=ORIGIN,
            method=route.request.method,
            headers=head,
            data=route.request.post_data_buffer,
            follow_redirects=True,
        )
        route.fulfill(status=got.status_code, content_type=got.content_type, body=got.data)

    page.route("**/*", answer)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Sign in somebody who holds the keys of all of them."""
    world = World(Path(tmp_path_factory.mktemp("many")))
    person = world.person(world.owner)
    fill(world, person, CASES, entries_of(person)[:1])
    return world.browser(world.owner)


@pytest.mark.parametrize(("path", "rows"), [("/cases", 50), ("/cases?page=200", 50), ("/today", 1)])
def test_many_cases_make_no_longer_page(chromium: Browser, reader: Reader, path: str, rows: int) -> None:
    """The first page, the last and the day: no wider than a phone, without a fault, and a keyboard walks the rows."""
    page = chromium.new_page(reduced_motion="reduce")
    serve(page, reader)
    page.goto(f"{ORIGIN}{path}")
    assert page.locator("tbody tr").count() >= rows
    assert page.evaluate("document.querySelectorAll('*').length") < 2_500
    assert "10000" in page.locator("nav .menu").inner_text().replace("\xa0", "").replace(" ", "")
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]  # a dict of two numbers
        assert wide(page) <= 0
    assert findings(page) == []
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('tr') !== null")
    page.close()


def test_one_of_many_is_found_by_a_word(chromium: Browser, reader: Reader) -> None:
    """A search over ten thousand says how many there are and shows the first fifty."""
    page = chromium.new_page()
    serve(page, reader)
    page.goto(f"{ORIGIN}/cases")
    page.locator("#search").fill("björk")
    page.locator("#search").press("Enter")
    page.locator(".found").wait_for()
    assert str(CASES) in page.locator(".found").inner_text().replace("\xa0", "").replace(" ", "")
    assert page.locator("#list tbody tr").count() == 50
    page.close()
