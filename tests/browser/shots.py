"""Take README's two pictures anew: `python -m tests.browser.shots` writes docs/images/portal.png and staff.png."""

import base64
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.road import ROOT, Demo, demo, fresh_code

IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Run a demo with requests in it and look at both apps."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder) / "dir", "--fill", "80") as road,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        portal(browser, road)
        staff(browser, road)
        browser.close()


def portal(browser: Browser, road: Demo) -> None:
    """Picture the start page and the form beside each other, as two phones show them."""
    pages = [browser.new_page(viewport={"width": 360, "height": 740}, locale="sv-SE") for _ in range(2)]
    pages[0].goto(road.portal)
    pages[1].goto(f"{road.portal}/me")
    pages[1].locator("label:has(input)", has_text="Kanske snart").first.click()
    pages[1].locator("label:has(input)", has_text="Att vara trygg").first.click()
    pages[1].locator("fieldset").first.evaluate("node => scrollTo(0, node.offsetTop - 12)")
    images = [page.screenshot(type="png") for page in pages]
    board = browser.new_page(viewport={"width": 800, "height": 788}, device_scale_factor=1)
    board.set_content('<body style="margin:24px;display:flex;gap:32px;background:#d9d5cb">')
    for image in images:
        board.evaluate(
            """bytes => { const image = new Image(); image.style.borderRadius = "18px";
            image.src = "data:image/png;base64," + bytes; document.body.append(image); return image.decode() }""",
            base64.b64encode(image).decode("ascii"),
        )
    board.screenshot(path=IMAGES / "portal.png")


def staff(browser: Browser, road: Demo) -> None:
    """Picture the coordinator's list."""
    person = road.people[0]
    page = browser.new_page(viewport={"width": 1180, "height": 720}, locale="sv-SE")
    page.goto(f"{road.staff}/login")
    for name, value in (("name", person.name), ("passphrase", person.passphrase), ("otp", fresh_code(person))):
        page.locator(f"#{name}").fill(value)
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url(lambda url: "/login" not in url)
    page.get_by_role("button", name="Hämta nu").click()
    page.locator("table.list").wait_for()
    page.goto(f"{road.staff}/inbox")
    page.screenshot(path=IMAGES / "staff.png")


if __name__ == "__main__":
    main()
