"""Check the audit's chain, and with an auditor's key what its rows say and who signed them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy.orm import Session

from crypto.errors import CorruptError, Error, ForgedError, NotARecipientError
from crypto.opening.auditing import START, Opened, Spot, next_head, open_as_auditor
from crypto.opening.identity import Identity
from crypto.opening.members import Members
from staff.audit import store
from staff.audit.store import Stored
from staff.entry import believe

MOST = 50  # faults that are worth naming


@dataclass(frozen=True)
class Fault:
    """Hold what is wrong at one number of the chain: a key of FAULTS."""

    number: int
    what: str


FAULTS = {
    "missing": "rows before this one are missing",
    "changed": "this row, or one before it, was changed",
    "end": "the chain ends elsewhere than its head says: rows at the end were cut off or added",
    "known": "the chain does not hold what you noted: it was cut and written anew",
    "signed": "the chain does not hold what the root key signed into the register: it was cut and written anew",
    "corrupt": "this row does not open where it stands: it was changed or moved",
    "forged": "this row is not signed by the person it names",
}


@dataclass
class Check:
    """Hold how far a check has come, and what it found; `other` counts rows that are sealed to other auditors."""

    number: int = 0
    head: bytes = START
    faults: list[Fault] = field(default_factory=list)
    read: int = 0
    other: int = 0

    def blame(self, number: int, what: str) -> None:
        """Note a fault, the first fifty of them."""
        if len(self.faults) < MOST:
            self.faults.append(Fault(number, what))


@dataclass(frozen=True)
class Told:
    """Hold one row as an auditor reads it; `problem` is "", "other" (sealed to others), "corrupt" or "forged"."""

    number: int
    day: int
    who: str = ""
    what: str = ""
    when: datetime | None = None
    subject: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def holds(session: Session, number: int, head: bytes) -> bool:
    """Tell whether the chain still has the row that was noted elsewhere, with the head after it."""
    return store.heads(session, [number]).get(number) == head


def verify(
    session: Session,
    check: Check,
    limit: int | None = None,
    identity: Identity | None = None,
    members: Members | None = None,
) -> bool:
    """Check the chain on from where `check` stands, at most `limit` rows; True once it has reached the end.

    With an auditor's `identity` each row that is sealed to them is opened where it stands; with `members` its signer
    must be the person it names.
    """
    number, head = store.head(session)  # read first: what others write meanwhile comes after it
    rows = (row for row in store.rows(session, check.number) if row.number <= number)
    for row in islice(rows, limit):
        _check_link(check, row)
        if identity is not None:
            _check_words(check, tell(row, check.head, identity, members))
        check.number, check.head = row.number, row.head
    if limit is not None and next(rows, None) is not None:
        return False
    beyond = next(iter(store.newest(session, 2**62, 1)), None)
    if (check.number, check.head) != (number, head) or (beyond and beyond.number > store.head(session)[0]):
        check.blame(number, "end")
    return True


def check_all(
    session: Session, members: Members, identity: Identity | None = None, noted: tuple[int, str] | None = None
) -> Check:
    """Check the whole chain, then whether it holds what was noted elsewhere and what the root key signed.

    `noted` is a number and a head in hex, or 0 and a head's first half, as a letter has it.
    """
    check = Check()
    verify(session, check, None, identity, members)
    if noted and not _noted(session, *noted):
        check.blame(noted[0] or check.number, "known")
    if members.audit is not None and not holds(session, *members.audit):
        check.blame(members.audit[0], "signed")
    return check


def _noted(session: Session, number: int, head: str) -> bool:
    if number:
        return holds(session, number, bytes.fromhex(head))
    return any(row.head.hex().startswith(head) for row in store.rows(session))


def _check_link(check: Check, row: Stored) -> None:
    if row.number != check.number + 1:
        check.blame(row.number, "missing")
    elif not _follows(check, row):
        check.blame(row.number, "changed")


def _follows(check: Check, row: Stored) -> bool:
    try:
        return next_head(Spot(check.head, row.number, row.day, row.tag), row.sealed, row.own) == row.head
    except CorruptError:
        return False


def _check_words(check: Check, told: Told) -> None:
    if told.problem == "other":
        check.other += 1
    elif told.problem:
        check.blame(told.number, told.problem)
    else:
        check.read += 1


def tell(row: Stored, previous: bytes, identity: Identity, members: Members | None) -> Told:
    """Open one row as an auditor, where it stands after `previous`."""
    spot = Spot(previous, row.number, row.day, row.tag)
    try:
        opened = open_as_auditor(identity, spot, row.sealed)
        if members is not None:
            believe(members, opened.sign_public, opened.act.who)
        return _told(row, opened)
    except NotARecipientError:
        return Told(row.number, row.day, problem="other")
    except ForgedError:
        return Told(row.number, row.day, problem="forged")
    except (Error, ValueError, OverflowError, OSError):
        return Told(row.number, row.day, problem="corrupt")


def _told(row: Stored, opened: Opened) -> Told:
    act = opened.act
    when = datetime.fromtimestamp(act.when, UTC)
    return Told(row.number, row.day, act.who, act.what, when, act.subject.hex(), dict(act.fields))


def newest(session: Session, before: int, identity: Identity, members: Members) -> Iterator[Told]:
    """Open rows with lower numbers than `before`, newest first, as an auditor reads them."""
    while True:
        found = store.newest(session, before, 100)
        heads = store.heads(session, [row.number - 1 for row in found])
        for row in found:
            previous = START if row.number == 1 else heads.get(row.number - 1, b"")
            yield tell(row, previous, identity, members)
        if not found:
            return
        before = found[-1].number
