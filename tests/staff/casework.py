"""Entries to tell a case with: each made as the app makes it, or as somebody with a key might."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from werkzeug.test import TestResponse

from staff.cases.model import CaseState
from staff.cases.state import fold, known
from staff.entry import Entry
from tests.staff.world import ORIGIN, Human, World

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANNA, BJORN = "Anna Ek", "Björn Lind"
FIELDS = (
    "about again agency collected danger done due form holder how id kind line link name named never number on out",
    "outcome owner protected question reason result seed sees source start status submission task tasks template text",
    "to under18 until what when where who windows word working yes",
)
NAMES = sorted({name for words in FIELDS for name in words.split()})
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            "yes",
            "0",
            "2",
            "6",
            "a1",
            "2026-12-01",
            "2026-12-01T09:30",
            "9999-99-99",
            "0001-01-01",
            "relative",
            "a" * 32,
        ]
    ),
    st.text(max_size=40),
    st.sampled_from(
        ["\u202e<script>\n\n-1 x", "x" * 16_000, "2026-12-01 task ring\n- review läs\n\n9 9 9", "012 480 720\n9 1 0"]
    ),
)


def entry(act: str, by: str = ANNA, /, minutes: float = 0, **fields: str) -> Entry:
    """Make an entry so many minutes after the story began."""
    return Entry(by, START + timedelta(minutes=minutes), act, fields)


def opened(**fields: str) -> Entry:
    """Open Björk 14 by a call."""
    return Entry(ANNA, START, "opened", {"working": "Björk 14", "how": "call", **fields})


def any_entries() -> st.SearchStrategy[list[Entry]]:
    """Make entries of every kind with fields that fit, or do not fit at all."""
    times = st.integers(0, 2_000_000).map(lambda minutes: START + timedelta(minutes=minutes))
    fields = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8)
    kinds = st.sampled_from(sorted(known() | {"a kind of a later version"}))
    return st.lists(st.builds(Entry, st.sampled_from([ANNA, BJORN, "", "å" * 300]), times, kinds, fields), max_size=25)


class Room:
    """A browser in which somebody works on cases: forms are sent as their pages offer them."""

    def __init__(self, world: World, human: Human) -> None:
        self.world, self.human = world, human
        self.browser = world.browser(human)
        self._token = self.browser.token("/inbox")

    def get(self, path: str) -> str:
        """Read a page that must be there."""
        answer = self.browser.get(path.partition("#")[0])
        assert answer.status_code == 200, path
        return answer.text

    def send(self, path: str, /, **form: str | list[str]) -> TestResponse:
        """Post a form; gives the answer."""
        data = {"csrf_token": self._token, **form}
        return self.browser.client.post(path, data=data, base_url=ORIGIN)

    def follow(self, path: str, /, **form: str | list[str]) -> str:
        """Post a form and read the page that it leads to."""
        answer = self.send(path, **form)
        assert answer.status_code == 303, path
        return self.get(answer.headers["Location"])

    def open(self, **form: str | list[str]) -> str:
        """Open a case and give its address."""
        fields: dict[str, str | list[str]] = {"working": "Björk 14", "how": "call", **form}
        where = self.send("/cases/new", **fields).headers["Location"]
        assert re.fullmatch("/cases/[0-9a-f]{32}", where), where
        return where

    def hidden(self, case: str, name: str, about: str = "") -> dict[str, str]:
        """Read what a form's page hides in it: what it has seen, and the id of this saving."""
        page = self.get(f"{case}?write={name}&about={about}")
        sheet = page.partition('class="sheet"')[2]
        return dict(re.findall(r'name="(seen|once)" value="([^"]*)"', sheet)[:2])

    def save(self, case: str, sheet: str, /, **form: str | list[str]) -> str:
        """Fill in a form and read the page that follows."""
        return self.follow(f"{case}/save/{sheet}", **{**self.hidden(case, sheet), **form})

    def do(self, case: str, act: str, **form: str | list[str]) -> str:
        """Press a button of the case's page."""
        return self.follow(f"{case}/do/{act}", **form)

    def state(self, case: str) -> CaseState:
        """Fold the case as this person's key opens it."""
        keys, person = self.world.session(self.human)
        folder = self.world.parts.folders.peek(keys, bytes.fromhex(case[-32:]), person)
        return fold(folder.trusted)
