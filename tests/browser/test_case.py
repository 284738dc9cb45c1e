"""A case in a real browser: drafts that save themselves, keys that rest while one types."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

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
