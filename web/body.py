"""What a request body must be before anything parses it."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

from flask import request
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    LengthRequired,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

FORM = "application/x-www-form-urlencoded"
BYTES = "application/octet-stream"
MAX_BODY = 128 * 1024  # 5,000 characters cost at most 60,000 bytes in a form; the rest is room for short fields
MAX_FIELDS = 300  # the longest form has about sixty


def check_body(raw: Collection[str] = ()) -> None:
    """Let only well-formed urlencoded bodies through, and bytes to the paths in `raw`; run before all other hooks.

    Raises 411 (in chunks, which no form is), 413 (too large, too many fields), 415 (any other media type), 400 (fewer
    bytes than were announced, or such as no browser's form sends: outside ASCII, a null, or escapes that are not
    UTF-8). Memory is bounded by MAX_BODY before anything is read.
    """
    if request.method not in ("POST", "PUT", "PATCH"):
        return
    if "HTTP_TRANSFER_ENCODING" in request.environ:
        raise LengthRequired
    body = _whole_body()
    if request.path in raw:
        if request.mimetype != BYTES:
            raise UnsupportedMediaType
        return
    if request.mimetype != FORM and (body or request.mimetype):
        raise UnsupportedMediaType
    if body.count(b"&") >= MAX_FIELDS:
        raise RequestEntityTooLarge
    if not is_form_text(body):
        raise BadRequest


def _whole_body() -> bytes:
    """Read a body; raises 413 beyond MAX_CONTENT_LENGTH, having read no further, and 400 if the line broke amid it.

    A server may say that a body ends where its line did (granian does), and werkzeug then takes the half for the whole.
    """
    body = request.get_data(cache=True)
    if len(body) < (request.content_length or 0):
        raise ClientDisconnected
    return body


def is_form_text(body: bytes) -> bool:
    """Tell whether the bytes are what a browser makes of a form in UTF-8, without nulls."""
    if not body.isascii():
        return False
    try:
        return b"\0" not in unquote_to_bytes(body) and unquote_to_bytes(body).decode("utf-8") is not None
    except UnicodeDecodeError:
        return False
