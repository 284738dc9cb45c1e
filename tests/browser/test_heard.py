"""The public pages without eyes and without a pointer: what is read aloud, in which order, and how far keys lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.faces import FACES, Face, standing
from tests.browser.stage import SHOWN, Stage, stage

NAMED = {"link", "button", "radio", "checkbox", "textbox", "heading", "group", "combobox"}
FIELDS = {"radio", "checkbox", "textbox"}
FOCUS = "() => document.activeElement.id || document.activeElement.name || document.activeElement.tagName"


@dataclass(frozen=True)
class Node:
    """What a screen reader is told of one thing on the page."""

    role: str
    name: str
    told: str
    level: int
    invalid: bool
    focused: bool


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Lend a portal that stands still."""
    with stage(tmp_path_factory.mktemp("stage")) as lent:
        yield lent


@pytest.fixture
def page(chromium: Browser, lit: Stage) -> Iterator[Page]:
    """Lend a browser with a keyboard and no pointer, in Swedish."""
    context = lit.visitor(chromium, "sv", has_touch=False, is_mobile=False)
    yield context.new_page()
    context.close()


def heard(page: Page) -> list[Node]:
    """Return Chromium's accessibility tree in reading order, without what is not told."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {one["nodeId"]: one for one in nodes}
    found: list[Node] = []

    def walk(one: dict[str, object]) -> None:
        if not one.get("ignored"):
            found.append(node(one))
        for child in one.get("childIds", []):  # type: ignore[attr-defined]  # a list of ids, as the protocol says
            if child in by_id:
                walk(by_id[child])

    walk(nodes[0])
    return found


def node(one: dict[str, object]) -> Node:
    """Read one node as the protocol tells it."""
    given = {name: (one.get(name) or {}).get("value", "") for name in ("role", "name", "description")}  # type: ignore[attr-defined]  # as above
    more = {each["name"]: each["value"].get("value") for each in one.get("properties", [])}  # type: ignore[attr-defined]  # as above
    return Node(
        str(given["role"]),
        " ".join(str(given["name"]).split()),
        " ".join(str(given["description"]).split()),
        int(more.get("level") or 0),
        str(more.get("invalid", "false")) == "true",
        bool(more.get("focused")) and given["role"] != "RootWebArea",
    )


def names(found: list[Node], *roles: str) -> list[str]:
    """Return the names of what has one of the roles, in order."""
    return [one.name for one in found if one.role in roles]


def test_the_first_page_is_read_in_its_order(page: Page, lit: Stage) -> None:
    """The way past, the way out and 112 come before the words; then what to know, then the three ways on."""
    page.goto(lit.origin)
    found = heard(page)
    links = names(found, "link")
    assert links[:3] == ["Till innehållet", "Lämna sidan", "Ring 112."]
    assert [one for one in links if one in ("Jag vill ha hjälp", "Det gäller någon annan", "Jag har en kod")] == [
        "Jag vill ha hjälp",
        "Det gäller någon annan",
        "Jag har en kod",
    ]
    assert names(found, "heading")[:3] == ["Det finns en väg ut", "Bra att veta först", "Vill du hellre prata?"]
    assert [one.role for one in found if one.role in ("banner", "main", "contentinfo")] == [
        "banner",
        "main",
        "contentinfo",
    ]


def test_the_form_is_read_as_its_questions(page: Page, lit: Stage) -> None:
    """Each choice lies in a group that is named by its question, and the five questions come before Send."""
    page.goto(f"{lit.origin}/me")
    page.locator("[data-ready]").wait_for()
    found = heard(page)
    asked = [one.name for one in found if one.role in ("group", "textbox", "button")]
    first = asked[: asked.index("Skicka nu")]
    asked_in_order = [
        "Är du i fara just nu?",
        "Vad behöver du mest?",
        "Vill du skriva något?",
        "Hur vill du få svar?",
    ]
    assert [one for one in first if one.endswith("?")] == [*asked_in_order, "Vem ska läsa?"]
    message = next(one for one in found if one.role == "textbox")
    assert "Skriv inga namn" in message.told
    assert all(one.name for one in found if one.role in NAMED - {"group"})


def test_what_is_wrong_is_said_where_the_focus_is(page: Page, lit: Stage) -> None:
    """Sending nothing leads to the field, and the words stand before it; the box above is read by itself too."""
    page.goto(f"{lit.origin}/me")
    page.locator("[data-ready]").wait_for()
    page.locator("#send").press("Enter")
    page.locator("[data-say]:not([role]) .err").wait_for()
    found = heard(page)
    assert [one.name for one in found if one.focused] == ["Vill du skriva något?"]
    said = " ".join(one.name for one in found)
    assert "Skriv en rad eller kryssa i något. Sen kan du skicka." in said
    assert any(one.role == "status" for one in found)


def test_a_form_that_came_back_starts_with_what_is_wrong(chromium: Browser, lit: Stage) -> None:
    """Without script: the summary has the focus, its link leads to the field, which says itself what is wrong."""
    context = lit.visitor(chromium, "sv", java_script_enabled=False)
    with standing(context, next(one for one in FACES if one.name == "me-back"), lit) as page:
        found = heard(page)
        assert any(one.focused for one in found)
        wrong = [one for one in found if one.invalid]
        assert [one.told for one in wrong] == ["Skriv ett nummer, eller välj att få en kod."]
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**#contact")
    context.close()


def test_a_keyboard_alone_sends_and_leaves(page: Page, lit: Stage) -> None:
    """Tab, arrows, space and Enter: from the way past the head to the confirmation, whose heading has the focus."""
    page.goto(f"{lit.origin}/me")
    page.locator("[data-ready]").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUS) == "message":
            page.keyboard.type("hej")
        if page.evaluate(FOCUS) == "send":
            break
    assert page.evaluate("[...document.querySelectorAll(':checked')].map(one => one.name)").count("need") == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/done")
    assert [one.name for one in heard(page) if one.focused] == ["Tack. Det kom fram."]


@pytest.mark.parametrize("path", ["/", "/me", "/code"])
def test_the_focus_is_seen_and_never_caught(page: Page, lit: Stage, path: str) -> None:
    """Tab visits everything once in the page's own order, each with a line around it, and comes out at the end."""
    page.goto(f"{lit.origin}{path}")
    page.wait_for_load_state("networkidle")
    seen = []
    for _ in range(90):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => { const at = document.activeElement; return at === document.body ? null :
            [[...document.querySelectorAll("*")].indexOf(at), getComputedStyle(at).outlineStyle] }"""
        )
        if told is None:
            break
        seen.append(told)
    assert 5 < len(seen) < 90
    assert [place for place, _ in seen] == sorted({place for place, _ in seen})
    assert {style for _, style in seen} == {"solid"}


def fault(face: Face, found: list[Node]) -> list[str]:
    """Name what a listener would miss on a page."""
    levels = [one.level for one in found if one.role == "heading"]
    faults = [] if levels[:1] == [1] and levels.count(1) == 1 else [f"{face.name}: headings {levels}"]
    faults += [f"{face.name}: level {two} after {one}" for one, two in pairwise(levels) if two > one + 1]
    faults += [f"{face.name}: nameless {one.role}" for one in found if one.role in NAMED - {"group"} and not one.name]
    return faults


@pytest.mark.long
@pytest.mark.parametrize("language", SHOWN)
def test_nothing_is_without_a_name_in_any_language(chromium: Browser, lit: Stage, language: str) -> None:
    """Every link, button, field and group of every state has a name, and the headings make one tree."""
    context = lit.visitor(chromium, language)
    found = []
    for face in (one for one in FACES if one.script):
        with standing(context, face, lit) as page:
            found += fault(face, heard(page))
            found += [face.name] * page.locator("fieldset:not(:has(> legend))").count()
    context.close()
    assert found == []
