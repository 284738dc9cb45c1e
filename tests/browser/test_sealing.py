"""The real pages with script on: sealed in the phone, or nothing sent."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Phone
from tests.browser.states import ask_language, choice, speak
from tests.browser.test_code import enter, leave_reply
from tests.road import Demo, Visitor

STORY = "kanariefågeln sjunger bara hemma"
CONTACT = "070-1740677"
WORDS = (STORY, "kanarief", CONTACT, "1740677")
SCRIPT = "**/seal.js"


def watched(page: Page) -> list[Request]:
    """Return the list that every request of a page is noted in."""
    seen: list[Request] = []

    def note(request: Request) -> None:
        seen.append(request)

    page.on("request", note)
    return seen


def leaked(seen: list[Request]) -> list[str]:
    """Name each request that carried a word of what was typed, in its body or its address."""
    held = [(one.url, one.post_data_buffer or b"") for one in seen]
    return [
        url
        for url, body in held
        for word in WORDS
        if word.encode() in body
        or any(part in url for part in (word, word.replace(" ", "+"), word.replace(" ", "%20")))
    ]


def write(road: Demo, page: Page, path: str = "/me") -> None:
    """Fill in what is to stay secret."""
    page.goto(f"{road.portal}{path}")
    page.locator("#message").fill(STORY)
    choice(page, "Både kod och samtal").tap()
    page.locator("#contact").fill(CONTACT)


@pytest.mark.parametrize("path", ["/me", "/other"])
def test_what_leaves_the_phone_is_an_envelope(road: Demo, phone: Phone, path: str) -> None:
    """Sent, code shown, answered, read: and no request ever carried a word."""
    page = phone().new_page()
    seen = watched(page)
    write(road, page, path)
    expect(page.get_by_text("låses i din mobil innan det skickas")).to_be_visible()
    page.get_by_role("button", name="Skicka nu").tap()
    page.wait_for_url("**/done")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    code = re.sub(r"\D", "", page.locator("[data-code]").inner_text())
    assert len(code) == 24
    expect(page.locator("[data-show]")).to_be_hidden()
    posts = [one for one in seen if one.method == "POST"]
    assert [one.url.removeprefix(road.portal) for one in posts] == ["/envelope"]
    assert len(posts[0].post_data_buffer or b"") == 8923
    assert leaked(seen) == []
    leave_reply(road, code, 1, "svar")
    enter(road, page, code)
    expect(page.locator(".said")).to_have_text("svar")


def test_after_leaving_nothing_of_it_comes_back(road: Demo, phone: Phone) -> None:
    """The code stands on no page that Back, reload or the address leads to."""
    page = phone().new_page()
    page.goto(road.portal)
    write(road, page)
    page.get_by_role("button", name="Skicka nu").tap()
    page.wait_for_url("**/done")
    code = page.locator("[data-code]").inner_text()
    page.reload()
    assert code[:9] not in page.inner_text("body")
    with page.expect_event("requestfailed", lambda request: request.url == "https://example.org/"):
        page.get_by_role("link", name="Lämna sidan").first.tap(no_wait_after=True)
    page.wait_for_url("chrome-error://**")
    for _ in range(2):
        page.go_back(wait_until="commit")
        page.wait_for_load_state()
        assert not any(word in page.content() for word in (*WORDS, code[:9]))


def broken(script: bytes) -> dict[str, Callable[[Route], None]]:
    """Return ways in which the script does not come as it should."""
    kind = "text/javascript"
    return {
        "dropped": lambda route: route.abort(),
        "missing": lambda route: route.fulfill(status=404, body="-"),
        "half": lambda route: route.fulfill(body=script[: len(script) // 2], content_type=kind),
        "other hash": lambda route: route.fulfill(body=script + b" ", content_type=kind),
    }


def tried(page: Page) -> None:
    """Press and tap everything that might send."""
    for button in page.locator("button.go").all():
        button.tap()
    page.locator("#contact").press("Enter")
    ask_language(page, "en")
    page.wait_for_timeout(300)


@pytest.mark.parametrize(
    "way", ["dropped", *(pytest.param(way, marks=pytest.mark.long) for way in ("missing", "half", "other hash"))]
)
def test_without_its_script_the_page_sends_nothing(road: Demo, phone: Phone, way: str) -> None:
    """Whatever is pressed, no word leaves, the text stays, and after six seconds the page says so."""
    page = phone().new_page()
    page.route(SCRIPT, broken(Visitor(road.portal).send("GET", "/seal.js").text.encode())[way])
    seen = watched(page)
    write(road, page)
    tried(page)
    assert leaked(seen) == []
    assert [one.url for one in seen if one.method == "POST"] == []
    expect(page.locator("#message")).to_have_value(STORY)
    expect(page.get_by_text("Inget är skickat.")).to_be_visible(timeout=8000)
    expect(page.get_by_text("låses i din mobil")).to_be_hidden()


GONE = {
    "no crypto": "Object.defineProperty(crypto, 'subtle', {value: undefined}); crypto.getRandomValues = undefined",
    "throws at once": "Object.defineProperty(document, 'addEventListener', {value() { throw new Error('x') }})",
    "no fetch": "window.fetch = () => { throw new Error('x') }",
}


@pytest.mark.parametrize("gone", list(GONE))
def test_a_script_that_fails_sends_nothing(road: Demo, phone: Phone, gone: str) -> None:
    """A browser that lacks what sealing needs keeps the text and sends no word of it."""
    page = phone().new_page()
    page.add_init_script(GONE[gone])
    seen = watched(page)
    write(road, page)
    page.get_by_role("button", name="Skicka nu").tap()
    page.locator("#contact").press("Enter")
    page.wait_for_timeout(500)
    assert leaked(seen) == []
    assert [one.url for one in seen if one.method == "POST"] == []
    expect(page.locator("#message")).to_have_value(STORY)


def test_enter_sends_nothing_by_itself(road: Demo, phone: Phone) -> None:
    """With script on no field belongs to a form, so Enter in a line stays in the phone."""
    page = phone().new_page()
    seen = watched(page)
    write(road, page)
    page.locator("#contact").press("Enter")
    page.wait_for_timeout(300)
    assert leaked(seen) == []
    assert page.url == f"{road.portal}/me"


def test_another_language_keeps_the_text_in_the_phone(road: Demo, phone: Phone) -> None:
    """The page turns English in place, and the words were sent nowhere."""
    page = phone().new_page()
    seen = watched(page)
    write(road, page)
    speak(page, "en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#message")).to_have_value(STORY)
    assert leaked(seen) == []
    page.get_by_role("button", name="Send now").tap()
    page.wait_for_url("**/done")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It got through.")
    assert leaked(seen) == []


def test_a_portal_out_of_reach_keeps_the_text(road: Demo, phone: Phone) -> None:
    """Not sent is said so, and the next tap gets through."""
    page = phone().new_page()
    page.route("**/envelope", lambda route: route.abort())
    write(road, page)
    page.get_by_role("button", name="Skicka nu").tap()
    expect(page.locator("[data-say] .err").first).to_contain_text("Det gick inte fram.")
    expect(page.locator("#message")).to_have_value(STORY)
    page.unroute("**/envelope")
    page.get_by_role("button", name="Skicka nu").tap()
    page.wait_for_url("**/done")
