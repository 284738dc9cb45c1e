"""Hold, release, and erase: each is an entry of the team's ledger, and what goes, goes in the same commit."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from programme.hours import ZONE
from staff.accounts.session import Row
from staff.audit import days
from staff.cases.values import read_day
from staff.erasure import protocol
from staff.erasure.falling import Due, Subject, due, live
from staff.erasure.protocol import NAME, REASON
from staff.erasure.reckoning import Reckoned, reckon
from staff.erasure.record import destroy
from staff.erasure.subjects import subjects
from staff.errors import MeanwhileError, RefusedActError
from staff.folders import store
from staff.insiders.tidying import about
from staff.ledger import Ledger
from staff.office import Office
from staff.person import Person

LONGEST_HOLD = 3660  # days


@dataclass(frozen=True)
class Signed:
    """Hold by which decision two have signed for an erasure before time, their names, and what uses the order up.

    `use` is asked anew for each attempt and gives what is written in the erasure's own commit.
    """

    number: str
    names: str
    use: Callable[[], Callable[[Session], None]] = field(repr=False)


@dataclass(frozen=True)
class Desk:
    """Hold who acts, with which session, through which parts."""

    parts: Office
    session: Row = field(repr=False)
    person: Person

    @property
    def today(self) -> date:
        """Give the day, in Swedish time."""
        return self.parts.now().astimezone(ZONE).date()

    @property
    def ledger(self) -> Ledger:
        """Give the team's ledger of erasure."""
        parts, session = self.parts, self.session
        return Ledger(NAME, parts.casebook, parts.folders, session.keys, session.shelf, self.person, parts.now())

    def due(self, until: date) -> list[Due]:
        """List what falls due until a day."""
        return self.fall(subjects(self.parts, self.session, self.person), until)

    def fall(self, found: Iterable[Subject], until: date) -> list[Due]:
        """Tell which of these fall due until a day."""
        entries = self.ledger.entries()
        erasure = self.parts.settings.programme.casework.erasure
        return due(found, erasure, protocol.holds(entries), protocol.archived(entries), self.today, until)


def hold(desk: Desk, subject: bytes, reason: str, until: str) -> None:
    """Keep something although it is due; raises RefusedActError: "reason", "until"."""
    day, said = read_day(until), " ".join(reason.split())
    if not said or len(said) > REASON:
        raise RefusedActError("reason")
    if day is None or not 0 <= (day - desk.today).days <= LONGEST_HOLD:
        raise RefusedActError("until")
    entry = protocol.hold(desk.person.name, desk.parts.now(), subject, said, str(day))
    desk.ledger.append(lambda _entries: [entry])


def release(desk: Desk, subject: bytes) -> None:
    """End a hold; raises RefusedActError("gone") if there is none."""
    entry = protocol.release(desk.person.name, desk.parts.now(), subject)

    def decide(entries: protocol.Entries) -> protocol.Entries:
        if subject not in {one.subject for one in protocol.holds(entries)}:
            raise RefusedActError("gone")
        return [entry]

    desk.ledger.append(decide)


def erase(desk: Desk, chosen: frozenset[bytes]) -> int:
    """Erase what is chosen and ready, and count it; protocol and erasure are one commit.

    Raises RefusedActError: "nothing" (none of it is ready any more), "held" (a colleague held some of it meanwhile),
    "changed" (somebody wrote in it meanwhile), "copies" (a copy of it does not open), "record" (it cannot be remembered
    outside the casebook, so that a backup would bring it back).
    """
    opened, gone = _ready(desk, chosen)
    ids = sorted({row for one in gone for row in one.subject.ids})
    ids = sorted({*ids, *about(desk.session.shelf, ids)})
    read = {one.subject.id: one.version for one in opened if one.version}

    def decide(entries: protocol.Entries) -> protocol.Entries:
        standing = live(protocol.holds(entries), desk.today)
        if any(one.subject.held_by(standing) for one in gone):
            raise RefusedActError("held")
        return protocol.erased(desk.person.name, desk.parts.now(), gone)

    def beside(session: Session) -> None:
        _destroy(desk, session, read, ids)

    try:
        desk.ledger.append(decide, what="erased", beside=beside)
    except OSError as error:
        raise RefusedActError("record") from error
    desk.parts.drafts.drop(desk.person, *(place for one in opened for place in one.places))
    desk.parts.casebook.settle()
    return len(gone)


def erase_early(desk: Desk, subject: bytes, signed: Signed) -> None:
    """Erase one thing before its time, as two have signed; raises RefusedActError as `erase`, and "gone".

    Protocol, erasure and the use of the order are one commit. A hold by a colleague stops this too.
    """
    listed = next((one for one in subjects(desk.parts, desk.session, desk.person) if one.id == subject), None)
    if listed is None:
        raise RefusedActError("gone")
    opened = reckon(desk.parts, desk.session, desk.person, listed)
    gone, uses = opened.subject, list[Callable[[Session], None]]()
    ids = sorted({*gone.ids, *about(desk.session.shelf, gone.ids)})
    read = {gone.id: opened.version} if opened.version else {}

    def decide(entries: protocol.Entries) -> protocol.Entries:
        if gone.shut or gone.held_by(live(protocol.holds(entries), desk.today)):
            raise RefusedActError("held")
        uses[:] = [signed.use()]
        return [protocol.erased_early(desk.person.name, desk.parts.now(), gone, signed.number, signed.names)]

    def beside(session: Session) -> None:
        uses[0](session)
        _destroy(desk, session, read, ids)

    try:
        desk.ledger.append(decide, what="erased", beside=beside)
    except OSError as error:
        raise RefusedActError("record") from error
    except MeanwhileError as error:
        raise RefusedActError("busy") from error
    desk.parts.drafts.drop(desk.person, *opened.places)
    desk.parts.casebook.settle()


def _destroy(desk: Desk, session: Session, read: dict[bytes, int], ids: list[bytes]) -> None:
    """Destroy; on record first, so that whatever dies before the commit is made good at the next start."""
    if {row: version for row, (version, _) in store.versions(session, read).items()} != read:
        raise RefusedActError("changed")
    destroy(session, ids, days(desk.parts.now()))
    desk.parts.erased.add(ids)


def _ready(desk: Desk, chosen: frozenset[bytes]) -> tuple[list[Reckoned], list[Due]]:
    """Open what the list says is ready, and give what is so by its entries too; RefusedActError("nothing")."""
    listed = [one.subject for one in desk.due(desk.today) if one.subject.id in chosen and one.ready(desk.today)]
    opened = [reckon(desk.parts, desk.session, desk.person, one) for one in listed]
    gone = [one for one in desk.fall((one.subject for one in opened), desk.today) if one.ready(desk.today)]
    if not gone:
        raise RefusedActError("nothing")
    ready = {one.subject.id for one in gone}
    return [one for one in opened if one.subject.id in ready], gone
