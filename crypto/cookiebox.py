"""Rows in memory that only a cookie opens: the portal's desk, the staff app's sessions.

Source: docs/envelope.md section 6.
"""

import secrets

from nacl import bindings

from crypto.errors import CorruptError
from crypto.primitives import NONCE_SIZE, decrypt, derive, sha256

TICKET_SIZE = 32
_AEAD = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt


def new_ticket() -> bytes:
    """Draw 32 random bytes for a cookie. The trap: whoever has them has the row; HttpOnly, and never in a log."""
    return secrets.token_bytes(TICKET_SIZE)


def row_key(ticket: bytes, purpose: str) -> bytes:
    """Name the ticket's row: 16 bytes that tell nothing of the ticket."""
    return sha256("utvag/1/ticket", purpose.encode(), b"\0", ticket)[:16]


def lock(ticket: bytes, purpose: str, content: bytes) -> bytes:
    """Lock content under the ticket; 41 to 1,064 bytes longer, since lengths are rounded up to 1,024.

    Safe with a random nonce for every call; bound to its row and purpose, so rows cannot be swapped.
    """
    size = (len(content) // 1024 + 1) * 1024
    nonce = secrets.token_bytes(NONCE_SIZE)
    padded = bindings.sodium_pad(content, size)
    return nonce + _AEAD(padded, row_key(ticket, purpose), nonce, _key(ticket, purpose))


def unlock(ticket: bytes, purpose: str, locked: bytes) -> bytes:
    """Open what `lock` locked; raise CorruptError for another ticket, purpose or any changed byte."""
    if len(ticket) != TICKET_SIZE:
        raise CorruptError("not a ticket")
    return decrypt(_key(ticket, purpose), locked, row_key(ticket, purpose))


def _key(ticket: bytes, purpose: str) -> bytes:
    return derive(ticket, f"utvag/1/ticket/{purpose}")
