"""Entries to tell a case with: each made as the app makes it, or as somebody with a key might."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st

from staff.cases.state import known
from staff.entry import Entry

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
