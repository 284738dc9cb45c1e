"""Pages that are the same for everybody, deflated once; what is one visitor's own lies in between, as it is."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Mapping

from flask import Response, request

# RFC 1952: no name, no time, best compression, unknown system. RFC 1951: the end is an empty last block.
HEAD, END = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff", b"\x03\0"


class Packed:
    """A page with marks, ready to be answered with a visitor's own values in their place.

    Safe against reading secrets from lengths (BREACH): a value never passes through the compressor. It lies in a block
    of its own that is stored as it is, and no piece refers back beyond itself; so the length of an answer is that of
    the page, whatever the token is and whatever stands beside it. Pages with something that a visitor typed are not
    packed at all.
    """

    def __init__(self, page: str, *marks: str) -> None:
        self._parts = re.split(f"({'|'.join(map(re.escape, marks))})", page)
        self.marks = frozenset(self._parts) & frozenset(marks)
        self._deflated = [b"" if part in self.marks else _deflated(part.encode()) for part in self._parts]

    def answer(self, values: Mapping[str, str]) -> Response:
        """Return the page with the values in the place of their marks, in gzip for a browser that takes it."""
        whole = "".join(values.get(part, part) for part in self._parts).encode()
        response = Response(whole)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.data = self._zipped(values, whole)
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def _zipped(self, values: Mapping[str, str], whole: bytes) -> bytes:
        pieces = zip(self._parts, self._deflated, strict=True)
        blocks = [_stored(values[part].encode()) if part in self.marks else piece for part, piece in pieces]
        return b"".join([HEAD, *blocks, END, struct.pack("<II", zlib.crc32(whole), len(whole))])


def _deflated(text: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return engine.compress(text) + engine.flush(zlib.Z_FULL_FLUSH)


def _stored(value: bytes) -> bytes:
    return b"\0" + struct.pack("<HH", len(value), len(value) ^ 0xFFFF) + value
