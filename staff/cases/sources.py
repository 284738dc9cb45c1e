"""Whose words an entry is drawn from: a mark that its later versions keep until somebody says, with a reason, why not.

A new version begins with the words of the one before. Were the mark not kept with them, one ordinary saving would turn
a relative's words into anybody's.
"""

from collections.abc import Mapping
from dataclasses import replace

from staff.cases.model import CaseState, Link
from staff.entry import Entry
from staff.errors import RefusedActError

DRAWN, NOT_DRAWN = "drawn", "not_drawn"
ELSEWHERE = "elsewhere"  # drawn from somebody's words in another municipality: no link here that could be tested
NO = "no"
PERSON = "person"


def rests_on_protected(fields: Mapping[str, str], links: Mapping[str, Link]) -> bool:
    """Tell whether an entry was drawn from what must not leave the case yet; what is not known here counts."""
    drawn = fields.get(DRAWN, "")
    named = drawn.split()
    known = [links[one] for one in named if one in links]
    return bool(drawn) and (not named or len(known) < len(named) or any(link.protected for link in known))


def mark_before(kind: str, name: str, state: CaseState) -> str:
    """Give the mark of what a new version begins with; `name` is a form's, or a measure's id."""
    if kind == "form":
        newest = state.form(name)
        return newest.fields.get(DRAWN, "") if newest else ""
    if kind == "measure":
        return state.measures[name].drawn if name in state.measures else ""
    return state.contact.drawn if kind == "contact" else ""


def marked(entry: Entry, chosen: str, why: str, state: CaseState) -> Entry:
    """Mark an entry with what it is drawn from: what its last version was, and the link that was chosen.

    NO takes the mark away and keeps the reason in its place; raises RefusedActError("drawn") without one.
    """
    name = entry.fields.get("form" if entry.kind == "form" else "id", "")
    found = mark_before(entry.kind, name, state).split()
    if chosen == NO and found:
        if not why:
            raise RefusedActError("drawn")
        return replace(entry, fields={**entry.fields, NOT_DRAWN: why})
    link = state.links.get(chosen)
    if link is not None and link.source != PERSON and chosen not in found:
        found.append(chosen)
    return replace(entry, fields={**entry.fields, DRAWN: " ".join(found)}) if found else entry
