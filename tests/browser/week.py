"""What the week's tests share: who works where, which words were written for whom, and a look at all that one sees."""

import os
import re
import sqlite3
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.conftest import PHONE
from tests.browser.people import SCREEN, Human
from tests.browser.test_pages import SCHEMES
from tests.road import Demo

TODAY = datetime.now(UTC).date()
# What Elsa writes, each word for word nowhere else, so that whoever reads it was given it.
# The number has spaces: those of the made-up requests are drawn with a dash.
TOLD = {
    "reached": "svarade på andra signalen",
    "number": "070 174 06 12",
    "want": "sova hemma utan att lyssna efter steg",
    "motivation": "lillasyster ska slippa vara rädd",
    "mapping": "ses i biblioteket varannan tisdag",
    "safety": "tar bussen från en annan hållplats",
    "police": "förhöjt under hösten",
    "goal": "eget rum och praktik på verkstad",
    "measure": "praktikplats hos en bilverkstad",
    "late": "glömde paraplyet hos grannen",
    "name": "Exempla Påhittsson",
    "relative": "mamman hörde dem i trapphuset",
    "probation": "har frivården på torsdagar",
    "declined": "byter övervakare i januari",
    "protected": "bror till en av dem",
    "moves": "vill bo hos sin kusin",
    "stays": "grannen ser gården härifrån",
    "shift": "ring inte före lunch i morgon",
}


@dataclass
class Week:
    """The running demo, everybody at their screens, and what has come of it so far."""

    chromium: Browser
    road: Demo
    running: AbstractContextManager[Demo] = field(repr=False)
    people: dict[str, Human] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    handed: dict[str, str] = field(default_factory=dict)
    ended: bool = False

    @property
    def elsa(self) -> Human:
        """The coordinator in whose town it all happens."""
        return self.people["Elsa"]

    def others(self, *but: str) -> list[Human]:
        """Everybody but those."""
        return [human for name, human in self.people.items() if name not in but]

    def end(self) -> None:
        """Close the screens and end the demo; its folder stays."""
        if not self.ended:
            self.ended = True
            for human in self.people.values():
                human.context.close()
            self.running.__exit__(None, None, None)


def told_to(human: Human, start: str, most: int = 60) -> set[str]:
    """Name which of the words somebody is sent who opens every page and list that they can reach from there.

    Looked for is in all that the server sends, what is folded, in fields and in attributes too.
    """
    waiting, seen, found = [start], {start}, set()
    while waiting and len(seen) <= most:
        answer = human.context.request.get(f"{human.staff}{waiting.pop(0)}")
        if answer.status != 200:
            continue
        text = answer.text()
        sent = " ".join(unescape(f"{text} {re.sub('<[^>]*>', '', text)}").split())
        found |= {name for name, words in TOLD.items() if words in sent}
        for link in re.findall(r'href="(/[^"#]*)', text):
            path = unescape(link)
            if path not in seen and not path.startswith("/static/") and not path.endswith(("/paper", "/export")):
                seen.add(path)
                waiting.append(path)
    return found


UNTIL = str(TODAY + timedelta(days=20))
TEST = "bara det som behövs för ändamålet"


def say_yes(week: Week, case: str, agency: str, person: str, information: list[str], purpose: str) -> None:
    """Write down that the person has said yes to one receiver."""
    week.elsa.go(f"{week.cases[case]}/agencies")
    fields = {"agency": agency, "person": person, "purpose": purpose, "information": information, "until": UNTIL}
    week.elsa.send("/do/waiver", {**fields, "wording": "2026-1/sv", "how": "signed"})
    assert "Ja:et är skrivet" in week.elsa.note()


def hand_over(week: Week, case: str, person: str, titles: list[str], basis: str) -> str:
    """Hand over what has these titles, and give what the page then says."""
    elsa = week.elsa
    elsa.go(f"{week.cases[case]}/agencies/new/handover")
    elsa.page.locator(":checked").evaluate_all("all => all.forEach(one => { one.checked = false })")
    for title in titles:
        elsa.page.locator("label.pick:has([name=chosen])", has_text=title).last.locator("input").check()
    elsa.page.locator("label.pick:has([name=basis])", has_text=basis).first.locator("input").check()
    elsa.send("/do/handover", {"people": person, "until": UNTIL, "cover": f"till {person}", "test": TEST})
    return elsa.note()


def remark(week: Week, case: str, text: str) -> None:
    """Write a note in a case."""
    week.elsa.go(week.cases[case])
    week.elsa.send("/save/note", {"text": text, "sort": "note"}, ".main")


def answer(week: Week, person: str, act: str, text: str = "") -> None:
    """Answer the newest hand-over that somebody has."""
    human = week.people[person]
    human.go("/handed")
    with human.page.expect_navigation():
        human.page.locator("table a").first.click()
    human.send(f"/{act}", {"text": text} if text else {})


def told(week: Week, case: str, person: str) -> str:
    """Give Elsa's page of what was handed to somebody."""
    elsa = week.elsa
    elsa.go(f"{week.cases[case]}/agencies")
    with elsa.page.expect_navigation():
        elsa.page.locator("tr", has_text=person).first.locator("a").click()
    week.handed[person] = elsa.page.url.removeprefix(week.road.staff)
    return elsa.words()


FORMS = ("card", "contact", "talk", "assessment", "mapping", "safety", "plan", "measure", "follow_up", "schedule")
OTHERS = ("task", "flag", "question&about=3", "move", "close", "protect", "rename", "real", "wait")
DAY = ("/today", "/queue", "/shift", "/cases", "/flags", "/inbox", "/inbox?show=tied", "/transfers")
DESK = ("/calendar", "/figures", "/erasure", "/documents", "/documents/register", "/cases/new", "/keys")
OWN = ("/cases/colleagues", "/me/reminders", "/me/conflicts", "/me/keys", "/sessions", "/people", "/orders")


def places(week: Week) -> list[tuple[str, str]]:
    """List every staff page with the week in it, and who looks at it."""
    week.elsa.go("/today")  # takes the keys of what is over: nobody's list below leads there any more
    main, kim = week.cases["main"], week.cases["kim"]
    case = [main, *(f"{main}?write={form}" for form in FORMS + OTHERS), f"{main}/agencies", week.handed["Sonja"]]
    choose = [f"{main}/agencies/new/{what}" for what in ("handover", "paper", "extract", "transfer")]
    shut = [week.cases["skyddat"], week.cases["flytt"], f"/inbox/{week.aside[0]}"]
    found = [("Elsa", path) for path in (*DAY, *DESK, *OWN, *case, *choose, *shut)]
    found += [("Lena", path) for path in ("/load", kim.replace("/cases/", "/load/"), main.replace("/cases/", "/load/"))]
    for person in ("Sonja", "Peter", "Kim", "Bashir"):
        human, start = week.people[person], "/transfers" if person == "Bashir" else "/handed"
        human.go(start)
        links = human.page.locator("main table a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        found += [(person, path) for path in (start, *links)]
    found += [("Lena", path) for path in ("/people", "/orders", "/canaries")]
    return [*found, ("Aron", "/audit"), ("Aron", "/audit/unusual"), ("Bashir", week.cases["hos Bashir"])]


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page in each size and light, if a folder was named for them."""
    folder = os.environ.get("UTVAG_TEST_SHOTS")
    for size in (PHONE, SCREEN) if folder else ():
        page.set_viewport_size(size)  # type: ignore[arg-type]  # as above
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two words
            file = f"{re.sub('[^A-Za-z0-9_=-]', '_', name)}-{size['width']}-{scheme}.png"
            page.screenshot(path=Path(folder or "") / file, full_page=True)


def blobs(folder: Path, table: str, row: str) -> list[bytes]:
    """Give pieces of what the casebook holds sealed under an id, each short enough to lie whole on one of its pages."""
    with closing(sqlite3.connect(folder / "casebook.sqlite")) as casebook:
        found = casebook.execute(f"SELECT * FROM {table} WHERE id = ?", (bytes.fromhex(row),))  # noqa: S608 - our words
        sealed = [value for line in found for value in line if isinstance(value, bytes) and len(value) > 100]
    return [value[at : at + 64] for value in sealed for at in range(0, len(value) - 64, 512)]


def lies(folder: Path, pieces: list[bytes]) -> bool:
    """Tell whether any of it can still be found in the casebook's files."""
    written = b"".join(file.read_bytes() for file in folder.glob("casebook.sqlite*") if file.suffix != ".erased")
    return any(piece in written for piece in pieces)


def signed_by_two(elsa: Human, lena: Human, case: str) -> bytes:
    """Fetch a case's file for the archive: Elsa asks for it, Lena signs too."""
    elsa.go(f"/erasure/archive/{case}")
    elsa.send("/orders/new", {"why": "ska till stadsarkivet"}, ".main")
    lena.go(elsa.page.url)
    lena.send("/sign", {})
    elsa.page.reload()
    with elsa.page.expect_download() as file:
        elsa.page.locator("form[action$='/fetch'] button").click()
    return file.value.path().read_bytes()


def erase(elsa: Human, *ids: str) -> str:
    """Erase what is due, and give what the page says."""
    elsa.go("/erasure")
    elsa.send("/erase", {"subject": list(ids), "sure": "yes"}, "button.danger")
    return elsa.note()
