"""Somebody leaves, or a key is lost: one act that shuts it out, whatever its holder still has.

What says so is an order that a lead signs; it holds from the commit on, for every request. With it goes whatever the
casebook holds for that key. The order is remembered beside the casebook too, so that a backup put back lets nobody in.
What the key could read is given a new key afterwards (staff.people.renewing), by whoever holds it.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from crypto.opening.casebook import GRANT_SIZE
from crypto.opening.joining import LEAVE, amended, order_leave
from crypto.opening.members import LEAD, LEAVING, LEFT, RECOVERY, Member
from crypto.opening.orders import read_order
from staff.errors import RefusedActError, UnknownMemberError
from staff.folders.folder import mark
from staff.inbox import intake
from staff.models import Dismissed, Grant, Reminder, StoredConflicts, StoredKeyring, Tray
from staff.office import Office
from staff.people.finding import member_id
from staff.person import Person, member_tag

NOT_PEOPLE = frozenset({RECOVERY, LEAVING.get(RECOVERY, RECOVERY)})
NOTHING = bytes(GRANT_SIZE)  # a grant that opens nothing and says that its submission's key is still to be renewed
OF_A_MEMBER = (StoredKeyring, Tray, Reminder, Dismissed, StoredConflicts)

log = logging.getLogger("utvag.staff")


def find(person: Person, wanted: bytes) -> Member:
    """Find one of the person's town, present or former, by what names them in an address; raise UnknownMemberError."""
    own = (one for one in person.papers.members.members if one.municipality == person.municipality)
    found = next((one for one in own if one.role not in NOT_PEOPLE and member_id(person, one) == wanted), None)
    if found is None:
        raise UnknownMemberError
    return found


def leave(parts: Office, lead: Person, member: Member, now: datetime) -> None:
    """Shut a key out: the order, and with it all that the casebook holds for the key, in one commit.

    Raises RefusedActError: "not_lead" (only a lead of the town whom the root key has signed may), "gone" (it has left).
    Whatever dies afterwards is made good at the next start, or by the day's sweep: see `tidy`.
    """
    if member.role in LEFT:
        raise RefusedActError("gone")
    data = order_leave(member, lead.identity, lead.papers.signed.epoch, int(now.timestamp()))
    _refuse_idle(parts, lead, member, data)
    with parts.casebook.write() as session:
        said = {"who": member.name, "role": member.role, "key": mark(member.box_public)[:16]}
        parts.audit.about_me(session, lead, "signed_out", now, said)
        parts.orders.keep(session, data)
        forget(parts, session, [member])
    remember(parts, [member.sign_public])
    parts.sessions.end(member.box_public)
    parts.casebook.settle()


def _refuse_idle(parts: Office, lead: Person, member: Member, data: bytes) -> None:
    """Refuse an order that would not count: nobody may think that somebody is out who is not."""
    if lead.member.role != LEAD:
        raise RefusedActError("not_lead")
    after = amended(lead.papers.signed, [*parts.orders.all(), read_order(data)])
    found = after.by_sign(member.sign_public)
    if found is not None and found.role not in LEFT:
        raise RefusedActError("not_lead")


def with_them(parts: Office, person: Person, member: Member) -> list[str]:
    """Name who would be out too if a member left: those they let in, whom the root key has not signed yet."""
    papers, left = person.papers, parts.erased.left()
    orders = parts.orders.all()
    before, after = (amended(papers.signed, orders, gone) for gone in (left, left | {member.sign_public}))
    standing = {one.sign_public for one in after.members}
    return [one.name for one in before.members if one.sign_public not in standing and one.role not in LEFT]


def forget(parts: Office, session: Session, gone: Sequence[Member]) -> None:
    """Drop what the casebook holds for keys that have left, in the caller's write transaction; as often as one likes.

    Drafts stay a month at most: only their writer's key could say whose they are.
    """
    tags = [member_tag(parts.settings.pepper, one.box_public) for one in gone]
    for table in OF_A_MEMBER:
        session.execute(delete(table).where(table.member.in_(tags)))
    intake.drop(session, tags)
    emptied = update(Grant).where(Grant.member.in_(tags), Grant.sealed != NOTHING)
    session.execute(emptied.values(sealed=NOTHING))
    for one in gone:
        parts.accounts.forget(session, one.name, one.box_public)


def remember(parts: Office, keys: Collection[bytes]) -> None:
    """Write the left keys beside the casebook; a failure is logged and made good by the next `tidy`."""
    try:
        parts.erased.leave(sorted(set(keys) - parts.erased.left()))
    except OSError as error:
        log.error("who has left could not be written beside the casebook: %s", type(error).__name__)


def tidy(parts: Office) -> None:
    """Drop what is left of whoever has left, and remember beside the casebook that they have.

    Before anybody signs in, since this may be a backup from before they left; and each day. Needs nobody's key.
    """
    papers, orders = parts.register.current(), parts.orders.all()
    present = {one.sign_public for one in papers.members.members if one.role not in LEFT}
    left = {one.order.subject for one in orders if one.order.act == LEAVE} - present
    # A replaced recovery key is no person: what it holds goes when the new one has it (staff.recovery.following).
    gone = [one for one in papers.members.members if one.role in LEFT - NOT_PEOPLE]
    with parts.casebook.write() as session:
        forget(parts, session, gone)
    remember(parts, left)
