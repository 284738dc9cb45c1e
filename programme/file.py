"""Read a programme's file; every fault is named at once."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from programme.casework import Casework, read_casework
from programme.hours import Hours, Slot
from programme.model import Answers, Board, Municipality, Promises, Telephone, Words
from programme.reader import ProgrammeError, Table

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MUNICIPALITY = re.compile(r"[a-z][a-z0-9-]{0,30}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]+)?")
NO_TEAM = "unknown"  # the form's "I don't know"; no municipality may be called so


@dataclass(frozen=True)
class Programme:
    """Everything that a municipality decides about its pages; made by `Programme.load`."""

    name: str
    short_address: str
    exit_url: str
    exit_name: Words
    readers: Words
    board: Board
    municipalities: tuple[Municipality, ...]
    telephone: Telephone
    social_duty: str
    hours: Hours
    answers: Answers
    promises: Promises
    languages: tuple[str, ...]
    casework: Casework = field(default_factory=Casework)

    @classmethod
    def load(cls, path: Path | str) -> Programme:
        """Return the programme in the TOML file.

        Raises ProgrammeError, whose `faults` names each thing to mend: unreadable file, wrong type, missing or
        unknown setting, or a promise without what makes it true.
        """
        try:
            values = tomllib.loads(Path(path).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ProgrammeError([f"file: cannot be read ({type(error).__name__}): {error}"]) from error
        faults: list[str] = []
        programme = _programme(Table(values, "", faults))
        faults.extend(_contradictions(programme))
        if faults:
            raise ProgrammeError(faults)
        return programme

    def municipality(self, name: str) -> Municipality | None:
        """Return the municipality with that id, or None."""
        return next((town for town in self.municipalities if town.id == name), None)


def _programme(table: Table) -> Programme:
    programme = Programme(
        name=table.text("name"),
        short_address=table.text("short_address"),
        exit_url=table.text("exit_url"),
        exit_name=table.words("exit_name"),
        readers=table.words("readers"),
        board=_board(table.table("board")),
        municipalities=tuple(_municipality(item) for item in table.tables("municipality")),
        telephone=_telephone(table.table("telephone")),
        social_duty=table.text("social_duty"),
        hours=_hours(table.table("hours")),
        answers=_answers(table.table("answers")),
        promises=_promises(table.table("promises")),
        languages=table.texts("languages"),
        casework=read_casework(table.maybe("casework")),
    )
    table.done()
    return programme


def _board(table: Table) -> Board:
    optional = (
        "organisation_number",
        "address",
        "email",
        "protection_officer",
        "secrecy_rule",
        "legal_basis",
        "erasure_decision",
    )
    board = Board(table.text("name"), *(table.text(key, required=False) for key in optional))
    table.done()
    return board


def _municipality(table: Table) -> Municipality:
    town = Municipality(table.text("id"), table.text("name"))
    if town.id and not MUNICIPALITY.fullmatch(town.id):
        table.fault("id", "must be small letters a to z, digits and dashes, 31 at most")
    if town.id == NO_TEAM:
        table.fault("id", f'"{NO_TEAM}" means that the person does not know; choose another')
    table.done()
    return town


def _telephone(table: Table) -> Telephone:
    telephone = Telephone(table.text("number"), table.flag("interpreter"))
    table.done()
    return telephone


def _hours(table: Table) -> Hours:
    spans = {place: table.span(day) for place, day in enumerate(DAYS)}
    week = {place: Slot(*span) for place, span in spans.items() if span}
    if not week:
        table.fault("", "must be open on at least one weekday")
    hours = Hours(week, table.dates("closed"))
    table.done()
    return hours


def _answers(table: Table) -> Answers:
    within = table.number("within_office_hours", 0, 0, 80)
    answers = Answers(
        code=table.flag("code"),
        within=timedelta(hours=within) if within else None,
        kept_days=table.number("kept_days", 30, 1, 365),
    )
    table.done()
    return answers


def _promises(table: Table) -> Promises:
    promises = Promises(**{name: table.flag(name) for name in Promises.names()})
    table.done()
    return promises


def _contradictions(programme: Programme) -> list[str]:
    faults = []
    exit_url = urlsplit(programme.exit_url)
    if programme.exit_url and (exit_url.scheme not in ("https", "http") or not exit_url.hostname):
        faults.append("exit_url: must be a whole address such as https://www.ekstad.example/")
    ids = [town.id for town in programme.municipalities]
    if len(set(ids)) < len(ids):
        faults.append("municipality: two have the same id")
    if programme.languages and programme.languages[0] != "sv":
        faults.append('languages: "sv" stands first, since a missing translation falls back to it')
    faults += [f'languages: "{tag}" is no language tag' for tag in programme.languages if not LANGUAGE.fullmatch(tag)]
    if programme.promises.secrecy and not programme.board.secrecy_rule:
        faults.append("promises.secrecy: needs board.secrecy_rule, the law that a lawyer has named")
    if programme.promises.interpreter_from_elsewhere and not programme.telephone.interpreter:
        faults.append("promises.interpreter_from_elsewhere: needs telephone.interpreter")
    return faults
