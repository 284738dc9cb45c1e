"""What a programme is to the pages: who reads, when, how to call, and which promises are true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta

Words = Mapping[str, str]  # language tag -> text; "sv" is always there


def say(words: Words, language: str) -> str:
    """Return the text in the language, or in Swedish if it has not been translated."""
    return words.get(language) or words["sv"]


@dataclass(frozen=True)
class Municipality:
    """A town that the portal serves; `id` stands in forms, envelopes and the roster.

    `report_phone` is where its social services take reports of concern, which never come here; "" is not printed.
    """

    id: str
    name: str
    report_phone: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """A programme of another municipality that people may call instead; the portal does not serve it."""

    name: str
    phone: str


@dataclass(frozen=True)
class Support:
    """Somebody else to talk to: for the young, or for those close to somebody. The pages name them where those read."""

    name: Words
    phone: str
    whom: str


YOUNG, CLOSE = "young", "close"


@dataclass(frozen=True)
class Telephone:
    """A number to call; `interpreter` tells that the programme calls back with one."""

    number: str
    interpreter: bool = False


@dataclass(frozen=True)
class Board:
    """Who is responsible for the data, for the page on it; an empty text is not printed."""

    name: str
    organisation_number: str = ""
    address: str = ""
    email: str = ""
    protection_officer: str = ""
    secrecy_rule: str = ""
    legal_basis: str = ""
    erasure_decision: str = ""


@dataclass(frozen=True)
class Accessibility:
    """Who answers where a page does not work for somebody, for the statement that the law asks for.

    `assessed` is the day on which the board went through the pages (None: not yet), `tried_by_people` whether somebody
    who uses pages without eyes or hands has tried them, `answer_days` within how many days they answer (0: no promise),
    `faults` what does not work here beside what the program knows of itself. Source: lagen (2018:1937), MDFFS 2019:2.
    """

    email: str = ""
    telephone: str = ""
    answer_days: int = 0
    assessed: date | None = None
    tried_by_people: bool = False
    faults: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Answers:
    """How answers reach people: `code` offers return codes, `within` is the promised office time (None: no promise)."""

    code: bool = False
    within: timedelta | None = None
    kept_days: int = 30


@dataclass(frozen=True)
class Cards:
    """The programme's own words on what is printed, where it has other ones than ours; none in a language: ours.

    `question` stands on cards and stickers, `poster` and `parents` are what the two posters ask.
    """

    question: Words = field(default_factory=dict)
    poster: Words = field(default_factory=dict)
    parents: Words = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """The start page read aloud in one language: a file by its whole path, and its SHA-256 in hex."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Promises:
    """Sentences that the pages print only if somebody has made them true; each is off until the file says so."""

    police_never_reads: bool = False
    secrecy: bool = False
    no_address_kept: bool = False
    nobody_looks_for_you: bool = False
    adult_not_contacted: bool = False
    parents_may_wait: bool = False
    interpreter_from_elsewhere: bool = False

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """List the promises that exist."""
        return tuple(item.name for item in fields(cls))
