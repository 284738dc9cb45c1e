"""A paper: chosen words of a case as one PDF/A that any archive opens, made in memory and never on a disk.

PDF/A-2a and PDF/UA-1 (tagged, fonts inside, no script), checked by the compiler that makes it.
"""

import json
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any  # JSON on its way to the template

from staff.errors import StaffError
from staff.inbox.shown import NAMES, is_hidden

TYPESET = Path(__file__).with_name("typeset.py")
SECONDS = 60
Line = tuple[str, str]  # (name, value); a name may be empty


class PaperError(StaffError):
    """Say that a paper could not be made; nothing of it is in the message."""


@dataclass(frozen=True)
class Section:
    """Hold one part of a paper: a heading, a small line under it, and named lines."""

    heading: str
    meta: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Paper:
    """Hold what a paper says. `title` stands in the file's metadata: a working name and nothing else."""

    title: str
    heading: str
    day: date
    facts: Sequence[Line]
    sections: Sequence[Section]
    contents: Sequence[tuple[str, str, str]] = ()
    contents_title: str = "Innehåll"
    columns: tuple[str, str, str] = ("Nr", "Dag", "Vad")
    foot: str = ""

    def pdf(self) -> bytes:
        """Make the PDF/A; raise PaperError if the typesetter fails."""
        return typeset(self._json(), "paper")

    def _json(self) -> dict[str, Any]:
        return {
            "title": plain(self.title),
            "heading": _typed(self.heading),
            "day": [self.day.year, self.day.month, self.day.day],
            "facts": [_line(line) for line in self.facts],
            "contents": [[_typed(cell) for cell in row] for row in self.contents],
            "contents_title": plain(self.contents_title),
            "columns": [plain(name) for name in self.columns],
            "foot": plain(self.foot),
            "sections": [
                {
                    "heading": _typed(section.heading),
                    "meta": plain(section.meta),
                    "lines": [_line(line) for line in section.lines],
                }
                for section in self.sections
            ],
        }


def typeset(data: dict[str, Any], template: str) -> bytes:
    """Make a PDF/A of data by a template of `typeset.py`; raise PaperError. What is in it goes through no file."""
    command = [sys.executable, "-I", str(TYPESET), template]
    given = json.dumps(data, ensure_ascii=False).encode()
    try:
        # A fixed program of ours, no shell; what was typed goes by standard input, never by an argument.
        done = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, env={}, check=False)  # noqa: S603  # as said above
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PaperError(type(error).__name__) from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise PaperError("typesetter")
    return done.stdout


def plain(text: str) -> str:
    """Give a text with a small sign in place of each character that would act without being seen."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return "".join(_sign(letter) if is_hidden(letter) else letter for letter in text)


def _sign(letter: str) -> str:
    return f"[{NAMES.get(letter, f'{ord(letter):04X}')}]"


def _line(line: Line) -> dict[str, Any]:
    name, value = line
    return {"name": plain(name), "value": _typed(value)}


def _typed(text: str) -> dict[str, Any]:
    """Give a text with the direction of its first letter that has one, as dir=auto does on a page.

    `turns` tells whether any letter of it runs from right to left: numbers beside one must be kept from turning round.
    """
    directions = [one for one in map(unicodedata.bidirectional, text) if one in ("L", "R", "AL")]
    return {"text": plain(text), "rtl": directions[:1] not in ([], ["L"]), "turns": bool({"R", "AL"} & set(directions))}
