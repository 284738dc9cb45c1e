"""What the entries of a case amount to in dealings with others: waivers, hand-overs, questions, transfers, readings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

PURPOSE = 200  # characters
REASON = 500
INFORMATION = ("identity", "contact", "needs", "plan", "safety")
HOW_GIVEN = ("signed", "spoken", "written")
TELLS = ("yes", "no")


@dataclass(frozen=True)
class Waiver:
    """Hold a waiver of secrecy: one receiver, one purpose, certain kinds of information, until the end of one day."""

    id: str
    agency: str
    person: str
    purpose: str
    information: tuple[str, ...]
    until: date
    version: str
    language: str
    how: str
    who: str
    when: datetime
    withdrawn: datetime | None = None
    withdrawn_by: str = ""

    def active(self, today: date) -> bool:
        """Tell whether it holds on a day."""
        return self.withdrawn is None and today <= self.until


@dataclass(frozen=True)
class Handed:
    """Hold what the case remembers of a hand-over: the folder (its id in hex), to whom, of what, on which basis.

    `entries` are the numbers that were copied. `ended` is "" as long as it lasts, else a key of ENDS.
    """

    folder: str
    agency: str
    people: tuple[str, ...]
    purpose: str
    until: date
    waiver: str
    ground: str
    reason: str
    test: str
    entries: tuple[str, ...]
    who: str
    when: datetime
    ended: str = ""
    ended_at: datetime | None = None


ENDS = ("taken_back", "declined", "done", "expired", "withdrawn")


@dataclass(frozen=True)
class Asked:
    """Hold a question that tells nothing, put to somebody without a sign-in, and the yes or no that came back."""

    id: str
    agency: str
    person: str
    question: str
    who: str
    when: datetime
    answer: str = ""
    told_at: datetime | None = None


@dataclass(frozen=True)
class Exported:
    """Hold one paper for social services' own file: which entries, for whom, on which basis."""

    id: str
    agency: str
    person: str
    basis: str
    reason: str
    test: str
    entries: tuple[str, ...]
    who: str
    when: datetime


@dataclass(frozen=True)
class Extracted:
    """Hold one extract for the person: which entries, and how it was tested."""

    id: str
    test: str
    entries: tuple[str, ...]
    who: str
    when: datetime


@dataclass(frozen=True)
class Transferred:
    """Hold one passing of the case to another municipality; `ended` is "", "accepted", "declined" or "taken_back"."""

    folder: str
    town: str
    who: str
    when: datetime
    ended: str = ""
    reason: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Looked:
    """Hold one reading of the case by a lead who holds no part in it, and the reason that was written before."""

    who: str
    when: datetime
    reason: str


@dataclass(frozen=True)
class Dealings:
    """Hold all dealings of one case."""

    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    handed: Mapping[str, Handed] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)
    exported: Mapping[str, Exported] = field(default_factory=dict)
    transferred: Mapping[str, Transferred] = field(default_factory=dict)
    extracts: Mapping[str, Extracted] = field(default_factory=dict)
    looked: tuple[Looked, ...] = ()
    duties: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)

    @property
    def under_way(self) -> list[Handed]:
        """List the hand-overs that have not ended."""
        return [one for one in self.handed.values() if not one.ended]

    @property
    def transfer(self) -> Transferred | None:
        """Give the transfer that is asked for and not answered, or that was accepted."""
        live = [one for one in self.transferred.values() if one.ended in ("", "accepted")]
        return live[-1] if live else None


def stopped_by(dealings: Dealings, waiver: Waiver) -> list[Handed]:
    """List the hand-overs that rest on a waiver and end with it."""
    return [one for one in dealings.under_way if one.waiver == waiver.id]


def active(waivers: Iterable[Waiver], today: date) -> list[Waiver]:
    """List the waivers that hold on a day."""
    return [one for one in waivers if one.active(today)]
