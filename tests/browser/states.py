"""Every page and state of both apps that a person can stand before, and how to get there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Locator, Page

Way = Callable[[Page, str], None]
# What a case is begun with: two languages in a line, and a word that no line has room for.
WORDS = "ringde från en kompis: أريد أن أخرج (070-174 06 31) " + "Hemtjänst" * 20


def choice(page: Page, words: str) -> Locator:
    """Return the first answer with these words."""
    return page.locator("label:has(input)", has_text=words).first


def ask_language(page: Page, tag: str) -> None:
    """Open the drawer of languages and tap one, whether the page can do it or not."""
    page.locator(".top summary").tap()
    page.locator(f"button[name=lang][value={tag}]").tap()


def speak(page: Page, tag: str) -> None:
    """Change the page's language as a person does."""
    ask_language(page, tag)
    page.locator(f"html[lang={tag}]").wait_for(state="attached")


@dataclass(frozen=True)
class State:
    """A named state, how to reach it from a new page, and which status its page has."""

    name: str
    reach: Way
    status: int = 200


def at(path: str) -> Way:
    """Reach a state by its address alone."""

    def reach(page: Page, origin: str) -> None:
        page.goto(f"{origin}{path}")

    return reach


def opened(row: str) -> Way:
    """Reach the page of the first request whose row fits."""

    def reach(page: Page, origin: str) -> None:
        page.goto(f"{origin}/inbox")
        page.locator(f"table.list tbody tr{row}").first.locator("a.open").click()
        page.locator("h1", has_text="Förfrågan").wait_for()

    return reach


def pressed(label: str) -> Way:
    """Reach a request's page after pressing one of its buttons."""

    def reach(page: Page, origin: str) -> None:
        opened("")(page, origin)
        page.locator(".acts").get_by_role("button", name=label).first.click()
        page.locator(".note").first.wait_for()

    return reach


def unfolded(page: Page, origin: str) -> None:
    """Reach a request's page with every list of reasons unfolded."""
    opened("")(page, origin)
    for summary in page.locator("summary").all():
        summary.click()


def looked_for(words: str) -> Way:
    """Reach the list after a search."""

    def reach(page: Page, origin: str) -> None:
        page.goto(f"{origin}/inbox")
        page.locator("#search").fill(words)
        page.locator("#search").press("Enter")
        page.locator(".found").wait_for()

    return reach


def forgotten(page: Page, origin: str) -> None:
    """Reach the list as it is again without a search."""
    page.goto(f"{origin}/inbox")
    page.get_by_role("button", name="Visa allt igen").click()
    page.locator("table.list").wait_for()


def in_case(form: str, **fields: str) -> Way:
    """Reach a new case with a form standing open, or come back to it after a refusal if fields are given."""

    def reach(page: Page, origin: str) -> None:
        page.goto(f"{origin}/cases/new")
        choice(page, "Samtal till oss").click()
        choice(page, "Under 18").click()
        page.locator("#new-text").fill(WORDS)
        page.get_by_role("button", name="Öppna ärendet").click()
        page.locator(".rail").wait_for()
        page.goto(f"{page.url}?write={form}")
        for name, text in fields.items():
            page.locator(f"#{form}-{name}").fill(text)
        if fields:
            page.locator("form.sheet .main").click()
            page.locator(".sheet .note.bad").wait_for()

    return reach


VIEWS = ("danger", "relatives", "under18", "free", "mine", "cannot", "closed", "aside")

STAFF = [
    State("today", at("/today")),
    State("queue", at("/queue")),
    State("cases", at("/cases")),
    State("shift", at("/shift")),
    State("flags", at("/flags")),
    State("inbox", at("/inbox")),
    *(State(f"inbox-{view}", at(f"/inbox?show={view}")) for view in VIEWS),
    State("inbox-found", looked_for("mamma")),
    State("inbox-not-found", looked_for("qqqqqqq")),
    State("inbox-again", forgotten),
    State("request", opened("")),
    State("request-unfolded", unfolded),
    State("request-taken", pressed("Jag tar det här")),
    State("request-given-back", pressed("Ångra")),
    State("request-lowered", pressed("Sänk läget")),
    State("case-new", at("/cases/new")),
    State("case-note", in_case("note")),
    State("case-talk", in_case("talk")),
    State("case-assessment", in_case("assessment")),
    State("case-close", in_case("close")),
    State("case-refused", in_case("task", owner="Anna")),
    State("keys", at("/keys")),
    State("accessibility", at("/accessibility")),
    State("people", at("/people")),
    State("mine", at("/me/keys")),
    State("staff-missing", at("/inbox/" + "0" * 32), 404),
]

OUTSIDE = [
    State("login", at("/login")),
    State("login-wrong", at("/login?again=1")),
    State("enrol", at("/enrol?again=1")),
]


@contextmanager
def standing(context: BrowserContext, state: State, origin: str) -> Iterator[Page]:
    """Lend a page that stands in the state."""
    page = context.new_page()
    try:
        state.reach(page, origin)
        yield page
    finally:
        page.close()


def served(context: BrowserContext, page: Page) -> str:
    """Return the page as the server sends it to this browser, before any browser has mended it."""
    return context.request.get(page.url).text()
