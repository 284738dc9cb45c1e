"""Open a case, and tie requests to it: a submission is never edited, and a link can be undone.

The two sides of a link, the case's entry and the submission's, are one commit. What belongs to a protected case gets a
key that only its named people hold, in that same commit.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from crypto.opening.members import COORDINATOR, LEAD, Member
from crypto.submission import Submission
from staff.accounts.session import Row
from staff.cases.forms.base import Typed
from staff.cases.model import CaseState
from staff.cases.state import fold
from staff.cases.summary import summarise
from staff.cases.values import read_items
from staff.cases.writing import Desk, opening
from staff.diary import Kind
from staff.entry import Entry
from staff.errors import MeanwhileError, RefusedActError, UnknownRequestError
from staff.folders import Folder
from staff.inbox import page as inbox_page
from staff.inbox import record as records
from staff.inbox.record import Record
from staff.inbox.request import Request
from staff.inbox.restricting import restricted
from staff.inbox.summary import Facts, language_of
from staff.inbox.unsealing import read_content
from staff.inbox.versions import open_versions
from staff.office import Office
from staff.person import Person

Write = Callable[[Session], None]
TRIES = 5
ROOM = 300  # characters of an answer on the card


@dataclass(frozen=True)
class Hand:
    """Hold who acts, with which session, through which parts."""

    parts: Office
    session: Row
    person: Person

    @property
    def now(self) -> datetime:
        """Give the time."""
        return self.parts.now()

    def desk(self, number: int = 0, once: str = "") -> Desk:
        """Give what writing entries needs."""
        programme = self.parts.settings.programme
        return Desk(self.person.name, self.now, programme.casework, programme.hours, number, once)


def find(hand: Hand, row: bytes) -> Request:
    """Give a request with all of it opened; raises UnknownRequestError, or RefusedActError if some does not open."""
    hand.session.listing.refresh(hand.parts.casebook, hand.person)
    request = hand.session.listing.find(row)
    if request is None:
        raise UnknownRequestError
    if not open_versions(hand.parts.casebook, request, hand.person, hand.now):
        raise RefusedActError("closed")
    hand.session.listing.refresh(hand.parts.casebook, hand.person)
    found = hand.session.listing.find(row)
    if found is None:
        raise UnknownRequestError
    return found


def source_of(facts: Facts | None) -> str:
    """Say whose words a request holds: the person's own, or a relative's, which are a protected source."""
    return "other" if facts is None else "person" if facts.form == "me" else "relative"


def create(hand: Hand, typed: Typed, row: bytes | None) -> bytes:
    """Open a case and give its id; from a request, the two are tied in the same commit."""
    request = find(hand, row) if row else None
    collected = datetime.fromtimestamp(request.sent, UTC) if request else None
    entries = opening(typed, hand.desk(), collected)
    state = fold(entries)
    members = readers(hand.person, state)
    for _ in range(TRIES if request else 1):
        record = _free(hand, request) if request else None
        first = [*entries, *_tying(hand, request, record)] if request and record else entries
        new = hand.parts.folders.prepare(
            hand.person, first, summarise, members, hand.now, register=Kind.CASE, recovery=not state.protected
        )
        put = _put(hand, request, record, _linked(hand, new.id, state), state) if request and record else None
        if _commit(hand, new.keep, put):
            hand.session.keys.refresh(hand.parts.casebook, hand.person, hand.now)
            return new.id
    raise RefusedActError("busy")


def _commit(hand: Hand, keep: Write, put: Write | None) -> bool:
    try:
        with hand.parts.casebook.write() as session:
            keep(session)
            if put is not None:
                put(session)
    except MeanwhileError:
        return False
    return True


def add(hand: Hand, folder: bytes, row: bytes) -> None:
    """Tie a request to a case that is there; raises RefusedActError if it belongs to one already."""
    request = find(hand, row)
    puts: list[Write] = []

    def decide(found: Folder) -> Sequence[Entry]:
        state, record = fold(found.trusted), _free(hand, request)
        puts[:] = [_put(hand, request, record, _linked(hand, folder, state), state)]
        return [hand.desk().entry("linked", submission=record.row.hex(), source=source_of(request.facts))]

    def beside(session: Session) -> None:
        puts[0](session)  # what the last asking of `decide` prepared

    hand.parts.folders.append(hand.session.keys, folder, hand.person, decide, summarise, hand.now, beside=beside)


def undo(hand: Hand, folder: bytes, submission: str, reason: str) -> None:
    """Take a request out of a case again; what a protected case shut stays shut until somebody there opens it."""
    puts: list[Write] = []

    def decide(found: Folder) -> Sequence[Entry]:
        if submission not in fold(found.trusted).links:
            raise RefusedActError("gone")
        record = records.read(hand.parts.casebook, bytes.fromhex(submission), hand.person)
        entry = Entry(hand.person.name, hand.now, "case_unlinked")
        puts[:] = [records.prepared(hand.parts.casebook, record, entry, hand.person)]
        return [hand.desk().entry("unlinked", submission=submission, reason=reason)]

    def beside(session: Session) -> None:
        puts[0](session)  # what the last asking of `decide` prepared

    hand.parts.folders.append(hand.session.keys, folder, hand.person, decide, summarise, hand.now, beside=beside)


def protect(hand: Hand, folder: bytes, typed: Typed) -> None:
    """Shut a case to all but the named, or open it to the team: a new key for it and for what is tied to it."""
    named = read_items(typed.get("named", ""))
    entry = hand.desk().entry("protected", yes="yes" if named else "no", named="\n".join(named), reason=typed["reason"])

    def decide(found: Folder) -> Sequence[Entry]:
        state = fold(found.trusted)
        holder = state.holder if not named or state.holder in named else hand.person.name
        given = [] if holder == state.holder else [hand.desk().entry("taken", holder=holder)]
        return [entry, *given]

    if named and hand.person.name not in named:
        raise RefusedActError("named")
    folders, keys = hand.parts.folders, hand.session.keys
    found = folders.append(keys, folder, hand.person, decide, summarise, hand.now)
    state = fold(found.trusted)
    folders.rekey(keys, folder, hand.person, readers(hand.person, state), hand.now, recovery=not state.protected)
    for link in state.links.values():
        with suppress(UnknownRequestError):  # a request that is gone has nothing left to shut
            _restrict(hand, bytes.fromhex(link.submission), state)


def _restrict(hand: Hand, row: bytes, state: CaseState) -> None:
    """Give a tied request to whom the case is for now."""
    request = find(hand, row)
    for _ in range(TRIES):
        record = records.read(hand.parts.casebook, request.anchor.id, hand.person)
        said = Entry(hand.person.name, hand.now, "restricted", {})
        if _commit(hand, lambda _session: None, _put(hand, request, record, said, state)):
            return
    raise RefusedActError("busy")


def top_up(hand: Hand, found: Folder) -> None:
    """Grant a case to whoever in the team should hold it and does not: a new coordinator, or a renewed key."""
    state = fold(found.trusted)
    held = {one.box_public for one in found.holders(hand.person.papers.members)}
    lacking = [one for one in readers(hand.person, state) if one.box_public not in held]
    if lacking and not state.protected:
        hand.parts.folders.share(hand.session.keys, found.id, hand.person, lacking, hand.now)


def readers(person: Person, state: CaseState) -> tuple[Member, ...]:
    """List who holds a case's key: the named, or the team's coordinators and leads."""
    members = person.papers.members.with_role(person.municipality, COORDINATOR, LEAD)
    if not state.protected:
        return tuple(members)
    return tuple(one for one in members if one.role == COORDINATOR and one.name in state.named)


def team_of(person: Person) -> list[str]:
    """List the coordinators of the person's team by name."""
    return sorted(member.name for member in person.papers.members.team(person.municipality))


def _free(hand: Hand, request: Request) -> Record:
    """Read what a request stands by; raise RefusedActError if it belongs to a case already."""
    record = records.read(hand.parts.casebook, request.anchor.id, hand.person)
    if record.state.case:
        raise RefusedActError("linked", record.state.working)
    return record


def _linked(hand: Hand, folder: bytes, state: CaseState) -> Entry:
    fields = {"case": folder.hex(), "working": state.working}
    return Entry(hand.person.name, hand.now, "case_linked", fields)


def _put(hand: Hand, request: Request, record: Record, entry: Entry, state: CaseState) -> Write:
    """Prepare the submission's side of a link; a protected case takes every message of the thread along."""
    if not state.protected:
        return records.prepared(hand.parts.casebook, record, entry, hand.person)
    casebook, person = hand.parts.casebook, hand.person
    boxes = [one.box_public for one in readers(person, state)]
    others = [records.read(casebook, one.id, person) for one in request.rows if one.id != record.row and one.version]
    puts = [restricted(casebook, record, [entry], boxes, person)]
    puts += [restricted(casebook, one, [replace(entry, kind="restricted", fields={})], boxes, person) for one in others]

    def write(session: Session) -> None:
        for put in puts:
            put(session)

    return write


def _tying(hand: Hand, request: Request, record: Record) -> list[Entry]:
    """Give a new case's entries about its request: the link, and the card of safe contact in the person's words."""
    desk = hand.desk()
    source = source_of(request.facts)
    found = [desk.entry("linked", submission=record.row.hex(), source=source)]
    submission = _newest(hand, request)
    if source == "person" and submission is not None:
        found.append(desk.entry("contact", **card_of(submission)))
    return found


def _newest(hand: Hand, request: Request) -> Submission | None:
    record = records.read(hand.parts.casebook, request.newest.id, hand.person)
    return read_content(records.content(hand.parts.casebook, record)).submission


def card_of(submission: Submission) -> dict[str, str]:
    """Give the card of safe contact as the person filled it in."""
    given = inbox_page.card(submission)
    warns = [*given["avoid"], given["avoid_more"]]
    warns += ["Kort meddelande får lämnas" if given["may_leave_message"] else "Lämna aldrig meddelande"]
    code = "kod" if given["code"] else ""
    fields = {
        "how": given["how"] or code,
        "number": given["contact"],
        "when": given["when"],
        "word": given["code_word"],
        "call_name": given["call_name"],
        "never": ". ".join(filter(None, warns)),
        "language": inbox_page.language(language_of(submission.answers), submission.page_language),
    }
    return {name: " ".join(text.split())[:ROOM] for name, text in fields.items()}
