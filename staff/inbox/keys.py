"""The key of one submission: accepted from a signed grant, given on to those who lack it."""

import contextlib
from collections.abc import Collection, Mapping

from crypto.errors import Error, ForgedError
from crypto.opening.casebook import accept_grant, check_grant, claimed_granter, grant, key_commitment
from crypto.opening.members import Member
from crypto.opening.recovering import by_peers
from staff.folders.folder import mark
from staff.inbox.store import Granted
from staff.person import Person


def accept(granted: Granted, person: Person) -> bytes:
    """Give the submission's key.

    Raises ForgedError unless a coordinator of this very team signed the grant, and for a key that is not the one that
    the row is bound to: a row in the database makes nobody a granter. NotARecipientError, MalformedError as it falls.
    """
    if granted.grant is None:
        raise ForgedError("no grant")
    granter = believed(granted.grant, person)
    if granter is None:
        raise ForgedError("not by a coordinator of the team")
    key = accept_grant(granted.grant, granted.id, person.identity, granter.sign_public)
    if key_commitment(key, granted.id) != granted.commitment:
        raise ForgedError("not the key that the row is bound to")
    return key


def believed(granted: bytes, person: Person) -> Member | None:
    """Give the coordinator of the person's team, now or formerly, or its recovery key, that a grant claims to be by."""
    by, members = claimed_granter(granted), person.papers.members
    return members.granter(by, person.municipality) or members.recoverer(by, person.member)


def members_keys(person: Person, only: Collection[str] = ()) -> dict[bytes, bytes]:
    """List whom the team's submissions are granted to, by member tag: its coordinators and the recovery key.

    `only` names, by mark, those who alone may read what belongs to a protected case.
    """
    boxes = [member.box_public for member in person.papers.members.team(person.municipality)]
    if only:
        return {person.member_tag(box): box for box in boxes if mark(box) in only}
    with contextlib.suppress(KeyError):  # a team that left the roster has no recovery key any more
        boxes.append(person.papers.roster.team(person.municipality).recovery)
    return {person.member_tag(box): box for box in boxes}


def returned(person: Person) -> dict[bytes, bytes]:
    """List, as `members_keys` does, whose key follows one that was lost: two sign before it is given older requests."""
    members = person.papers.members
    boxes = [one.box_public for one in members.team(person.municipality) if by_peers(members, one)]
    return {person.member_tag(box): box for box in boxes}


def holds(granted: bytes, row: bytes, key: bytes, box_public: bytes, person: Person) -> bool:
    """Tell whether a member was truly given a submission's key: a row that only says so, or is none, is no grant."""
    try:
        granter = believed(granted, person)
        if granter is not None:
            check_grant(granted, row, key, box_public, granter.sign_public)
    except Error:
        return False
    return granter is not None


def grants(key: bytes, row: bytes, person: Person, to: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Grant a key to members, given by tag, signed by the person."""
    return {tag: grant(key, row, box, person.identity) for tag, box in to.items()}
