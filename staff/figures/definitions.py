"""What each figure counts, read from the versioned file beside this module."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("definitions.toml")
SPLIT, LIST, TYPICAL, SUM = "split", "list", "typical", "sum"


@dataclass(frozen=True)
class Breakdown:
    """Hold one way of dividing a figure; `parts` gives a Swedish word for each part's code, in order.

    `team_only` stays within the team and is never exported; `settings` takes its parts from the programme's settings.
    """

    id: str
    title: str
    parts: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    team_only: bool = False
    settings: bool = False


@dataclass(frozen=True)
class Figure:
    """Hold one figure: what it is called, what it counts, and how it is divided.

    A `sum` adds a part to another figure's total: `of` names that figure, then the part's figure, breakdown and code.
    """

    id: str
    kind: str
    title: str
    text: str
    breakdowns: tuple[Breakdown, ...] = ()
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Definitions:
    """Hold every figure of one version."""

    version: int
    figures: tuple[Figure, ...]

    def figure(self, name: str) -> Figure:
        """Give one figure; KeyError."""
        return {figure.id: figure for figure in self.figures}[name]


@cache
def definitions() -> Definitions:
    """Read the file once."""
    values = tomllib.loads(FILE.read_text("utf-8"))
    return Definitions(values["version"], tuple(_figure(value) for value in values["figure"]))


def _figure(value: dict[str, Any]) -> Figure:  # Any: TOML's values, from a file of ours that the tests read
    breakdowns = tuple(Breakdown(**one) for one in value.pop("breakdown", ()))
    return Figure(breakdowns=breakdowns, of=tuple(value.pop("of", ())), **value)
