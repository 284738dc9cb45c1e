"""The languages of the public pages, from programme/languages.toml, and what is said of how far each has come."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

TABLE = Path(__file__).with_name("languages.toml")


@dataclass(frozen=True)
class Language:
    """One language; the fields are explained where their values stand."""

    tag: str
    name: str
    swedish: str
    day: str
    formats: str = ""
    also: tuple[str, ...] = ()
    rtl: bool = False
    ours: bool = False
    reviewer: str = ""
    reviewed: date | None = None

    @property
    def direction(self) -> str:
        """Return what `dir` says."""
        return "rtl" if self.rtl else "ltr"

    @property
    def locale(self) -> str:
        """Return the name under which Babel knows its dates and lists."""
        return self.formats or self.tag

    @property
    def draft(self) -> bool:
        """Tell whether nobody stands for the words by name yet: half a review is none."""
        return not (self.reviewer.strip() and self.reviewed)

    @property
    def offered(self) -> bool:
        """Tell whether pages outside the demo may be in it."""
        return self.ours or not self.draft


def read(table: Path = TABLE) -> Mapping[str, Language]:
    """Return the languages by their tags, in the order of the table, Swedish first; raise on a table that is wrong."""
    rows = tomllib.loads(table.read_text("utf-8"))["language"]
    found = [Language(**{**row, "also": tuple(row.get("also", ()))}) for row in rows]
    return {one.tag: one for one in found}


LANGUAGES = read()


def language(tag: str) -> Language:
    """Return the language of a tag; Swedish for one that is not in the table."""
    return LANGUAGES.get(tag) or LANGUAGES["sv"]
