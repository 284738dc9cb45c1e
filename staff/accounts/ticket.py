"""A ticket as a cookie carries it."""

import base64
import binascii


def written(ticket: bytes) -> str:
    """Write a ticket for a cookie."""
    return base64.urlsafe_b64encode(ticket).decode()


def read(cookie: str) -> bytes:
    """Read a ticket from a cookie; nothing from one that holds none."""
    try:
        return base64.b64decode(cookie, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
