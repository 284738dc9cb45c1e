"""What a visitor must see of one installation, written down on its own machine and carried to where it is looked at."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from command.checks.door import Door
from command.visiting import Answer
from command.watching import FOLLOWS_CLOCK, OWN_WAYS, PATHS, masked, plain

FORMAT = "utvag expect 1"
# Tags, with all that stands in them: what makes a browser fetch, send, run or go somewhere, and what a script goes by.
# Words between tags do none of that, nor does the one tag that stands around words of the moment.
TAGS = re.compile(rb"<(?!/span>|span data-fresh=\w+>)[^>]*>")


class ExpectationError(Exception):
    """Say that a file is no expectation."""


@dataclass(frozen=True)
class Page:
    """Hold what one path answers; headers by their names in small letters, without what any server adds its own way.

    `body` is the hash of its bytes, or of their tags alone where words follow the clock.
    """

    status: int
    headers: Mapping[str, str]
    cookies: frozenset[str]
    body: str

    @classmethod
    def of(cls, path: str, answer: Answer) -> Page:
        """Note an answer."""
        headers = {name: value for name, value in answer.headers.items() if name not in OWN_WAYS}
        return cls(answer.status, headers, answer.cookies, fingerprint(path, answer))


@dataclass(frozen=True)
class Expectation:
    """Hold what one installation says of itself on the day it was written."""

    origin: str
    day: date
    door: Door | None
    pages: Mapping[str, Page]


def fingerprint(path: str, answer: Answer) -> str:
    """Hash a page as a browser has it, without the values that each visitor gets anew."""
    body = masked(plain(answer))
    seen = b"\n".join(TAGS.findall(body)) if path in FOLLOWS_CLOCK else body
    return hashlib.sha256(seen).hexdigest()


def expect(origin: str, day: date, door: Door | None, get: Callable[[str], Answer]) -> Expectation:
    """Write down what `get` gives for each path, and how the door answers."""
    return Expectation(origin, day, door, {path: Page.of(path, get(path)) for path in PATHS})


def written(found: Expectation) -> bytes:
    """Write an expectation as JSON: nothing in it is secret."""
    pages = {path: {**asdict(page), "cookies": sorted(page.cookies)} for path, page in found.pages.items()}
    door = {**asdict(found.door), "ends": found.door.ends.isoformat()} if found.door else None
    value = {"format": FORMAT, "origin": found.origin, "day": found.day.isoformat(), "door": door, "pages": pages}
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def read(data: bytes) -> Expectation:
    """Read what `written` wrote; raise ExpectationError for anything else."""
    try:
        value = json.loads(data)
        if value["format"] != FORMAT:
            raise ExpectationError("another format")
        door = value["door"] and Door(**{**value["door"], "ends": datetime.fromisoformat(value["door"]["ends"])})
        pages = {path: Page(**{**one, "cookies": frozenset(one["cookies"])}) for path, one in value["pages"].items()}
        return Expectation(str(value["origin"]), date.fromisoformat(value["day"]), door or None, pages)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExpectationError("not an expectation") from error
