"""A person's list of conflicts of interest: whom they know, under which names and numbers; only they ever read it.

Sealed under a key that follows from their own, always at one size. Source: docs/envelope.md section 5.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from crypto.errors import Error
from crypto.opening.auditing import audit_key
from crypto.opening.casebook import SIZES, Place, open_value, seal_value
from crypto.opening.keyring import own_key
from staff.audit import Audit, myself
from staff.audit.store import newest_k
from staff.casebook import Casebook
from staff.errors import RefusedActError
from staff.folders.store import bounded
from staff.insiders.matching import too_short
from staff.models import StoredConflicts
from staff.office import Office
from staff.person import Person

PURPOSE, SIZE = "conflicts", "16k"
MOST, LONGEST = 200, 200  # lines, and characters of one
ONE = StoredConflicts


@dataclass(frozen=True)
class Kept:
    """Hold a list as it stands; `problem` is "", "corrupt" or "older" (an earlier state, or none, was put back)."""

    version: int = 0
    lines: tuple[str, ...] = field(default=(), repr=False)
    problem: str = ""


def load(casebook: Casebook, person: Person) -> Kept:
    """Open the person's list; empty if they have never kept one."""
    member, key = _member(person), own_key(person.identity, PURPOSE)
    with casebook.read() as session:
        found = session.execute(select(ONE.version, ONE.sealed).where(ONE.member == member)).one_or_none()
        newest = newest_k(session, audit_key(key))
    version = bounded(found[0]) if found else 0
    problem = "older" if version < newest else ""
    if found is None:
        return Kept(0, (), problem)
    try:
        text = open_value(key, Place(PURPOSE, member, 0, version), found[1]).decode()
    except (Error, UnicodeDecodeError):
        return Kept(version, (), "corrupt")
    return Kept(version, tuple(filter(None, text.split("\n"))), problem)


def keep(parts: Office, person: Person, lines: Sequence[str], after: int) -> None:
    """Keep a list in place of the one at version `after` (0: none); a row of the audit says only that it was written.

    Raises RefusedActError: "short" (a line that would be found everywhere), "long", "meanwhile" (another session did).
    """
    clean = tuple(dict.fromkeys(filter(None, (" ".join(one.split()) for one in lines))))
    if any(too_short(one) for one in clean):
        raise RefusedActError("short")
    data = "\n".join(clean).encode("utf-8", "replace")
    if len(clean) > MOST or any(len(one) > LONGEST for one in clean) or len(data) >= SIZES[SIZE]:
        raise RefusedActError("long")
    member, key = _member(person), own_key(person.identity, PURPOSE)
    with parts.casebook.write() as session:
        version = max(after, newest_k(session, audit_key(key))) + 1
        Audit(parts.casebook).write(session, person, PURPOSE, myself(person), key, parts.now(), {"v": str(version)})
        sealed = seal_value(key, Place(PURPOSE, member, 0, version), data, SIZE)
        if not _put(session, member, after, version, sealed):
            raise RefusedActError("meanwhile")


def version_of(session: Session, person: Person) -> int:
    """Give the version of the person's list, 0 if there is none."""
    return bounded(session.scalar(select(ONE.version).where(ONE.member == _member(person))) or 0)


def _put(session: Session, member: bytes, after: int, version: int, sealed: bytes) -> bool:
    standing = session.scalar(select(ONE.version).where(ONE.member == member))
    if standing is None:
        session.execute(insert(ONE), [{"member": member, "version": version, "sealed": sealed}])
        return True
    change = update(ONE).where(ONE.member == member, ONE.version == after).values(version=version, sealed=sealed)
    return session.connection().execute(change).rowcount == 1


def _member(person: Person) -> bytes:
    return person.member_tag(person.identity.box_public)
