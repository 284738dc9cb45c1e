"""Sealed values of the casebook and the grants that let a member read them. Source: docs/envelope.md section 5."""

import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crypto.errors import CorruptError, ForgedError, MalformedError
from crypto.opening.identity import Identity
from crypto.primitives import KEY_SIZE, SEAL_SIZE, decrypt, encrypt, keyed_hash, packed, seal_to
from crypto.sealing.signed import SIGNATURE_SIZE, verify_signature

SIZES = {"summary": 512, "1k": 1024, "4k": 4096, "16k": 16384, "64k": 65536}
SUITE = b"\x01"
_SEALED = KEY_SIZE + SEAL_SIZE
GRANT_SIZE = _SEALED + KEY_SIZE + SIGNATURE_SIZE


@dataclass(frozen=True, slots=True)
class Place:
    """Say where a value stands; a value moved elsewhere, or rolled back to another version, does not open."""

    table: str
    row: bytes
    entry: int = 0
    version: int = 1

    def associated(self) -> bytes:
        """Give the associated data (section 5.1); raise CorruptError for a number out of range."""
        numbers = packed(">II", self.entry, self.version)
        return b"utvag/1/casebook\0" + _counted(self.table.encode()) + _counted(self.row) + numbers


def new_key() -> bytes:
    """Draw the key of one row: 32 bytes."""
    return secrets.token_bytes(KEY_SIZE)


def seal_value(key: bytes, place: Place, content: bytes, size: str) -> bytes:
    """Seal content in a size class (a name in SIZES); 41 bytes longer than the class. ValueError if it does not fit."""
    return SUITE + encrypt(key, content, SIZES[size], place.associated())


def open_value(key: bytes, place: Place, sealed: bytes) -> bytes:
    """Open a value where it stands; raise CorruptError if it was changed, moved or rolled back."""
    if sealed[:1] != SUITE:
        raise CorruptError("another suite")
    return decrypt(key, sealed[1:], place.associated())


def open_many(table: str, rows: Iterable[tuple[bytes, bytes, int, bytes]]) -> Iterator[bytes | None]:
    """Open one value of each row, given as (key, row of 16 bytes, version, sealed); None for one that does not open.

    As `open_value` at entry 0, ten thousand of them in a fraction of a second.
    """
    head = b"utvag/1/casebook\0" + _counted(table.encode()) + b"\x10"
    tail = struct.Struct(">II").pack
    for key, row, version, sealed in rows:
        try:
            yield decrypt(key, sealed[1:], head + row + tail(0, version)) if sealed[:1] == SUITE else None
        except (CorruptError, struct.error):  # a number out of range is a changed row like any other
            yield None


def key_commitment(key: bytes, row: bytes) -> bytes:
    """Bind a row to one key: 32 bytes that tell nothing of it (section 5.2)."""
    return keyed_hash(key, "utvag/1/row", row)


def grant(key: bytes, row: bytes, member_box: bytes, granter: Identity, version: int = 1) -> bytes:
    """Grant a row's key to a member: sealed to them and signed by the granter; 176 bytes (section 5.3)."""
    signature = granter.sign(_signed(key_commitment(key, row), row, member_box, version))
    return seal_to(member_box, key) + granter.sign_public + signature


def claimed_granter(granted: bytes) -> bytes:
    """Give the Ed25519 key that a grant says it is by: look it up in the register before it is believed."""
    if len(granted) != GRANT_SIZE:
        raise MalformedError("not a grant")
    return granted[_SEALED : _SEALED + KEY_SIZE]


def check_grant(
    granted: bytes, row: bytes, key: bytes, member_box: bytes, granter_sign: bytes, version: int = 1
) -> None:
    """Check that a grant to somebody else was signed for this row, key and member; raise ForgedError, MalformedError.

    For who holds the key and wants to know whether that member was truly given it; nothing is opened.
    """
    verify_grant(granted, row, key_commitment(key, row), member_box, granter_sign, version)


def verify_grant(
    granted: bytes, row: bytes, commitment: bytes, member_box: bytes, granter_sign: bytes, version: int = 1
) -> None:
    """Check that a grant was signed for the key of this commitment (section 5.2); raise ForgedError, MalformedError.

    For who holds no key at all. The trap: the signature does not cover the sealed key, so that it may open no more.
    """
    if claimed_granter(granted) != granter_sign:
        raise ForgedError("by another granter")
    verify_signature(granter_sign, _signed(commitment, row, member_box, version), granted[-SIGNATURE_SIZE:])


def accept_grant(granted: bytes, row: bytes, identity: Identity, granter_sign: bytes, version: int = 1) -> bytes:
    """Open a grant and give the row's key.

    `granter_sign` must come from the register of members, never from the grant or a row. Raises NotARecipientError,
    ForgedError (not by that granter, or for another row, key, member or version), MalformedError.
    """
    if claimed_granter(granted) != granter_sign:
        raise ForgedError("by another granter")
    key = identity.open_seal(granted[:_SEALED])
    if len(key) != KEY_SIZE:
        raise ForgedError("not a key")
    message = _signed(key_commitment(key, row), row, identity.box_public, version)
    verify_signature(granter_sign, message, granted[-SIGNATURE_SIZE:])
    return key


def _signed(commitment: bytes, row: bytes, member_box: bytes, version: int) -> bytes:
    return b"utvag/1/grant\0" + _counted(row) + commitment + member_box + packed(">I", version)


def _counted(part: bytes) -> bytes:
    return bytes([len(part)]) + part
