"""Whether a recovery key was truly given something: by the grant's signature, never by the row that says so."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from sqlalchemy import Row, select

from crypto.errors import Error
from crypto.opening.casebook import check_grant, claimed_granter
from crypto.opening.members import Member
from staff.cases.hand import Hand
from staff.folders.keys import GRANTS, bound
from staff.inbox import keys as request_keys
from staff.inbox import store
from staff.models import Grant, Tray

CHUNK = 500
ID_SIZE = 16
Tags = Mapping[bytes, Member]


def folders(hand: Hand, rows: Sequence[bytes], keys: Tags) -> set[bytes]:
    """Give those of the folders that a recovery key (by its member tag) was given under the key that is held now."""
    held, found = hand.session.keys.held(), set()
    for row, tag, version, sealed in _trays(hand, rows, keys):
        known, key = held.get(row, (0, b""))
        if known == version and _signed(hand, sealed, bound(row), key, keys[tag], version):
            found.add(row)
    return found


def requests(hand: Hand, rows: Sequence[bytes], keys: Tags) -> set[bytes]:
    """Give those of the submissions, of which the person holds a grant, that a recovery key was given."""
    own, found = hand.person.member_tag(hand.person.identity.box_public), set[bytes]()
    for some in _chunks(rows):
        with hand.parts.casebook.read() as session:
            mine = store.granted(session, some, own)
            asked = select(Grant.submission, Grant.member, Grant.sealed)
            theirs = session.execute(asked.where(Grant.submission.in_(some), Grant.member.in_(keys))).all()
        opened = {}
        for one in mine:
            with suppress(Error):
                opened[one.id] = request_keys.accept(one, hand.person)
        found |= {
            row for row, tag, sealed in theirs if row in opened and _signed(hand, sealed, row, opened[row], keys[tag])
        }
    return found


def _signed(hand: Hand, sealed: bytes, row: bytes, key: bytes, member: Member, version: int = 1) -> bool:
    """Tell whether somebody who may grant signed this for that recovery key; submissions take a coordinator."""
    members = hand.person.papers.members
    try:
        by = claimed_granter(sealed)
        of_folder = row.startswith(GRANTS) and len(row) > ID_SIZE
        inside = members.folder_granter(by) if of_folder else members.granter(by, member.municipality)
        granter = inside or members.recoverer(by, member)
        if granter is None:
            return False
        check_grant(sealed, row, key, member.box_public, granter.sign_public, version)
    except Error:
        return False
    return True


def _trays(hand: Hand, rows: Sequence[bytes], keys: Tags) -> Iterator[Row[bytes, bytes, int, bytes]]:
    asked = select(Tray.folder, Tray.member, Tray.key_version, Tray.sealed).where(Tray.member.in_(keys))
    for some in _chunks(rows):
        with hand.parts.casebook.read() as session:
            found = session.execute(asked.where(Tray.folder.in_(some))).all()
        yield from found


def _chunks(rows: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
