"""What a municipality has settled about other agencies: who they are, on which grounds, with which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from programme.model import Words
from programme.reader import Table

POLICE = "police"
SOCIAL = "social"
TYPES = (SOCIAL, POLICE, "probation", "labour", "addiction", "health", "school", "housing", "business", "other")
WITHOUT_SIGN_IN = frozenset({"housing", "business"})


@dataclass(frozen=True)
class Agency:
    """Name an agency as the register of members does; `type` decides what the model lets it have."""

    id: str
    name: str
    type: str

    @property
    def signs_in(self) -> bool:
        """Tell whether its people sign in; housing companies and business are asked and answer, no more."""
        return self.type not in WITHOUT_SIGN_IN


@dataclass(frozen=True)
class Ground:
    """Hold a rule of law that lets something be handed over without a waiver.

    `types` are the agencies that it reaches. `confirmed` names the lawyer's decision that it holds here; as long as it
    is empty the pages say that nobody has confirmed it.
    """

    id: str
    title: str
    law: str
    text: str
    types: tuple[str, ...]
    confirmed: str = ""


@dataclass(frozen=True)
class Wording:
    """Hold one version of what a person says yes to, in the languages that it has been put in."""

    version: str
    text: Words
    confirmed: str = ""


@dataclass(frozen=True)
class Duty:
    """Hold one thing that must be done the same day when somebody is under 18."""

    id: str
    title: str
    text: str


DUTIES = (
    Duty(
        "report",
        "Orosanmälan till socialtjänsten",
        "Ring mottagningen, eller socialjouren när den är stängd. Skriv sedan vem som tog emot och när.",
    ),
    Duty("protection", "Skyddsbedömning", "Socialtjänsten gör den samma dag. Skriv vad den ledde till."),
)
QUESTIONS = (
    "Kan ni ta emot ett nytt ärende den här månaden?",
    "Finns det en ledig plats nu?",
    "Kan någon hos er ta ett samtal i veckan?",
)


@dataclass(frozen=True)
class Agencies:
    """Hold all of it; `longest` bounds a waiver and a hand-over. Without agencies nothing can be handed over."""

    agencies: tuple[Agency, ...] = ()
    grounds: tuple[Ground, ...] = ()
    wordings: tuple[Wording, ...] = ()
    duties: tuple[Duty, ...] = DUTIES
    questions: tuple[str, ...] = QUESTIONS
    longest: timedelta = timedelta(days=180)

    def agency(self, name: str) -> Agency | None:
        """Find an agency by its id or by the name that the register knows it under."""
        return next((one for one in self.agencies if name in (one.id, one.name)), None)

    def ground(self, name: str) -> Ground | None:
        """Find a legal ground by its id."""
        return next((one for one in self.grounds if one.id == name), None)

    def wording(self, version: str) -> Wording | None:
        """Find a wording by its version."""
        return next((one for one in self.wordings if one.version == version), None)


def read_agencies(table: Table | None) -> Agencies:
    """Read the table `agencies`; what is left out keeps its default, and every fault is noted in the table."""
    if table is None:
        return Agencies()
    agencies = Agencies(
        agencies=tuple(_agency(item) for item in _maybe(table, "agency")),
        grounds=tuple(_ground(item) for item in _maybe(table, "ground")),
        wordings=tuple(_wording(item) for item in _maybe(table, "wording")),
        duties=tuple(_duty(item) for item in _maybe(table, "duty")) or DUTIES,
        questions=table.texts("questions") if table.has("questions") else QUESTIONS,
        longest=timedelta(days=table.number("longest_days", 180, 1, 366)),
    )
    for name, found in (("agency", agencies.agencies), ("ground", agencies.grounds), ("duty", agencies.duties)):
        _once(table, name, [one.id for one in found])
    _once(table, "agency", [one.name for one in agencies.agencies])
    _once(table, "wording", [one.version for one in agencies.wordings])
    table.done()
    return agencies


def _maybe(table: Table, key: str) -> list[Table]:
    return table.tables(key) if table.has(key) else []


def _once(table: Table, key: str, names: list[str]) -> None:
    if len(set(names)) < len(names):
        table.fault(key, "two have the same name")


def _agency(table: Table) -> Agency:
    agency = Agency(table.text("id"), table.text("name"), table.text("type"))
    _known(table, "type", (agency.type,))
    table.done()
    return agency


def _ground(table: Table) -> Ground:
    ground = Ground(
        id=table.text("id"),
        title=table.text("title"),
        law=table.text("law"),
        text=table.text("text"),
        types=table.texts("types"),
        confirmed=table.text("confirmed", required=False),
    )
    _known(table, "types", ground.types)
    table.done()
    return ground


def _known(table: Table, key: str, types: tuple[str, ...]) -> None:
    for one in types:
        if one and one not in TYPES:
            table.fault(key, f'"{one}" is none of {", ".join(TYPES)}')


def _wording(table: Table) -> Wording:
    wording = Wording(table.text("version"), table.words("text"), table.text("confirmed", required=False))
    table.done()
    return wording


def _duty(table: Table) -> Duty:
    duty = Duty(table.text("id"), table.text("title"), table.text("text"))
    table.done()
    return duty
