"""Give hand-overs and transfers back to somebody whose key was lost: to the new key of whom they were handed to.

Names alone prove nothing, since a name can be somebody else's later: a coordinator who holds the folder chooses the
person, as with cases. That it had been theirs is said by the folder's own entries: a key that has left, under the same
name, role, town and agency, was given it and nobody took it back. What is left to give follows from the folders, so
that it goes on where it stopped. Leads and agencies give nothing: nobody would believe an agency's grant.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from crypto.errors import MalformedError
from crypto.opening.members import AGENCY_ROLES, COORDINATOR, LEAVING, LEFT, Member, Members
from programme.hours import ZONE
from staff.agencies.handover import LIVE, HandoverSummary
from staff.agencies.transfer import TransferSummary
from staff.cases.hand import Hand
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Card
from staff.folders.folder import OWN_KINDS, UNSHARED, given, holding, mark
from staff.people.recovering import allowed
from staff.people.renewing import told

PATIENCE = 6.0  # seconds of one answer
Summary = HandoverSummary | TransferSummary


@dataclass(frozen=True)
class Lack:
    """Hold somebody with a new key, and the hand-overs and transfers that their key before was given."""

    member: Member
    folders: tuple[bytes, ...]


@dataclass(frozen=True)
class Returned:
    """Count what was given back, and what is left for the next turn."""

    done: int
    left: int


def lacking(hand: Hand) -> list[Lack]:
    """List who lacks what they had, of what this person holds and is not over; nothing of it is proven yet."""
    session, person = hand.session, hand.person
    session.shelf.refresh(hand.parts.casebook, session.keys, person)
    live = [row for row, one in session.shelf.made(summary_of).items() if one is not None and _live(one, hand)]
    found: dict[bytes, list[bytes]] = {}
    for row, entries in told(hand, live):
        for one in _renewed(entries, given(entries), person.papers.members):
            found.setdefault(one.box_public, []).append(row)
    known = (one for one in person.papers.members.members if one.box_public in found)
    return sorted((Lack(one, tuple(found[one.box_public])) for one in known), key=lambda one: one.member.name)


def give_back(hand: Hand, wanted: str) -> Returned:
    """Give somebody, by the mark of their new key, what they had, as much as one answer has time for.

    One commit for each folder, which says that it was given and by whom. Raises RefusedActError: "gone" (they lack
    nothing of it), "recover" (a colleague's new key for which two have not signed).
    """
    until = time.monotonic() + PATIENCE
    lack = next((one for one in lacking(hand) if mark(one.member.box_public) == wanted), None)
    if lack is None:
        raise RefusedActError("gone")
    if lack.member.municipality == hand.person.municipality and lack.member.role == COORDINATOR:
        allowed(hand, lack.member)  # a colleague of ours reads more than was handed to them: two sign first
    done = 0
    for place, row in enumerate(lack.folders):
        if place and time.monotonic() > until:
            return Returned(done, len(lack.folders) - place)
        done += _back(hand, row, lack.member)
    return Returned(done, 0)


def summary_of(card: Card) -> Summary | None:
    """Read a card's summary, if it is a hand-over's or a transfer's."""
    for kind in (HandoverSummary, TransferSummary):
        with suppress(MalformedError):
            found: Summary = kind.decode(card.summary or b"")
            return found
    return None


def _live(one: Summary, hand: Hand) -> bool:
    if isinstance(one, TransferSummary):
        return one.status == "asked"
    return one.status in LIVE and one.until >= hand.now.astimezone(ZONE).date()


def _renewed(entries: Iterable[Entry], standing: set[str], members: Members) -> list[Member]:
    """List whose new key lacks what their lost one was given: the same person by name, role, town and agency."""
    had: set[str] = set()
    for one in entries:
        marks = set(one.fields.get("to", "").split())
        had = had - marks if one.kind == UNSHARED else had | marks
    lost = {_who(one) for one in members.members if one.role in LEFT and mark(one.box_public) in had}
    here = (one for one in members.members if one.role in (COORDINATOR, *AGENCY_ROLES))
    return [one for one in here if _who(one, left=True) in lost and mark(one.box_public) not in standing]


def _who(one: Member, *, left: bool = False) -> tuple[str, str, str, str]:
    return one.called, LEAVING[one.role] if left else one.role, one.municipality, one.agency


def _back(hand: Hand, row: bytes, member: Member) -> bool:
    """Give one folder back, if its proven entries say that it was theirs; False if it could not be done."""
    folders, keys, person = hand.parts.folders, hand.session.keys, hand.person
    members = person.papers.members
    with suppress(UnknownFolderError, RefusedActError):
        found = folders.peek(keys, row, person)
        said = [one.entry for one in found.entries if one.trusted and members.insider(one.by)]
        own = [one for one in said if one.kind in OWN_KINDS]
        if member in _renewed(own, holding(found.entries, members), members):
            folders.share(keys, row, person, [member], hand.now)
            return True
    return False
