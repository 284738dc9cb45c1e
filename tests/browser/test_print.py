"""What leaves the printer: nothing that a relative said before somebody has tested it."""

import re
from io import BytesIO
from unicodedata import normalize

import pytest
from playwright.sync_api import BrowserContext, Page
from pypdf import PdfReader

from tests.browser.states import choice
from tests.road import Demo

TASK, FLAG, NOTE, OWN = "ring systerns chef", "brodern bär kniv", "modern hörde skottet", "han vill bo norrut"


def printed(page: Page, address: str) -> str:
    """Print a page as Chromium does, and read the text of the document."""
    page.goto(address)
    text = "\n".join(one.extract_text() for one in PdfReader(BytesIO(page.pdf())).pages)
    return " ".join(normalize("NFKC", text).split())  # a font may draw two letters as one


def write(page: Page, case: str, form: str, drawn: bool, **fields: str) -> None:
    """Save a form of the case, drawn from the relative's words or not."""
    page.goto(f"{case}?write={form}")
    for name, text in fields.items():
        page.locator(f"#{form}-{name}").fill(text)
    if drawn:
        page.locator("form.sheet [name=drawn]").select_option(index=1)
    page.locator("form.sheet .main").click()
    page.locator(".note", has_text="Sparat").wait_for()


@pytest.mark.long
def test_no_print_holds_a_relatives_untested_words(desk: BrowserContext, road: Demo) -> None:
    """Note, task and flag drawn from a relative's words: on no print of case, list, shift or day until tested."""
    page = desk.new_page()
    page.goto(f"{road.staff}/inbox?show=relatives")
    page.locator("#list a.open").first.click()
    request = page.url.partition("#")[0].rpartition("/")[2].partition("?")[0]
    page.goto(f"{road.staff}/cases/new?request={request}")
    choice(page, "Förfrågan").click()
    page.get_by_role("button", name="Öppna ärendet").click()
    page.locator(".rail").wait_for()
    case = page.url.partition("?")[0]
    write(page, case, "note", drawn=True, text=NOTE)
    write(page, case, "note", drawn=False, text=OWN)
    write(page, case, "task", drawn=True, title=TASK, due="2026-11-25")
    write(page, case, "flag", drawn=True, text=FLAG, until="2099-12-31")
    paths = (case, *(f"{road.staff}{path}" for path in ("/cases", "/shift?since=day", "/today", "/flags")))
    texts = [printed(page, path) for path in paths]
    assert OWN in texts[0]
    assert re.search(r"\b\d{1,2} \w+ 20\d\d", texts[0])  # a date, where the screen says today
    assert "i dag" not in texts[0].partition("Händelser")[2]
    assert [word for word in (NOTE, TASK, FLAG) for text in texts if word in text] == []
    page.goto(case)
    page.locator(".linked summary", has_text="Pröva").click()
    page.locator(".linked textarea[name=reason]").fill("hon har sagt ja")
    page.get_by_role("button", name="Prövad").click()
    page.locator(".note", has_text="Gjort").wait_for()
    after = printed(page, case)
    assert all(word in after for word in (OWN, NOTE, TASK, FLAG))
    page.close()
