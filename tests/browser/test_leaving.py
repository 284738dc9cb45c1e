"""Leaving the real pages: the screen is empty at once, and what is secret is covered while nobody looks.

Stands for the row "stands behind the person" of docs/threat-model.md.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Phone
from tests.browser.test_code import send
from tests.road import Demo

STORY = "kanariefågeln sitter i trappan"
HIDE = """state => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
TAP = """number => {
  document.querySelectorAll("[data-leave]")[number].click();
  return [document.title, document.body.innerText, document.body.childNodes.length];
}"""
KEYS = [*["Shift"] * 3, *["Escape"] * 3, "Control+x", "Alt+x", "F2"]  # what others leave by


def left(page: Page, bar: int) -> object:
    """Tap one of the ways out and return title and text of the page in that very moment, before any answer."""
    page.route("**/exit", lambda route: route.fulfill(body="<title>Start</title>", content_type="text/html"))
    seen: object = page.evaluate(TAP, bar)
    expect(page).to_have_title("Start")
    return seen


@pytest.mark.parametrize("bar", [0, 1], ids=["on top", "at the bottom"])
@pytest.mark.parametrize("path", ["/me", "/other"])
def test_the_page_is_empty_from_the_tap_on(road: Demo, phone: Phone, path: str, bar: int) -> None:
    """However slow the way out is, nothing is left to see meanwhile, and no entry of the page stays behind."""
    page = phone().new_page()
    page.goto(f"{road.portal}{path}")
    expect(page.locator("[data-ready]").first).to_be_visible()
    page.locator("#message").fill(STORY)
    assert left(page, bar) == ["Utväg", "", 0]
    assert page.evaluate("history.length") == 2  # the empty tab, and the way out in the form's place


def test_the_confirmation_is_empty_from_the_tap_on(road: Demo, phone: Phone) -> None:
    """The button below the code does what the bars do."""
    page = phone().new_page()
    send(road, page)
    assert left(page, 1) == ["Utväg", "", 0]


def test_the_code_is_covered_while_the_page_is_hidden(road: Demo, phone: Phone) -> None:
    """The picture that a phone keeps of every app shows dots; a tap brings the digits back."""
    page = phone().new_page()
    code = send(road, page)
    page.evaluate(HIDE, "hidden")
    assert not re.search(r"\d{4}", page.locator("p.code").inner_text())
    page.evaluate(HIDE, "visible")
    assert not re.search(r"\d{4}", page.locator("p.code").inner_text())
    page.locator("[data-show]").tap()
    assert re.sub(r"\D", "", page.locator("p.code").inner_text()) == code


@pytest.mark.parametrize("path", ["/me", "/other", "/code"])
def test_no_key_leaves_by_itself(road: Demo, phone: Phone, path: str) -> None:
    """No key and no three keys lead away: on a phone's keyboard such a shortcut goes off by itself, text and all."""
    page = phone().new_page()
    page.goto(f"{road.portal}{path}")
    expect(page.locator("[data-ready]").first).to_be_visible()
    field = page.locator("#code, #message").first
    field.fill("4821")
    for key in KEYS:
        field.press(key)
    expect(field).to_have_value("4821")
    assert page.url == f"{road.portal}{path}"
    assert page.locator("[accesskey]").count() == 0
