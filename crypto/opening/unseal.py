"""Open an envelope with a coordinator's key. Source: docs/envelope.md section 1.6."""

from collections.abc import Iterator, Sequence

from crypto import envelope, primitives
from crypto.envelope import Envelope
from crypto.errors import CorruptError, NotARecipientError
from crypto.opening.identity import Opener


def unseal(data: bytes, key: Opener, places: Sequence[int] | None = None) -> bytes:
    """Open an envelope and give its content (at most 8,191 bytes, of any origin: decode it with care).

    `places` are the slots to try; None tries all. Raises MalformedError, NotARecipientError (no slot tried is for this
    key: try another), CorruptError (a slot opened, the rest does not hold: final).
    """
    parts = Envelope.from_bytes(data)
    corrupt = False
    for content_key in _content_keys(parts, key, places):
        # The commitment first: without it one envelope could open to two texts under two keys (section 1.2).
        if primitives.same(envelope.commitment(content_key, parts.head), parts.commitment):
            return primitives.decrypt(content_key, parts.body, parts.associated)
        corrupt = True
    if corrupt:
        raise CorruptError("a slot opens to a key that the envelope is not bound to")
    raise NotARecipientError("no slot opens")


def _content_keys(parts: Envelope, key: Opener, places: Sequence[int] | None) -> Iterator[bytes]:
    tried = range(len(parts.slots)) if places is None else places
    for place in tried:
        if place < len(parts.slots):
            try:
                yield key.open_seal(parts.slots[place])
            except NotARecipientError:
                continue
