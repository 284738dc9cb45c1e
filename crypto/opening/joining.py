"""Who works here between two signings with the root key: the register, and the orders that leads have signed since.

Source: docs/envelope.md section 4.4.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from crypto.errors import MalformedError
from crypto.opening.identity import Identity
from crypto.opening.members import LEAD, LEAVING, LEFT, RECOVERY, Member, Members, may_become
from crypto.opening.orders import Order, Signed, sign_order

JOIN, LEAVE = "join", "leave"


def order_join(member: Member, asker: Identity, epoch: int, when: int) -> bytes:
    """Ask that a person be believed under the role and keys of `member`; it holds once a second has signed."""
    return sign_order(Order(JOIN, member.sign_public, when, epoch, member.to_json()), asker)


def order_leave(member: Member, asker: Identity, epoch: int, when: int) -> bytes:
    """Order that a key is a former member's from now on: one lead's signature is enough, since it cannot wait."""
    return sign_order(Order(LEAVE, member.sign_public, when, epoch), asker)


def amended(register: Members, orders: Iterable[Signed], left: Collection[bytes] = frozenset()) -> Members:
    """Give the register as it stands with the orders that count; `left` are Ed25519 keys known to be gone anyway.

    First everybody leaves whom a lead of their town, or they themselves, signed out: for good, whatever the epoch.
    Then those join, or get another role, for whom two of the root-signed register signed, each a lead or stand-in of
    that town and one of them a lead, none of them leaving, none of them the person; and only while the root key has not
    signed another epoch. An order that does not count changes nothing. The order of the rows never matters.
    """
    known = sorted(orders, key=lambda one: (one.order.when, one.data))
    signed_out = {one.order.subject for one in known if one.order.act == LEAVE and _may_sign_out(register, one)}
    gone = signed_out.union(left)
    members = [_left(one) if one.sign_public in gone else one for one in register.members]
    standing = replace(register, members=tuple(members))
    found = list(members)
    for one in known:
        if one.order.act == JOIN and one.order.epoch == register.epoch:
            member = _joined(standing, one)
            if member:
                # Who joined and left again since stays as a former one: what they opened meanwhile stays open.
                found = _with(found, _left(member) if member.sign_public in gone else member)
    return replace(register, members=tuple(found))


def joining(register: Members, signed: Signed) -> Member | None:
    """Give whom an order asks to be believed, if its form is right; it need not be signed by enough yet."""
    try:
        member = Member.from_json(dict(signed.order.fields))
    except MalformedError:
        return None
    known = any(one.municipality == member.municipality for one in register.members)
    fits = signed.order.subject == member.sign_public and member.role not in LEFT and member.role != RECOVERY
    # The fingerprint that is compared by voice does not say who stands in: the root key alone names them.
    return member if fits and known and not member.stand_in else None


def may_second(register: Members, by: bytes, municipality: str) -> bool:
    """Tell whether a key may be one of the two that sign for a town: a lead's, or a named stand-in's."""
    found = register.by_sign(by)
    return found is not None and found.municipality == municipality and (found.role == LEAD or found.stand_in)


def _may_sign_out(register: Members, one: Signed) -> bool:
    member, by = register.by_sign(one.order.subject), register.by_sign(one.signers[0])
    if member is None or by is None:
        return member is None and by is not None and by.role == LEAD  # of somebody who joined by an order
    return by == member or (by.role == LEAD and by.municipality == member.municipality)


def _joined(standing: Members, one: Signed) -> Member | None:
    member = joining(standing, one)
    if member is None or len(one.signers) != 2 or member.sign_public in one.signers:
        return None
    if not all(may_second(standing, by, member.municipality) for by in one.signers):
        return None
    leads = [by for by in one.signers if (found := standing.by_sign(by)) and found.role == LEAD]
    return member if leads else None


def _left(member: Member) -> Member:
    return replace(member, role=LEAVING.get(member.role, member.role), stand_in=False)


def _with(members: Sequence[Member], member: Member) -> list[Member]:
    """Put a member in, in place of the same keys under another role; a name or a key that is taken changes nothing."""
    others = [one for one in members if one.sign_public != member.sign_public]
    before = [one for one in members if one.sign_public == member.sign_public]
    # Nobody takes another town's people, or a role under which what the key has granted would close to everybody.
    if any(
        one.box_public != member.box_public
        or one.municipality != member.municipality
        or one.role in LEFT
        or not may_become(one, member.role)
        for one in before
    ):
        return list(members)
    names = {one.called for one in others if one.role not in LEFT and member.role not in LEFT}
    keys = {key for one in others for key in (one.box_public, one.sign_public)}
    if member.called in names or keys & {member.box_public, member.sign_public}:
        return list(members)
    return [*others, member]
