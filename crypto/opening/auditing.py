"""One row of the audit: signed by who acted, sealed to the auditors and under the subject's key, chained by a hash.

Source: docs/envelope.md section 5.6.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crypto.errors import CorruptError, Error, MalformedError, NotARecipientError
from crypto.opening.casebook import Place, new_key, open_value, seal_value
from crypto.opening.identity import Identity
from crypto.primitives import (
    KEY_SIZE,
    SEAL_SIZE,
    decrypt,
    derive,
    encrypt,
    keyed_hash,
    nobodys_key,
    packed,
    seal_to,
    sha256,
)
from crypto.sealing.signed import SIGNATURE_SIZE, signed_bytes, verify_signature

PLACES = 4  # auditors that one row is sealed to; unused places are true seals to keys that were thrown away
TAG_SIZE = 16
CONTENT = 512
START = b"\0" * 32  # the head before the first row
SUITE = b"\x01"
_SLOT = KEY_SIZE + SEAL_SIZE
_HEAD = SIGNATURE_SIZE + KEY_SIZE + 32 + 8
ROOM = CONTENT - 1 - _HEAD  # bytes for the words


@dataclass(frozen=True, slots=True)
class Spot:
    """Say where a row stands in the chain: the head before it, its number, its day (since 1970), its tag."""

    previous: bytes
    number: int
    day: int
    tag: bytes

    def associated(self) -> bytes:
        """Give the associated data of what is sealed to the auditors."""
        return b"utvag/1/audit\0" + self.previous + packed(">QI", self.number, self.day) + self.tag


@dataclass(frozen=True, slots=True)
class Act:
    """Hold what a row says: who, which act, when (seconds since 1970), on which subject, its k-th, with what."""

    who: str
    what: str
    when: int
    subject: bytes
    k: int
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """Hold an opened row: the act, the Ed25519 key that signed it, and where its signer put it in the chain."""

    act: Act
    sign_public: bytes
    previous: bytes
    number: int


def audit_key(subject_key: bytes) -> bytes:
    """Derive the key under which a subject's own rows are found and read."""
    return derive(subject_key, "utvag/1/audit")


def row_tag(key: bytes, k: int) -> bytes:
    """Give the tag of a subject's k-th row: found by who has the key, linkable by nobody else."""
    return keyed_hash(key, "utvag/1/audit-tag", packed(">I", k))[:TAG_SIZE]


def seal_act(act: Act, spot: Spot, identity: Identity, key: bytes, auditors: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Sign an act and seal it twice: to the auditors' X25519 keys (at most four), and under the subject's audit key.

    Always 873 and 553 bytes. ValueError if the words do not fit (ROOM bytes of JSON).
    """
    words = _words(act)
    placed = spot.previous + packed(">Q", spot.number) + words
    content = identity.sign(signed_bytes("audit", placed)) + identity.sign_public + placed
    content_key = new_key()
    boxes = [*auditors[:PLACES], *(nobodys_key() for _ in range(PLACES - len(auditors)))]
    slots = b"".join(seal_to(box, content_key) for box in boxes)
    sealed = SUITE + slots + encrypt(content_key, content, CONTENT, spot.associated() + slots)
    return sealed, seal_value(key, Place("audit", spot.tag), content, "summary")


def open_own(key: bytes, tag: bytes, own: bytes) -> Opened:
    """Open a row under its subject's audit key; raise CorruptError, ForgedError or MalformedError."""
    return _read(open_value(key, Place("audit", tag), own))


def open_as_auditor(identity: Identity, spot: Spot, sealed: bytes) -> Opened:
    """Open a row as an auditor.

    Raises NotARecipientError (sealed to others), CorruptError (changed, or moved in the chain), ForgedError.
    """
    slots, rest = sealed[1 : 1 + PLACES * _SLOT], sealed[1 + PLACES * _SLOT :]
    if sealed[:1] != SUITE or len(slots) != PLACES * _SLOT:
        raise CorruptError("not a row of the audit")
    content_key = _content_key(identity, slots)
    return _read(decrypt(content_key, rest, spot.associated() + slots))


def next_head(spot: Spot, sealed: bytes, own: bytes) -> bytes:
    """Give the head of the chain after a row: 32 bytes; raise CorruptError for a number out of range."""
    placed = spot.previous + packed(">QI", spot.number, spot.day) + spot.tag
    return sha256("utvag/1/audit-head", placed, sealed, own)


def fits(act: Act) -> bool:
    """Tell whether an act's words fit a row."""
    return len(_words(act)) <= ROOM


def _content_key(identity: Identity, slots: bytes) -> bytes:
    for start in range(0, len(slots), _SLOT):
        try:
            return identity.open_seal(slots[start : start + _SLOT])
        except NotARecipientError:
            continue
    raise NotARecipientError("sealed to other auditors")


def _words(act: Act) -> bytes:
    value = [act.who, act.what, act.when, act.subject.hex(), act.k, dict(act.fields)]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _read(content: bytes) -> Opened:
    signature, public = content[:SIGNATURE_SIZE], content[SIGNATURE_SIZE : SIGNATURE_SIZE + KEY_SIZE]
    placed = content[SIGNATURE_SIZE + KEY_SIZE :]
    verify_signature(public, signed_bytes("audit", placed), signature)
    try:
        who, what, when, subject, k, fields = json.loads(placed[40:])
        given = {str(name): str(value) for name, value in fields.items()}
        act = Act(str(who), str(what), int(when), bytes.fromhex(subject), int(k), given)
    except (Error, ValueError, TypeError, AttributeError) as error:
        raise MalformedError("not an act") from error
    return Opened(act, public, placed[:32], int.from_bytes(placed[32:40], "big"))
