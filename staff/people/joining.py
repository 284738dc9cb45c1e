"""Who joins: a lead invites, compares the fingerprint by voice and asks; a second one, shown what is asked, signs too.

Each act is one commit with its row of the audit first. What two do at once is settled inside that commit: whoever is
second is told so, and nothing is lost.
"""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from crypto.opening.joining import JOIN as JOINING
from crypto.opening.joining import amended, joining, may_second, order_join
from crypto.opening.members import AGENCY_ROLES, AUDITOR, COORDINATOR, LEAD, Member, fingerprint, may_become
from crypto.opening.orders import Signed, read_order
from staff.accounts.invitations import JOIN, RENEW, TO_USE, Invitation, new_code
from staff.audit.store import take_turn
from staff.errors import RefusedActError, UnknownMemberError
from staff.office import Office, office
from staff.orders import order_id, seconded
from staff.person import Person

INVITED = (COORDINATOR, LEAD, AUDITOR, *AGENCY_ROLES)
INSIDE = (COORDINATOR, LEAD, AUDITOR)  # between these a role may change: nobody takes keys along to an agency
LONGEST = 60  # characters of a name


@dataclass(frozen=True)
class Wish:
    """Hold whom a lead wants to invite."""

    name: str
    role: str
    agency: str = ""


@dataclass(frozen=True)
class Waiting:
    """Hold an order to join that waits for its second signature, as the order itself says it.

    `known` says that the person is a member already, so that the order gives them another role.
    """

    id: bytes
    member: Member
    digits: str
    asked_by: str
    when: int
    mine: bool
    may: bool
    known: bool


def counts(who: Person) -> bool:
    """Tell whether somebody's signature counts: the root key has signed them as a lead or stand-in of their town."""
    return may_second(who.papers.signed, who.identity.sign_public, who.municipality)


def invite(who: Person, wish: Wish) -> str:
    """Invite somebody and give the code, which stands nowhere else; raise RefusedActError."""
    parts, code = office(), new_code()
    agency = _checked(wish)
    with parts.casebook.write() as session:
        take_turn(session)
        parts.audit.about_me(session, who, "invited", parts.now(), {"who": wish.name, "role": wish.role})
        tidy(parts, session)
        _free(session, who, wish.name)
        last = parts.today() + TO_USE
        row = parts.invitations.row(code)
        parts.invitations.keep(
            session, Invitation(row, JOIN, last, wish.name, wish.role, who.municipality, agency, who.name)
        )
    return code


def renew(who: Person, member: Member) -> str:
    """Give a colleague whose phone is lost a code for new codes and passkeys; their passphrase is asked for as well."""
    parts, code = office(), new_code()
    if member.sign_public == who.identity.sign_public:
        raise RefusedActError("self")
    with parts.casebook.write() as session:
        take_turn(session)
        parts.audit.about_me(session, who, "renewed", parts.now(), {"who": member.name})
        tidy(parts, session)
        for one in parts.invitations.all_in(session, parts.today()):
            if one.kind == RENEW and one.statement == member.sign_public:
                parts.invitations.drop(session, one.id)  # the newest code is the one that holds
        said = (member.name, member.role, member.municipality, member.agency, who.name)
        last = parts.today() + TO_USE
        parts.invitations.keep(session, Invitation(parts.invitations.row(code), RENEW, last, *said, member.sign_public))
    return code


def agree(who: Person, row: bytes, seen: str) -> None:
    """Ask that an invited person be believed, whose fingerprint the lead has compared; raise RefusedActError.

    `seen` are the digits that the lead's page showed: a statement that was changed since is never signed.
    """
    parts, now = office(), office().now()
    with parts.casebook.write() as session:
        take_turn(session)
        one = own(session, who, row)
        parts.audit.about_me(session, who, "agreed", now, {"who": one.name, "role": one.role})
        member = one.member
        if not counts(who):
            raise RefusedActError("not_signed")
        if member is None or fingerprint(member) != seen:
            raise RefusedActError("changed")
        if one.order and standing(who, one.order):
            raise RefusedActError("agreed")
        data = order_join(member, who.identity, who.papers.signed.epoch, int(now.timestamp()))
        parts.invitations.keep(session, replace(one, order=parts.orders.keep(session, data)))


def change_role(who: Person, member: Member, role: str) -> None:
    """Ask that a colleague have another role, with the keys that they have; raise RefusedActError."""
    parts, now = office(), office().now()
    changed = replace(member, role=role, stand_in=False)
    with parts.casebook.write() as session:
        take_turn(session)
        parts.audit.about_me(session, who, "asked_role", now, {"who": member.name, "role": role})
        if not counts(who):
            raise RefusedActError("not_signed")
        if member.sign_public == who.identity.sign_public:
            raise RefusedActError("own_role")
        if role not in roles_for(member):
            raise RefusedActError("other_role")
        if any(one.member.sign_public == member.sign_public for one in waiting(who)):
            raise RefusedActError("agreed")
        parts.orders.keep(session, order_join(changed, who.identity, who.papers.signed.epoch, int(now.timestamp())))


def roles_for(member: Member) -> list[str]:
    """List the roles that a colleague may get with the keys that they have; for others they leave and join anew."""
    inside = [role for role in INSIDE if role != member.role] if member.role in INSIDE else []
    return [role for role in inside if may_become(member, role)]


def drop(who: Person, row: bytes) -> None:
    """Take back an order that nobody has signed as the second; raise UnknownMemberError."""
    parts = office()
    with parts.casebook.write() as session:
        take_turn(session)
        one = next((one for one in waiting(who) if one.id == row), None)
        if one is None:
            raise UnknownMemberError
        parts.audit.about_me(session, who, "withdrew", parts.now(), {"who": one.member.name, "role": one.member.role})
        parts.orders.drop(session, row)


def second(who: Person, row: bytes) -> Member:
    """Sign what another has asked for, and give whom it lets in; raise RefusedActError, UnknownMemberError."""
    parts, now = office(), office().now()
    with parts.casebook.write() as session:
        take_turn(session)
        signed = _order(row)
        member = joining(who.papers.signed, signed)
        if member is None or member.municipality != who.municipality:
            raise UnknownMemberError
        parts.audit.about_me(session, who, "seconded", now, {"who": member.name, "role": member.role})
        _may_be_second(who, signed)
        data = seconded(signed, who.identity)
        after = amended(who.papers.signed, [*parts.orders.all(), read_order(data)])
        if after.by_sign(member.sign_public) != member:
            raise RefusedActError("no_effect")
        parts.orders.keep(session, data)
        for one in parts.invitations.all_in(session, parts.today()):
            if one.order == row:
                parts.invitations.drop(session, one.id)
    return member


def withdraw(who: Person, row: bytes) -> None:
    """Take an invitation back, with the key that was made of it; raise UnknownMemberError."""
    parts = office()
    with parts.casebook.write() as session:
        take_turn(session)
        one = own(session, who, row)
        parts.audit.about_me(session, who, "withdrew", parts.now(), {"who": one.name, "role": one.role})
        forget(parts, session, who.papers.members.by_name(one.name), one)
    parts.casebook.settle()


def end_sessions(who: Person, member: Member) -> int:
    """End every session of a colleague, and give how many there were."""
    parts = office()
    with parts.casebook.write() as session:
        take_turn(session)
        parts.audit.about_me(session, who, "ended", parts.now(), {"who": member.name})
    return parts.sessions.end(member.box_public)


def waiting(who: Person) -> list[Waiting]:
    """List the orders of the own town that wait for a second signature."""
    found = [_waiting(who, one) for one in office().orders.all() if len(one.signers) == 1]
    return sorted((one for one in found if one), key=lambda one: one.when)


def standing(who: Person, row: bytes) -> bool:
    """Tell whether an order stands that still can be signed, or has been."""
    epoch = who.papers.signed.epoch
    return any(order_id(one) == row and one.order.epoch == epoch for one in office().orders.all())


def own(session: Session, who: Person, row: bytes) -> Invitation:
    """Give an invitation of the own town that holds; raise UnknownMemberError."""
    found = office().invitations.find_in(session, row, office().today())
    if found is None or found.municipality != who.municipality:
        raise UnknownMemberError
    return found


def tidy(parts: Office, session: Session) -> None:
    """Take away what nobody used in time, with the keys that were made of it."""
    members = parts.register.current().members
    for one in parts.invitations.over(session, parts.today()):
        forget(parts, session, members.by_name(one.name), one)


def forget(parts: Office, session: Session, known: Member | None, one: Invitation) -> None:
    """Take an invitation away, and the account that was made of it unless somebody of that name works here by now."""
    parts.invitations.drop(session, one.id)
    if one.order and known is None:
        parts.orders.drop(session, one.order)
    stated = one.member
    if known is None and stated is not None:
        parts.accounts.forget(session, one.name, stated.box_public)


def _checked(wish: Wish) -> str:
    """Give the agency to invite somebody for; raise RefusedActError for a name or role that cannot be."""
    if not 0 < len(wish.name) <= LONGEST or not wish.name.isprintable():
        raise RefusedActError("name")
    if wish.role not in INVITED:
        raise RefusedActError("role")
    if wish.role not in AGENCY_ROLES:
        return ""
    found = office().settings.programme.casework.agencies.agency(wish.agency)
    if found is None:
        raise RefusedActError("agency")
    return found.name


def _free(session: Session, who: Person, name: str) -> None:
    """Refuse a name that somebody has, here or in another town, or that is invited already."""
    parts = office()
    if not counts(who):
        raise RefusedActError("not_signed")
    if who.papers.members.by_name(name) is not None:
        raise RefusedActError("taken")
    tag = parts.accounts.tag(name)
    if any(parts.accounts.tag(one.name) == tag for one in parts.invitations.all_in(session, parts.today())):
        raise RefusedActError("invited")


def _order(row: bytes) -> Signed:
    found = next((one for one in office().orders.all() if order_id(one) == row and one.order.act == JOINING), None)
    if found is None:
        raise UnknownMemberError
    return found


def _may_be_second(who: Person, signed: Signed) -> None:
    if len(signed.signers) != 1:
        raise RefusedActError("done")
    if signed.order.epoch != who.papers.signed.epoch:
        raise RefusedActError("epoch")
    if not counts(who):
        raise RefusedActError("may_not")


def _waiting(who: Person, signed: Signed) -> Waiting | None:
    papers, me = who.papers, who.identity.sign_public
    member = joining(papers.signed, signed) if signed.order.act == JOINING else None
    asker = papers.members.by_sign(signed.signers[0])
    if member is None or asker is None or signed.order.epoch != papers.signed.epoch:
        return None
    if member.municipality != who.municipality:
        return None
    mine, may = signed.signers[0] == me, counts(who) and me not in (signed.signers[0], member.sign_public)
    known = papers.members.by_sign(member.sign_public) is not None
    id_ = order_id(signed)
    return Waiting(id_, member, fingerprint(member), asker.name, signed.order.when, mine, may, known)
