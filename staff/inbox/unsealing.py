"""Open one envelope and say in one word what is the matter if it cannot be read."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product

from crypto.envelope import Envelope
from crypto.errors import CorruptError, MalformedError, NotARecipientError
from crypto.opening.identity import Opener
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
    """Open an envelope with the person's keys: at once in their own slot, or with patience in every slot.

    Every slot is tried with every key for another epoch's envelope, since the person may have stood elsewhere in that
    roster; what opened one of an epoch is tried first on the next.
    """
    try:
        return read_content(_content(sealed, epoch, person, all_places))
    except NotARecipientError:
        return Opened(None, None, "not_mine")
    except (CorruptError, MalformedError):
        return Opened(None, None, "corrupt")


def _content(sealed: bytes, epoch: int, person: Person, all_places: bool) -> bytes:
    own = person.places() if epoch == person.papers.roster.epoch and not all_places else []
    for key, place in own or _everywhere(sealed, epoch, person):
        with suppress(NotARecipientError):
            content = unseal(sealed, key, [place])
            person.opened_at[epoch] = key, place
            return content
    raise NotARecipientError("no slot opens")


def _everywhere(sealed: bytes, epoch: int, person: Person) -> Iterator[tuple[Opener, int]]:
    """Give every key with every slot, those first that opened another envelope of the epoch."""
    known = person.opened_at.get(epoch)
    if known:
        yield known
    yield from product(person.openers, range(len(Envelope.from_bytes(sealed).slots)))


def read_content(content: bytes) -> Opened:
    """Decode what an envelope held; whatever does not decode is kept as it is."""
    try:
        return Opened(content, Submission.decode(content), "")
    except MalformedError:
        return Opened(content, None, "unreadable")
