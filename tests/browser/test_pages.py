"""Every page and state of both apps: usable by everybody, written without an error, no wider than the screen."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from tests.browser.conftest import Phone
from tests.browser.states import OUTSIDE, PORTAL, STAFF, State, requests_of, served, standing
from tests.road import ROOT, Demo

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
VNU = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
SCHEMES = ("light", "dark")


def findings(page: Page) -> list[str]:
    """Return what axe-core finds, in light and in dark, each with where it stands."""
    page.evaluate(AXE)
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two words
        result: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")  # Any: axe's own shape
        for rule in result["violations"]:
            found += [f"{scheme}: {rule['id']}: {node['html']} {node['failureSummary']}" for node in rule["nodes"]]
    return found


def wide(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def judge(context: BrowserContext, state: State, origin: str, shelf: Path) -> None:
    """Judge one state and keep its page for the HTML checker."""
    with standing(context, state, origin) as page:
        assert findings(page) == []
        assert wide(page) == 0
        (shelf / f"{state.name}.html").write_text(served(context, page), "utf-8")


@pytest.fixture(scope="module")
def outside(chromium: Browser) -> Iterator[BrowserContext]:
    """Lend a browser on the inner network that nobody has signed in with."""
    context = chromium.new_context(locale="sv-SE")
    yield context
    context.close()


@pytest.mark.parametrize("state", PORTAL, ids=lambda state: state.name)
def test_portal_state(road: Demo, phone: Phone, shelf: Path, state: State) -> None:
    """A visitor who sees, hears or moves otherwise gets along on this page of the portal."""
    judge(phone(), state, road.portal, shelf)


@pytest.mark.parametrize("state", STAFF, ids=lambda state: state.name)
def test_staff_state(road: Demo, desk: BrowserContext, shelf: Path, state: State) -> None:
    """So does a coordinator, on this page of the staff app."""
    judge(desk, state, road.staff, shelf)


@pytest.mark.parametrize("state", OUTSIDE, ids=lambda state: state.name)
def test_door_state(road: Demo, outside: BrowserContext, shelf: Path, state: State) -> None:
    """And so does whoever stands before the door."""
    judge(outside, state, road.staff, shelf)


def test_hostile_requests_are_letters_only(road: Demo, desk: BrowserContext, shelf: Path) -> None:
    """Of fifty requests, markup and tricks of writing direction among them, none runs anything or breaks its page."""
    page = desk.new_page()
    ran: list[str] = []

    def noted(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", noted)
    for number, address in enumerate(requests_of(road, desk)):
        page.goto(address)
        assert page.locator("main script, main img, main b[onmouseover], main svg[onload]").count() == 0
        assert wide(page) == 0
        (shelf / f"request-{number}.html").write_text(served(desk, page), "utf-8")
    page.close()
    assert ran == []


def test_html_is_without_an_error(shelf: Path) -> None:
    """The strict checker finds nothing in any page that the tests above have stood before."""
    pages = sorted(shelf.glob("*.html"))
    assert len(pages) > 30
    done = subprocess.run(
        ["java", "-jar", str(VNU), "--format", "json", "--exit-zero-always", *map(str, pages)],
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    messages = json.loads(done.stderr)["messages"]
    assert [f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']}" for one in messages] == []
