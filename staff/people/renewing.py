"""New keys for what a lost key could read, by whoever still holds it: in turns, and taken up again where it stopped.

Nothing is kept of how far it has come. A folder says itself who holds it, and a submission's emptied grant says that
somebody who has left held it: what still names a key that is not here any more is still to be renewed.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.errors import Error
from crypto.opening.members import LEFT, RECOVERY, Member
from staff.cases.hand import Hand
from staff.entry import Entry
from staff.errors import MeanwhileError, RefusedActError, UnknownFolderError, UnknownRequestError
from staff.folders import Folder, Renewal
from staff.folders.folder import OWN_KINDS, given, holding, mark
from staff.folders.skim import skim
from staff.inbox import record as records
from staff.inbox.restricting import renewed
from staff.models import Grant, StoredSubmission
from staff.people.leaving import NOTHING
from staff.person import Person

PATIENCE = 5.0  # seconds of one turn
CHUNK = 200
TOGETHER = 20  # submissions in one commit


@dataclass(frozen=True)
class Progress:
    """Count what got a new key in this turn, what is left, and what could not be renewed."""

    done: int = 0
    left: int = 0
    failed: int = 0


def turn(hand: Hand, patience: float = PATIENCE) -> Progress:
    """Renew the keys of what a left key could read and this person reads, as much as one answer has time for.

    Each folder is a commit of its own, and submissions a few at a time: dying between two loses nothing.
    """
    until = time.monotonic() + patience
    done = left = failed = 0
    for renew, waiting in ((_folders, folders(hand)), (_submissions, submissions(hand))):
        for place, some in enumerate(waiting):
            if time.monotonic() > until:
                left += sum(map(len, waiting[place:]))
                break
            got = renew(hand, some)
            done, failed = done + got, failed + len(some) - got
    return Progress(done, left, failed)


def folders(hand: Hand) -> list[list[bytes]]:
    """List the folders that this person holds and whose key somebody had who is not here any more, one by one.

    What the entries say is not proven here, since that takes ten times as long: `_renewed` proves it before it writes.
    """
    held = hand.session.keys
    held.refresh(hand.parts.casebook, hand.person, hand.now)
    known = present(hand.person)
    return [[row] for row, entries in told(hand, list(held.held())) if given(entries) - known]


def submissions(hand: Hand) -> list[list[bytes]]:
    """List the team's submissions whose key somebody had who has left and this person has, some at a time."""
    own = hand.person.member_tag(hand.person.identity.box_public)
    with hand.parts.casebook.read() as session:
        rows = _emptied(session, hand.person, own)
    return [rows[start : start + TOGETHER] for start in range(0, len(rows), TOGETHER)]


def told(hand: Hand, rows: Sequence[bytes]) -> Iterator[tuple[bytes, list[Entry]]]:
    """Give what each of these folders says of who was given its key, unproven."""
    held = hand.session.keys.held()
    ids = [row for row in rows if row in held]
    for start in range(0, len(ids), CHUNK):
        with hand.parts.casebook.read() as session:
            found = list(skim(session, held, ids[start : start + CHUNK]))
        for row, some in groupby(found, itemgetter(0)):
            yield row, [Entry("", hand.now, one.kind, one.fields) for _, one in some if one.kind in OWN_KINDS]


def present(person: Person) -> set[str]:
    """Give the marks of every key that is here now: of members who have not left, and of the recovery keys."""
    marks = {mark(one.box_public) for one in person.papers.members.members if one.role not in LEFT}
    return marks | {mark(team.recovery) for team in person.papers.roster.teams}


def without(person: Person, found: Folder) -> Renewal:
    """Say who gets a folder's new key: everybody who holds it and is here; raise RefusedActError("already")."""
    members = person.papers.members
    marks = holding(found.entries, members)
    if not marks - present(person):
        raise RefusedActError("already")
    holders = [one for one in members.members if one.role not in LEFT and mark(one.box_public) in marks]
    holders += _recovery(person, found.trusted, marks)
    return Renewal(holders, [], found.summary)


def _recovery(person: Person, entries: Iterable[Entry], marks: Collection[str]) -> list[Member]:
    """List the recovery keys to be granted: those that hold it, and the town's own in place of one that is replaced."""
    teams = person.papers.roster.teams
    wanted = [team for team in teams if mark(team.recovery) in marks]
    if not wanted and _named(entries) & set(marks):
        wanted = [team for team in teams if team.municipality == person.municipality]
    return [Member(RECOVERY, RECOVERY, team.municipality, team.recovery, b"") for team in wanted]


def _named(entries: Iterable[Entry]) -> set[str]:
    """Give the marks that the entries name as a recovery key's, now or before."""
    pairs = (
        zip(one.fields.get("to", "").split(), one.fields.get("names", "").split("\n"), strict=False)
        for one in entries
        if one.kind in OWN_KINDS
    )
    return {code for some in pairs for code, name in some if name == RECOVERY}


def _folders(hand: Hand, rows: Sequence[bytes]) -> int:
    return sum(_renewed(hand, row) for row in rows)


def _renewed(hand: Hand, row: bytes) -> bool:
    """Renew one folder's key; False if it could not be done. What somebody else did, or erased, is done."""
    folders, person = hand.parts.folders, hand.person
    try:
        folders.renew(hand.session.keys, row, person, lambda found: without(person, found), hand.now)
    except UnknownFolderError:
        return True
    except RefusedActError as error:
        return error.reason == "already"
    return True


def _submissions(hand: Hand, rows: Sequence[bytes]) -> int:
    """Renew some submissions in one commit, or one by one if somebody writes into one of them meanwhile."""
    casebook, person = hand.parts.casebook, hand.person
    puts = []
    for row in rows:
        with suppress(Error, UnknownRequestError):
            puts.append(renewed(casebook, records.read(casebook, row, person), person, hand.now))
    try:
        with casebook.write() as session:
            for put in puts:
                put(session)
    except MeanwhileError:
        return sum(_submissions(hand, [row]) for row in rows) if len(rows) > 1 else 0
    return len(puts)


def _emptied(session: Session, person: Person, own: bytes) -> list[bytes]:
    """List the submissions with an emptied grant that the person holds a grant of."""
    emptied = select(Grant.submission).where(Grant.sealed == NOTHING)
    mine = select(Grant.submission).where(Grant.member == own, Grant.sealed != NOTHING)
    one = StoredSubmission
    asked = select(one.id).where(one.team == person.team, one.id.in_(emptied), one.id.in_(mine))
    return list(session.scalars(asked))
