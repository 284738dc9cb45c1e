"""Chosen entries as one PDF/A for social services' own file ("to the personakt")."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from staff.agencies.desk import Case, Desk
from staff.agencies.inwords import refuse_unopened, title, words_of
from staff.agencies.items import Item
from staff.agencies.model import Exported
from staff.agencies.rules import Basis, check_personakt, check_writer
from staff.agencies.steps import dealings
from staff.agencies.words import basis_in_words, calendar_day, day_and_time
from staff.cases.values import write_items
from staff.documents.paper import Paper, Section
from staff.entry import Entry
from staff.errors import UnknownFolderError


@dataclass(frozen=True)
class ExportWish:
    """Hold a paper as somebody wants it."""

    agency: str
    person: str
    chosen: tuple[str, ...]
    basis: Basis
    test: str


def export(desk: Desk, case: bytes, wish: ExportWish) -> str:
    """Note in the case what goes into the paper, to whom and on what; give the note's id, which `paper` makes it of."""
    name = secrets.token_hex(4)

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        agency = desk.settings.agency(wish.agency)
        chosen = check_personakt(agency, wish.person, wish.chosen, wish.basis, wish.test, desk.ground(found))
        refuse_unopened(desk, chosen)
        return [
            desk.entry(
                "personakt",
                id=name,
                agency=agency.id if agency else "",
                at=agency.name if agency else "",
                person=" ".join(wish.person.split()),
                waiver=wish.basis.waiver,
                ground=wish.basis.ground,
                reason=wish.basis.reason.strip(),
                test=wish.test.strip(),
                entries=write_items(item.key for item in chosen),
            )
        ]

    desk.write(case, decide, "exported")
    return name


def paper(desk: Desk, case: bytes, name: str, day: date | None = None) -> tuple[str, bytes]:
    """Make the PDF/A of a noted paper, in memory; give the case's working name and the file.

    Rules are asked anew: what has become protected since stays out. `day` is the paper's, today's if left out. Raises
    UnknownFolderError, RefusedActError, PaperError.
    """
    found = desk.read(case, desk.reading)
    noted = dealings(found.state).exported.get(name)
    if noted is None:
        raise UnknownFolderError
    agency = desk.settings.agency(noted.agency)
    ground = desk.ground(found)
    basis = _basis(noted, ground.dealings.waivers.keys())
    chosen = check_personakt(agency, noted.person, noted.entries, basis, noted.test, ground)
    facts = [
        ("Till", f"{noted.person}, {agency.name if agency else noted.agency}"),
        ("Från", desk.programme.board.name),
        ("Lämnat av", f"{noted.who}, {day_and_time(noted.when)}"),
        ("Grund", basis_in_words(desk.settings, basis)),
    ]
    return found.state.working, made(desk, found, "Till personakten", facts, chosen, day).pdf()


def _basis(noted: Exported, waivers: Collection[str]) -> Basis:
    return Basis(waiver=noted.basis) if noted.basis in waivers else Basis(ground=noted.basis, reason=noted.reason)


def made(
    desk: Desk, found: Case, heading: str, facts: list[tuple[str, str]], chosen: list[Item], day: date | None = None
) -> Paper:
    """Make a paper of items, with a list of what is in it."""
    working, dated = found.state.working, day or desk.today
    days = [day_and_time(item.when) for item in chosen]
    return Paper(
        title=working,
        heading=f"{working}: {heading.lower()}",
        day=dated,
        facts=facts,
        contents=[
            (str(number), day, title(item, desk.programme.casework))
            for number, (item, day) in enumerate(zip(chosen, days, strict=True), 1)
        ],
        sections=[
            Section(
                f"{number}. {title(item, desk.programme.casework)}", f"{item.who} {day}".strip(), words_of(desk, item)
            )
            for number, (item, day) in enumerate(zip(chosen, days, strict=True), 1)
        ],
        foot=f"{working} · {calendar_day(dated)}",
    )
