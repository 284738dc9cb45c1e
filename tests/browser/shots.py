"""Take README's pictures anew: `python -m tests.browser.shots` writes portal.png, staff.png and case.webp."""

import base64
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.people import Human, let_in
from tests.road import ROOT, Demo, demo

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
    """Picture the coordinator's list, and a case that was made of a row in it."""
    elsa = let_in(browser, road.staff, road.people[0])
    elsa.page.set_viewport_size({"width": 1180, "height": 720})
    elsa.go("/inbox")
    elsa.page.get_by_role("button", name="Hämta nu").click()
    elsa.page.locator("table.list").wait_for()
    elsa.go("/inbox")
    elsa.page.screenshot(path=IMAGES / "staff.png")
    elsa.page.set_viewport_size({"width": 1180, "height": 800})
    elsa.go(case(elsa))
    (IMAGES / "case.webp").write_bytes(small(browser, elsa.page))


def day(days: int) -> str:
    """Give the day so many days from now."""
    return str(datetime.now(UTC).date() + timedelta(days=days))


WORK = (
    ("card", {"how": "Samtal", "number": "070-1740631", "when": "vardagar 10 till 12", "word": "pannkaka"}),
    ("contact", {"how": "call", "result": "reached", "text": "Svarade på andra signalen. Kan prata till klockan 12."}),
    ("move", {"to": "2", "reason": "Vi har pratat och bokat ett möte."}),
    ("talk", {"want": "Komma härifrån och börja om. Orkar inte vara på vakt.", "safe": "unsure"}),
    ("move", {"to": "3", "reason": "Vill gå vidare efter mötet."}),
    ("task", {"title": "Ring om boendet", "due": day(1)}),
    ("task", {"title": "Möte på biblioteket", "due": day(4)}),
    ("note", {"text": "Systern får veta att vi har pratat, inget mer."}),
)


def case(elsa: Human) -> str:
    """Make a case of the first free request, carry it to the third stage, and give its address."""
    elsa.go("/inbox?show=free")
    elsa.press("j")
    elsa.key("n")
    elsa.page.locator("#new-working").fill("Björk 14")
    elsa.send("/cases/new", {}, ".main")
    address = elsa.page.url.partition("?")[0]
    for form, fields in WORK:
        elsa.go(f"{address}?write={form}")
        elsa.send(f"/save/{form}", fields, ".main")
    return address


def small(browser: Browser, page: Page) -> bytes:
    """Picture a page in few bytes: README is read over slow lines too."""
    board = browser.new_page()
    written: str = board.evaluate(
        """async bytes => { const image = new Image();
        image.src = "data:image/png;base64," + bytes; await image.decode();
        const canvas = document.createElement("canvas"); canvas.width = image.width; canvas.height = image.height;
        canvas.getContext("2d").drawImage(image, 0, 0); return canvas.toDataURL("image/webp", 0.8) }""",
        base64.b64encode(page.screenshot()).decode("ascii"),
    )
    return base64.b64decode(written.partition(",")[2])


if __name__ == "__main__":
    main()
