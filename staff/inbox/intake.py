"""A coordinator's intake keys: made in time, put to use by the roster, destroyed when their time is over.

What is sealed to one opens with it alone, so that destroying it is final. Nobody decides that: it waits until the
root key has signed it into a roster, serves as long as the newest roster names it, and has a last day after that.
Source: docs/envelope.md section 4.5.
"""

import logging
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from crypto.errors import Error
from crypto.opening.identity import Identity, Opener
from crypto.opening.intake import Intake, new_intake, open_intake, read_intake
from crypto.opening.joining import amended
from crypto.opening.members import COORDINATOR, LEAD, LEFT, Members
from crypto.opening.orders import Signed
from crypto.opening.parcel import read_parcel, write_parcel
from staff.audit import Audit, days, days_of
from staff.audit.store import head as audit_head
from staff.casebook import Casebook, prepare
from staff.erasure.record import Record
from staff.errors import MeanwhileError
from staff.models import Collected, IntakeKey
from staff.orders import Orders, travelling
from staff.person import Person, member_tag
from staff.register import Papers, Register
from staff.settings import StaffSettings

WAITS, SERVES = 0, -1  # in `ends`; every other number is its last day
WELCOME, KEPT = 2, 14  # days after the roster has changed: its epoch is still welcome, and then what came is read
REMIND = 30  # days that a roster still holds, when the next keys are made
SERVED = 60  # days after which a key gets its successor, however long the roster holds
WARN = 7  # days before a key is destroyed
FIRST_DAY = date(1970, 1, 1)

log = logging.getLogger("utvag.staff")


@dataclass(frozen=True)
class Ending:
    """Say on which day a person's key is destroyed, in how many days, and how many unopened envelopes are older."""

    day: date
    days: int
    unopened: int


def openers(casebook: Casebook, person: Person) -> tuple[Opener, ...]:
    """Open a person's intake keys that still exist, the newest first; what does not open is passed over and logged."""
    if person.member.role != COORDINATOR:
        return ()
    with casebook.read() as session:
        rows = session.execute(
            select(IntakeKey.box_public, IntakeKey.sealed)
            .where(IntakeKey.member == _tag(person))
            .order_by(IntakeKey.since.desc(), IntakeKey.ends)
        ).all()
    found = []
    for box, sealed in rows:
        try:
            found.append(open_intake(person.identity, box, sealed))
        except Error as error:
            log.error("an intake key does not open: %s", type(error).__name__)
    return tuple(found)


def unlocked(casebook: Casebook, audit: Audit, person: Person, now: datetime, *, sure: bool) -> bool:
    """Do what is due when a coordinator has unlocked: bring the keys in step with the roster, make the next one.

    `sure` as for `follow`. True if one was made. Of two sessions that begin at once one makes it.
    """
    follow(casebook, person.papers, now, sure=sure)
    if person.member.role != COORDINATOR or not _due(casebook, person, now):
        return False
    made = new_intake(person.identity, now.astimezone(UTC).date())
    key = read_intake(made[1]).box_public.hex()[:16]
    with suppress(MeanwhileError), casebook.write() as session:
        audit.about_me(session, person, "intake_key", now, {"key": key})  # it takes the turn: only one of two goes on
        if not _is_due(_own(session, person), person.papers, now):
            raise MeanwhileError
        _add(session, _tag(person), made)
        return True
    return False


def firsts(where: str, people: Sequence[Identity], pepper_bytes: bytes, today: date) -> list[Intake]:
    """Give people who have never unlocked a first intake key each, as in a demo, and list what all have stated."""
    casebook = Casebook(where)
    try:
        prepare(casebook)
        with casebook.write() as session:
            for identity in people:
                member = member_tag(pepper_bytes, identity.box_public)
                if session.scalar(select(IntakeKey.box_public).where(IntakeKey.member == member).limit(1)) is None:
                    _add(session, member, new_intake(identity, today))
            return [read_intake(one) for one in statements(session)]
    finally:
        casebook.close()


def _add(session: Session, member: bytes, made: tuple[bytes, bytes]) -> bytes:
    sealed, statement = made
    stated = read_intake(statement)
    row = {"box_public": stated.box_public, "member": member, "since": days_of(stated.since), "ends": WAITS}
    session.execute(insert(IntakeKey), [{**row, "sealed": sealed, "statement": statement}])
    return stated.box_public


def follow(casebook: Casebook, papers: Papers, now: datetime, *, sure: bool) -> int:
    """Bring every key in step with the newest roster, destroy those whose last day has come, and count these.

    Needs nobody's key: a sealed half is dropped unopened. Safe to do at any time and as often as one likes. While the
    clock is not to be believed (`sure`: staff.erasure.clock) a key begins to serve, and no day is set or comes.
    """
    named = {key for team in papers.roster.teams for key in team.recipients}
    today = days(now)
    with casebook.read() as session:
        rows = session.execute(select(IntakeKey.box_public, IntakeKey.ends)).all()
    moved = {box: to for box, ends in rows if (to := _next(ends, today, named=box in named)) != ends}
    moved = {box: to for box, to in moved.items() if sure or to == SERVES}
    over = [box for box, ends in rows if sure and 0 < moved.get(box, ends) <= today]
    if not moved and not over:
        return 0
    with casebook.write() as session:
        for box, to in moved.items():
            session.execute(update(IntakeKey).where(IntakeKey.box_public == box).values(ends=to))
        gone = delete(IntakeKey).where(IntakeKey.box_public.in_(over), IntakeKey.ends > 0, IntakeKey.ends <= today)
        count = session.connection().execute(gone).rowcount
    if count:
        log.info("%d intake keys were destroyed on their last day", count)
        casebook.settle()
    return count


def ending(casebook: Casebook, person: Person, now: datetime) -> Ending | None:
    """Give the next of a person's keys to be destroyed, from seven days before; None if there is none so soon."""
    if person.member.role != COORDINATOR:
        return None
    today = days(now)
    with casebook.read() as session:
        last = session.scalar(
            select(func.min(IntakeKey.ends)).where(IntakeKey.member == _tag(person), IntakeKey.ends > 0)
        )
        if last is None or last - today > WARN:
            return None
        older = (Collected.team_tag == person.team_tag, Collected.epoch < person.papers.roster.epoch)
        unopened = session.scalar(select(func.count()).select_from(Collected).where(*older)) or 0
    return Ending(FIRST_DAY + timedelta(days=last), max(0, last - today), unopened)


def statements(session: Session) -> list[bytes]:
    """List the statements that travel to the root key: of each coordinator the one that waits, else that serves."""
    one = IntakeKey
    asked = select(one.member, one.statement).where(one.ends <= 0).order_by(one.ends, one.since)
    return list(dict(session.execute(asked).all()).values())


def parcel(settings: StaffSettings) -> bytes:
    """Make what travels to the root key: statements, and who joined or left since it signed. Needs nobody's key.

    Raises RegisterError if the signed register cannot be believed.
    """
    casebook = Casebook(settings.casebook)
    try:
        prepare(casebook)
        orders, record = Orders(casebook, settings.pepper), Record(settings.erased_file)
        paths = settings.roster, settings.members, settings.root_key, settings.minimum_epoch
        papers = Register(*paths, orders.all, record).current()
        with casebook.read() as session:
            stated, (number, head) = statements(session), audit_head(session)
        audit = f"{number}:{head.hex()}" if number else ""
        said = travelling(orders.all(), papers.signed, papers.members)
        return write_parcel(stated, said, audit, _unsaid(papers.signed, orders.all(), record.left()))
    finally:
        casebook.close()


def unsaid(settings: StaffSettings, content: bytes) -> list[str]:
    """Name those of whom a parcel says that they have left though no order does; RegisterError as `parcel`."""
    signed = Register(settings.roster, settings.members, settings.root_key, settings.minimum_epoch).current().signed
    found = ((key, signed.by_sign(key)) for key in read_parcel(content).left)
    return sorted(one.name if one else key.hex()[:16] for key, one in found)


def _unsaid(signed: Members, orders: Sequence[Signed], left: Collection[bytes]) -> list[bytes]:
    """List the keys that have left, by the file beside the casebook, though no order that counts says so any more.

    A backup from before they left was put back. The root key must be told otherwise, or it seals to them again.
    """
    without = amended(signed, orders)
    return [key for key in left if (one := without.by_sign(key)) is not None and one.role not in LEFT]


def missed(casebook: Casebook, person: Person) -> list[str]:
    """Name those of `lost` that a person needs to know of: a coordinator themselves, a lead everybody of the town."""
    if person.member.role not in (COORDINATOR, LEAD):
        return []
    with casebook.read() as session:
        names = lost(session, person.papers, person.pepper, person.municipality)
    return [name for name in names if person.member.role == LEAD or name == person.name]


def lost(session: Session, papers: Papers, pepper_bytes: bytes, town: str = "") -> list[str]:
    """Name the coordinators, of one town or of all, whom the roster seals to under a key that the casebook lacks.

    A backup from before the key was made was put back, or somebody took the row. Spare places cannot be told from such
    a key, so that people are counted, not places. Nothing is said where register and roster are of two epochs.
    """
    if papers.signed.epoch != papers.roster.epoch:
        return []
    held = dict(session.execute(select(IntakeKey.box_public, IntakeKey.member)).all())
    names = []
    for team in (one for one in papers.roster.teams if town in ("", one.municipality)):
        opening = {held[key] for key in team.recipients if key in held}
        here = {one.sign_public for one in papers.members.team(team.municipality)}
        for one in papers.signed.team(team.municipality):
            opens = one.box_public in team.recipients or member_tag(pepper_bytes, one.box_public) in opening
            if one.sign_public in here and not opens:
                names.append(one.name)
    return sorted(names)


def drop(session: Session, members: Iterable[bytes]) -> None:
    """Destroy all intake keys of members, given by tag, in the caller's write transaction: they have left."""
    session.execute(delete(IntakeKey).where(IntakeKey.member.in_(list(members))))


def _next(ends: int, today: int, *, named: bool) -> int:
    if named:
        return SERVES
    return today + WELCOME + KEPT if ends == SERVES else ends


def _due(casebook: Casebook, person: Person, now: datetime) -> bool:
    with casebook.read() as session:
        return _is_due(_own(session, person), person.papers, now)


def _own(session: Session, person: Person) -> Sequence[tuple[int, int]]:
    asked = select(IntakeKey.ends, IntakeKey.since).where(IntakeKey.member == _tag(person))
    return [(ends, since) for ends, since in session.execute(asked)]


def _is_due(own: Sequence[tuple[int, int]], papers: Papers, now: datetime) -> bool:
    """Tell whether the next key is due: none waits, and the roster or the one that serves is near its end."""
    if any(ends == WAITS for ends, _ in own):
        return False
    serving = [since for ends, since in own if ends == SERVES]
    return not serving or papers.days_left(now.date()) <= REMIND or days(now) - max(serving) >= SERVED


def _tag(person: Person) -> bytes:
    return person.member_tag(person.identity.box_public)
