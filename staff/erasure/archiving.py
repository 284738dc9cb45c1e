"""A case as one file for the archive: everything in it, as PDF/A with its metadata, before it is erased."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from crypto.errors import Error
from crypto.submission import Submission
from deaddrop.schema import FIRST_DAY
from staff.cases.forms.acts import OUTCOME_LABELS
from staff.cases.model import CaseState
from staff.cases.phrases import said_day, said_time
from staff.cases.state import fold
from staff.cases.summary import kind_of
from staff.cases.telling import tell
from staff.documents.paper import Paper, Section
from staff.entry import Read, trusted
from staff.erasure import protocol
from staff.erasure.acts import Desk
from staff.erasure.reckoning import case_of
from staff.errors import RefusedActError, UnknownFolderError, UnknownRequestError
from staff.folders import Folder
from staff.folders.folder import OWN_KINDS
from staff.folders.folders import Beside
from staff.inbox import record
from staff.inbox.page import answers
from staff.inbox.replies import Sent, fold_replies


@dataclass(frozen=True)
class Built:
    """Hold a file and the number of the newest entry of the case that it was made of."""

    data: bytes = field(repr=False)
    version: int


def build(desk: Desk, case: bytes, day: date, what: str) -> Built:
    """Make the file, dated by `day`; `what` is what the audit calls that everything in the case was opened for it.

    Raises UnknownFolderError, and RefusedActError: "protected" (a relative's words that nobody has tested),
    "broken" (something in it does not open: the file would not be whole). PaperError if the typesetter fails.
    """
    parts = desk.parts
    folder = parts.folders.read(desk.session.keys, case, desk.person, parts.now(), what=what)
    if kind_of(folder.summary) != "case":
        raise UnknownFolderError
    state = fold(folder.trusted)
    if any(link.protected for link in state.links.values()):
        raise RefusedActError("protected")
    if not folder.whole:
        raise RefusedActError("broken")
    desk.session.listing.refresh(parts.casebook, desk.person)
    rows = case_of(desk.session, folder, state).parts
    return Built(paper(desk, folder, state, rows, day, what).pdf(), folder.version)


def kept(desk: Desk, found: Folder, data: bytes, version: int) -> Beside:
    """Seal into the ledger that the file was fetched, and its hash: written in the commit that uses the order up.

    `found` is the case as it stands before that commit, which adds one entry to it: that two have signed. `version` is
    that of the case when the file was made. Raises RefusedActError("changed") if somebody wrote between: the file lacks
    it.
    """
    if found.version != version:
        raise RefusedActError("changed")
    after = replace(found, version=found.next_number())
    subject = case_of(desk.session, after, fold(found.trusted))
    entry = protocol.archive(desk.person.name, desk.parts.now(), subject, hashlib.sha256(data).hexdigest())
    return desk.ledger.prepared([entry], what="archived")


def paper(desk: Desk, folder: Folder, state: CaseState, requests: Sequence[bytes], day: date, what: str) -> Paper:
    """Lay out the whole case: what it is, each entry in words, each message of the requests that belong to it."""
    board = desk.parts.settings.programme.board
    decision = desk.parts.settings.programme.casework.erasure.decision("case")
    facts = [
        ("Arkivbildare", board.name),
        ("Ärende", f"{state.working} ({folder.id.hex()})"),
        ("Namn", state.real_name),
        ("Öppnat", said_time(state.opened_at)),
        ("Avslutat", said_time(state.closed_at)),
        ("Hur det slutade", OUTCOME_LABELS.get(state.position.outcome, state.position.outcome)),
        ("Gallringsbeslut", f"{decision.number}, {decision.decided}" if decision else ""),
    ]
    gone = desk.parts.erased.ids()  # what an earlier erasure took is in no file, and keeps none from being made
    told = [_entry(desk, one) for one in folder.entries if one.entry.kind not in OWN_KINDS]
    sections = told + [one for row in requests if row not in gone for one in _submission(desk, row, what)]
    return Paper(
        title=state.working,
        heading=f"{state.working}: till arkivet",
        day=day,
        facts=[fact for fact in facts if fact[1]],
        sections=sections,
        contents=[(str(number), one.meta, one.heading) for number, one in enumerate(sections, 1)],
        foot=state.working,
    )


def _entry(desk: Desk, one: Read) -> Section:
    told = tell(one.entry, desk.parts.settings.programme.casework)
    lines = [(name, words) for name, words, _typed in told.lines if words]
    return Section(told.title, f"{one.entry.who} {said_time(one.entry.when)}", lines)


def _submission(desk: Desk, row: bytes, what: str) -> list[Section]:
    """Open a request that belongs to the case with the person's own key, with what was answered to it.

    RefusedActError if it does not open.
    """
    try:
        found = record.read(desk.parts.casebook, row, desk.person)
        record.note(desk.parts.casebook, [found], desk.person, what, desk.parts.now())
        submission = Submission.decode(record.content(desk.parts.casebook, found))
    except (Error, UnknownRequestError) as error:
        raise RefusedActError("broken") from error
    lines = [(name, words) for name, words, _own in answers(submission)]
    sent = Section("Förfrågan", said_time(submission.sent_at), lines)
    return [sent, *map(_reply, fold_replies(trusted(found.entries)))]


def _reply(one: Sent) -> Section:
    """Lay out an answer of ours: what the person could read, and whether it is known to have reached the mailbox."""
    left = said_day(day_of(one.left)) if one.left else "nej"
    fetched = said_day(day_of(one.fetched)) if one.fetched else ""
    lines = [("Från", one.sender), ("", one.text), ("Lagt i brevlådan", left), ("Öppnat av personen", fetched)]
    return Section(f"Svar {one.number}", f"{one.who} {said_time(one.when)}", [line for line in lines if line[1]])


def day_of(number: int) -> date:
    """Give a day that is counted from the first one the dead drop knows."""
    return FIRST_DAY + timedelta(days=number)
