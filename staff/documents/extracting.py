"""An extract for the person: their own words and what concerns them, and nobody else's.

What a relative or anybody else wrote, and what was drawn from it, is left out whether it has been tested or not: the
test that lets it leave the case is not a test of showing it to the person. Nobody's name stands in an extract.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from staff.agencies.desk import Case, Desk
from staff.agencies.exporting import made
from staff.agencies.inwords import opens, refuse_unopened
from staff.agencies.items import Item
from staff.agencies.rules import check_test, check_writer
from staff.agencies.steps import dealings
from staff.agencies.words import day_and_time
from staff.cases.values import write_items
from staff.documents.paper import Paper
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError

OWN = "person"


def open_to_the_person(found: Case, items: Collection[Item]) -> list[Item]:
    """List what an extract may hold: the person's own submissions, and entries drawn from nobody else's words."""
    links = found.state.links
    own = {row for row, link in links.items() if link.source == OWN}
    return [
        replace(item, who="")
        for item in items
        if (item.submission in own if item.submission else not item.fields.get("drawn"))
    ]


def extract(desk: Desk, case: bytes, chosen: Collection[str], test: str) -> str:
    """Note in the case what goes into an extract and how it was tested; give the note's id."""
    name = secrets.token_hex(4)

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        check_test(test)
        known = open_to_the_person(found, desk.ground(found).items)
        wanted = [item for item in known if item.key in chosen]
        if not wanted or len(wanted) != len(set(chosen)):
            raise RefusedActError("entries")
        refuse_unopened(desk, wanted)
        entries = write_items(item.key for item in wanted)
        return [desk.entry("extract", id=name, entries=entries, test=test.strip())]

    desk.write(case, decide, "extract")
    return name


@dataclass(frozen=True)
class Extract:
    """Hold an extract ready to be shown: the working name and the paper."""

    working: str
    paper: Paper


def read(desk: Desk, case: bytes, name: str, day: date | None = None) -> Extract:
    """Make a noted extract anew; what has been shut to either of them since stays out. UnknownFolderError."""
    found = desk.read(case, "extract" if day is None else desk.reading)
    noted = dealings(found.state).extracts.get(name)
    if noted is None:
        raise UnknownFolderError
    items = open_to_the_person(found, desk.ground(found).items)
    chosen = [item for item in items if item.key in noted.entries and opens(desk, item)]
    facts = [("Från", desk.programme.board.name), ("Utdraget gjort", day_and_time(noted.when))]
    return Extract(found.state.working, made(desk, found, "Utdrag", facts, chosen, day))
