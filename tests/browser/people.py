"""People who work in the staff app through its pages alone: what each does there, by keyboard or pointer, and sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pyotp
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.browser.conftest import PATIENCE
from tests.road import Demo, fresh_code
from tests.road import Person as Known

SCREEN = {"width": 1280, "height": 800}
STEPS = 250  # presses of Tab after which something counts as out of the keyboard's reach


@dataclass
class Human:
    """Somebody at a screen: their name, the app's address, their browser, and the one page they look at."""

    name: str
    staff: str
    context: BrowserContext = field(repr=False)
    page: Page = field(repr=False)

    # --- looking -----------------------------------------------------------------------------------------------

    def go(self, path: str) -> int:
        """Open an address of the app and give the status of its answer."""
        answer = self.page.goto(f"{self.staff}{path}" if path.startswith("/") else path)
        return answer.status if answer else 0

    def status(self, path: str) -> int:
        """Give the status that an address answers this person with, without turning to it."""
        return self.context.request.get(f"{self.staff}{path}").status

    def sees(self, path: str) -> str:
        """Give all the words of a page, folded ones too."""
        assert self.go(path) == 200, f"{self.name} cannot open {path}"
        return self.words()

    def words(self) -> str:
        """Give all the words of the page that is open, folded ones too, and what its fields hold."""
        said: str = self.page.evaluate(
            """() => [document.querySelector("main").textContent,
            ...[...document.querySelectorAll("main textarea, main input")].map(one => one.value)].join(" ")"""
        )
        return " ".join(said.split())

    def note(self) -> str:
        """Give what the page says was done, or why not."""
        return self.page.locator(".note:not(.still)").first.inner_text()  # what stands still is said above it

    # --- by keyboard -------------------------------------------------------------------------------------------

    def reach(self, selector: str) -> None:
        """Press Tab until what is looked for has the focus: whoever has no pointer gets there too."""
        for _ in range(STEPS):
            if self.page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} on {self.page.url} cannot be reached by keyboard")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def follow(self, selector: str) -> None:
        """Reach a link and press enter; return when the page it leads to is there."""
        self.reach(selector)
        with self.page.expect_navigation():
            self.press("Enter")

    def key(self, key: str) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.press(key)

    def type(self, selector: str, text: str) -> None:
        """Reach a field and write in it; a day is written as its keys are."""
        self.reach(selector)
        kind = self.page.evaluate("document.activeElement.type")
        if kind in ("radio", "checkbox"):
            self.choose(selector, text)
        elif kind == "date":
            self.page.keyboard.type(datetime.fromisoformat(text).strftime("%m%d%Y"))
        else:
            self.page.keyboard.type(text)

    def choose(self, selector: str, value: str) -> None:
        """Choose among radio buttons with the arrows, or tick a box with space."""
        if self.page.evaluate("document.activeElement.type") == "checkbox":
            self.reach(f"{selector}[value='{value}']")
            return self.press("Space")
        self.press("Space")
        for _ in range(20):
            if self.page.locator(f"{selector}[value='{value}']").is_checked():
                return None
            self.press("ArrowDown")
        raise AssertionError(f"{selector} has no {value}")

    def pick(self, text: str) -> None:
        """Choose in the list that has the focus, with the arrow."""
        for _ in range(40):
            if self.page.evaluate("document.activeElement.selectedOptions[0].text") == text:
                return
            self.press("ArrowDown")
        raise AssertionError(f"the list on {self.page.url} has no {text}")

    def write(self, form: str, fields: Mapping[str, str]) -> None:
        """Fill in the open form of a case by keyboard alone, in its own order, and save it."""
        for name, text in fields.items():
            self.type(f"#sheet-{form} [name='{name}']", text)
        self.key("Control+Enter")
        assert "Sparat" in self.note(), f"{form}: {self.note()}"

    # --- by pointer --------------------------------------------------------------------------------------------

    def fill(self, form: Locator, fields: Mapping[str, str | Iterable[str]]) -> None:
        """Fill in a form: text, a choice, or several."""
        for name, values in fields.items():
            for value in [values] if isinstance(values, str) else values:
                one = form.locator(f"[name='{name}']")
                kind = one.first.evaluate("node => node.type")
                if kind in ("radio", "checkbox"):
                    form.locator(f"[name='{name}'][value='{value}']").check()
                elif kind.startswith("select"):
                    one.select_option(value)
                else:
                    one.fill(value)

    def send(self, action: str, fields: Mapping[str, str | Iterable[str]], button: str = "button") -> None:
        """Unfold, fill in and send the form whose address ends so."""
        form = self.page.locator(f"form[action$='{action}']").first
        form.evaluate("node => { const around = node.closest('details'); if (around) around.open = true }")
        self.fill(form, fields)
        with self.page.expect_navigation():
            form.locator(button).first.click()


def let_in(browser: Browser, staff: str, person: Known, ahead: timedelta = timedelta()) -> Human:
    """Let somebody sign in through the page; `ahead`: how far the app's clock is turned."""
    context = browser.new_context(viewport=SCREEN, locale="sv-SE")  # type: ignore[arg-type]  # a plain dictionary will do
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{staff}/login")
    sign_in(page, person, ahead)
    return Human(person.name, staff, context, page)


def sign_in(page: Page, person: Known, ahead: timedelta = timedelta()) -> None:
    """Sign in on the page that stands at the door."""
    code = pyotp.TOTP(person.totp_secret).at(datetime.now(UTC) + ahead) if ahead else fresh_code(person)
    for name, value in (("name", person.name), ("passphrase", person.passphrase), ("otp", code)):
        page.locator(f"#{name}").fill(value)
    page.locator("#otp").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def everybody(browser: Browser, road: Demo) -> dict[str, Human]:
    """Let all of the demo's people in."""
    return {person.name: let_in(browser, road.staff, person) for person in road.people}
