"""Somebody leaves, or a key is lost: one act that shuts it out, whatever its holder still has.

What says so is an order that a lead signs; it holds from the commit on, for every request. With it goes whatever the
casebook holds for that key. The order is remembered beside the casebook too, so that a backup put back lets nobody in.
What the key could read is given a new key afterwards (staff.people.renewing), by whoever holds it.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from crypto.opening.casebook import GRANT_SIZE
from crypto.opening.joining import JOIN, LEAVE, amended, order_leave
from crypto.opening.members import LEAD, LEAVING, LEFT, RECOVERY, Member
from crypto.opening.orders import Signed, read_order
from staff.errors import RefusedActError, UnknownMemberError
from staff.folders.folder import mark
from staff.inbox import intake
from staff.models import Dismissed, Grant, Reminder, StoredConflicts, StoredKeyring, StoredMark, Tray
from staff.office import Office
from staff.people.finding import member_id
from staff.person import Person, member_tag

NOT_PEOPLE = frozenset({RECOVERY, LEAVING.get(RECOVERY, RECOVERY)})
NOTHING = bytes(GRANT_SIZE)  # a grant that opens nothing and says that its submission's key is still to be renewed
OF_A_MEMBER = (StoredKeyring, Tray, Reminder, Dismissed, StoredConflicts, StoredMark)

log = logging.getLogger("utvag.staff")


def find(person: Person, wanted: bytes) -> Member:
    """Find one of the person's town, present or former, by what names them in an address; raise UnknownMemberError."""
    own = (one for one in person.papers.members.members if one.municipality == person.municipality)
    found = next((one for one in own if one.role not in NOT_PEOPLE and member_id(person, one) == wanted), None)
    if found is None:
        raise UnknownMemberError
    return found


@dataclass(frozen=True)
class LetIn:
    """Hold somebody who is believed, or has their role, by an order that whoever leaves has signed.

    `id` is the order's; `other` names who signed it too.
    """

    id: bytes
    member: Member
    other: str
    when: int


def leave(parts: Office, lead: Person, member: Member, now: datetime, stays: Collection[bytes] = ()) -> None:
    """Shut a key out: the order, and with it all that the casebook holds for the key, in one commit.

    `stays` are the ids, out of `let_in`, of the orders to join that go on; all others end with the key. They are noted
    beside the casebook first: a note without an order of leaving that names it too lets nobody in.

    Raises RefusedActError: "not_lead" (only a lead of the town whom the root key has signed may), "gone" (it has left).
    Whatever dies afterwards is made good at the next start, or by the day's sweep: see `tidy`.
    """
    if member.role in LEFT:
        raise RefusedActError("gone")
    going_on = [one.id for one in let_in(parts, lead, member) if one.id in stays]
    data = order_leave(member, lead.identity, lead.papers.signed.epoch, int(now.timestamp()), going_on)
    _refuse_idle(parts, lead, member, data)
    _note_staying(parts, going_on)
    with parts.casebook.write() as session:
        said = {"who": member.name, "role": member.role, "key": mark(member.box_public)[:16]}
        parts.audit.about_me(session, lead, "signed_out", now, said)
        parts.orders.keep(session, data)
        forget(parts, session, [member])
    remember(parts, [member.sign_public])
    parts.sessions.end(member.box_public)
    parts.casebook.settle()


def unsigned(parts: Office, person: Person) -> list[Member]:
    """List those of the town who are out by the file beside the casebook alone: a backup took their order away."""
    without = amended(person.papers.signed, parts.orders.all())
    here = [one for one in without.members if one.municipality == person.municipality and one.role not in LEFT]
    left = parts.erased.left()
    return [one for one in here if one.sign_public in left]


def sign_again(parts: Office, lead: Person, member: Member, now: datetime) -> None:
    """Sign anew that somebody has left whose order a backup took away, so that the root key is told by a signature.

    Raises RefusedActError: "gone" (an order stands, or they have not left), "not_lead".
    """
    if member.sign_public not in {one.sign_public for one in unsigned(parts, lead)}:
        raise RefusedActError("gone")
    data = order_leave(member, lead.identity, lead.papers.signed.epoch, int(now.timestamp()))
    _refuse_idle(parts, lead, member, data)
    with parts.casebook.write() as session:
        said = {"who": member.name, "role": member.role, "key": mark(member.box_public)[:16]}
        parts.audit.about_me(session, lead, "signed_out", now, said)
        parts.orders.keep(session, data)


def _refuse_idle(parts: Office, lead: Person, member: Member, data: bytes) -> None:
    """Refuse an order that would not count: nobody may think that somebody is out who is not."""
    if lead.member.role != LEAD:
        raise RefusedActError("not_lead")
    after = amended(lead.papers.signed, [*parts.orders.all(), read_order(data)])
    found = after.by_sign(member.sign_public)
    if found is not None and found.role not in LEFT:
        raise RefusedActError("not_lead")


def let_in(parts: Office, person: Person, member: Member) -> list[LetIn]:
    """List who is believed by an order in force that a member has signed: whom the root key must still sign.

    Without a word on them they would be out with the member.
    """
    papers, left, stays = person.papers, parts.erased.left(), parts.erased.stays()
    orders = parts.orders.all()
    before, after = (amended(papers.signed, orders, gone, stays) for gone in (left, left | {member.sign_public}))
    standing = {one.sign_public: one for one in after.members}
    lost = [one for one in before.members if one.role not in LEFT and standing.get(one.sign_public) != one]
    return [
        LetIn(order.id, one, _other(person, order, member), order.order.when)
        for one in lost
        if one.sign_public != member.sign_public
        for order in _orders_of(orders, one, member)
    ]


def _orders_of(orders: Sequence[Signed], one: Member, signer: Member) -> list[Signed]:
    found = [each for each in orders if each.order.act == JOIN and signer.sign_public in each.signers]
    return [each for each in found if each.order.fields == one.to_json()]


def _other(person: Person, order: Signed, member: Member) -> str:
    others = (person.papers.members.by_sign(by) for by in order.signers if by != member.sign_public)
    return ", ".join(one.name for one in others if one is not None)


def _note_staying(parts: Office, orders: Sequence[bytes]) -> None:
    """Note beside the casebook who stays; a failure is logged, and they are out until the root key signs them."""
    try:
        parts.erased.stay(sorted(set(orders) - parts.erased.stays()))
    except OSError as error:
        log.error("who stays could not be written beside the casebook: %s", type(error).__name__)


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
        parts.invitations.forget(session, one.sign_public)


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
    # Only of whom an order really shut out: one that does not count would else keep out somebody who joins later.
    out = {one.sign_public for one in papers.members.members if one.role in LEFT}
    left = {one.order.subject for one in orders if one.order.act == LEAVE} & out
    # A replaced recovery key is no person: what it holds goes when the new one has it (staff.recovery.following).
    gone = [one for one in papers.members.members if one.role in LEFT - NOT_PEOPLE]
    with parts.casebook.write() as session:
        forget(parts, session, gone)
    remember(parts, left)
