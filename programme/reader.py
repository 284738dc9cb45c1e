"""Read typed values out of a TOML table and collect every fault instead of stopping at the first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from difflib import get_close_matches
from typing import NamedTuple

from programme.languages import LANGUAGES

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # controls, and what turns text around
CLOCK = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?")


class Fault(NamedTuple):
    """One thing to mend: the setting's path within the file ("" is the file itself) and the reason."""

    path: str
    reason: str


class ProgrammeError(ValueError):
    """The programme's file cannot be used; `faults` names each reason in one line, with the file's line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Table:
    """One table of the file; each getter notes a fault and returns a harmless value if the entry is wrong."""

    def __init__(self, values: object, path: str, faults: list[Fault]) -> None:
        self._values: dict[str, object] = dict(values) if isinstance(values, Mapping) else {}
        self._seen: set[str] = set()
        self._path = path
        self.faults = faults
        if not isinstance(values, Mapping):
            self.fault("", "must be a table")

    def fault(self, key: str, reason: str) -> None:
        """Note a fault at the key."""
        self.faults.append(Fault(self._within(key), reason))

    def _get(self, key: str) -> object:
        self._seen.add(key)
        return self._values.get(key)

    def has(self, key: str) -> bool:
        """Tell whether the file holds the key."""
        return key in self._values

    def text(self, key: str, *, required: bool = True) -> str:
        """Return a text; an optional one may be missing or empty."""
        value = self._get(key)
        if isinstance(value, str) and (value.strip() or not required):
            return self._seen_by_all(key, value.strip())
        if value is not None or required:
            missing = "is missing" if key not in self._values else "must be a text"
            self.fault(key, missing if required else "must be a text, or left out")
        return ""

    def _seen_by_all(self, key: str, text: str) -> str:
        if UNSEEN.search(text):
            self.fault(key, "holds a character that nobody sees; write it anew")
        return text

    def words(self, key: str) -> dict[str, str]:
        """Return a text in several languages; Swedish must be among them."""
        value = self._get(key)
        if isinstance(value, dict) and value.get("sv") and all(isinstance(text, str) for text in value.values()):
            for tag in value.keys() - LANGUAGES.keys():
                self.fault(f"{key}.{tag}", "is not a language of the pages: see programme/languages.toml")
            return {language: self._seen_by_all(f"{key}.{language}", text) for language, text in value.items()}
        self.fault(key, 'must be a table of languages with at least "sv"')
        return {"sv": ""}

    def flag(self, key: str) -> bool:
        """Return true or false; missing is false, so that no promise is made by mistake."""
        value = self._get(key)
        if isinstance(value, bool):
            return value
        if value is not None:
            self.fault(key, "must be true or false")
        return False

    def number(self, key: str, default: int, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(key, f"must be a whole number from {low} to {high}")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts with at least one."""
        value = self._get(key)
        if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        self.fault(key, "must be a list of texts")
        return ()

    def dates(self, key: str) -> frozenset[date]:
        """Return a set of days; missing is none."""
        value = self._get(key)
        if value is None:
            return frozenset()
        if isinstance(value, list) and all(type(item) is date for item in value):
            return frozenset(value)
        self.fault(key, "must be a list of days such as 2026-12-23")
        return frozenset()

    def numbers(self, key: str, default: tuple[int, ...], low: int, high: int) -> tuple[int, ...]:
        """Return a list of whole numbers within bounds; an empty one is allowed."""
        value = self._get(key)
        if value is None:
            return default
        if isinstance(value, list) and all(type(item) is int and low <= item <= high for item in value):
            return tuple(value)
        self.fault(key, f"must be a list of whole numbers from {low} to {high}")
        return default

    def _within(self, key: str) -> str:
        return ".".join(filter(None, (self._path, key)))

    def day(self, key: str) -> date:
        """Return a day such as 2026-03-01."""
        value = self._get(key)
        if type(value) is date:
            return value
        self.fault(key, "must be a day such as 2026-03-01")
        return date(1970, 1, 1)

    def table(self, key: str) -> Table:
        """Return the table under the key; a missing one is a fault."""
        value = self._get(key)
        return Table({} if value is None else value, self._within(key), self.faults)

    def maybe(self, key: str) -> Table | None:
        """Return the table under the key, or None if the file leaves it out."""
        return self.table(key) if self.has(key) else None

    def tables(self, key: str) -> list[Table]:
        """Return the tables of a list with at least one."""
        value = self._get(key)
        if isinstance(value, list) and value:
            return [Table(item, f"{self._within(key)}[{place}]", self.faults) for place, item in enumerate(value)]
        self.fault(key, "must be a list of at least one table")
        return []

    def span(self, key: str) -> tuple[time, time] | None:
        """Return opening hours such as "8-16" or "8.30-16.15"; missing or empty is closed."""
        text = self.text(key, required=False)
        if not text:
            return None
        ends = [clock(part) for part in text.replace("–", "-").split("-")]
        if len(ends) == 2 and ends[0] and ends[1] and ends[0] < ends[1]:
            return ends[0], ends[1]
        self.fault(key, 'must be hours such as "8-16"')
        return None

    def done(self) -> None:
        """Note every key that nothing asked for: a misspelt promise must not pass as a missing one."""
        for key in self._values.keys() - self._seen:
            meant = get_close_matches(key, self._seen - self._values.keys(), 1)
            self.fault(key, "is not a setting" + (f"; is {meant[0]} meant?" if meant else ""))


def clock(text: str) -> time | None:
    """Read "8", "8.30" or "08:30"; None if it is no time of day."""
    match = CLOCK.fullmatch(text.strip())
    if not match:
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
