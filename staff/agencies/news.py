"""What agencies and other municipalities have answered, for the page of the day: from summaries, nothing is opened."""

from collections.abc import Mapping
from datetime import UTC, datetime

from crypto.errors import MalformedError
from staff.agencies.handover import KIND as HANDOVER
from staff.agencies.handover import HandoverSummary
from staff.agencies.transfer import KIND as TRANSFER
from staff.agencies.transfer import TransferSummary
from staff.folders import Card, Shelf

KINDS: Mapping[bytes, type[HandoverSummary | TransferSummary]] = {
    b'["%b"' % HANDOVER.encode(): HandoverSummary,
    b'["%b"' % TRANSFER.encode(): TransferSummary,
}
Answer = tuple[bytes, int]  # (case, seconds since 1970)


def answer_of(card: Card) -> Answer | None:
    """Give the case that a card's hand-over or transfer belongs to, and when it was last answered; None if never."""
    summary = card.summary or b""
    for begins, kind in KINDS.items():
        if not summary.startswith(begins):
            continue  # nearly every card is a case's: it is not read as JSON to find that out
        try:
            found = kind.decode(summary)
            case = bytes.fromhex(found.case)
        except (MalformedError, ValueError):
            return None
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
