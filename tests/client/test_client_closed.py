"""However the script breaks, what was typed never leaves the phone unsealed. design.md section 4."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.client.stand import Reply, Stand
from tests.client.test_client_page import STORY, nothing_left, send, visit, write

HALF = 2


def cut(script: bytes) -> bytes:
    """Break the script off half way."""
    return script[: len(script) // HALF]


def at_once(script: bytes) -> bytes:
    """Throw before anything else."""
    return b"throw new Error('at once');" + script


BREAKS: dict[str, Callable[[bytes], bytes]] = {"cut in half": cut, "throws at once": at_once, "is empty": lambda _: b""}
SCRIPT = "text/javascript"
MISSING = {
    "connection dropped": Reply(0),
    "404": Reply(404, b"gone"),
    "another hash": Reply(200, b"document.title = 1", SCRIPT),
    "another type": Reply(200, b"<html>", "text/html"),
}
HARMS = (
    "crypto.getRandomValues = () => { throw new Error('no') }",
    "window.fetch = () => { throw new Error('no') }",
    "delete window.fetch; window.fetch = undefined",
    "TextEncoder.prototype.encode = () => { throw new Error('no') }",
    "document.querySelectorAll = () => { throw new Error('no') }",
    "Object.defineProperty(HTMLElement.prototype, 'dataset', { get() { throw new Error('no') } })",
)


def press_everything(page: Page) -> None:
    """Do all that a person does when a button seems dead."""
    write(page)
    send(page)
    page.locator("#contact").fill(STORY)
    page.locator("#contact").press("Enter")
    page.locator("#send").press("Enter")
    page.locator("#message").press("Control+Enter")
    page.wait_for_timeout(120)


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_script_sends_nothing(page: Page, portal: Stand, how: str) -> None:
    """The script comes whole by its hash but does not run to its end: no button and no key sends the text."""
    portal.script = BREAKS[how](portal.script)
    page.goto(f"{portal.origin}/me")
    press_everything(page)
    assert page.locator("[data-unready]").count() == 1
    assert page.locator("#message").input_value() == STORY
    assert page.evaluate("document.forms.length") == 0
    assert portal.sent() == []
    assert nothing_left(portal)


@pytest.mark.parametrize("how", MISSING)
def test_a_script_that_never_comes_sends_nothing(page: Page, portal: Stand, how: str) -> None:
    """The page without its script holds the text, says after a while that nothing was sent, and sends nothing."""
    portal.rules["/seal.js"] = lambda _arrival: MISSING[how]
    page.goto(f"{portal.origin}/me")
    press_everything(page)
    assert page.locator("[data-unready]").count() == 1
    assert page.locator("[data-ready]").is_hidden()
    assert portal.sent() == []
    assert nothing_left(portal)


@pytest.mark.parametrize("harm", HARMS)
def test_a_script_that_throws_in_the_tap_sends_nothing(page: Page, portal: Stand, harm: str) -> None:
    """Whatever is taken from under the running script, it ends in silence or in words, never in plain text."""
    visit(page, portal)
    page.evaluate(f"() => {{ {harm} }}")
    press_everything(page)
    assert page.locator("#message").input_value() == STORY
    assert page.url == f"{portal.origin}/me"
    assert portal.sent() == []
    assert nothing_left(portal)


def test_without_the_browsers_own_crypto_it_still_seals(page: Page, portal: Stand) -> None:
    """crypto.subtle is missing outside secure contexts: the code's keys come from our bundle then."""
    page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })")
    visit(page, portal)
    write(page)
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    assert [len(one.body) for one in portal.sent()] == [8923]
    assert nothing_left(portal)


def test_without_script_the_plain_road_works(plain: BrowserContext, portal: Stand) -> None:
    """With JavaScript off the form is a real one, and nothing claims to be sealed in the phone."""
    page = plain.new_page()
    page.goto(f"{portal.origin}/me")
    assert page.get_by_text("låses i din mobil").is_hidden()
    write(page)
    send(page)
    (sent,) = portal.sent()
    assert (sent.method, sent.path) == ("POST", "/me")
    assert b"csrf_token=t" in sent.body
    assert b"KANARIEFAGEL" in sent.body
