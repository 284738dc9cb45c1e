"""The staff pages in colours of one's own: what we tell by colour is told by a line, a width or a word as well."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.states import OUTSIDE, STAFF, State, standing
from tests.browser.test_pages import findings
from tests.browser.test_reach import BARE
from tests.road import Demo

SEEN = ("queue", "inbox", "request", "case-note", "keys", "login-wrong")
# A browser draws these itself, in any colours: a box to tick, and the triangle of what can be unfolded.
DRAWN = ("<input", "<summary")
# What is chosen, or said louder, with a neighbour that is not: both must exist to be compared.
PAIRS = {
    "queue": (("nav a[aria-current]", "nav a:not([aria-current])"),),
    "inbox": (
        ("nav a[aria-current]", "nav a:not([aria-current])"),
        (".chip[aria-current]", ".chip:not([aria-current])"),
        ("tr[aria-current]", "tbody tr:not([aria-current])"),
    ),
    "request": (("button.main", "button:not(.main)"),),
    "case-note": ((".rail .here", ".rail li:not(.here)"), ("main a[aria-current]", "main a:not([aria-current])")),
    "keys": (),
    "login-wrong": (("main .note", "main label"),),
}
# How something looks when every colour is taken away from it.
SHAPE = """one => { const style = getComputedStyle(one);
    return ["borderTopWidth", "borderTopStyle", "outlineWidth", "outlineStyle", "fontWeight", "textDecorationLine"]
        .map(of => style[of]).join(" ") }"""

FLAT = "one => { one.style.cssText = 'border: 0; outline: 0; font-weight: 400; text-decoration: none' }"


def bare(page: Page) -> list[str]:
    """Name what can be tapped or filled in and has no edge."""
    found: list[str] = page.evaluate(BARE)
    return [one for one in found if not one.startswith(DRAWN)]


def alike(page: Page, pairs: tuple[tuple[str, str], ...]) -> list[str]:
    """Name the pairs whose two sides look the same but for colour."""
    shapes = [[page.locator(one).first.evaluate(SHAPE) for one in pair] for pair in pairs]
    return [pair[0] for pair, (chosen, other) in zip(pairs, shapes, strict=True) if chosen == other]


def judge(page: Page, name: str) -> None:
    """Take the colours away and look; what is planted is found."""
    page.emulate_media(forced_colors="active")
    if name == "inbox":
        page.keyboard.press("j")
    assert bare(page) == []
    assert alike(page, PAIRS[name]) == []
    assert findings(page, schemes=("light",)) == []
    for one in (one for pair in PAIRS[name] for one in pair):
        page.locator(one).first.evaluate(FLAT)
    assert len(alike(page, PAIRS[name])) == len(PAIRS[name])


@pytest.mark.long
@pytest.mark.parametrize("state", [one for one in (*STAFF, *OUTSIDE) if one.name in SEEN], ids=lambda state: state.name)
def test_without_our_colours_everything_is_told_apart(
    chromium: Browser, road: Demo, desk: BrowserContext, state: State
) -> None:
    """Where one is, what is chosen, what failed and what is pressed first, on the pages of a day."""
    context = desk if state in STAFF else chromium.new_context(locale="sv-SE")
    with standing(context, state, road.staff) as page:
        judge(page, state.name)
    if context is not desk:
        context.close()


def test_pages_named_here_are_there() -> None:
    """A state that is renamed must not silently leave these tests."""
    assert {*SEEN} == set(PAIRS) <= {one.name for one in (*STAFF, *OUTSIDE)}
