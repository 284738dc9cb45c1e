"""The yearly reminder of secrecy: signed by each person's own key over the very words, and shown to their lead.

The lead believes no row: a signature holds for one key, one wording and one moment, or the person has not signed.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crypto.errors import ForgedError
from crypto.opening.members import Member
from crypto.primitives import canonical, sha256
from crypto.sealing.signed import signed_bytes, verify_signature
from programme.guidance import Secrecy
from staff.access import SIGNING_IN
from staff.cases.followup import months_after
from staff.office import Office
from staff.person import Person
from staff.welcome.marks import Mark, Marks

KIND = "secrecy"
ACT = "secrecy_signed"
EARLIEST, LATEST = 946_684_800, 4_102_444_800  # seconds: the years 2000 to 2100


@dataclass(frozen=True)
class Standing:
    """Hold how one person stands: when they signed last (None: never), and whether they should sign now."""

    member: Member
    when: datetime | None
    version: str
    due: bool


def statement(secrecy: Secrecy, sign_public: bytes, when: int) -> bytes:
    """Give the bytes that are signed: the key, the wording by version and hash, and the second."""
    words = sha256("utvag/1/secrecy", secrecy.text.encode()).hex()
    value = {"sign": sign_public.hex(), "version": secrecy.version, "when": when, "words": words}
    return signed_bytes(KIND, canonical(value))


def sign(parts: Office, person: Person) -> None:
    """Sign the words as they stand; a row of the person's own audit says so with their version."""
    secrecy, when = parts.settings.programme.casework.secrecy, int(parts.now().timestamp())
    signature = person.identity.sign(statement(secrecy, person.identity.sign_public, when)).hex()
    with parts.casebook.write() as session:
        parts.audit.about_me(session, person, ACT, parts.now(), {"version": secrecy.version})
    marks, mine = marks_of(parts), me(person)
    marks.keep(mine, replace(marks.of(mine), version=secrecy.version, when=when, signature=signature))


def standing(parts: Office, member: Member, mark: Mark) -> Standing:
    """Tell how a member stands by their mark: a signature that does not hold is none."""
    secrecy = parts.settings.programme.casework.secrecy
    if not _holds(secrecy, member, mark):
        return Standing(member, None, "", due=True)
    when = datetime.fromtimestamp(mark.when, UTC)
    return Standing(member, when, mark.version, due=months_after(when.date(), secrecy.months) <= parts.now().date())


def _holds(secrecy: Secrecy, member: Member, mark: Mark) -> bool:
    """Check a signature over the words in force: older words are words that this person has not signed."""
    if mark.version != secrecy.version or not EARLIEST <= mark.when <= LATEST:
        return False
    try:
        said = statement(secrecy, member.sign_public, mark.when)
        verify_signature(member.sign_public, said, bytes.fromhex(mark.signature))
    except (ForgedError, ValueError):
        return False
    return True


def of_town(parts: Office, person: Person) -> list[Standing]:
    """List how everybody of the person's town stands who signs in, those who should sign first."""
    marks = marks_of(parts).all()
    own = person.papers.members.with_role(person.municipality, *SIGNING_IN)
    found = [standing(parts, one, marks.get(person.member_tag(one.box_public), Mark())) for one in own]
    return sorted(found, key=lambda one: (not one.due, one.member.name.casefold()))


def marks_of(parts: Office) -> Marks:
    """Give the store of marks."""
    return Marks(parts.casebook, parts.settings.pepper)


def me(person: Person) -> bytes:
    """Give the tag of a person's own mark."""
    return person.member_tag(person.identity.box_public)
