"""A request's id in an address: 32 hex digits, in one spelling only."""

from werkzeug.routing import BaseConverter


class RequestId(BaseConverter):
    """Turn 32 lower-case hex digits into 16 bytes and back."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> bytes:
        """Read an id."""
        return bytes.fromhex(value)

    def to_url(self, value: bytes) -> str:
        """Write an id."""
        return value.hex()
