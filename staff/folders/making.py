"""A new folder, sealed and granted before it is written, so that it can be written in another folder's commit."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from crypto.opening.casebook import grant, key_commitment, new_key
from crypto.opening.members import GRANTERS, RECOVERY, Member
from staff.audit import Audit, days
from staff.diary import Kind, enter
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.folders import store
from staff.folders.folder import SHARED, naming, numbered, refuse_outsiders, seal_entries, seal_summary
from staff.folders.keys import bound
from staff.folders.store import Stored
from staff.person import Person

Summarise = Callable[[Sequence[Entry]], bytes]


@dataclass(frozen=True)
class Renewal:
    """Hold what comes with a new key: who gets it, the entries written with it, and the summary that follows."""

    holders: Sequence[Member]
    entries: Sequence[Entry]
    summary: bytes = field(repr=False)


@dataclass(frozen=True)
class New:
    """Hold a folder that is sealed and granted but not written: `keep` writes it, as in another folder's commit."""

    id: bytes
    key: bytes = field(repr=False)
    keep: Callable[[Session], None] = field(repr=False)


def seal_new(
    audit: Audit,
    person: Person,
    first: Sequence[Entry],
    summarise: Summarise,
    holders: Sequence[Member],
    now: datetime,
    register: Kind | None,
) -> New:
    """Seal and grant a folder; raise RefusedActError as `Folders.prepare` says."""
    refuse_granter(person)
    entries = [*first, naming(SHARED, person.name, now, holders)]
    summary = summarise(entries)
    refuse_outsiders(summary, holders)
    row, key, last = secrets.token_bytes(16), new_key(), len(entries)
    sealed = seal_entries(key, row, numbered(1, entries), person.identity, 1)
    closed = seal_summary(key, row, last, summary)
    stored = Stored(row, days(now), last, 1, key_commitment(key, bound(row)), closed)
    grants = granted(key, row, 1, holders, person)

    def keep(session: Session) -> None:
        audit.write(session, person, "created", row, key, now, {"v": str(last)})
        store.add(session, stored, sealed)
        store.grant(session, row, 1, grants)
        if register is not None:
            enter(session, person.team, days(now), register)

    return New(row, key, keep)


def granted(key: bytes, row: bytes, key_version: int, members: Sequence[Member], person: Person) -> dict[bytes, bytes]:
    """Grant a folder's key to members, by member tag, signed by the person."""
    return {
        person.member_tag(one.box_public): grant(key, bound(row), one.box_public, person.identity, key_version)
        for one in members
    }


def refuse_granter(person: Person, *also: str) -> None:
    """Raise RefusedActError("role") for who may not grant: what they signed would be believed by nobody.

    `also` names further roles that may do this one act.
    """
    if person.member.role not in (*GRANTERS, *also):
        raise RefusedActError("role")


def with_recovery(person: Person, members: Sequence[Member]) -> list[Member]:
    """Add the recovery key of the person's team, as the roster has it; a team that left the roster has none."""
    found = {one.box_public: one for one in members}
    with suppress(KeyError):
        box = person.papers.roster.team(person.municipality).recovery
        found[box] = Member(RECOVERY, RECOVERY, person.municipality, box, b"")
    return list(found.values())
