"""What was written about a case beside it, orders and notices: it goes when the case goes."""

import json
from collections.abc import Collection, Mapping

from staff.folders import Card, Shelf
from staff.insiders import four, notices

PLACES: Mapping[str, int] = {four.KIND: 4, notices.KIND: 4}  # where in the summary stands what it is about


def about(shelf: Shelf, rows: Collection[bytes]) -> list[bytes]:
    """List the folders on a shelf that are about any of these cases or requests."""
    wanted = {row.hex() for row in rows}
    return [row for row, subject in shelf.made(subject_of).items() if subject in wanted]


def subject_of(card: Card) -> str:
    """Give the id, in hex, that an order or a notice is about; "" for every other card."""
    summary = card.summary or b""
    kind = next((kind for kind in PLACES if summary.startswith(b'["%b"' % kind.encode())), "")
    try:
        found = json.loads(summary)[PLACES[kind]] if kind else ""
    except (ValueError, IndexError, TypeError):
        return ""
    return found if isinstance(found, str) and len(found) == 32 else ""
