"""Turn an envelope into bytes and back. Nothing here seals or opens. Source: docs/envelope.md section 1."""

import hashlib
import struct
from dataclasses import dataclass
from itertools import pairwise

from crypto.errors import MalformedError
from crypto.primitives import NONCE_SIZE, SEAL_SIZE, TAG_SIZE, keyed_hash, sha256

MAGIC = b"UTVG"
VERSION = 1
SUITE = 1
PADDED_SIZE = 8192
CONTENT_LIMIT = PADDED_SIZE - 1
KEY_SIZE = 32
SLOT_SIZE = KEY_SIZE + SEAL_SIZE
CIPHERTEXT_SIZE = PADDED_SIZE + TAG_SIZE
PLACES = range(2, 256)
_HEAD = struct.Struct(">4sBBBI8s")
HEADER_SIZE = _HEAD.size + 32


def size(places: int) -> int:
    """Count the bytes of every envelope with so many places (section 1)."""
    return HEADER_SIZE + places * SLOT_SIZE + NONCE_SIZE + CIPHERTEXT_SIZE


def envelope_id(data: bytes) -> bytes:
    """Name an envelope by its bytes: 16 bytes of SHA-256 (section 1.5)."""
    return hashlib.sha256(data).digest()[:16]


def team_tag(municipality: str) -> bytes:
    """Name a team outside an envelope: 8 bytes that say which town and no more (section 1.1)."""
    return sha256("utvag/1/team", municipality.encode())[:8]


def head(places: int, epoch: int, tag: bytes) -> bytes:
    """Write bytes 0 to 18 of an envelope, those that the commitment covers."""
    return _HEAD.pack(MAGIC, VERSION, SUITE, places, epoch, tag)


def commitment(content_key: bytes, head_bytes: bytes) -> bytes:
    """Bind an envelope to one content key: 32 bytes (section 1.2)."""
    return keyed_hash(content_key, "utvag/1/commitment", head_bytes)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Hold the parts of one envelope: sizes as in section 1, nothing readable."""

    suite: int
    epoch: int
    team_tag: bytes
    commitment: bytes
    slots: tuple[bytes, ...]
    body: bytes

    @property
    def head(self) -> bytes:
        """Give bytes 0 to 18."""
        return head(len(self.slots), self.epoch, self.team_tag)

    @property
    def associated(self) -> bytes:
        """Give the bytes that the ciphertext is bound to: header, commitment, slots (section 1.4)."""
        return b"".join((self.head, self.commitment, *self.slots))

    def to_bytes(self) -> bytes:
        """Write the envelope: `size(places)` bytes."""
        return self.associated + self.body

    @classmethod
    def from_bytes(cls, data: bytes) -> "Envelope":
        """Read an envelope's parts; raise MalformedError on another magic, version, suite or length."""
        if len(data) < HEADER_SIZE:
            raise MalformedError("shorter than a header")
        magic, version, suite, places, epoch, tag = _HEAD.unpack_from(data)
        if (magic, version, suite) != (MAGIC, VERSION, SUITE):
            raise MalformedError("another magic, version or suite")
        if places not in PLACES or len(data) != size(places):
            raise MalformedError("another length than its places give")
        ends = [HEADER_SIZE + place * SLOT_SIZE for place in range(places + 1)]
        slots = tuple(data[start:end] for start, end in pairwise(ends))
        return cls(suite, epoch, tag, data[_HEAD.size : HEADER_SIZE], slots, data[ends[-1] :])
