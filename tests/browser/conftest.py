"""One demo and one Chromium for all tests in a browser."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.road import Demo, demo, fresh_code

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",  # there is none: it would be played by the processor, a third of all that the browser uses
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
PATIENCE = 8_000  # milliseconds until what does not come counts as missing

Phone = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Both apps, with requests of every kind."""
    with demo(tmp_path_factory.mktemp("browser") / "dir", "--fill", "60") as lent:
        yield lent


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Phone]:
    """Make a phone's browser that has never been anywhere; `phone(java_script_enabled=False)` and so on."""
    contexts: list[BrowserContext] = []

    def new(**options: object) -> BrowserContext:
        given: dict[str, object] = {"viewport": PHONE, "locale": "sv-SE", "has_touch": True, "is_mobile": True}
        contexts.append(chromium.new_context(**(given | options)))  # type: ignore[arg-type]  # names as Playwright has them
        contexts[-1].set_default_timeout(PATIENCE)
        return contexts[-1]

    yield new
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def desk(chromium: Browser, road: Demo) -> Iterator[BrowserContext]:
    """Lend the browser of the coordinator in Ekstad, signed in through the page."""
    context = chromium.new_context(viewport=DESK, locale="sv-SE")  # type: ignore[arg-type]  # a plain dictionary will do
    context.set_default_timeout(PATIENCE)
    person = road.people[0]
    page = context.new_page()
    page.goto(f"{road.staff}/login")
    page.get_by_label("Namn").fill(person.name)
    page.get_by_label("Lösenfras").fill(person.passphrase)
    page.get_by_label("Engångskod").fill(fresh_code(person))
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    page.close()
    yield context
    context.close()


@pytest.fixture
def inbox(desk: BrowserContext, road: Demo) -> Iterator[Page]:
    """Lend a page that shows the coordinator's list."""
    page = desk.new_page()
    page.goto(f"{road.staff}/inbox")
    yield page
    page.close()


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder where pages are kept as they came."""
    kept = os.environ.get("UTVAG_TEST_PAGES")
    return Path(kept) if kept else tmp_path_factory.mktemp("pages")
