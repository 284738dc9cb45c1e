"""Open one envelope and say in one word what is the matter if it cannot be read."""

from dataclasses import dataclass, field

from crypto.errors import CorruptError, MalformedError, NotARecipientError
from crypto.opening.unseal import unseal
from crypto.submission import Submission
from staff.person import Person


@dataclass(frozen=True)
class Opened:
    """Hold what came out of an envelope; `problem` is "", "not_mine", "corrupt" or "unreadable" (opened, strange)."""

    content: bytes | None = field(repr=False)
    submission: Submission | None = field(repr=False)
    problem: str


def open_envelope(sealed: bytes, epoch: int, person: Person, *, all_places: bool = False) -> Opened:
    """Open an envelope with the person's key: at once in their own slot, or with patience in every slot.

    Every slot is tried for another epoch's envelope too, since the person may have stood elsewhere in that roster.
    """
    place = person.place()
    own = place is not None and epoch == person.papers.roster.epoch and not all_places
    try:
        content = unseal(sealed, person.identity, [place] if own and place is not None else None)
    except NotARecipientError:
        return Opened(None, None, "not_mine")
    except (CorruptError, MalformedError):
        return Opened(None, None, "corrupt")
    return read_content(content)


def read_content(content: bytes) -> Opened:
    """Decode what an envelope held; whatever does not decode is kept as it is."""
    try:
        return Opened(content, Submission.decode(content), "")
    except MalformedError:
        return Opened(content, None, "unreadable")
