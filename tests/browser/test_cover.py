"""Without script a page in which somebody writes is covered when its session runs out: nothing shows, nothing goes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from pypdf import PdfReader

from staff.accounts import session
from tests.browser.conftest import PATIENCE
from tests.serving import serving
from tests.staff.casework import Room
from tests.staff.world import World

SHORT = 5.0  # seconds that a session lives here
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
WRITTEN = "han ringde från en ny plats"
SECRET = "pannkaka"
BUTTON = "Tryck för att låsa upp. Det du skrev finns kvar."


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Serve a world to a real browser."""
    made = World(tmp_path, origin="http://127.0.0.1:1")
    with serving(made.app, threads=4) as server:
        made.origin = f"http://127.0.0.1:{server.effective_port}"
        made.settings = made._settings()
        made.app = made.start()
        server.application = made.app
        yield made
    made.close()


def sign_in(page: Page, world: World) -> None:
    """Fill in the sign-in page as Anna, with the next code: the one before may have been used."""
    world.clock.turn(minutes=1)
    page.get_by_label("Namn").fill(world.owner.name)
    page.get_by_label("Lösenfras").fill(world.owner.passphrase)
    page.get_by_label("Engångskod").fill(pyotp.TOTP(world.owner.totp).at(world.clock.now()))
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(lambda url: "/login" not in url)


def tree(context: BrowserContext, page: Page) -> str:
    """Give every name and value that a screen reader is told of on a page."""
    nodes = context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told = [
        str(node.get(part, {}).get("value", "")) for node in nodes if not node["ignored"] for part in ("name", "value")
    ]
    return "\n".join(told)


def printed(page: Page) -> str:
    """Print a page and read the document's words."""
    text = "\n".join(one.extract_text() for one in PdfReader(BytesIO(page.pdf())).pages)
    return normalize("NFKC", text)


def test_words_typed_and_never_sent_come_back_after_unlocking(
    world: World, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anna writes a note and is called away: the page goes blank, she unlocks, and stands before her words."""
    anna = Room(world, world.owner)
    case = anna.open(working="Björk 14")
    anna.save(case, "card", how="samtal", word=SECRET)
    context = chromium.new_context(viewport=PHONE, locale="sv-SE", java_script_enabled=False)  # type: ignore[arg-type]  # a plain dictionary will do
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{world.origin}/login")
    sign_in(page, world)
    monkeypatch.setattr(session, "IDLE", SHORT)
    page.goto(f"{world.origin}{case}?write=note#write")
    page.get_by_label("Vad som hänt").fill(WRITTEN)
    page.get_by_text("Snart låses sidan").wait_for()
    told = tree(context, page)
    assert {SECRET, WRITTEN, BUTTON} - set(told.split("\n")) == {BUTTON}
    world.clock.turn(seconds=SHORT)
    page.get_by_text("Låst", exact=True).wait_for()
    for look in (PHONE, DESK):
        page.set_viewport_size(look)  # type: ignore[arg-type]  # as above
        page.screenshot(path=f"{os.environ.get('UTVAG_TEST_PAGES', tempfile.gettempdir())}/covered-{look['width']}.png")
        words = tree(context, page) + printed(page) + tree(context, page)
        assert words.count(BUTTON) >= 2
        assert [one for one in (SECRET, WRITTEN, "Björk", "Anteckning", "Anna") if one in words] == []
    page.locator(".unlocking button:visible").click()
    page.wait_for_url("**/login*")
    monkeypatch.undo()
    sign_in(page, world)
    assert page.get_by_label("Vad som hänt").input_value() == WRITTEN
    assert "Det du skrev finns kvar" in page.content()
    context.close()
