"""Give somebody who is new in the team the cases from before they came: one act, taken up again where it stopped.

Only what the giver can read can be given, and never a protected case: its people are named one by one. That somebody
was given a case stands in the case and in its audit, in the same commit as the grant.
"""

import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from crypto.errors import Error
from crypto.opening.members import COORDINATOR, LEAD, Member
from staff.cases.hand import Hand, readers
from staff.cases.state import fold
from staff.cases.summary import Summary
from staff.day.cases import on_shelf
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError, UnknownRequestError
from staff.folders.folder import OWN_KINDS, mark
from staff.folders.folder import given as told_given
from staff.folders.skim import skim
from staff.inbox import record as records
from staff.person import Person

PATIENCE = 6.0  # seconds of one answer; what is left is given by pressing again
CHUNK = 200


@dataclass(frozen=True)
class Lacked:
    """Hold a case that somebody lacks, as the list shows it."""

    id: bytes
    summary: Summary


@dataclass(frozen=True)
class Given:
    """Count what was given, and what is left for the next try."""

    done: int
    left: int


def colleagues(person: Person) -> list[Member]:
    """List the others of the team who may hold its cases: coordinators and leads."""
    found = person.papers.members.with_role(person.municipality, COORDINATOR, LEAD)
    return sorted((one for one in found if one != person.member), key=lambda one: one.name)


def named(person: Person, wanted: str) -> Member | None:
    """Find one of the team by their mark."""
    return next((one for one in colleagues(person) if mark(one.box_public) == wanted), None)


def lacking(hand: Hand, member: Member) -> list[Lacked]:
    """List the unprotected cases that the person reads and a colleague does not hold.

    What the entries say of who holds a case is not proven here, since that takes ten times as long: whoever is given a
    case once too often has lost nothing, and `give` proves each before it writes.
    """
    hand.session.shelf.refresh(hand.parts.casebook, hand.session.keys, hand.person)
    cases = {case.id: case.summary for case in on_shelf(hand.session.shelf) if not case.summary.protected}
    held = hand.session.keys.held()
    rows = [row for row in cases if row in held]
    known: set[bytes] = set()
    for start in range(0, len(rows), CHUNK):
        with hand.parts.casebook.read() as session:
            found = skim(session, held, rows[start : start + CHUNK])
            for row, some in groupby(found, itemgetter(0)):
                own = [Entry("", hand.now, one.kind, one.fields) for _, one in some if one.kind in OWN_KINDS]
                if mark(member.box_public) in told_given(own):
                    known.add(row)
    return sorted((Lacked(row, cases[row]) for row in rows if row not in known), key=lambda one: one.summary.working)


def give(hand: Hand, member: Member, chosen: Collection[bytes]) -> Given:
    """Give a colleague the chosen cases, as many as one answer has time for, each in a commit of its own.

    What was given stays given if we die between two; what is left is still lacking, and given by pressing again.
    """
    until, done = time.monotonic() + PATIENCE, 0
    wanted = [one.id for one in lacking(hand, member) if one.id in chosen]
    for place, row in enumerate(wanted):
        if time.monotonic() > until:
            return Given(done, len(wanted) - place)
        with suppress(UnknownFolderError):  # erased, or taken from the giver, meanwhile
            done += _give(hand, member, row)
    return Given(done, 0)


def _give(hand: Hand, member: Member, row: bytes) -> bool:
    """Give one case; not if it has been protected meanwhile."""
    folders, keys = hand.parts.folders, hand.session.keys
    state = fold(folders.peek(keys, row, hand.person).trusted)
    if state.protected or member not in readers(hand.person, state):
        return False
    folders.share(keys, row, hand.person, [member], hand.now)
    if member.role == COORDINATOR:
        _give_requests(hand, [bytes.fromhex(link.submission) for link in state.links.values()])
    return True


def _give_requests(hand: Hand, rows: Sequence[bytes]) -> None:
    """Give the team the requests that are tied to the case, as far as the giver reads them."""
    for row in rows:
        with suppress(Error, UnknownRequestError, RefusedActError):
            records.top_up(hand.parts.casebook, records.read(hand.parts.casebook, row, hand.person), hand.person)
