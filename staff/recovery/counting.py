"""What a recovery key was truly given, counted without any key: a row counts by its signature, never by being there.

A grant is signed over the commitment of the key that it carries, so that whoever holds no key can tell a true one from
a row that only looks like one. The trap: the 80 bytes in which the key is sealed are not signed. Whether they still
open is known to the key that they are sealed to alone.
"""

from collections.abc import Callable, Iterable

from sqlalchemy import select

from crypto.errors import Error
from crypto.opening.casebook import claimed_granter, verify_grant
from crypto.opening.members import Member, Members
from staff.casebook import Casebook
from staff.folders import store as shelves
from staff.folders.keys import bound
from staff.models import Grant, StoredSubmission

Tag = Callable[[bytes], bytes]
Granter = Callable[[bytes], Member | None]


def folders(casebook: Casebook, tag: Tag, key: Member, members: Members) -> set[bytes]:
    """List the folders whose key of now a recovery key was granted by somebody who may grant."""
    with casebook.read() as session:
        waiting = shelves.tray(session, tag(key.box_public))

    def granter(by: bytes) -> Member | None:
        return members.folder_granter(by) or members.recoverer(by, key)

    rows = ((one.folder, bound(one.folder), one.sealed, one.commitment, one.key_version) for one in waiting)
    return _true(rows, key, granter)


def submissions(casebook: Casebook, tag: Tag, key: Member, members: Members) -> set[bytes]:
    """List the submissions whose key of now a recovery key was granted by somebody who may grant."""
    asked = select(Grant.submission, Grant.sealed, StoredSubmission.commitment)
    asked = asked.join(StoredSubmission, StoredSubmission.id == Grant.submission)
    with casebook.read() as session:
        found = session.execute(asked.where(Grant.member == tag(key.box_public))).all()

    def granter(by: bytes) -> Member | None:
        return members.granter(by, key.municipality) or members.recoverer(by, key)

    return _true(((row, row, sealed, commitment, 1) for row, sealed, commitment in found), key, granter)


def left(casebook: Casebook, tag: Tag, old: Member, new: Member, members: Members) -> tuple[int, int]:
    """Count folders and submissions that the old recovery key opens by its grants and the new one does not."""
    counted = [
        len(kind(casebook, tag, old, members) - kind(casebook, tag, new, members)) for kind in (folders, submissions)
    ]
    return counted[0], counted[1]


def _true(rows: Iterable[tuple[bytes, bytes, bytes, bytes, int]], key: Member, granter: Granter) -> set[bytes]:
    found = set()
    for row, named, sealed, commitment, version in rows:
        try:
            by = granter(claimed_granter(sealed))
            if by is not None:
                verify_grant(sealed, named, commitment, key.box_public, by.sign_public, version)
                found.add(row)
        except Error:
            continue
    return found
