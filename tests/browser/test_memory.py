"""With script on, the portal's own memory never holds a word of what was typed, nor a code.

Stands for the row of design.md section 9 on whoever only reads the portal's memory.
"""

import re
import socket
from itertools import count
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from crypto.returncode import new_code, show_code
from tests.browser.conftest import Phone
from tests.browser.states import choice, speak
from tests.browser.test_code import enter, leave_reply
from tests.canaries import Word, canary
from tests.day import keys_of
from tests.memory import found, traces
from tests.road import Demo

NAMES = {"message", "contact", "when", "avoid_more", "code_word", "call_name", "language_other"}
numbers = count(500_000)  # far from those of other tests, which run against the same portal


def word() -> str:
    """Type something that was never typed before."""
    return canary(next(numbers))


def fill_in_everything(page: Page) -> list[str]:
    """Write a word of its own into each field of the form that can be written in."""
    choice(page, "Både kod och samtal").tap()
    typed: dict[str, str] = {}
    for field in page.locator("textarea:visible, input[maxlength]:visible").all():
        typed[field.get_attribute("name") or ""] = text = word()
        field.fill(text)
    assert typed.keys() == NAMES
    return list(typed.values())


def send(page: Page, road: Demo, path: str) -> tuple[list[str], str]:
    """Fill in a form, change the language on the way, press Enter, send it, and come back to the confirmation."""
    page.goto(f"{road.portal}{path}")
    typed = fill_in_everything(page)
    page.locator("#call_name").press("Enter")
    for language in ("en", "sv"):
        speak(page, language)
    page.get_by_role("button", name="Skicka nu").tap()
    page.wait_for_url("**/done")
    code = re.sub(r"\D", "", page.locator("[data-code]").inner_text())
    assert len(code) == 24
    page.reload()
    return typed, code


def come_back(page: Page, road: Demo, code: str) -> list[str]:
    """Enter the code, read the answer, write again; return what was read and written."""
    answer, again = word(), word()
    leave_reply(road, code, 1, answer)
    enter(road, page, code)
    expect(page.locator(".said")).to_have_text(answer)
    page.locator("#message").fill(again)
    page.get_by_role("button", name="Skicka svar").tap()
    expect(page.get_by_text("Det kom fram.").first).to_be_visible()
    return [answer, again]


def test_with_script_on_the_portal_never_holds_a_word(road: Demo, phone: Phone) -> None:
    """Both forms sent, answered, read with the code, written to again: no word, code or key of one is in its memory."""
    page = phone().new_page()
    typed, codes = list[str](), list[bytes]()
    for path in ("/me", "/other"):
        words, code = send(page, road, path)
        typed += words
        # The token asks for what waits, so the portal has seen it by then; it opens nothing and signs nothing.
        codes += traces(code, keys_of(road, code), token=False)
        typed += come_back(page, road, code)
    page.goto(road.portal)
    assert len(typed) >= 2 * len(NAMES)
    assert found(road.child("portal"), typed, codes) == set()


def test_what_the_portal_holds_is_found(road: Demo) -> None:
    """The search itself: what a form without script has sent so far is found, and a header and a code with it."""
    typed, named, code = word(), word(), new_code()
    parts = urlsplit(road.portal)
    body = f"message={typed}&code={show_code(code).replace(' ', '+')}"
    head = (
        f"POST /me HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: {named}\r\nContent-Length: {len(body) + 1}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
        connection.sendall((head + body).encode())
        held = set[Word]()
        for _ in range(20):  # until it has been received
            held = found(road.child("portal"), [typed, named, word()], traces(code, keys_of(road, code)))
            if held:
                break
    assert held == {typed, named, show_code(code)[5:19].replace(" ", "+").encode()}
