"""What the staff app locks under its pepper, a file outside the database and its backup.

Source: docs/envelope.md section 6.
"""

import hashlib
import hmac
import secrets

from crypto.primitives import decrypt, derive, encrypt, sha256

PEPPER_SIZE = 32
DETAILS_SIZE = 512


def new_pepper() -> bytes:
    """Draw a pepper: 32 random bytes for a file of its own."""
    return secrets.token_bytes(PEPPER_SIZE)


def pepper_name(pepper: bytes | None) -> str:
    """Name a pepper without telling it: 16 hex digits, or nothing where there is none."""
    return sha256("utvag/1/pepper", pepper)[:8].hex() if pepper else ""


def tag(pepper: bytes, purpose: str, text: str) -> bytes:
    """Give the 32 bytes under which a name is found; without the pepper they tell nothing of it."""
    return hmac.digest(pepper, f"utvag/1/tag/{purpose}\0{text}".encode(), hashlib.sha256)


def lock(pepper: bytes, purpose: str, row: bytes, content: bytes, size: int = DETAILS_SIZE) -> bytes:
    """Lock fewer than `size` bytes for one row; always 40 bytes more; bound to purpose and row. ValueError if not."""
    return encrypt(_key(pepper, purpose), content, size, _associated(purpose, row))


def unlock(pepper: bytes, purpose: str, row: bytes, locked: bytes) -> bytes:
    """Open what `lock` locked; raise CorruptError for another pepper, purpose, row or any changed byte."""
    return decrypt(_key(pepper, purpose), locked, _associated(purpose, row))


def _key(pepper: bytes, purpose: str) -> bytes:
    return derive(pepper, f"utvag/1/pepper/{purpose}")


def _associated(purpose: str, row: bytes) -> bytes:
    return purpose.encode() + b"\0" + row
