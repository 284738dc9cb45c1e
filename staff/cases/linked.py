"""The requests that are tied to a case, as its page shows them."""

from dataclasses import dataclass
from datetime import datetime

from staff.accounts.session import Row
from staff.cases.model import CaseState
from staff.office import Office
from staff.person import Person


@dataclass(frozen=True)
class Linked:
    """Hold a link to a request as the page shows it."""

    submission: str
    row: bytes
    label: str
    since: datetime
    protected: bool
    tested_by: str


LABELS = {"person": "Personens förfrågan", "relative": "En anhörigs förfrågan", "other": "Förfrågan, okänt vems"}


def links(state: CaseState, session: Row, person: Person, parts: Office) -> list[tuple[Linked, bool]]:
    """List the linked requests, and whether this reader may open each."""
    if state.links:
        session.listing.refresh(parts.casebook, person)
    found = []
    for link in state.links.values():
        row = bytes.fromhex(link.submission) if set(link.submission) <= set("0123456789abcdef") else b""
        request = session.listing.find(row)
        shown = Linked(link.submission, row, LABELS[link.source], link.since, link.protected, link.tested_by)
        found.append((shown, request is not None and request.problem == ""))
    return found
