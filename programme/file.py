"""Read a programme's file; every fault is named at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from programme.casework import Casework, read_casework
from programme.hours import Hours, Slot
from programme.languages import LANGUAGES
from programme.lines import lines, near, where
from programme.model import (
    CLOSE,
    YOUNG,
    Accessibility,
    Answers,
    Board,
    Cards,
    Elsewhere,
    Municipality,
    Promises,
    Recording,
    Support,
    Telephone,
    Words,
)
from programme.reader import Fault, ProgrammeError, Table

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MUNICIPALITY = re.compile(r"[a-z][a-z0-9-]{0,30}")
HOST = re.compile(r"(?=.{1,60}$)[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*(?::\d{1,5})?")
ONION = re.compile(r"[a-z2-7]{56}\.onion")  # an onion service of version 3
SOUNDS = (".mp3", ".m4a", ".ogg", ".wav")
SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
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
    accessibility: Accessibility = field(default_factory=Accessibility)
    casework: Casework = field(default_factory=Casework)
    cards: Cards = field(default_factory=Cards)
    elsewhere: tuple[Elsewhere, ...] = ()
    onion_address: str = ""
    support: tuple[Support, ...] = ()
    sound: Mapping[str, Recording] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | str) -> Programme:
        """Return the programme in the TOML file.

        Raises ProgrammeError, whose `faults` names each thing to mend and its line: unreadable file, wrong type,
        missing or unknown setting, or a promise without what makes it true.
        """
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProgrammeError([f"file: cannot be read ({type(error).__name__}): {error}"]) from error
        return cls.read(text)

    @classmethod
    def read(cls, text: str) -> Programme:
        """Return the programme in a TOML text; raises ProgrammeError as `load` does."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            reason, line = where(text, error)
            raise ProgrammeError([f"file: is not TOML: {reason} (line {line})"]) from error
        except RecursionError as error:
            raise ProgrammeError(["file: is not TOML: too many brackets within brackets"]) from error
        faults: list[Fault] = []
        programme = _programme(Table(values, "", faults))
        faults.extend(_contradictions(programme))
        if faults:
            raise ProgrammeError(_told(faults, text))
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
        accessibility=_accessibility(table.maybe("accessibility")),
        casework=read_casework(table.maybe("casework")),
        cards=_cards(table.maybe("cards")),
        support=tuple(map(_support, table.tables("support"))) if table.has("support") else (),
        sound=_sound(table.maybe("sound")),
        onion_address=table.text("onion_address", required=False),
        elsewhere=tuple(map(_elsewhere, table.tables("elsewhere"))) if table.has("elsewhere") else (),
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


def _accessibility(table: Table | None) -> Accessibility:
    if table is None:
        return Accessibility()
    found = Accessibility(
        email=table.text("email", required=False),
        telephone=table.text("telephone", required=False),
        answer_days=table.number("answer_days", 0, 0, 60),
        assessed=table.day("assessed") if table.has("assessed") else None,
        tried_by_people=table.flag("tried_by_people"),
        faults=tuple(_fault(item) for item in table.tables("fault")) if table.has("fault") else (),
    )
    table.done()
    return found


def _fault(table: Table) -> Words:
    words = table.words("text")
    table.done()
    return words


def _municipality(table: Table) -> Municipality:
    town = Municipality(table.text("id"), table.text("name"), table.text("report_phone", required=False))
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


def _elsewhere(table: Table) -> Elsewhere:
    place = Elsewhere(table.text("name"), table.text("phone"))
    table.done()
    return place


def _support(table: Table) -> Support:
    found = Support(table.words("name"), table.text("phone"), table.text("whom"))
    if found.whom and found.whom not in (YOUNG, CLOSE):
        table.fault("whom", f'must be "{YOUNG}" or "{CLOSE}"')
    table.done()
    return found


def _sound(table: Table | None) -> dict[str, Recording]:
    """Read the recordings, by language."""
    found: dict[str, Recording] = {}
    for tag in LANGUAGES if table else ():
        if table and (row := table.maybe(tag)):
            found[tag] = _recording(row)
    if table:
        table.done()
    return found


def _recording(row: Table) -> Recording:
    found = Recording(row.text("file"), row.text("sha256"))
    if found.file and not (found.file.startswith("/") and found.file.lower().endswith(SOUNDS)):
        row.fault("file", f"must be a whole path that ends with {' or '.join(SOUNDS)}")
    if found.sha256 and not SHA256.fullmatch(found.sha256):
        row.fault("sha256", "must be 64 hex digits, as sha256sum prints them")
    row.done()
    return found


def _cards(table: Table | None) -> Cards:
    if table is None:
        return Cards()
    cards = Cards(**{name: table.words(name) for name in ("question", "poster", "parents") if table.has(name)})
    table.done()
    return cards


def _promises(table: Table) -> Promises:
    promises = Promises(**{name: table.flag(name) for name in Promises.names()})
    table.done()
    return promises


def _told(faults: list[Fault], text: str) -> list[str]:
    """Return the faults as sentences, each with its line, in the order of the file."""
    found = lines(text)
    placed = sorted((near(found, fault.path), fault) for fault in faults)
    return [f"{fault.path or 'file'}: {fault.reason} (line {line})" for line, fault in placed]


def _contradictions(programme: Programme) -> list[Fault]:
    faults = []
    exit_url = urlsplit(programme.exit_url)
    if programme.exit_url and (exit_url.scheme not in ("https", "http") or not exit_url.hostname):
        faults.append(Fault("exit_url", "must be a whole address such as https://www.ekstad.example/"))
    if programme.short_address and not _host(programme.short_address):
        faults.append(Fault("short_address", "must be a bare host such as utvag.se, to be said and remembered"))
    if programme.onion_address and not ONION.fullmatch(programme.onion_address):
        faults.append(Fault("onion_address", "must be 56 letters and digits and .onion, without http://"))
    ids = [town.id for town in programme.municipalities]
    if len(set(ids)) < len(ids):
        faults.append(Fault("municipality", "two have the same id"))
    faults += [Fault("languages", reason) for reason in _languages(programme.languages)]
    if programme.promises.secrecy and not programme.board.secrecy_rule:
        faults.append(Fault("promises.secrecy", "needs board.secrecy_rule, the law that a lawyer has named"))
    if programme.promises.interpreter_from_elsewhere and not programme.telephone.interpreter:
        faults.append(Fault("promises.interpreter_from_elsewhere", "needs telephone.interpreter"))
    return faults


def _languages(tags: tuple[str, ...]) -> list[str]:
    found = []
    if tags and tags[0] != "sv":
        found.append('"sv" stands first, since a missing translation falls back to it')
    if len(set(tags)) < len(tags):
        found.append("one stands there twice")
    found += [f'"{tag}" is not one of {", ".join(LANGUAGES)}' for tag in tags if tag not in LANGUAGES]
    drafts = [tag for tag in tags if tag in LANGUAGES and not LANGUAGES[tag].offered]
    found += [
        f'"{tag}" is a draft, for the demo alone, until programme/languages.toml names a reviewer' for tag in drafts
    ]
    return found


def _host(address: str) -> bool:
    """Tell whether an address is a host, and one that can be asked for: its letters have a form in the DNS."""
    try:
        address.partition(":")[0].encode("idna")
    except UnicodeError:
        return False
    return HOST.fullmatch(address) is not None
