"""Somebody new, in a browser of their own, and the leads who let them in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

import pyotp

from tests.staff.softkey import SITE, SoftKey
from tests.staff.world import Browser, Human, World

SECRET = re.compile(r'class="secret"><bdi[^>]*>([^<]+)<')
DIGITS = re.compile(r'class="digits"><bdi dir="ltr">([0-9 ]{29})<')
TOTP = re.compile(r'<code class="wrap">([A-Z2-7]+)</code>')


class House(World):
    """A world with two leads and a stand-in in Ekstad, on an address where browsers allow passkeys."""

    def __init__(
        self, folder: Path, origin: str = SITE, casebook: str = "", deaddrop: str = "", drop: str = ""
    ) -> None:
        self.seen: list[str] = []
        super().__init__(folder, casebook, deaddrop, origin, drop)
        self.second = Human("Siv Dal", "lead", "ekstad")
        self.others.append(self.second)
        self.colleague.stand_in = True
        self.everybody = [self.owner, self.colleague, self.stranger]
        self.sign(self.everybody, 2)

    def saw(self, page: str) -> None:
        """Keep what somebody was shown."""
        self.seen.append(html.unescape(page))

    def invite(self, lead: Browser, name: str = "Nils Ny", role: str = "coordinator", **more: str) -> str:
        """Invite somebody and give the code that is shown once."""
        return invite(lead, name, role, **more)


def invite(lead: Browser, name: str, role: str = "coordinator", **more: str) -> str:
    """Invite somebody and give the code that is shown once."""
    assert lead.post("/people/invite", name=name, role=role, **more).headers["Location"] == "/people"
    page = lead.get("/people").text
    found = SECRET.search(page)
    assert found, page
    return found[1]


@dataclass
class Newcomer:
    """Hold a browser in which somebody enrols, and what they noted on the way."""

    world: World
    browser: Browser
    passphrase: str = ""
    totp: str = ""

    @classmethod
    def at(cls, world: World) -> Newcomer:
        """Sit down at a browser in which nobody has been."""
        return cls(world, Browser(world))

    def page(self, path: str = "/enrol") -> str:
        """Look at the page as it stands."""
        return html.unescape(self.browser.get(path).text)

    def post(self, path: str, **form: str) -> str:
        """Send a form of the enrolment and give where it leads."""
        token = self.browser.token("/login")
        answer = self.browser.client.post(path, data={"csrf_token": token, **form}, base_url=self.world.origin)
        assert answer.status_code == 303
        return answer.headers["Location"]

    def type_code(self, code: str) -> str:
        """Type the code."""
        return self.post("/enrol", code=code)

    def learn(self) -> str:
        """Note the passphrase that is shown, and type it."""
        found = SECRET.search(self.page())
        assert found
        self.passphrase = found[1]
        return self.post("/enrol/passphrase", passphrase=f" {self.passphrase.upper()} ")

    def scan(self) -> str:
        """Scan the picture and type the code that the phone shows."""
        found = TOTP.search(self.page())
        assert found
        self.totp = found[1]
        return self.post("/enrol/otp", otp=pyotp.TOTP(self.totp).at(self.world.clock.now()))

    def add(self, key: SoftKey, word: str = "telefonen") -> str:
        """Add a passkey as the page's script does."""
        options = asked(self.browser, "/enrol/options", "/enrol")
        return self.post("/enrol/passkey", passkey=key.create(options), word=word)

    @property
    def digits(self) -> str:
        """Read the digits aloud."""
        found = DIGITS.search(self.page())
        assert found
        return found[1]

    def human(self, name: str = "Nils Ny", role: str = "coordinator") -> Human:
        """Give whom a sign-in takes them for."""
        return Human(name, role, "ekstad", passphrase=self.passphrase, totp=self.totp or pyotp.random_base32())


def asked(browser: Browser, path: str, page: str) -> dict[str, object]:
    """Ask for what a passkey is to do, as the page's script does."""
    data = {"csrf_token": browser.token(page)}
    answer = browser.client.post(path, data=data, base_url=browser.world.origin)
    assert answer.mimetype == "application/json", (answer.status, answer.headers.get("Location"))
    return dict(answer.get_json())


def with_passkey(browser: Browser, human: Human, key: SoftKey, **changes: str) -> str:
    """Sign in with name, passphrase and a passkey; give where that leads."""
    answer = key.get(asked(browser, "/login/options", "/login"))
    claim = {"name": human.name, "passphrase": human.passphrase, "otp": "", "passkey": answer, **changes}
    return browser.post("/login", **claim).headers["Location"]


def buttons(page: str, end: str) -> list[str]:
    """List the addresses of the page's forms that end with a word."""
    return [part.partition('"')[0] for part in page.split('action="')[1:] if part.partition('"')[0].endswith(end)]


def agree(browser: Browser, digits: str = "") -> str:
    """Compare the digits on the page with those that were read aloud, and sign; give what the next page says."""
    page = browser.get("/people").text
    shown = page.partition('name="seen" value="')[2].partition('"')[0]
    assert shown, page
    assert not digits or shown == digits
    (path,) = buttons(page, "/agree")
    return browser.get(browser.post(path, seen=shown).headers["Location"]).text


def second(browser: Browser) -> str:
    """Sign as the second what the page shows, and give what the next page says."""
    (path,) = buttons(browser.get("/people").text, "/second")
    return browser.get(browser.post(path).headers["Location"]).text


def told(house: House, human: Human) -> list[tuple[str, str]]:
    """List what the audit says that somebody did, and to whom."""
    return [(one.what, one.fields.get("who", "")) for one in house.parts.audit.own(house.person(human))]
