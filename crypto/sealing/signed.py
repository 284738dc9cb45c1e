"""Three-line signed files: a title, a signature, canonical JSON. Source: docs/envelope.md sections 3 and 4.3."""

import base64
import binascii
from typing import Any

from nacl import bindings
from nacl.exceptions import BadSignatureError

from crypto.errors import ForgedError, MalformedError
from crypto.primitives import canonical, read_json

SIGNATURE_SIZE = 64


def signed_bytes(kind: str, content: bytes) -> bytes:
    """Give the bytes that are signed: a label of the kind, so that no signature serves two kinds."""
    return f"utvag/1/{kind}\n".encode() + content


def verify_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Check one Ed25519 signature; raise ForgedError. Source: RFC 8032."""
    if len(signature) != SIGNATURE_SIZE:
        raise ForgedError("not a signature")  # libsodium takes the two joined: the border must not move
    try:
        bindings.crypto_sign_open(signature + message, public)
    except (BadSignatureError, ValueError) as error:
        raise ForgedError("the signature does not hold") from error


def write_signed(kind: str, content: bytes, signature: bytes) -> bytes:
    """Write a signed file of a kind ("roster", "members")."""
    return b"\n".join((f"utvag {kind} 1".encode(), base64.b64encode(signature), content, b""))


def read_signed(kind: str, data: bytes, root: bytes) -> dict[str, Any]:  # Any: JSON's values, checked by the caller
    """Read a signed file: the signature first, then the form; raise ForgedError or MalformedError.

    The trap: nothing of an unverified file may be used, not even its epoch.
    """
    lines = data.split(b"\n")
    if len(lines) != 4 or lines[0] != f"utvag {kind} 1".encode() or lines[3]:
        raise MalformedError(f"not a {kind} file")
    try:
        signature = base64.b64decode(lines[1], validate=True)
    except binascii.Error as error:
        raise MalformedError("not base64") from error
    if base64.b64encode(signature) != lines[1]:
        raise MalformedError("not canonical base64")  # its last letter can carry bits that decoding drops
    verify_signature(root, signed_bytes(kind, lines[2]), signature)
    value = read_json(lines[2])
    if canonical(value) != lines[2]:
        raise MalformedError("not canonical JSON")
    return value
