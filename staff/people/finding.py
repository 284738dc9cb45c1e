"""The people of the own town as a page shows them; whoever works elsewhere does not exist here."""

from dataclasses import dataclass

from crypto.errors import DamagedKeyFileError
from crypto.opening.keyfile import public_halves
from crypto.opening.members import LEAVING, LEFT, RECOVERY, Member
from staff.accounts.session import Seen
from staff.errors import UnknownMemberError
from staff.office import office
from staff.person import Person


@dataclass(frozen=True)
class Line:
    """Hold one colleague: whether they can get in and by what, and since when they sit there.

    `signed` says that the root key has signed them; else they are believed by an order, until it signs next.
    """

    id: bytes
    member: Member
    me: bool
    signed: bool
    key: bool
    codes: bool
    passkeys: int
    sessions: list[Seen]


def member_id(who: Person, member: Member) -> bytes:
    """Give what names a member in an address: 16 bytes that tell nothing without the pepper."""
    return who.member_tag(member.sign_public)[:16]


def find(who: Person, name: bytes) -> Member:
    """Give the member of the own town that an address names; raise UnknownMemberError."""
    found = next((one for one in colleagues(who) if member_id(who, one) == name), None)
    if found is None:
        raise UnknownMemberError
    return found


def colleagues(who: Person) -> list[Member]:
    """List who works in the own town now."""
    here = [one for one in who.papers.members.members if one.municipality == who.municipality]
    return sorted((one for one in here if one.role not in {*LEFT, RECOVERY}), key=lambda one: one.name.casefold())


def former(who: Person) -> list[tuple[bytes, Member]]:
    """List who has left the own town, with what names each in an address, by name."""
    people = LEFT - {LEAVING[RECOVERY]}
    gone = [one for one in who.papers.members.members if one.municipality == who.municipality and one.role in people]
    return [(member_id(who, one), one) for one in sorted(gone, key=lambda one: one.name.casefold())]


def lines(who: Person) -> list[Line]:
    """List the own town's people."""
    return [_line(who, one) for one in colleagues(who)]


def _line(who: Person, member: Member) -> Line:
    parts = office()
    account = parts.accounts.find(member.name)
    try:
        key = account is not None and public_halves(account.key_file) == (member.box_public, member.sign_public)
    except DamagedKeyFileError:
        key = False
    return Line(
        id=member_id(who, member),
        member=member,
        me=member.sign_public == who.identity.sign_public,
        signed=who.papers.signed.by_sign(member.sign_public) == member,
        key=key,
        codes=key and account is not None and parts.sign_in.codes and parts.accounts.has_codes(account),
        passkeys=len(parts.passkeys.of(account.id)) if key and account else 0,
        sessions=parts.sessions.of(member.box_public),
    )
