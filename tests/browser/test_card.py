"""A card is handed over, scanned, and written from on a small phone without script, in Somali; it is read."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner
from playwright.sync_api import BrowserContext, Page, expect

from command import main
from tests.browser.conftest import Phone
from tests.printed import scanned
from tests.road import Demo

SMALL = {"width": 320, "height": 640}
WORDS = "Waan rabaa inaan ka baxo. Ma la hadli karaa qof?"


def handed_over(road: Demo, folder: Path) -> str:
    """Print the demo's own cards and scan one; a demo speaks http, and a real portal https."""
    host = road.portal.partition("//")[2]
    command = [
        "cards",
        "--settings",
        str(road.folder / "programme.toml"),
        "--out",
        str(folder / "out"),
        "--language",
        "sv",
    ]
    assert CliRunner().invoke(main, command).exit_code == 0
    (link,) = scanned((folder / "out" / "kort-sv.pdf").read_bytes(), 1)
    assert link == f"https://{host}"
    return link.replace("https", "http", 1)


def choose(page: Page) -> None:
    """Choose Somali by its name alone, as somebody does who reads no Swedish."""
    page.locator(".top summary").tap()
    page.get_by_role("button", name="Soomaali", exact=True).tap()
    expect(page.locator("html[lang=so]")).to_be_attached()


def fits(page: Page) -> None:
    """Nothing has to be moved sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def test_from_a_card_in_the_hand_to_a_coordinator_who_reads(
    road: Demo, phone: Phone, desk: BrowserContext, tmp_path: Path
) -> None:
    """Printed, scanned, opened at 320 pixels without script, sent in Somali, and read with its language."""
    page = phone(viewport=SMALL, java_script_enabled=False).new_page()
    page.goto(handed_over(road, tmp_path))
    fits(page)
    choose(page)
    page.locator("a.go").first.tap()
    page.wait_for_url("**/me")
    fits(page)
    page.locator("input[name=urgency][value=soon]").check()
    page.locator("#message").fill(WORDS)
    page.locator("#send").tap()
    page.wait_for_url("**/done")
    fits(page)
    assert re.fullmatch(r"\d{24}", "".join(page.locator(".code bdi").all_inner_texts()))
    inbox = desk.new_page()
    inbox.goto(f"{road.staff}/inbox")
    inbox.get_by_role("button", name="Hämta nu").click()
    inbox.locator("#search").fill(WORDS[:18])
    inbox.locator("#search").press("Enter")
    inbox.locator("table.list tbody tr a.open").first.click()
    inbox.locator("h1", has_text="Förfrågan").wait_for()
    expect(inbox.get_by_text(WORDS)).to_be_visible()
    expect(inbox.locator(".safe dd", has_text="somaliska")).to_be_visible()
    expect(inbox.get_by_text("Klistra aldrig in texten i en översättningstjänst.")).to_be_visible()
    inbox.goto(f"{road.staff}/inbox")  # others look at the whole list after this
    inbox.locator("#search").fill("")
    inbox.locator("#search").press("Enter")
    expect(inbox.locator(".found")).to_have_count(0)
    inbox.close()
