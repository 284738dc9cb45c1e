"""Every route of the staff app is given what no page of ours would send: it answers, and never with a fault."""

from __future__ import annotations

import random
import re

import pytest

from tests.staff.casework import Room
from tests.staff.test_staff_every_route import visits
from tests.staff.world import ORIGIN, Human, World

pytestmark = pytest.mark.long
NAMED = re.compile(r'\bname="?([a-z_0-9]+)')
ROUNDS = 3  # of each route and method
STRANGE = (
    "", " ", "0", "-1", "1", "9" * 40, "1e9", "٣", "ä" * 700, "\x00", "\r\nSet-Cookie: x=1", "\u202e\u2066", "%s%n",
    "\U0010ffff", "' or 1=1 --", "<script>", "{{7*7}}", "../../etc/passwd", "ff" * 16, "00" * 16, "2026-02-30",
    "9999-12-31", "0001-01-01", "25:61", "[]", "null", "c" + "0" * 32, "on", "hostile", "close", "note", "handover",
)  # fmt: skip
HEADERS = ("Accept-Language", "Content-Type", "Range", "Origin", "Referer", "X-Forwarded-For", "X-Requested-With")


class Dice(random.Random):
    """What is drawn: the same in each run, so that a fault can be looked for."""

    def fields(self, names: list[str]) -> dict[str, list[str]]:
        """Draw some fields, some of them told more than once."""
        chosen = self.sample(names, self.randrange(len(names)))
        return {name: self.choices(STRANGE, k=self.choice((1, 1, 1, 2, 5))) for name in chosen}

    def headers(self) -> dict[str, str]:
        """Say that a page of ours sends, and perhaps one strange thing beside it."""
        ours = {"Sec-Fetch-Site": "same-origin"}
        if self.random() < 0.2:
            ours[self.choice(HEADERS)] = self.choice([one for one in STRANGE if one.isascii() and one.isprintable()])
        return ours


def names(room: Room, case: str, row: str) -> list[str]:
    """List what the pages' own fields are called, so that something is read of what is sent."""
    pages = (
        "/today",
        "/inbox",
        f"/inbox/{row}",
        "/cases",
        "/cases/new",
        case,
        f"{case}?write=note",
        "/keys",
        "/figures",
    )
    found = {name for page in pages for name in NAMED.findall(room.browser.get(page).text)} - {"csrf_token", "viewport"}
    return sorted(
        found | {"id", "once", "until", "what", "which", "word", "working", "subject", "upto", "since", "snap"}
    )


@pytest.mark.parametrize("who", ["owner", "lead", "auditor", "case_officer"])
def test_no_route_makes_a_fault(world: World, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever works here sends anything to every route, and so does whoever is signed out: no answer is a 5xx."""
    monkeypatch.setattr(world.parts.throttle, "count", lambda _tag: None)  # wrong passphrases are part of this
    human: Human = getattr(world, who)
    row, anna = world.send(message="hej"), Room(world, world.owner)
    case, dice = anna.open(), Dice(7)
    fields, browser = names(anna, case, row), world.browser(human) if human is not world.owner else anna.browser
    for _, method, path in visits(world, row) * ROUNDS:
        where = path.replace("0" * 32, case[-32:])
        for client in (browser.client, world.app.test_client()):
            told, asked, heads = dice.fields(fields), dice.fields(fields), dice.headers()
            data = told if method == "POST" else None
            answer = client.open(where, method=method, data=data, query_string=asked, headers=heads, base_url=ORIGIN)
            assert answer.status_code < 500, (method, where, told, asked, heads)
        if browser.client.get("/keys", base_url=ORIGIN).status_code != 200:  # the last act locked the session
            world.clock.turn(seconds=30)
            browser = world.browser(human)
