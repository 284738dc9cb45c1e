"""The few building blocks of docs/envelope.md, each one library call with its rule beside it."""

import hashlib
import hmac
import json
import secrets
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl import bindings
from nacl.exceptions import CryptoError

from crypto.errors import CorruptError, MalformedError

KEY_SIZE = 32
NONCE_SIZE = 24
TAG_SIZE = 16
SEAL_SIZE = 48
FIELD_PRIME = 2**255 - 19


def derive(secret: bytes, label: str) -> bytes:
    """Derive 32 bytes for one purpose by HKDF-SHA256; the label is the purpose. Source: RFC 5869."""
    return HKDF(algorithm=hashes.SHA256(), length=KEY_SIZE, salt=None, info=label.encode()).derive(secret)


def sha256(label: str, *parts: bytes) -> bytes:
    """Hash parts under a label: SHA-256(label, 00, parts joined). The caller keeps the parts unambiguous."""
    return hashlib.sha256(b"\0".join((label.encode(), b"".join(parts)))).digest()


def keyed_hash(key: bytes, label: str, content: bytes) -> bytes:
    """Hash to 32 bytes so that no second key gives the same value: keyed BLAKE2b-256. Source: RFC 7693."""
    return hashlib.blake2b(label.encode() + b"\0" + content, digest_size=32, key=key).digest()


def packed(form: str, *numbers: int) -> bytes:
    """Write numbers in a form of `struct`; raise CorruptError for one that has no place in it.

    Numbers come out of rows that others may write: what does not fit was never written by us.
    """
    try:
        return struct.pack(form, *numbers)
    except (struct.error, TypeError) as error:
        raise CorruptError("a number that no row has") from error


def same(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)


def encrypt(key: bytes, content: bytes, size: int, associated: bytes) -> bytes:
    """Pad to `size` bytes and encrypt under a random nonce.

    Returns nonce (24), then size + 16 bytes. Raises ValueError if the content has `size` bytes or more.
    Source: docs/envelope.md, the words pad and AEAD.
    """
    if len(content) >= size:
        raise ValueError(f"{len(content)} bytes do not fit the size class of {size}")
    nonce = secrets.token_bytes(NONCE_SIZE)
    padded = bindings.sodium_pad(content, size)
    return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(padded, associated, nonce, key)


def decrypt(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Decrypt what `encrypt` made and take the padding off; raise CorruptError if any bit was changed."""
    nonce, ciphertext = sealed[:NONCE_SIZE], sealed[NONCE_SIZE:]
    try:
        padded = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, associated, nonce, key)
        return bindings.sodium_unpad(padded, len(padded))
    except (CryptoError, ValueError) as error:
        raise CorruptError("does not decrypt") from error


def seal_to(public: bytes, content: bytes) -> bytes:
    """Seal content to an X25519 public key; 48 bytes longer. Only the secret half opens it. Source: libsodium."""
    return bindings.crypto_box_seal(content, public)


def nobodys_key() -> bytes:
    """Draw an X25519 public key and throw its secret half away: nobody opens what is sealed to it."""
    return bindings.crypto_box_keypair()[0]


def check_public(public: bytes) -> None:
    """Refuse an X25519 public key that is not canonical or of low order; raise MalformedError.

    A key of low order would let anybody open what is sealed to it. Source: RFC 7748 section 6.1.
    """
    if len(public) != KEY_SIZE or int.from_bytes(public, "little") >= FIELD_PRIME:
        raise MalformedError("not a canonical X25519 public key")
    try:
        # Any scalar serves: libsodium refuses the point when the shared value is all zeros.
        bindings.crypto_scalarmult(b"\x42" * KEY_SIZE, public)
    except (CryptoError, RuntimeError) as error:
        raise MalformedError("an X25519 public key of low order") from error


def canonical(value: object) -> bytes:
    """Write JSON in the one form that is signed: sorted keys, no white space, UTF-8.

    Raises MalformedError for what has no such form: half a surrogate pair, NaN, endless depth. A file may hold them.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise MalformedError("cannot be written in the form that is signed") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: JSON's values are checked by the caller
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError("a name stands twice")
    return found


def read_json(data: bytes) -> dict[str, Any]:  # Any: JSON's values are checked by the caller
    """Read a JSON object of any origin; raise MalformedError for everything that is not exactly one."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise MalformedError("not JSON") from error
    if not isinstance(value, dict):
        raise MalformedError("not a JSON object")
    return value


def unhex(value: object, size: int) -> bytes:
    """Read lower-case hex of exactly `size` bytes; raise MalformedError."""
    if not isinstance(value, str) or len(value) != 2 * size or not set(value) <= set("0123456789abcdef"):
        raise MalformedError(f"not {size} bytes in hex")
    return bytes.fromhex(value)
