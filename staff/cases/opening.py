"""Open a case, and tie requests to it: a submission is never edited, and a link can be undone.

The two sides of a link, the case's entry and the submission's, are one commit. What belongs to a protected case gets a
key that only its named people hold, in that same commit.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from crypto.opening.recovering import by_peers
from crypto.submission import Submission
from staff.cases.forms.base import Typed
from staff.cases.hand import Hand, find, readers
from staff.cases.model import CaseState
from staff.cases.shutting import put
from staff.cases.state import fold
from staff.cases.summary import summarise
from staff.cases.writing import opening
from staff.diary import Kind
from staff.entry import Entry
from staff.errors import MeanwhileError, RefusedActError
from staff.folders import Folder
from staff.inbox import page as inbox_page
from staff.inbox import record as records
from staff.inbox.record import Record
from staff.inbox.request import Request
from staff.inbox.summary import Facts, language_of
from staff.inbox.unsealing import read_content

Write = Callable[[Session], None]
TRIES = 5
ROOM = 300  # characters of an answer on the card


def source_of(facts: Facts | None) -> str:
    """Say whose words a request holds: the person's own, or others', which are a protected source.

    A follow-up says nothing of its form. Where it stands without its first submission, nobody can tell who wrote it.
    """
    if facts is None or facts.counter >= 0:
        return "other"
    return "person" if facts.form == "me" else "relative"


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
        tied = put(hand, request, record, _linked(hand, new.id, state), state) if request and record else None
        if _commit(hand, new.keep, tied):
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
        puts[:] = [put(hand, request, record, _linked(hand, folder, state), state)]
        return [hand.desk().entry("linked", submission=record.row.hex(), source=source_of(request.facts))]

    def beside(session: Session) -> None:
        puts[0](session)  # what the last asking of `decide` prepared

    hand.parts.folders.append(hand.session.keys, folder, hand.person, decide, summarise, hand.now, beside=beside)


def top_up(hand: Hand, found: Folder) -> None:
    """Grant a case to whoever in the team should hold it and does not: a new coordinator, not a key after a loss.

    To that it is given where two have signed for it (staff.cases.sharing), and never by going on working.
    """
    state, members = fold(found.trusted), hand.person.papers.members
    held = {one.box_public for one in found.holders(members)}
    lacking = [one for one in readers(hand.person, state) if one.box_public not in held and not by_peers(members, one)]
    if lacking and not state.protected:
        hand.parts.folders.share(hand.session.keys, found.id, hand.person, lacking, hand.now)


def _free(hand: Hand, request: Request) -> Record:
    """Read what a request stands by; raise RefusedActError if it belongs to a case already."""
    record = records.read(hand.parts.casebook, request.anchor.id, hand.person)
    if record.state.case:
        raise RefusedActError("linked", record.state.working)
    return record


def _linked(hand: Hand, folder: bytes, state: CaseState) -> Entry:
    fields = {"case": folder.hex(), "working": state.working}
    return Entry(hand.person.name, hand.now, "case_linked", fields)


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
        "never": ". ".join(filter(None, (one.rstrip(" .") for one in warns))),
        "language": inbox_page.language(language_of(submission.answers), submission.page_language),
    }
    return {name: " ".join(text.split())[:ROOM] for name, text in fields.items()}
