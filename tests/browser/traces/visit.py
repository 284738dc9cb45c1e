"""One person's visits, from the first letter to the closed browser, and what their phone then still knows."""

import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.browser.traces.disk import Hit, search
from tests.browser.traces.place import Place
from tests.browser.traces.visitor import CHROMIUM, FIREFOX, Person

TYPING, REFUSED, SHOWN = "while typing", "after a refusal", "with the code on screen"
LEFT, BACK = "after leaving", "after Back"
TYPED_CODE, READING, AGAIN = "with the code typed in", "with the reply and an answer on screen", "after leaving again"
CLOSED = "after closing"
PLAIN, HALF = "a plain form", "no-store and autocomplete=off, no cookie changed"
BEFORE_SENDING = (TYPING, REFUSED, TYPED_CODE, READING)
# Seconds until the search, longer than each browser lets go by before it writes (Chromium 2.5, Firefox as EAGER says).
SOON, AFTER_TYPING = 3.0, 6.0
BACKS = 6
# Names of fields, which a browser that keeps ticks keeps beside them; Firefox itself has files with the last word.
NAMES = ["answer_by", "avoid_more", "code_word"]
STATE = {CHROMIUM: [*NAMES, "municipality"], FIREFOX: [*NAMES, "[@name='municipality']"]}
TICKED = {"answer_by": "code_and_call", "language": "other", "age": "under18"}
HISTORY = {
    CHROMIUM: ("Default/History", "SELECT url, title FROM urls"),
    FIREFOX: ("places.sqlite", "SELECT url, coalesce(title, '') FROM moz_places"),
}


def token() -> str:
    """Return a word that stands nowhere else in the world."""
    return f"kanarie{secrets.token_hex(5)}"


def code_forms(code: str) -> list[str]:
    """Return a code's digits as they may stand somewhere: whole, in groups, and any two groups side by side."""
    groups = re.findall("....", code)
    pairs = list(pairwise(groups))
    return [code, " ".join(groups), *("".join(pair) for pair in pairs), *(" ".join(pair) for pair in pairs)]


@dataclass
class Outcome:
    """What one cell found; `disk` and `back` name what was found where, and are empty if all is well."""

    browser: str
    version: str
    script: bool
    form: str
    disk: dict[str, list[Hit]] = field(default_factory=dict)
    back: list[str] = field(default_factory=list)
    history: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Visit:
    """A visit while it lasts: who, where, what must be found nowhere, and what was found so far."""

    place: Place
    person: Person
    outcome: Outcome
    words: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with what nobody types."""
        self.words |= {"typed": [], "code": [], "reply": [], "ticks": STATE[self.outcome.browser]}

    def write(self, selector: str) -> None:
        """Type a word of its own into a field."""
        self.words["typed"].append(token())
        self.person.type(selector, self.words["typed"][-1])

    def look_through(self, moment: str) -> None:
        """Give the browser time to write, then look through everything it has written."""
        time.sleep(AFTER_TYPING if moment in BEFORE_SENDING else SOON)
        self.outcome.disk[moment] = sorted(search(self.person.home, self.words))

    def fill_in(self, form: str) -> None:
        """Answer everything but the number to call, though a call is wanted, and be refused once."""
        self.person.tap(f'a[href="{form}"]')
        for answer in ("urgency", "need"):
            self.person.tap(f"label:has([name={answer}])")
        for name, value in TICKED.items():
            self.person.tap(f'label:has([name={name}][value="{value}"])')
        for one in self.person.look().fields:
            if one != "contact":
                self.write(f"#{one}")
        self.look_through(TYPING)
        self.person.tap("#send")
        self.person.wait(".err:not([data-unready])")
        self.write("#contact")
        self.look_through(REFUSED)

    def send(self) -> str:
        """Send, and return the code from the confirmation."""
        self.person.tap("#send")
        self.person.wait(".code")
        code = re.sub(r"\D", "", self.person.act("read", selector=".code"))
        assert len(code) == 24
        self.words["code"] = code_forms(code)
        self.look_through(SHOWN)
        return code

    def come_back(self, code: str, reply: str) -> None:
        """Type the code, read the reply and write again."""
        self.words["reply"] = [reply]
        self.person.go(self.place.portal.origin)
        self.person.tap('a[href="/code"]')
        self.person.type("#code", " ".join(re.findall("....", code)))
        self.look_through(TYPED_CODE)
        self.person.tap("#send")
        self.person.wait(".said")
        assert reply in self.person.look().text
        self.write("#message")
        self.look_through(READING)
        self.person.tap("#send")
        self.person.act("read_of", words="Det kom fram.")

    def leave(self, moment: str) -> None:
        """Leave by the bar on top and look through the phone."""
        self.person.tap("a.leave")
        self.person.act("arrive", url=f"{self.place.neutral.origin}/")
        self.look_through(moment)

    def press_back(self) -> None:
        """Press Back until nothing is left to go back to, and note what shows."""
        forms = {**self.words, "ticks": [f"{name}={value}" for name, value in TICKED.items()]}
        for _ in range(BACKS):
            before = self.person.look().url
            self.person.act("back")
            seen = self.person.look()
            shown = seen.everything()
            self.outcome.back += [what for what, words in forms.items() if any(word in shown for word in words)]
            if seen.url == before:
                break

    def close(self) -> None:
        """Close the browser, look through the phone, and read what its history keeps of us."""
        self.person.act("close")
        self.look_through(CLOSED)
        self.outcome.history = history(self.person.home / "profile", self.outcome.browser, self.place.portal.origin)


def history(profile: Path, browser: str, origin: str) -> list[tuple[str, str]]:
    """Return path and title of every page of the origin that the browser's history holds."""
    name, query = HISTORY[browser]
    copy = profile / "copy-of-history"
    for part in ("", "-wal"):
        if (profile / f"{name}{part}").exists():
            shutil.copy(profile / f"{name}{part}", f"{copy}{part}")
    with closing(sqlite3.connect(copy)) as database:
        rows: Iterable[tuple[str, str]] = database.execute(query).fetchall()
    return sorted({(url.removeprefix(origin), title) for url, title in rows if url.startswith(origin)})


def visit(place: Place, person: Person, browser: str, form: str, *, script: bool) -> Outcome:
    """Write, be refused, send, read the code, leave, press Back, come back, read, write again, leave, close."""
    person.start(browser, script=script, trusted=place.trusted)
    going = Visit(place, person, Outcome(browser, person.version, script, form))
    before = place.waiting()
    person.go(place.portal.origin)
    going.fill_in(form)
    code = going.send()
    going.leave(LEFT)
    going.press_back()
    going.look_through(BACK)
    reply = token()
    place.reply(before, f"Hej! Vi ses. {reply}")
    going.come_back(code, reply)
    going.leave(AGAIN)
    going.press_back()
    going.close()
    return going.outcome


def short_visit(place: Place, person: Person, browser: str, code: str, reply: str) -> Outcome:
    """Write, send, leave, press Back; read the reply that lies under the code, leave, press Back, close."""
    person.start(browser, trusted=place.trusted)
    going = Visit(place, person, Outcome(browser, person.version, True, "/me"))
    going.words |= {"reply": [reply]}
    person.go(f"{place.portal.origin}/me")
    going.write("#message")
    person.tap("#send")
    person.wait(".code")
    going.words["code"] = code_forms(re.sub(r"\D", "", person.act("read", selector=".code"))) + code_forms(code)
    going.leave(LEFT)
    going.press_back()
    person.go(f"{place.portal.origin}/code")
    person.type("#code", code)
    person.tap("#send")
    person.wait(".said")
    going.leave(AGAIN)
    going.press_back()
    going.close()
    return going.outcome


def unprotected(place: Place, person: Person, browser: str, *, half: bool) -> Outcome:
    """Do the same on a form as others make it, or on one that is half protected: what is found proves the search.

    Half means no-store and autocomplete=off, but no cookie changed on leaving.
    """
    page = token()
    place.lay("/", page, store=not half, off=half)
    person.start(browser, trusted=place.trusted)
    going = Visit(place, person, Outcome(browser, person.version, True, HALF if half else PLAIN))
    going.words = {"typed": [], "page": [page]}
    person.go(place.bare.origin)
    going.write("#message")
    going.look_through(TYPING)
    going.leave(LEFT)
    going.press_back()
    going.look_through(BACK)
    person.act("close")
    going.look_through(CLOSED)
    return going.outcome
