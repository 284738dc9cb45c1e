"""Shut a case to all but the named, and open it again; what is tied to it goes along.

All of it is one commit: the case's entry and its new key, and a new key for each message of each request that is tied
to it. There is no step between, at which somebody could still read what they have lost, or no longer read what is
theirs.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from sqlalchemy.orm import Session

from crypto.opening.members import Member
from crypto.opening.recovering import by_peers
from staff.cases.forms.base import Typed
from staff.cases.hand import Hand, find, readers
from staff.cases.model import CaseState
from staff.cases.state import fold
from staff.cases.summary import summarise
from staff.cases.values import read_items
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownRequestError
from staff.folders import Folder, Renewal
from staff.folders.making import with_recovery
from staff.inbox import record as records
from staff.inbox.record import Record
from staff.inbox.request import Request
from staff.inbox.restricting import opened_up, restricted
from staff.people.recovering import allowed

Write = Callable[[Session], None]
RESTRICTED = "restricted"


def protect(hand: Hand, folder: bytes, typed: Typed) -> None:
    """Shut a case to all but the named, or open it to the team: a new key for it, and for what is tied to it.

    Raises RefusedActError: "named" for whoever would shut themselves out, "recover" for naming a key after a loss that
    two have not signed for.
    """
    named = read_items(typed.get("named", ""))
    if named and hand.person.name not in named:
        raise RefusedActError("named")
    said = {"yes": "yes" if named else "no", "named": "\n".join(named), "reason": typed["reason"]}
    entry = hand.desk().entry("protected", **said)
    puts: list[Write] = []

    def decide(found: Folder) -> Renewal:
        before = fold(found.trusted)
        holder = before.holder if not named or before.holder in named else hand.person.name
        given = [] if holder == before.holder else [hand.desk().entry("taken", holder=holder)]
        entries = [*found.trusted, entry, *given]
        state = fold(entries)
        puts[:] = _tied(hand, state)
        holders = _given(hand, found, state)
        to = holders if state.protected else with_recovery(hand.person, holders)
        return Renewal(to, [entry, *given], summarise(entries))

    def beside(session: Session) -> None:
        for put in puts:  # what the last asking of `decide` prepared
            put(session)

    hand.parts.folders.renew(hand.session.keys, folder, hand.person, decide, hand.now, beside=beside)


def _given(hand: Hand, found: Folder, state: CaseState) -> list[Member]:
    """List who gets the case's new key: a key after a loss that lacks it only by name, and where two have signed."""
    members = hand.person.papers.members
    held = found.holders(members)
    later = [one for one in readers(hand.person, state) if one not in held and by_peers(members, one)]
    if state.protected:
        for one in later:
            allowed(hand, one)
        later = []
    return [one for one in readers(hand.person, state) if one not in later]


def _tied(hand: Hand, state: CaseState) -> Iterator[Write]:
    """Prepare that every tied request goes to whom the case is for."""
    for link in state.links.values():
        with suppress(UnknownRequestError):  # a request that is gone has nothing left to shut
            request = find(hand, bytes.fromhex(link.submission))
            record = records.read(hand.parts.casebook, request.anchor.id, hand.person)
            said = Entry(hand.person.name, hand.now, RESTRICTED, {})
            yield put(hand, request, record, said, state)


def undo(hand: Hand, folder: bytes, submission: str, reason: str) -> None:
    """Take a request out of a case again; what a protected case shut is the whole team's again in the same commit."""
    puts: list[Write] = []

    def decide(found: Folder) -> Sequence[Entry]:
        if submission not in fold(found.trusted).links:
            raise RefusedActError("gone")
        puts[:] = _untied(hand, submission)
        return [hand.desk().entry("unlinked", submission=submission, reason=reason)]

    def beside(session: Session) -> None:
        for one in puts:  # what the last asking of `decide` prepared
            one(session)

    hand.parts.folders.append(hand.session.keys, folder, hand.person, decide, summarise, hand.now, beside=beside)


def _untied(hand: Hand, submission: str) -> Iterator[Write]:
    with suppress(UnknownRequestError):  # one that is gone only leaves the case
        request = find(hand, bytes.fromhex(submission))
        record = records.read(hand.parts.casebook, request.anchor.id, hand.person)
        said = Entry(hand.person.name, hand.now, "case_unlinked")
        yield from _each(hand, request, record, said)


def put(hand: Hand, request: Request, record: Record, entry: Entry, state: CaseState) -> Write:
    """Prepare a submission's side of what happens to its case: it goes to whom the case is for.

    A protected case takes every message of the thread along, and one that is protected no more gives each back.
    """
    if not state.protected:
        puts = list(_each(hand, request, record, entry))
    else:
        casebook, person = hand.parts.casebook, hand.person
        boxes = [one.box_public for one in readers(person, state)]
        mine = Entry(person.name, entry.when, RESTRICTED, {})
        puts = [restricted(casebook, record, [entry], boxes, person)]
        puts += [restricted(casebook, one, [mine], boxes, person) for one in others(hand, request, record)]

    def write(session: Session) -> None:
        for one in puts:
            one(session)

    return write


def _each(hand: Hand, request: Request, record: Record, entry: Entry) -> Iterator[Write]:
    """Prepare that the whole team reads a thread: what was shut is granted to it again."""
    casebook, person = hand.parts.casebook, hand.person
    yield opened_up(casebook, record, entry, person)
    for one in others(hand, request, record):
        if one.state.only:
            yield opened_up(casebook, one, Entry(person.name, entry.when, RESTRICTED, {}), person)


def others(hand: Hand, request: Request, record: Record) -> list[Record]:
    """Read the other messages of a request's thread, as far as they have been opened."""
    casebook, person = hand.parts.casebook, hand.person
    return [records.read(casebook, one.id, person) for one in request.rows if one.id != record.row and one.version]
