"""A case in a real browser: drafts that save themselves, keys that rest while one types."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Cookie, Page, Route

from tests.browser.states import in_case
from tests.road import Demo


@pytest.fixture
def case(desk: BrowserContext, road: Demo) -> Iterator[Page]:
    """Lend the page of a case that was just opened."""
    page = desk.new_page()
    in_case("note")(page, road.staff)
    yield page
    page.close()


@pytest.mark.long
def test_a_draft_saves_itself_and_is_there_again(case: Page) -> None:
    """Typed and not sent: kept after a moment with its time, after a reload, and when the page is left at once."""
    text = case.locator("#note-text")
    text.fill("hon vill ses på torsdag")
    case.locator(".kept", has_text="Utkast sparat").wait_for()
    case.reload()
    assert text.input_value() == "hon vill ses på torsdag"
    text.fill("hon vill ses på fredag")
    address = case.url
    case.goto("about:blank")
    case.goto(address)
    assert text.input_value() == "hon vill ses på fredag"


HIDE = """() => {
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.long
def test_a_save_that_fails_while_the_page_is_hidden_is_tried_again(case: Page) -> None:
    """The line breaks as somebody looks at another tab: the words are saved by themselves once it is back."""
    case.route("**/draft", lambda route: route.abort())
    case.locator("#note-text").fill("hon vill ses på torsdag")
    case.evaluate(HIDE)
    case.locator(".kept", has_text="Försöker igen").wait_for()
    case.unroute("**/draft")
    case.locator(".kept", has_text="Utkast sparat").wait_for(timeout=20_000)


@pytest.mark.long
def test_a_save_that_arrives_after_its_form_was_sent_is_no_draft(case: Page) -> None:
    """The save hangs, the form is sent, and it is answered last: the next page is empty and waited for nothing."""
    held = hold(case)
    with case.expect_request("**/draft"):
        case.locator("#note-text").fill("hon vill ses på torsdag")
    case.locator("form.sheet .main").click()
    case.locator(".note", has_text="Sparat").wait_for()
    assert len(held) == 1
    assert marks(case) == []
    late = held[0].request
    kinds = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    assert case.request.post(late.url, data=late.post_data or "", headers=kinds).ok
    case.unroute("**/draft")
    case.reload()
    assert case.locator("#note-text").input_value() == ""
    assert case.locator(".kept", has_text="Utkast sparat").count() == 0


@pytest.mark.long
def test_the_cookie_of_a_draft_holds_no_word(case: Page) -> None:
    """While a save is under way: the case's path, the form's name, two numbers, a minute. Once it is kept: nothing."""
    held = hold(case)
    with case.expect_request("**/draft"):
        case.locator("#note-text").fill("kanariefågel 0701740605")
    (mark,) = marks(case)
    assert re.fullmatch(r"note\.[0-9a-f]{1,8}\.[0-9]{1,9}", mark["value"])
    assert re.fullmatch(r"/cases/[0-9a-f]{32}", mark["path"])
    assert mark["expires"] <= time.time() + 60
    assert "kanarief" not in str(case.context.cookies())
    held[0].continue_()
    case.locator(".kept", has_text="Utkast sparat").wait_for()
    assert marks(case) == []


def hold(page: Page) -> list[Route]:
    """Hold each save that the page's script sends, and list them."""
    held: list[Route] = []

    def catch(route: Route) -> None:
        held.append(route)

    page.route("**/draft", catch)
    return held


def marks(page: Page) -> list[Cookie]:
    """List the cookies that say of this case's page that a save is under way."""
    return [one for one in page.context.cookies(page.url) if one["name"] == "draft"]


@pytest.mark.long
def test_keys_lead_through_a_case_and_rest_while_one_types(case: Page) -> None:
    """f, t and n open their forms, ready to type in; letters typed there are letters; ctrl+enter saves."""
    for key, form in (("f", "move"), ("t", "task"), ("n", "note")):
        case.locator("h1").click()
        case.keyboard.press(key)
        case.locator(f"#sheet-{form} :focus").wait_for()
    case.keyboard.type("stfjkn")
    assert case.locator("#note-text").input_value() == "stfjkn"
    case.keyboard.press("Control+Enter")
    case.locator(".note", has_text="Sparat").wait_for()
    case.locator("h1").click()
    case.keyboard.press("j")
    case.keyboard.press("j")
    case.keyboard.press("k")
    assert case.locator(".event:focus .said", has_text="stfjkn").count() == 1
