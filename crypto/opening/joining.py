"""Who works here between two signings with the root key: the register, and the orders that leads have signed since.

Source: docs/envelope.md section 4.4.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from crypto.errors import MalformedError
from crypto.opening.identity import Identity
from crypto.opening.members import LEAD, LEAVING, LEFT, RECOVERY, Member, Members, may_become
from crypto.opening.orders import Order, Signed, sign_order

JOIN, LEAVE = "join", "leave"
STAYS = "stays"
Staying = Mapping[bytes, Collection[str]]  # by a key that has left: the orders to join that go on


def order_join(member: Member, asker: Identity, epoch: int, when: int) -> bytes:
    """Ask that a person be believed under the role and keys of `member`; it holds once a second has signed."""
    return sign_order(Order(JOIN, member.sign_public, when, epoch, member.to_json()), asker)


def order_leave(member: Member, asker: Identity, epoch: int, when: int, stays: Collection[bytes] = ()) -> bytes:
    """Order that a key is a former member's from now on: one lead's signature is enough, since it cannot wait.

    `stays` are the ids of orders to join which the member signed and that are in force: whom they let in stays.
    """
    fields = {STAYS: " ".join(sorted(one.hex() for one in stays))} if stays else {}
    return sign_order(Order(LEAVE, member.sign_public, when, epoch, fields), asker)


def amended(
    register: Members,
    orders: Iterable[Signed],
    left: Collection[bytes] = frozenset(),
    stays: Collection[bytes] | None = None,
) -> Members:
    """Give the register as it stands with the orders that count; `left` are Ed25519 keys known to be gone anyway.

    `stays` are ids of orders to join that are known to have been in force when somebody left who had signed them; None
    takes the word of whoever signed that leaving, as where the root key signs and every new key is compared.

    First everybody leaves whom a lead of their town, or they themselves, signed out: for good, whatever the epoch.
    Then those join, or get another role, for whom two of the root-signed register signed, each a lead or stand-in of
    that town and one of them a lead, none of them the person, none of them leaving unless it was said that whom they
    let in stays (section 4.4); and only while the root key has not signed another epoch. An order
    that does not count changes nothing. The order of the rows never matters.
    """
    known = sorted(orders, key=lambda one: (one.order.when, one.data))
    leaving = [one for one in known if one.order.act == LEAVE and _may_sign_out(register, one)]
    # Whoever joined by an order leaves by a lead of the town that it names: another town's leads end nothing there.
    ended = {_signed_out(register, one) for one in known if one.order.act == LEAVE}
    gone = {one.order.subject for one in leaving}.union(left)
    staying = _staying(leaving, stays)
    members = [_left(one) if one.sign_public in gone else one for one in register.members]
    standing = replace(register, members=tuple(members))
    found = list(members)
    for one in known:
        if one.order.act == JOIN and one.order.epoch == register.epoch:
            member = _joined(register, standing, one, staying)
            if member:
                # Who joined and left again since stays as a former one: what they opened meanwhile stays open.
                out = member.sign_public in gone or (member.sign_public, member.municipality) in ended
                found = _with(found, _left(member) if out else member)
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
    """Tell whether whoever signed may shut out a key of the register: its holder, or a lead of their town."""
    member, by = register.by_sign(one.order.subject), register.by_sign(one.signers[0])
    if member is None or by is None:
        return False
    return by == member or (by.role == LEAD and by.municipality == member.municipality)


def _signed_out(register: Members, one: Signed) -> tuple[bytes, str]:
    """Give the key and the lead's town of an order that shuts out somebody who stands in an order alone."""
    by = register.by_sign(one.signers[0])
    return one.order.subject, by.municipality if by is not None and by.role == LEAD else ""


def _staying(leaving: Sequence[Signed], stays: Collection[bytes] | None) -> Staying:
    """Say whose orders to join go on though they left: those that every order which shut them out names.

    No date is asked: whoever holds the key of somebody who has left can write any. What was named by another's
    signature, before the key was out, was there.
    """
    known = None if stays is None else {one.hex() for one in stays}
    found: dict[bytes, set[str]] = {}
    for one in leaving:
        named = set(one.order.fields.get(STAYS, "").split())
        found[one.order.subject] = named & found.get(one.order.subject, named)
    return {by: named if known is None else named & known for by, named in found.items()}


def _joined(register: Members, standing: Members, one: Signed, staying: Staying) -> Member | None:
    member = joining(standing, one)
    if member is None or len(one.signers) != 2 or member.sign_public in one.signers:
        return None
    town = member.municipality
    signing = [by for by in one.signers if may_second(standing, by, town) or _stays(register, one, by, town, staying)]
    # In the root-signed register, since whoever stays had signed as what they were there.
    leads = [by for by in signing if (found := register.by_sign(by)) and found.role == LEAD]
    return member if len(signing) == len(one.signers) and leads else None


def _stays(register: Members, one: Signed, by: bytes, town: str, staying: Staying) -> bool:
    return one.id.hex() in staying.get(by, ()) and may_second(register, by, town)


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
