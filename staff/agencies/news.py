"""What agencies and other municipalities have answered, for the page of the day: from summaries, nothing is opened."""

from collections.abc import Mapping
from datetime import UTC, datetime

from crypto.errors import MalformedError
from staff.agencies.handover import HandoverSummary
from staff.agencies.transfer import TransferSummary
from staff.folders import Card, Shelf

Answer = tuple[bytes, int]  # (case, seconds since 1970)


def answer_of(card: Card) -> Answer | None:
    """Give the case that a card's hand-over or transfer belongs to, and when it was last answered; None if never."""
    for kind in (HandoverSummary, TransferSummary):
        try:
            found = kind.decode(card.summary or b"")
            case = bytes.fromhex(found.case)
        except (MalformedError, ValueError):
            continue
        return (case, found.answered_at) if found.answered_at and len(case) == 16 else None
    return None


def answered(shelf: Shelf, changed: Mapping[bytes, datetime | None]) -> frozenset[bytes]:
    """List the cases of which somebody has answered something since anything was last written in them.

    `changed` gives the cases that the person reads, with the time of their last entry.
    """
    latest: dict[bytes, int] = {}
    for one in shelf.made(answer_of).values():
        if one is not None:
            latest[one[0]] = max(one[1], latest.get(one[0], 0))
    never = datetime.fromtimestamp(0, UTC)
    return frozenset(case for case in latest.keys() & changed if latest[case] > (changed[case] or never).timestamp())
