"""Take every picture of README and of the documentation anew: `./run pictures` writes docs/images/*.webp."""

import base64
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from pypdfium2 import PdfDocument

from command.cards import drawn
from programme import Programme
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.people import Human, let_in
from tests.road import ROOT, Demo, demo

IMAGES = ROOT / "docs" / "images"
NUMBER = "070-174 06 31"
SEND: Mapping[str, str | Sequence[str]] = {
    "urgency": "soon",
    "need": ["safety", "talk"],
    "message": "Jag vill bort men vet inte hur man gör. Går det att prata med någon?",
    "answer_by": "code_and_call",
    "contact": NUMBER,
    "when": "vardagar före klockan 12",
    "code_word": "pannkaka",
    "call_name": "Kim",
    "avoid": ["others_see_phone"],
}

DRAW = """([bytes, width, height]) => {
    const canvas = document.createElement("canvas"); canvas.width = width; canvas.height = height;
    canvas.style.boxShadow = "0 2px 12px #0003";
    const dots = Uint8ClampedArray.from(atob(bytes), letter => letter.charCodeAt(0));
    for (let place = 3; place < dots.length; place += 4) dots[place] = 255;
    canvas.getContext("2d").putImageData(new ImageData(dots, width, height), 0, 0); document.body.append(canvas) }"""


def main() -> None:
    """Run a demo with requests in it and look at both apps."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        demo(Path(folder) / "dir", "--fill", "40") as road,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        portal(browser, road)
        ask(browser, road)
        staff(browser, road)
        printed(browser)
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
    keep(browser, "portal", board.screenshot())


def printed(browser: Browser) -> None:
    """Picture what is printed: the card's two sides and the poster, as PDFium draws them."""
    programme = Programme.load(ROOT / "programme" / "demo.toml")
    board = browser.new_page(viewport={"width": 881, "height": 640})
    board.set_content(
        '<body style="margin:28px;display:flex;flex-flow:column wrap;gap:28px;height:584px;background:#d9d5cb">'
    )
    for kind, scale in (("card", 1.6), ("poster", 0.69)):
        document = PdfDocument(drawn(programme, kind, "sv", marks=False))
        for page in document:
            bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
            given = [base64.b64encode(bytes(bitmap.buffer)).decode("ascii"), bitmap.width, bitmap.height]
            bitmap.close()
            page.close()
            board.evaluate(DRAW, given)
        document.close()
    keep(browser, "cards", board.screenshot())


def ask(browser: Browser, road: Demo) -> None:
    """Send the request that the pictures follow, in the town whose coordinator looks."""
    context = browser.new_context(locale="sv-SE", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{road.portal}/me")
    Human("", road.portal, context, page).fill(page.locator("body"), SEND)
    with page.expect_navigation():
        page.locator("button[form=p], form[method=post] button.send, main button").last.click()
    context.close()


def staff(browser: Browser, road: Demo) -> None:
    """Picture a coordinator's day: the door, today, the list, a request, its reply, a case, a hand-over, the shift."""
    page = browser.new_page(viewport={"width": 760, "height": 560}, locale="sv-SE")
    page.goto(f"{road.staff}/login")
    keep(browser, "login", page.screenshot())
    elsa = let_in(browser, road.staff, road.people[0])
    elsa.page.set_viewport_size({"width": 1180, "height": 720})
    elsa.go("/inbox")
    elsa.page.get_by_role("button", name="Hämta nu").click()
    elsa.page.locator("table.list").wait_for()
    look(browser, elsa, "inbox", "/inbox")
    request(browser, elsa)
    address = case(elsa)
    look(browser, elsa, "case", address, 800)
    look(browser, elsa, "handover", f"{address}/agencies/new/handover", 800)
    look(browser, elsa, "today", "/")
    look(browser, elsa, "shift", "/shift")


def request(browser: Browser, elsa: Human) -> None:
    """Picture the request that was sent, and the box in which it is answered."""
    row = elsa.page.locator("tr", has_text=NUMBER.replace("-", "")).or_(elsa.page.locator("tr", has_text=NUMBER))
    with elsa.page.expect_navigation():
        row.first.locator("a.open").click()
    keep(browser, "request", elsa.page.screenshot())
    box = elsa.page.locator("#reply")
    box.locator("details").evaluate("node => { node.open = true }")
    keep(browser, "reply", box.screenshot())


def look(browser: Browser, elsa: Human, name: str, path: str, height: int = 720) -> None:
    """Picture a page of the staff app."""
    elsa.page.set_viewport_size({"width": 1180, "height": height})
    assert elsa.go(path) == 200, path
    keep(browser, name, elsa.page.screenshot())


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


def keep(browser: Browser, name: str, picture: bytes) -> None:
    """Store a picture in few bytes: README and the site are read over slow lines too."""
    board = browser.new_page()
    written: str = board.evaluate(
        """async bytes => { const image = new Image();
        image.src = "data:image/png;base64," + bytes; await image.decode();
        const canvas = document.createElement("canvas"); canvas.width = image.width; canvas.height = image.height;
        canvas.getContext("2d").drawImage(image, 0, 0); return canvas.toDataURL("image/webp", 0.8) }""",
        base64.b64encode(picture).decode("ascii"),
    )
    board.close()
    (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(written.partition(",")[2]))


if __name__ == "__main__":
    main()
