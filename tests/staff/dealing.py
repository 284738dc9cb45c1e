"""A case with a story in it, and those who deal with it: what the tests of hand-overs and documents share."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

from pypdf import PdfReader
from werkzeug.test import TestResponse

from staff.agencies.model import Dealings
from staff.agencies.steps import dealings
from staff.cases.state import CaseState, fold
from staff.cases.summary import summarise
from staff.entry import Entry
from tests.staff.world import ORIGIN, Browser, Human, World

OWN_WORDS = "Jag vill bort härifrån kanariefågel ett"
TALK_WORDS = "Vill ha en egen lägenhet kanariefågel två"
MAPPING_WORDS = "Vi bjuder in arbetsgruppen kanariefågel tre"
RELATIVE_WORDS = "Jag är hans mamma och är rädd kanariefågel fyra"
DRAWN_WORDS = "Mamman har ringt om saken kanariefågel fem"
REAL_NAME = "Bo Kanariefågel Ek"
TEST = "Jag har läst allt och det behövs."
CANARIES = {
    "own": OWN_WORDS,
    "talk": TALK_WORDS,
    "mapping": MAPPING_WORDS,
    "relative": RELATIVE_WORDS,
    "drawn": DRAWN_WORDS,
    "name": REAL_NAME,
}
PROTECTED = ("relative", "drawn")


class Case:
    """Björk 14, at stage 4: the person's message, a relative's, a talk, a note drawn from the relative, a mapping."""

    def __init__(self, world: World, reader: Browser | None = None, /, **opened: str) -> None:
        self.world = world
        self.own = world.send(message=OWN_WORDS)
        self.relative = world.send(form="other", message=RELATIVE_WORDS)
        self.reader = reader or world.browser(world.owner)
        for row in (self.own, self.relative):  # opened, so that the team has their keys
            assert self.reader.get(f"/inbox/{row}").status_code == 200
        named = [world.owner] if opened.get("protected") else [world.owner, world.colleague, world.lead]
        self.id = world.open_folder(world.owner, self.story(opened), summarise, *named[1:])
        self.base = f"/cases/{self.id.hex()}/agencies"

    def story(self, opened: dict[str, str]) -> list[Entry]:
        """Tell the case's first week, entry by entry; the numbers are those of e1, e2 and so on."""
        told = [
            ("opened", {"working": "Björk 14", "how": "request", "named": self.world.owner.name, **opened}),
            ("linked", {"submission": self.own, "source": "person"}),
            ("linked", {"submission": self.relative, "source": "relative"}),
            ("form", {"form": "talk", "want": TALK_WORDS}),
            ("form", {"form": "assessment", "motivation": DRAWN_WORDS, "drawn": self.relative}),
            ("real_name", {"name": REAL_NAME}),
            ("forward", {"to": "4", "reason": "klart"}),
            ("form", {"form": "mapping", "note": MAPPING_WORDS}),
        ]
        now = self.world.clock.now()
        return [Entry(self.world.owner.name, now, kind, fields) for kind, fields in told]

    @property
    def state(self) -> CaseState:
        """Read what the case amounts to."""
        keys, person = self.world.session(self.world.owner)
        return fold(self.world.parts.folders.peek(keys, self.id, person).trusted)

    @property
    def dealings(self) -> Dealings:
        """Read the case's dealings."""
        return dealings(self.state)

    def day(self, days: int) -> str:
        """Write a day so many days ahead."""
        return (self.world.clock.today() + timedelta(days=days)).isoformat()

    def do(self, act: str, browser: Browser | None = None, /, **form: object) -> TestResponse:
        """Post one of the forms of the case's dealings; a list is several values."""
        return post(browser or self.reader, f"{self.base}/do/{act}", **form)

    def waiver(self, **changes: object) -> str:
        """Write a waiver for Sonja and give its id."""
        form = {
            "agency": "social",
            "person": self.world.case_officer.name,
            "purpose": "Ordna boende",
            "information": ["needs", "plan"],
            "until": self.day(30),
            "wording": "2026-1/sv",
            "how": "signed",
        }
        self.do("waiver", **{**form, **changes})
        return list(self.dealings.waivers)[-1]

    def hand_over(self, *people: Human, **changes: object) -> str:
        """Hand the talk and the mapping to Sonja on a waiver, with changes; give the folder's id."""
        names = [one.name for one in people or (self.world.case_officer,)]
        form = {"people": names, "until": self.day(20), "chosen": ["e4", "e8"], "test": TEST, **changes}
        if "basis" not in changes:
            form["basis"] = f"w:{self.waiver()}"
        answer = self.do("handover", **form)
        assert answer.status_code == 303
        assert "/handover/" in answer.headers["Location"], self.refusal()
        return answer.headers["Location"].rpartition("/")[2]

    def refusal(self) -> str:
        """Give the words of the last refusal."""
        found = re.search(r'<p class="note bad" role="alert">(.*?)</p>', self.reader.get(self.base).text)
        return found[1] if found else ""


LAW = {"basis": "g:danger", "reason": "Det gäller liv och hälsa.", "purpose": "Avvärja faran"}


def post(browser: Browser, path: str, **form: object) -> TestResponse:
    """Send a form in which a name may have several values."""
    data = {"csrf_token": browser.held(), **form}
    return browser.client.post(path, data=data, base_url=ORIGIN)


def lead(world: World) -> Browser:
    """Give Lena's browser, signed in once for a story, and again when her session has run out."""
    known: Browser | None = getattr(world, "signing", None)
    if known is not None and known.get("/orders").status_code == 200:
        return known
    if world.lead.name in world.enrolled:
        world.clock.turn(seconds=31)  # a code works once
    found = world.browser(world.lead)
    world.signing = found  # type: ignore[attr-defined]  # kept for this story's next signature
    return found


def ask_for(browser: Browser, path: str, **more: str) -> str:
    """Ask for a file at its address, as the first of two; give the order's address."""
    led = urlsplit(browser.client.get(path, base_url=ORIGIN).headers["Location"])
    form = {name: values[0] for name, values in parse_qs(led.query).items()}
    where = browser.post("/orders/new", **{**form, "why": TEST, **more}).headers["Location"]
    assert re.fullmatch("/orders/[0-9a-f]{32}", where), where
    return where


def signed_file(world: World, browser: Browser, path: str) -> TestResponse:
    """Ask for a file at its address, let Lena sign as the second, and fetch it."""
    order = ask_for(browser, path)
    lead(world).post(f"{order}/sign")
    return browser.post(f"{order}/fetch")


def pdf_words(answer: TestResponse) -> str:
    """Give the words of a PDF that was answered."""
    assert answer.mimetype == "application/pdf"
    return " ".join("\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages).split())


def told_in(text: str) -> set[str]:
    """Tell which of the canaries stand in a text."""
    flat = " ".join(text.split())
    return {name for name, words in CANARIES.items() if words in flat}
