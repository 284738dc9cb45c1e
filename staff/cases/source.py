"""What is drawn from a relative's words that nobody has tested: it stays in the case, out of lists and prints."""

from collections.abc import Iterable

from staff.cases.model import CaseState
from staff.entry import Entry

ELSEWHERE = "se ärendet"  # what a list says instead
ONE_EACH = {"waiting": "waiting", "contact": "contact"}  # the newest of these stands for all


def shut_sources(state: CaseState) -> frozenset[str]:
    """Give the submissions of relatives that nobody has tested, in hex."""
    return frozenset(link.submission for link in state.links.values() if link.protected)


def untested(entries: Iterable[Entry], state: CaseState) -> frozenset[str]:
    """Give the ids of tasks, flags and measures that are drawn from these, and "waiting" or "contact" if these are."""
    shut = shut_sources(state)
    found: set[str] = set()
    for entry in entries:
        one = ONE_EACH.get(entry.kind, entry.fields.get("id", ""))
        names = {one, f"m-{one}"} - {"", "m-"}
        if entry.fields.get("drawn") in shut:
            found |= names
        elif entry.kind in ONE_EACH:
            found -= names
    return frozenset(found)
