"""Give somebody who is new in the team the cases from before they came: one act, taken up again where it stopped.

Only what the giver can read can be given, and a protected case only to somebody it names, as when they have a new key.
That somebody was given a case stands in the case and in its audit, in the same commit as the grant.
"""

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace

from crypto.errors import MalformedError
from crypto.opening.members import COORDINATOR, LEAD, Member
from staff.cases.hand import Hand, readers
from staff.cases.state import fold
from staff.cases.summary import Summary
from staff.day.cases import on_shelf
from staff.errors import UnknownFolderError
from staff.folders.folder import given as told_given
from staff.folders.folder import mark
from staff.folders.giving import CHUNK
from staff.folders.giving import give as give_folders
from staff.inbox import giving
from staff.people.recovering import allowed
from staff.people.renewing import told
from staff.person import Person

PATIENCE = 6.0  # seconds of one answer; what is left is given by pressing again


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
    """List the cases that the person reads and a colleague does not hold: unprotected ones, and those that name them.

    What the entries say of who holds a case is not proven here, since that takes ten times as long: whoever is given a
    case once too often has lost nothing.
    """
    hand.session.shelf.refresh(hand.parts.casebook, hand.session.keys, hand.person)
    cases = {case.id: case.summary for case in on_shelf(hand.session.shelf)}
    code = mark(member.box_public)
    known = {row for row, entries in told(hand, list(cases)) if code in told_given(entries)}
    rows = [row for row, one in cases.items() if row not in known and (not one.protected or _names(hand, row, member))]
    return sorted((Lacked(row, cases[row]) for row in rows), key=lambda one: one.summary.working)


def _names(hand: Hand, row: bytes, member: Member) -> bool:
    """Tell whether a protected case names a colleague: as when they have a new key."""
    with suppress(UnknownFolderError):
        state = fold(hand.parts.folders.peek(hand.session.keys, row, hand.person).trusted)
        return member in readers(hand.person, state)
    return False


def give(hand: Hand, member: Member, chosen: Collection[bytes]) -> Given:
    """Give a colleague the chosen cases, as many as one answer has time for, hundreds in each commit.

    What was given stays given if we die between two; what is left is still lacking, and given by pressing again.
    Raises RefusedActError("recover") for somebody's new key for which two have not signed.
    """
    allowed(hand, member)
    until = time.monotonic() + PATIENCE
    lacked = [one for one in lacking(hand, member) if one.id in chosen]
    shut = [one.id for one in lacked if one.summary.protected]
    rows = [one.id for one in lacked if not one.summary.protected]
    done = sum(_give_protected(hand, member, row) for row in shut)
    for start in range(0, len(rows), CHUNK):
        if time.monotonic() > until:
            return Given(done, len(rows) - start)
        some = rows[start : start + CHUNK]
        done += len(give_folders(hand.parts.casebook, hand.session.keys, some, hand.person, member, hand.now, _open))
    return Given(done, 0)


def give_all(hand: Hand, member: Member) -> Given:
    """Give a colleague every unprotected case, and then a coordinator the team's requests: as `give`."""
    given = give(hand, member, {one.id for one in lacking(hand, member) if not one.summary.protected})
    if not given.left:
        given = replace(given, left=give_requests(hand, member).left)
    return given


def give_chosen(hand: Hand, member: Member, chosen: Collection[bytes]) -> Given:
    """Give a colleague the chosen cases, and a coordinator the requests that are tied to them."""
    given = give(hand, member, chosen)
    if member.role == COORDINATOR:
        known = hand.session.keys.held()
        for row in (row for row in chosen if row in known):
            with suppress(UnknownFolderError):
                state = fold(hand.parts.folders.peek(hand.session.keys, row, hand.person).trusted)
                tied = [bytes.fromhex(link.submission) for link in state.links.values()]
                giving.give(hand.parts.casebook, tied, hand.person, member, hand.now)
    return given


def give_requests(hand: Hand, member: Member) -> Given:
    """Give a coordinator the team's requests that the person reads and they do not, as `give` does cases."""
    allowed(hand, member)
    until, done = time.monotonic() + PATIENCE, 0
    rows = requests(hand, member)
    for start in range(0, len(rows), CHUNK):
        if time.monotonic() > until:
            return Given(done, len(rows) - start)
        done += len(giving.give(hand.parts.casebook, rows[start : start + CHUNK], hand.person, member, hand.now))
    return Given(done, 0)


def requests(hand: Hand, member: Member) -> list[bytes]:
    """List the team's requests that the person reads and a coordinator does not."""
    if member.role != COORDINATOR:
        return []
    with hand.parts.casebook.read() as session:
        return giving.lacked(session, hand.person, member)


def _open(summary: bytes) -> bool:
    """Tell whether a summary is that of a case that is not protected: only who holds its key could write it."""
    try:
        return not Summary.decode(summary).protected
    except MalformedError:
        return False


def _give_protected(hand: Hand, member: Member, row: bytes) -> bool:
    """Give a protected case to a colleague whom it names."""
    if not _names(hand, row, member):
        return False
    hand.parts.folders.share(hand.session.keys, row, hand.person, [member], hand.now)
    return True
