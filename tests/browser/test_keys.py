"""Every key that /keys lists is pressed once, where it says, and does what it says."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.states import in_case
from tests.road import Demo, Visitor

pytestmark = pytest.mark.long
Walk = Callable[[Page, Demo], None]
REQUEST = re.compile(r"/inbox/[0-9a-f]{32}$")
NEW = re.compile(r"/cases/new\?request=[0-9a-f]{32}$")
HERE = "#list tr[aria-current]"


def down_to(page: Page, selector: str) -> None:
    """Press j until the row under the hand holds what is looked for."""
    expect(page.locator(f"#list {selector}").first).to_be_visible()
    for _ in range(60):
        page.keyboard.press("j")
        if page.locator(f"{HERE} {selector}").count():
            return
    raise AssertionError(f"j reaches no {selector} among {page.locator('#list').inner_text()}")


def says(page: Page, words: str) -> None:
    """Wait until the page says that something was done, and listens to keys again: its script comes last."""
    expect(page.locator(".note", has_text=words)).to_be_visible()
    page.wait_for_load_state("load")


def rows(page: Page, road: Demo) -> None:
    """Go down, down and up again."""
    page.goto(f"{road.staff}/inbox")
    at = []
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
        at.append(page.locator(HERE).evaluate("row => row.rowIndex"))
    assert at == [1, 2, 1]


def enter(page: Page, road: Demo) -> None:
    """Open the row."""
    page.goto(f"{road.staff}/inbox")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(REQUEST)


def search(page: Page, road: Demo) -> None:
    """Search in either list; while one types, letters are letters."""
    for path in ("/inbox", "/cases"):
        page.goto(f"{road.staff}{path}")
        page.keyboard.press("/")
        page.keyboard.type("/jgil?")
        expect(page.locator("#search:focus")).to_have_value("/jgil?")


def show_new(page: Page, road: Demo) -> None:
    """Show what has come since the list was opened, and not before the key."""
    page.clock.install()
    page.goto(f"{road.staff}/inbox")
    before = page.locator("#list tbody tr").count()
    assert Visitor(road.portal).fill_in("/me", {"message": "nyss skrivet"}).headers["location"] == "/done"
    with page.context.new_page() as other:
        other.goto(f"{road.staff}/inbox")
        with other.expect_navigation():
            other.get_by_role("button", name="Hämta nu").click()
    page.clock.run_for(6000)
    expect(page.locator("#new")).to_be_visible()
    assert page.locator("#list tbody tr").count() == before
    page.keyboard.press("v")
    expect(page.locator("#new")).to_be_hidden()


def lock(page: Page, road: Demo) -> None:
    """Send the form that locks; it is held up here, since the other tests go on with this session."""
    page.route("**/lock", lambda route: route.fulfill(body="locked"))
    page.goto(f"{road.staff}/inbox")
    with page.expect_request("**/lock") as sent:
        page.keyboard.press("l")
    assert sent.value.method == "POST"


def leads(key: str, path: str) -> Walk:
    """Lead from the page of keys to another."""

    def walk(page: Page, road: Demo) -> None:
        page.goto(f"{road.staff}/keys" if path != "/keys" else road.staff)
        page.keyboard.press(key)
        expect(page).to_have_url(f"{road.staff}{path}")

    return walk


def opens_case(page: Page, road: Demo) -> None:
    """Make a case of the row under the hand, or of the request that is open."""
    page.goto(f"{road.staff}/inbox?show=free")
    page.keyboard.press("j")
    page.keyboard.press("n")
    expect(page).to_have_url(NEW)
    page.goto(f"{road.staff}/inbox/{page.url[-32:]}")
    page.keyboard.press("n")
    expect(page).to_have_url(NEW)


def adds(page: Page, road: Demo) -> None:
    """Choose the case that it belongs to, from the list and from its page."""
    page.goto(f"{road.staff}/inbox?show=free")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#add")).to_be_focused()
    page.goto(page.url.partition("#")[0])
    page.keyboard.press("a")
    expect(page.locator("#add")).to_be_focused()


def aside(page: Page, road: Demo) -> None:
    """Tick the row in a list; choose a reason on the request's page."""
    page.goto(f"{road.staff}/inbox?show=free")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(f"{HERE} input[name=row]")).to_be_checked()
    page.keyboard.press("x")
    expect(page.locator(f"{HERE} input[name=row]")).not_to_be_checked()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(REQUEST)
    page.keyboard.press("x")
    expect(page.locator("form[action$='/set-aside'] input[type=radio]").first).to_be_focused()


def take(page: Page, road: Demo) -> None:
    """Take the row under the hand, and give it back within ten seconds."""
    page.goto(f"{road.staff}/inbox?show=free")
    page.keyboard.press("j")
    page.keyboard.press("t")
    says(page, "Du har tagit det.")


def undo(page: Page, road: Demo) -> None:
    """Give back what was just taken."""
    take(page, road)
    page.goto(f"{road.staff}/inbox?show=mine")
    down_to(page, "[data-key=z]")
    page.keyboard.press("z")
    says(page, "Det är inte längre ditt.")


def lower(page: Page, road: Demo) -> None:
    """Lower a request's level."""
    page.goto(f"{road.staff}/inbox?show=danger")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(REQUEST)
    page.keyboard.press("d")
    says(page, "Läget är sänkt.")


def higher(page: Page, road: Demo) -> None:
    """Raise it again."""
    lower(page, road)
    page.keyboard.press("u")
    says(page, "Läget är höjt.")


def form(key: str, name: str) -> Walk:
    """Open a form of a case, ready to type in."""

    def walk(page: Page, _road: Demo) -> None:
        page.keyboard.press(key)
        expect(page.locator(f"#sheet-{name} :focus")).to_be_visible()

    return walk


def note_or_case(page: Page, road: Demo) -> None:
    """Open a note in a case, and a new case in the list of cases."""
    form("n", "note")(page, road)
    page.goto(f"{road.staff}/cases")
    page.keyboard.press("n")
    expect(page).to_have_url(f"{road.staff}/cases/new")


def save(*keys: str) -> Walk:
    """Save the open form, once the hand has left the field or out of the middle of typing."""

    def walk(page: Page, _road: Demo) -> None:
        page.keyboard.press("n")
        page.locator("#note-text:focus").wait_for()
        page.keyboard.type("njstf")
        for key in keys:
            page.keyboard.press(key)
        says(page, "Sparat.")
        expect(page.locator(".event .said", has_text="njstf").first).to_be_visible()

    return walk


def tried(key: str, words: str) -> Walk:
    """Write from the queue what came of a call."""

    def walk(page: Page, road: Demo) -> None:
        page.goto(f"{road.staff}/queue")
        down_to(page, f"[data-key={key}]")
        page.keyboard.press(key)
        says(page, words)

    return walk


WALKS: dict[tuple[str, str], Walk] = {
    ("", "j k"): rows,
    ("", "enter"): enter,
    ("", "/"): search,
    ("", "v"): show_new,
    ("", "l"): lock,
    ("", "?"): leads("?", "/keys"),
    ("Sidor", "g"): leads("g", "/today"),
    ("Sidor", "i"): leads("i", "/inbox"),
    ("Sidor", "c"): leads("c", "/cases"),
    ("Sidor", "m"): leads("m", "/queue"),
    ("En förfrågan", "n"): opens_case,
    ("En förfrågan", "a"): adds,
    ("En förfrågan", "x"): aside,
    ("En förfrågan", "t"): take,
    ("En förfrågan", "z"): undo,
    ("En förfrågan", "d"): lower,
    ("En förfrågan", "u"): higher,
    ("Ett ärende", "n"): note_or_case,
    ("Ett ärende", "t"): form("t", "task"),
    ("Ett ärende", "f"): form("f", "move"),
    ("Ett ärende", "s"): save("Escape", "s"),
    ("Ett ärende", "ctrl enter"): save("Control+Enter"),
    ("Min kö", "s"): tried("s", "svarade inte"),
    ("Min kö", "r"): tried("r", "nådd"),
}


@pytest.fixture(scope="module")
def case(desk: BrowserContext, road: Demo) -> str:
    """Open a case whose person nobody has reached yet, and give its address."""
    page = desk.new_page()
    in_case("note")(page, road.staff)
    address = page.url.partition("?")[0]
    page.close()
    return address


@pytest.fixture
def page(desk: BrowserContext) -> Iterator[Page]:
    """Lend a new page."""
    page = desk.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module", autouse=True)
def full(desk: BrowserContext, road: Demo) -> None:
    """Collect what waits, and leave one more for the list to be told of."""
    page = desk.new_page()
    page.goto(f"{road.staff}/inbox")
    page.get_by_role("button", name="Hämta nu").click()
    page.locator(".note", has_text="Hämtat").wait_for()
    page.close()


def test_no_key_is_listed_that_nobody_presses(page: Page, road: Demo) -> None:
    """The page of keys holds what is pressed below and nothing else."""
    page.goto(f"{road.staff}/keys")
    listed = page.locator(".keys tbody").evaluate_all(
        """groups => groups.flatMap(group => [...group.querySelectorAll("tr:has(kbd)")].map(row =>
        [group.querySelector("th")?.textContent ?? "",
        [...row.querySelectorAll("kbd")].map(key => key.textContent).join(" ")]))"""
    )
    assert [tuple(one) for one in listed] == list(WALKS)


@pytest.mark.parametrize(("place", "key"), WALKS)
def test_a_key_does_what_its_page_says(page: Page, road: Demo, case: str, place: str, key: str) -> None:
    """Pressed where the page of keys says, it does that; there is a case that a request may be added to."""
    if place == "Ett ärende":
        page.goto(case)
    WALKS[place, key](page, road)
