"""One half-year's figures as they are kept, exported and shown: protected tables only, never a true small count."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from crypto.errors import MalformedError
from staff.figures.definitions import SUM, Definitions
from staff.figures.half import Half
from staff.figures.protect import LEAST, Range, Table

HIGHEST = 10_000_000


@dataclass(frozen=True)
class Account:
    """Hold what one municipality tells of one half-year; `needs` gives the words of its settings' needs."""

    municipality: str
    half: Half
    definitions: int
    tables: Mapping[str, Table]
    needs: Mapping[str, str] = field(default_factory=dict)

    def value(self) -> dict[str, Any]:  # Any: what JSON holds
        """Give the account as JSON has it."""
        return {
            "municipality": self.municipality,
            "half": str(self.half),
            "definitions": self.definitions,
            "figures": {name: _table(table) for name, table in self.tables.items()},
            "needs": dict(self.needs),
        }

    def encode(self) -> str:
        """Write the account as one line."""
        return json.dumps(self.value(), ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    @classmethod
    def decode(cls, data: str) -> Self:
        """Read what `encode` wrote; raise MalformedError."""
        try:
            return cls.read(json.loads(data))
        except (ValueError, RecursionError) as error:
            raise MalformedError("not figures") from error

    @classmethod
    def read(cls, value: object) -> Self:
        """Read an account of any origin; raise MalformedError, for a small count that is shown too."""
        try:
            return cls._read(value)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise MalformedError("not figures") from error

    @classmethod
    def _read(cls, value: Any) -> Self:  # Any: JSON's values, each checked here
        if set(value) != {"municipality", "half", "definitions", "figures", "needs"}:
            raise ValueError("other names")
        tables = {_text(name): _read_table(table) for name, table in value["figures"].items()}
        needs = {_text(code): _text(word) for code, word in value["needs"].items()}
        half = Half.parse(_text(value["half"]))
        return cls(_text(value["municipality"]), half, _count(value["definitions"], 1), tables, needs)

    def for_others(self, known: Definitions) -> "Account":
        """Leave out what stays within the team."""
        own = {figure.id: {one.id for one in figure.breakdowns if one.team_only} for figure in known.figures}
        tables = {
            name: replace(table, parts={key: parts for key, parts in table.parts.items() if key not in own[name]})
            for name, table in self.tables.items()
            if name in own
        }
        return replace(self, tables=tables)

    def whole(self, figure: str, known: Definitions) -> Range:
        """Give what is known of a figure's total; a sum follows from what is shown."""
        definition = known.figure(figure)
        if definition.kind != SUM:
            return self.tables[figure].whole()
        total, other, breakdown, part = definition.of
        return self.tables[total].whole() + self.tables[other].part(breakdown, part)


def _table(table: Table) -> dict[str, Any]:  # Any: what JSON holds
    value: dict[str, Any] = {"total": table.total, "adds_up": table.adds_up}  # Any: as above
    value["parts"] = {name: dict(parts) for name, parts in table.parts.items()}
    value["classes"] = {name: dict(parts) for name, parts in table.classes.items()}
    return value


def _read_table(value: Any) -> Table:  # Any: JSON's values, each checked here
    if set(value) != {"total", "adds_up", "parts", "classes"} or not isinstance(value["adds_up"], bool):
        raise ValueError("not a table")
    total = None if value["total"] is None else _count(value["total"])
    parts = {
        _text(name): {_text(part): None if count is None else _count(count) for part, count in shown.items()}
        for name, shown in value["parts"].items()
    }
    classes = {
        _text(name): {_text(part): None if found is None else _text(found) for part, found in shown.items()}
        for name, shown in value["classes"].items()
    }
    for shown in parts.values() if total is not None else ():
        if sum(count for count in shown.values() if count is not None) > (total or 0):
            raise ValueError("parts that exceed their total")
    return Table(total, parts, value["adds_up"], classes)


def _count(value: object, least: int = LEAST) -> int:
    if type(value) is not int or not least <= value <= HIGHEST:
        raise ValueError("not a count that may be shown")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        raise TypeError("not a text")
    return value
