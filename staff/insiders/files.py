"""The file that two sign for: made when it is asked for, so that they sign its bytes, and again when it is fetched.

The same words on the same day give the same file. What has been written or shut in between gives another, and that one
nobody has signed for. Source: docs/envelope.md section 4.4.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from programme.hours import ZONE
from staff.agencies import exporting
from staff.agencies.desk import Desk
from staff.cases.hand import Hand
from staff.documents import extracting
from staff.documents.paper import PaperError
from staff.erasure import acts as erasing
from staff.erasure import archiving
from staff.errors import RefusedActError, UnknownFolderError
from staff.insiders.four import Standing

ARCHIVE = "archive"
DIGEST = "sha256"
ASKING = "prepared"  # what the audit calls it when a file is made to be signed for, and not given to anybody


@dataclass(frozen=True)
class File:
    """Hold a PDF, a name for work, and for the archive's file the version of the case that it was made of."""

    name: str
    data: bytes = field(repr=False)
    version: int = 0

    @property
    def digest(self) -> str:
        """Give the SHA-256 of its bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


def desk_of(hand: Hand, reading: str = "exported") -> Desk:
    """Give what an act on a case towards others needs."""
    parts = hand.parts
    programme = parts.settings.programme
    return Desk(parts.casebook, parts.folders, hand.session.keys, hand.person, programme, hand.now, reading)


def digest(hand: Hand, case: bytes, what: str) -> str:
    """Make the file that somebody asks for, today, and give its SHA-256 in hex; it is kept nowhere.

    Raises as `make` does.
    """
    return _made(hand, case, what, hand.now, ASKING).digest


def fetched(hand: Hand, standing: Standing) -> File:
    """Make again the file that two have signed for; its bytes are the ones that they signed.

    Raises as `make` does, and RefusedActError("other_file") if something has changed since.
    """
    asked, fields = datetime.fromtimestamp(standing.order.when, UTC), standing.order.fields
    found = _made(hand, standing.order.subject, fields.get("what", ""), asked, "")
    if not hmac.compare_digest(found.digest.encode(), fields.get(DIGEST, "").encode()):
        raise RefusedActError("other_file")
    return found


def _made(hand: Hand, case: bytes, what: str, asked: datetime, reading: str) -> File:
    """Make a file by its kind and id; UnknownFolderError, RefusedActError as its own rules do, and "paper"."""
    kind, _, name = what.partition(":")
    day = asked.astimezone(ZONE).date()
    try:
        if kind == ARCHIVE:
            desk = erasing.Desk(hand.parts, hand.session, hand.person)
            built = archiving.build(desk, case, day, reading or "archived")
            return File("arkiv", built.data, built.version)
        return _paper(hand, case, kind, name, day, reading)
    except PaperError as error:
        raise RefusedActError("paper") from error


def _paper(hand: Hand, case: bytes, kind: str, name: str, day: date, reading: str) -> File:
    if kind == "paper":
        return File(*exporting.paper(desk_of(hand, reading or "exported"), case, name, day))
    if kind == "extract":
        found = extracting.read(desk_of(hand, reading or "extract"), case, name, day)
        return File(found.working, found.paper.pdf())
    raise UnknownFolderError
