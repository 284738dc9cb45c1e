"""On which line of a TOML file each setting stands: tomllib gives values and says nothing of where they were."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
PARENT = re.compile(r"(?:\[\d+\]|\.?[^.\[\]]*)$")


def lines(text: str) -> dict[str, int]:
    """Return the line, from 1, on which each setting of a valid file begins, under the path that faults name it by.

    Sound without a grammar of our own: tomllib itself tells where a statement ends, since no beginning of one that
    goes over several lines is valid alone. A path is such as "municipality[1].id".
    """
    found: dict[str, int] = {}
    here = ""
    for number, statement in _statements(text):
        values = _read(statement) or {}
        if statement.startswith("["):
            here = _header(values, found, number)
            values = {}
        for path in _paths(values, here):
            found.setdefault(path, number)
    return found


def near(found: Mapping[str, int], path: str) -> int:
    """Return the line of a setting, or of the table that it is missing from; the file itself begins on line 1."""
    while path and path not in found:
        path = PARENT.sub("", path)
    return found.get(path, 1)


def where(text: str, error: tomllib.TOMLDecodeError) -> tuple[str, int]:
    """Return what is wrong with a file that is no TOML, and the line on which the faulty statement begins.

    The parser gives up where it no longer understands, which may be far below a bracket that was never closed.
    """
    reason = str(error)
    place = PLACE.search(reason)
    given_up = int(place[1]) if place and place[1] else text.count("\n") + 1
    begun = [number for number, _ in _statements(text) if number <= given_up]
    return PLACE.sub("", reason), max(begun, default=1)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each statement with the line that it begins on; the last one may be a beginning without an end."""
    begun, parts = 1, list[str]()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not parts:
            begun = number
        parts.append(line)
        statement = "\n".join(parts).strip()
        if _read(statement) is not None:
            if statement and not statement.startswith("#"):
                yield begun, statement
            parts = []
    if parts:
        yield begun, "\n".join(parts).strip()


def _read(statement: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return None


def _header(values: object, found: dict[str, int], number: int) -> str:
    """Note the line of a table's header; return the table's path, in lists the newest item's."""
    path = ""
    while isinstance(values, dict) and values:
        ((key, values),) = values.items()
        path = f"{path}.{key}" if path else key
        found.setdefault(path, number)
        if isinstance(values, list):
            path = f"{path}[{_count(found, path)}]"
        elif f"{path}[0]" in found and values:
            path = f"{path}[{_count(found, path) - 1}]"
    found.setdefault(path, number)
    return path


def _count(found: Mapping[str, int], path: str) -> int:
    count = 0
    while f"{path}[{count}]" in found:
        count += 1
    return count


def _paths(values: object, path: str) -> Iterator[str]:
    """Yield the path of everything in a value: of tables' keys, and of tables within lists."""
    if isinstance(values, dict):
        for key, value in values.items():
            inner = f"{path}.{key}" if path else key
            yield inner
            yield from _paths(value, inner)
    elif isinstance(values, list):
        for place, value in enumerate(values):
            if isinstance(value, dict):
                yield f"{path}[{place}]"
                yield from _paths(value, f"{path}[{place}]")
