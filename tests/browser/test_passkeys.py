"""Passkeys in a real browser: Chromium's virtual authenticator, the page's own script, the staff app on localhost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import DESK, PATIENCE
from tests.browser.test_pages import findings, wide
from tests.serving import serving
from tests.staff.joiner import House
from tests.staff.world import Browser as Walker
from tests.staff.world import Human

CONTINUE = "Fortsätt med passnyckel"


class Served(House):
    """A world whose app answers a real browser, on localhost as passkeys need it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "http://localhost:1")
        self.held = ExitStack()
        server = self.held.enter_context(serving(self.app, threads=4))
        self.origin = f"http://localhost:{server.effective_port}"
        programme = self.settings.programme
        casework = replace(programme.casework, lock_hidden_minutes=2)
        self.settings = replace(self._settings(), programme=replace(programme, casework=casework))
        self.app = self.start()
        server.application = self.app

    def stop(self) -> None:
        """End the server and give everything back."""
        self.held.close()
        self.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve a world with two leads."""
    made = Served(tmp_path)
    yield made
    made.stop()


class Desk:
    """A browser with an authenticator of its own: a phone or laptop of somebody's."""

    def __init__(self, chromium: Browser, served: Served) -> None:
        self.context: BrowserContext = chromium.new_context(viewport=DESK, locale="sv-SE")  # type: ignore[arg-type]  # a plain dictionary will do
        self.context.set_default_timeout(PATIENCE)
        self.served = served
        self.page: Page = self.context.new_page()
        self.protocol = self.context.new_cdp_session(self.page)
        self.protocol.send("WebAuthn.enable")
        self.device = self.plug_in()

    def plug_in(self) -> str:
        """Give the browser an authenticator that its owner has unlocked."""
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made: dict[str, str] = self.protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return made["authenticatorId"]

    def lose(self) -> None:
        """Take the authenticator away."""
        self.protocol.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.device})

    def go(self, path: str) -> Page:
        """Open a page of the app."""
        self.page.goto(f"{self.served.origin}{path}")
        return self.page

    def sign_in(self, human: Human) -> str:
        """Sign in by the passkey of this device, and give where that leads."""
        page = self.go("/login")
        page.get_by_label("Namn").fill(human.name)
        page.get_by_label("Lösenfras").fill(human.passphrase)
        page.get_by_role("button", name=CONTINUE).click()
        page.wait_for_url(lambda url: not url.endswith("/login"))
        return page.url.removeprefix(self.served.origin)

    def add(self, word: str) -> None:
        """Add this device's passkey on the page that stands."""
        self.page.get_by_label("Vad är det för enhet?").fill(word)
        self.page.get_by_role("button", name="Lägg till passnyckel").click()


@pytest.fixture
def desks(chromium: Browser, served: Served) -> Iterator[list[Desk]]:
    """Lend two devices."""
    made = [Desk(chromium, served) for _ in range(2)]
    yield made
    for desk in made:
        desk.context.close()


def enrolled(served: Served, desk: Desk, lead: Walker) -> Human:
    """Let somebody new enrol in a real browser with a passkey and nothing else, and give them."""
    code = served.invite(lead)
    page = desk.go("/login")
    page.get_by_role("link", name="Har du fått en inbjudan?").click()
    page.get_by_label("Koden som du har fått").fill(code)
    page.get_by_role("button", name="Fortsätt").click()
    passphrase = page.locator(".secret").inner_text()
    page.get_by_role("link", name="Jag har skrivit ner dem").click()
    page.get_by_label("Skriv de sex orden").fill(passphrase)
    page.get_by_role("button", name="Gör min nyckel").click()
    desk.add("datorn")
    page.locator(".digits").wait_for()
    return Human("Nils Ny", "coordinator", "ekstad", passphrase=passphrase)


def signed(lead: Walker, second: Walker, digits: str) -> None:
    """Compare the digits, and sign twice."""
    page = lead.get("/people").text
    assert f'name="seen" value="{digits}"' in page
    path = page.partition('action="/people/invitations/')[2].partition('"')[0]
    lead.post(f"/people/invitations/{path}", seen=digits)
    order = second.get("/people").text.partition('action="/people/orders/')[2].partition('"')[0]
    second.post(f"/people/orders/{order}")


def second_device(desk: Desk) -> None:
    """Add a phone where the laptop's passkey was used last: a dangerous act, for which the laptop's is asked again."""
    desk.served.clock.turn(minutes=6)
    page = desk.go("/me/keys/new")
    page.get_by_role("heading", name="Är det du?").wait_for()
    page.get_by_role("button", name="Visa med passnyckel").click()
    page.get_by_role("heading", name="En passnyckel").wait_for()
    desk.lose()
    desk.device = desk.plug_in()
    desk.add("telefonen")
    page.get_by_text("Passnyckeln är tillagd").wait_for()


def take_away(desk: Desk, word: str) -> None:
    """Remove the passkey of a device that is lost, and lock."""
    listed = desk.page.locator(".things li")
    assert listed.count() == 2
    listed.filter(has_text=word).get_by_role("button", name="Ta bort").click()
    desk.page.get_by_text("Passnyckeln är borttagen").wait_for()
    desk.go("/today").locator("#lock button").click()
    desk.page.wait_for_url("**/login?locked=1")


def stranger(desk: Desk, human: Human) -> None:
    """Try somebody's passphrase at a device that was never added: its browser finds no passkey for this site."""
    page = desk.go("/login")
    page.get_by_label("Namn").fill(human.name)
    page.get_by_label("Lösenfras").fill(human.passphrase)
    page.get_by_role("button", name=CONTINUE).click()
    page.get_by_text("Passnyckeln gick inte att använda här").wait_for()


def test_a_passkey_joins_signs_in_gets_a_second_and_is_lost(served: Served, desks: list[Desk]) -> None:
    """Nils joins with his laptop's passkey, signs in, adds his phone, loses the laptop and takes its passkey away.

    The page that asks again before a dangerous act takes the passkey too.
    """
    laptop, phone = desks
    lead, second = served.browser(served.lead), served.browser(served.second)
    nils = enrolled(served, laptop, lead)
    assert "/login?again=1" in laptop.sign_in(nils)  # nobody has signed yet
    laptop.go("/enrol")
    assert findings(laptop.page) == []
    assert wide(laptop.page) == 0
    signed(lead, second, laptop.page.locator(".digits").inner_text())
    laptop.page.get_by_role("link", name="Titta om det är klart").click()
    laptop.page.get_by_role("heading", name="Du är inne").wait_for()
    assert laptop.sign_in(nils) == "/today"

    second_device(laptop)
    take_away(laptop, "datorn")
    assert laptop.sign_in(nils) == "/today"
    stranger(phone, nils)


def test_a_page_that_nobody_sees_locks_by_itself(served: Served, desks: list[Desk]) -> None:
    """Anna looks at something else: while another page of hers is seen all stays, then the hidden one locks."""
    desk = desks[0]
    walker = served.browser(served.owner)
    cookie = walker.client.get_cookie("staff", domain="localhost")
    assert cookie is not None
    desk.context.add_cookies([{"name": "staff", "value": cookie.value, "url": served.origin}])
    desk.page.clock.install()
    desk.go("/today")
    other = desk.context.new_page()
    other.goto(f"{served.origin}/today")
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    hide += "document.dispatchEvent(new Event('visibilitychange'))"
    desk.page.evaluate(hide % "true")
    desk.page.clock.run_for(121_000)
    other.wait_for_timeout(300)  # the other page says that it is seen
    desk.page.clock.run_for(5_000)
    assert desk.page.url.endswith("/today")
    other.close()
    desk.page.clock.run_for(123_000)
    desk.page.wait_for_url("**/login?locked=1")
    assert len(served.parts.sessions) == 0
