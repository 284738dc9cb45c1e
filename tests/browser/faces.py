"""Every face of the public pages: each state that a visitor can stand before, in any language, and how to get there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from re import compile as pattern

from playwright.sync_api import BrowserContext, Page, Route

from tests.browser.stage import REPLY, Stage

Way = Callable[[Page, Stage], object]
LONG = "ö" * 4900
NOBODYS = f"{1:024d}"  # right check digits, and no mailbox
HELD: list[Route] = []  # what is on the way as long as its page is looked at
SENDING = pattern(r"/envelope$")


@dataclass(frozen=True)
class Face:
    """A named state, how to reach it from a new page, the status of its page, and whether script is on."""

    name: str
    reach: Way
    status: int = 200
    script: bool = True


def at(path: str) -> Way:
    """Reach a state by its address alone."""
    return lambda page, stage: page.goto(f"{stage.origin}{path}")


def pick(page: Page, *values: str) -> None:
    """Tap the answers that have these values."""
    for value in values:
        page.locator(f"label:has([value={value}])").first.tap()


def everything_open(path: str) -> Way:
    """Reach a form with an answer to each question and every explanation opened."""

    def reach(page: Page, stage: Stage) -> None:
        at(path)(page, stage)
        pick(page, "now" if path == "/me" else "us", "call", "under18")
        for group in page.locator("fieldset:visible").all():
            if not group.locator(":checked").count():
                group.locator("label:has(input)").first.tap()
        page.locator("#message").fill("Jag kan inte sova hemma längre.")
        page.locator("#contact").fill("070-1740640")
        for summary in page.locator("summary").all():
            summary.tap()

    return reach


def awake(page: Page) -> None:
    """Wait until the page's script listens, where there is one: before that a tap does nothing."""
    if not page.locator("noscript form").count():
        page.locator("[data-ready]:not([hidden])").first.wait_for(state="attached")


def sent(path: str, fill: Callable[[Page], object], waits: str) -> Way:
    """Reach what stands there after filling and sending."""

    def reach(page: Page, stage: Stage) -> None:
        at(path)(page, stage)
        awake(page)
        fill(page)
        page.locator("#send").tap()
        page.locator(waits).first.wait_for()

    return reach


def wrote(page: Page) -> None:
    """Write a line."""
    page.locator("#message").fill("tack för att ni finns")


def asks(value: str) -> Callable[[Page], None]:
    """Write a line and ask to be answered in this way; a number is given where one is asked for."""

    def fill(page: Page) -> None:
        wrote(page)
        pick(page, value)
        if page.locator("#contact").is_visible():
            page.locator("#contact").fill("070-1740640")

    return fill


def no_number(page: Page) -> None:
    """Ask for a call and leave the number out."""
    wrote(page)
    pick(page, "call")


def troubled(handler: Callable[[Route], object], waits: str) -> Way:
    """Reach the form while its envelope is on the way, or after it was stopped there."""

    def fill(page: Page) -> None:
        wrote(page)
        page.route(SENDING, handler)

    return sent("/me", fill, waits)


def entered(code: Callable[[Stage], str] | str) -> Way:
    """Reach what stands there after typing a code."""

    def reach(page: Page, stage: Stage) -> None:
        at("/code")(page, stage)
        awake(page)
        page.locator("#code").fill(code if isinstance(code, str) else code(stage))
        page.locator("#send").tap()
        page.locator("main .err:visible:not([data-unready]), #message").first.wait_for()

    return reach


def pressed(value: str, word: str, code: Callable[[Stage], str] | str = NOBODYS) -> Way:
    """Reach the page behind a code after one of its buttons, once it says this word: "wait" is said before it."""

    def reach(page: Page, stage: Stage) -> None:
        entered(code)(page, stage)
        page.locator(f"button[name=do][value={value}]").tap()
        page.locator(f"main [data-word={word}]").first.wait_for()

    return reach


def answered(stage: Stage) -> str:
    """Return a code behind which a reply waits."""
    return stage.answered(REPLY)


def hold(route: Route) -> None:
    """Keep a request on its way."""
    HELD.append(route)


def longest(page: Page) -> None:
    """Write more than an envelope holds."""
    page.locator("#message").fill(LONG)


ERR, NOTE = "[data-say] .err", "[data-say] .note"
CODE = ".code bdi"

FACES = [
    Face("start", at("/")),
    Face("me", at("/me")),
    Face("me-filled", everything_open("/me")),
    Face("me-empty", sent("/me", lambda _page: None, ERR)),
    Face("me-number", sent("/me", no_number, ERR)),
    Face("me-long", sent("/me", longest, ERR)),
    Face("me-sending", troubled(hold, NOTE)),
    Face("me-failed", troubled(lambda route: route.fulfill(status=503, body="-"), ERR)),
    Face("me-offline", troubled(lambda route: route.abort("internetdisconnected"), ERR)),
    Face("me-busy", troubled(lambda route: route.fulfill(status=429, body="-"), ERR)),
    Face("me-lost", at("/me?m=down")),
    Face("me-back", sent("/me", no_number, "[aria-invalid]"), script=False),
    Face("other", at("/other")),
    Face("other-filled", everything_open("/other")),
    Face("other-empty", sent("/other", lambda _page: None, ERR)),
    Face("other-plain", at("/other"), script=False),
    Face("done-code", sent("/me", asks("code"), CODE)),
    Face("done-call", sent("/me", asks("call"), "[data-seal] .note")),
    Face("done-both", sent("/me", asks("code_and_call"), CODE)),
    Face("done-plain", sent("/me", asks("code"), CODE), script=False),
    Face("done-none", at("/done")),
    Face("done-no-code", at("/done?m=nocode")),
    Face("code", at("/code")),
    Face("code-wrong", entered("4821 0937 5518 2640 7793 1200")),
    Face("code-nothing", entered(NOBODYS)),
    Face("code-reply", entered(answered)),
    Face("code-reply-plain", entered(answered), script=False),
    Face("code-empty", pressed("write", "empty")),
    Face("code-asked", pressed("erase", "asked")),
    Face("code-removed", pressed("remove", "removed", answered)),
    Face("about", at("/about")),
    Face("jobb", at("/jobb")),
    Face("uppgifter", at("/uppgifter")),
    Face("tillganglighet", at("/tillganglighet")),
    Face("missing", at("/missing"), 404),
    Face("down", at("/down"), 503),
    Face("tired", at("/tired"), 429),
    Face("much", at("/much"), 413),
]


@contextmanager
def standing(context: BrowserContext, face: Face, stage: Stage) -> Iterator[Page]:
    """Lend a page that stands in the state; a code on it is always the same."""
    page = context.new_page()
    try:
        face.reach(page, stage)
        page.evaluate("document.querySelectorAll('.code bdi').forEach((one, at) => one.textContent = 4821 + 7 * at)")
        yield page
    finally:
        while HELD:
            HELD.pop().abort()
        page.close()
