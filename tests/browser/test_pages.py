"""Every page and state of both apps: usable by everybody, written without an error, no wider than the screen."""

import json
import subprocess
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from tests.browser import faces
from tests.browser.conftest import PHONE
from tests.browser.faces import FACES, Face
from tests.browser.stage import SHOWN, Stage, stage
from tests.browser.states import OUTSIDE, STAFF, State, served, standing
from tests.road import ROOT, Demo, Visitor

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
VNU = ROOT / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# A warning on words that a visitor typed: they are shown as they came.
VISITORS_OWN = "Text run is not in Unicode Normalization Form C"
SCHEMES = ("light", "dark")
# In the dark only colours are other: nothing else can be found there that was not found in the light.
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
# What costs a public page nothing: contrast of 7 to 1, and room for a thumb.
MORE: dict[str, dict[str, Any]] = {  # Any: axe's own shape
    "light": {"rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}}},
    "dark": {"runOnly": ["color-contrast-enhanced"]},
}


def findings(
    page: Page,
    within: str = "html",
    schemes: Sequence[str] = SCHEMES,
    rules: Mapping[str, Mapping[str, Any]] = RULES,  # Any: as above
) -> list[str]:
    """Return what axe-core finds in the page or a part of it, in light and in dark, each with where it stands."""
    page.evaluate(AXE)
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two words
        options = {"resultTypes": ["violations"], **rules[scheme]}
        result: dict[str, Any] = page.evaluate(
            "([within, options]) => axe.run(within, options)", [within, options]
        )  # Any: axe's own shape
        for rule in result["violations"]:
            found += [f"{scheme}: {rule['id']}: {node['html']} {node['failureSummary']}" for node in rule["nodes"]]
    return found


def wide(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def judge(context: BrowserContext, state: State, origin: str, shelf: Path) -> None:
    """Judge one state and keep its page for the HTML checker."""
    with standing(context, state, origin) as page:
        assert findings(page) == []
        assert wide(page) == 0
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a plain dictionary will do
        assert wide(page) == 0
        (shelf / f"{state.name}.html").write_text(served(context, page), "utf-8")


@pytest.fixture(scope="module")
def outside(chromium: Browser) -> Iterator[BrowserContext]:
    """Lend a browser on the inner network that nobody has signed in with."""
    context = chromium.new_context(locale="sv-SE")
    yield context
    context.close()


@pytest.fixture(scope="module")
def lit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Lend a portal that stands still for looking at."""
    with stage(tmp_path_factory.mktemp("stage")) as lent:
        yield lent


def judge_face(chromium: Browser, lit: Stage, shelf: Path, face: Face, language: str) -> None:
    """Judge one face of the public pages in a language, on a phone, and keep its page for the checker."""
    context = lit.visitor(chromium, language, java_script_enabled=face.script)
    with faces.standing(context, face, lit) as page:
        if face.script:  # axe needs a page whose scripts run; the same templates stand before it with script on
            assert findings(page, rules=MORE) == []
        assert wide(page) == 0
        page.set_viewport_size({"width": 320, "height": 640})
        assert wide(page) == 0
        (shelf / f"{language}-{face.name}.html").write_text(served(context, page), "utf-8")
    context.close()


# Every third state each time, the others with the long rows: all of them take more than a minute.
SWEDISH = [
    pytest.param(face, id=face.name, marks=[pytest.mark.long] if at % 3 else []) for at, face in enumerate(FACES)
]


@pytest.mark.parametrize("face", SWEDISH)
def test_portal_face(chromium: Browser, lit: Stage, shelf: Path, face: Face) -> None:
    """A visitor who sees, hears or moves otherwise gets along, at 320 pixels too, with contrast of 7 to 1."""
    judge_face(chromium, lit, shelf, face, "sv")


@pytest.mark.long
@pytest.mark.parametrize("language", [tag for tag in SHOWN if tag != "sv"])
def test_portal_faces_in_every_language(chromium: Browser, lit: Stage, tmp_path: Path, language: str) -> None:
    """So does one who reads another language, on every page and in every state, and no page holds an error."""
    assert language in lit.languages
    for face in FACES:
        judge_face(chromium, lit, tmp_path, face, language)
    assert errors(tmp_path) == []


@pytest.mark.parametrize("state", STAFF, ids=lambda state: state.name)
def test_staff_state(road: Demo, desk: BrowserContext, shelf: Path, state: State) -> None:
    """So does a coordinator, on this page of the staff app."""
    judge(desk, state, road.staff, shelf)


@pytest.mark.parametrize("state", OUTSIDE, ids=lambda state: state.name)
def test_door_state(road: Demo, outside: BrowserContext, shelf: Path, state: State) -> None:
    """And so does whoever stands before the door."""
    judge(outside, state, road.staff, shelf)


def test_hostile_requests_are_letters_only(road: Demo, desk: BrowserContext, shelf: Path) -> None:
    """Threats, markup, template code and tricks of writing direction run nothing and break no page."""
    texts = hostile_texts()
    for fields in texts:
        assert Visitor(road.portal).fill_in("/me", fields).headers["location"] == "/done"
    page = desk.new_page()
    ran: list[str] = []

    def noted(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", noted)
    page.goto(f"{road.staff}/inbox")
    page.get_by_role("button", name="Hämta nu").click()
    read = []
    for number, address in enumerate(addresses(page, len(texts))):
        page.goto(address)
        read.append(page.inner_text("main"))
        assert (
            page.locator("main script, main img, main b[onmouseover], main svg[onload], main a[href^=http]").count()
            == 0
        )
        assert wide(page) == 0
        (shelf / f"request-{number}.html").write_text(served(desk, page), "utf-8")
    page.close()
    assert ran == []
    for told in ("<script>fetch('/inbox')", "'); DROP TABLE", "vi vet vilka ni är", "https://example.invalid/vinst"):
        assert any(told in one for one in read), told


def hostile_texts() -> list[dict[str, str | list[str]]]:
    """Return what hostile senders write in a demo, to /me, each sure to stand on the first page of the list."""
    written = tomllib.loads((ROOT / "command" / "fill.toml").read_text("utf-8"))["request"]
    names = ("message", "contact", "call_name", "code_word")
    found = [{name: one[name] for name in names if name in one} for one in written if one["kind"] == "hostile"]
    return [{**one, "urgency": "now"} for one in found]


def addresses(page: Page, number: int) -> list[str]:
    """Return the addresses of the requests in danger that came last."""
    page.goto(f"{page.url.partition('?')[0]}?show=danger")
    links = page.locator("table.list a.open").all()
    return [str(link.evaluate("node => node.href")) for link in links][-number:]


@pytest.mark.parametrize("path", ["/me", "/other"])
def test_a_form_that_came_back_is_written_without_an_error(road: Demo, shelf: Path, path: str) -> None:
    """What the server itself sends back, for phones without a script, is kept for the checker too."""
    for number, told in enumerate(({}, {"message": "hej", "answer_by": "call"}, {"message": "ö" * 4900})):
        visitor = Visitor(road.portal)
        assert visitor.fill_in(path, told).headers["location"] == path
        page = visitor.get(path)
        assert "<div class=err" in page.text
        (shelf / f"refused-{path[1:]}-{number}.html").write_text(page.text, "utf-8")
    (shelf / "parts.html").write_text(Visitor(road.portal).get("/parts").text, "utf-8")


def test_html_is_without_an_error(shelf: Path) -> None:
    """The strict checker finds nothing in any page that the tests above have stood before."""
    pages = sorted(shelf.glob("*.html"))
    assert len(pages) > 30, "this test reads what the tests before it have kept: run the whole file"
    assert errors(shelf) == []


def errors(shelf: Path) -> list[str]:
    """Return what the strict checker says of each page in the folder."""
    pages = sorted(shelf.glob("*.html"))
    done = subprocess.run(
        ["java", "-jar", str(VNU), "--format", "json", "--exit-zero-always", *map(str, pages)],
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    messages = [one for one in json.loads(done.stderr)["messages"] if VISITORS_OWN not in one["message"]]
    return [f"{Path(one['url']).name}:{one.get('lastLine')}: {one['message']}" for one in messages]
