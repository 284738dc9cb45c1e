"""A backup as it is written and looked at without a private key. Source: docs/envelope.md section 10.

Nothing here holds more than a chunk in memory, however large the backup is.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from nacl import bindings

from crypto.errors import CorruptError, ForgedError, MalformedError
from crypto.primitives import KEY_SIZE, SEAL_SIZE, canonical, check_public, read_json, same, seal_to, unhex

SQLITE, POSTGRESQL, ERASED = KINDS = ("sqlite", "postgresql", "erased")
START = b"UTVB\x01\x01"
CHUNK = 65_536
OVERHEAD = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
STREAM_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
SUM_SIZE = 32
PROOF_SIZE = 32
LONGEST_HEAD = 4096
_LABEL = b"utvag/1/backup\0"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Prove = Callable[[str], bytes]
"""Give the 32-byte proof of a sum in hex, as the staff app's pepper does."""


@dataclass(frozen=True, slots=True)
class Head:
    """Hold what stands readable in front of a backup: one of KINDS, two days, the key it is sealed to, the program."""

    kind: str
    day: date
    expires: date
    key: bytes
    version: str

    def to_bytes(self) -> bytes:
        """Give the canonical JSON."""
        days = {"day": self.day.isoformat(), "expires": self.expires.isoformat()}
        return canonical({"kind": self.kind, **days, "key": self.key.hex(), "version": self.version})


@dataclass(frozen=True, slots=True)
class Looked:
    """Hold what can be known of a backup without its key; `outside` are the bytes that every chunk is bound to.

    `end` is where the chunks end. `proven`: made by whoever has the pepper; False where nobody asked.
    """

    head: Head
    outside: bytes
    end: int
    proven: bool


def seal_backup(head: Head, content: Iterable[bytes], prove: Prove) -> Iterator[bytes]:
    """Seal a content of any length, given in pieces of any length, and give the file in pieces.

    Raises MalformedError for a key that is none. The trap: what was written is a backup only once the last piece is.
    """
    check_public(head.key)
    key, said = secrets.token_bytes(KEY_SIZE), head.to_bytes()
    outside = START + len(said).to_bytes(2, "big") + said + seal_to(head.key, key)
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    summed = hashlib.sha256(_LABEL)
    for piece in _sealed(state, key, outside, content):
        summed.update(piece)
        yield piece
    yield summed.digest() + prove(summed.hexdigest())


def _sealed(
    state: bindings.crypto_secretstream_xchacha20poly1305_state, key: bytes, outside: bytes, content: Iterable[bytes]
) -> Iterator[bytes]:
    yield outside + bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    waiting = b""
    for chunk in chunks(content):
        if waiting:
            yield _pushed(state, waiting, outside, bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
        waiting = chunk
    yield _pushed(state, waiting, outside, bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL)


def _pushed(
    state: bindings.crypto_secretstream_xchacha20poly1305_state, chunk: bytes, outside: bytes, tag: int
) -> bytes:
    return bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, outside, tag)


def chunks(content: Iterable[bytes]) -> Iterator[bytes]:
    """Cut pieces of any length into chunks of 65,536 bytes; the last may be shorter, none is empty."""
    kept = bytearray()
    for piece in content:
        kept += piece
        while len(kept) >= CHUNK:
            yield bytes(kept[:CHUNK])
            del kept[:CHUNK]
    if kept:
        yield bytes(kept)


def look(file: BinaryIO, prove: Prove | None = None) -> Looked:
    """Read a whole file once and check its form, its sum and, with `prove`, its proof.

    Raises MalformedError (no backup), CorruptError (torn or changed) and ForgedError (made without this pepper).
    """
    head, outside = read_head(file)
    size = file.seek(0, 2)
    end = size - SUM_SIZE - PROOF_SIZE
    shortest = len(outside) + STREAM_HEADER + OVERHEAD
    if end < shortest or 0 < (end - len(outside) - STREAM_HEADER) % (CHUNK + OVERHEAD) < OVERHEAD:
        raise CorruptError("torn: it ends where no backup ends")
    summed = hashlib.sha256(_LABEL)
    file.seek(0)
    for piece in pieces(file, end):
        summed.update(piece)
    if not same(summed.digest(), file.read(SUM_SIZE)):
        raise CorruptError("torn, or changed")
    given = file.read(PROOF_SIZE)
    if prove is not None and not same(prove(summed.hexdigest()), given):
        raise ForgedError("made by somebody without this pepper")
    return Looked(head, outside, end, prove is not None)


def pieces(file: BinaryIO, end: int) -> Iterator[bytes]:
    """Read from where a file stands to `end`, at most a chunk at a time."""
    left = end - file.tell()
    while left > 0:
        piece = file.read(min(left, CHUNK))
        if not piece:
            raise CorruptError("torn: it ended while it was read")
        left -= len(piece)
        yield piece


def read_head(file: BinaryIO) -> tuple[Head, bytes]:
    """Read what stands in front, unproven, and all bytes before the stream; raise MalformedError or CorruptError.

    The trap: nothing of it may be believed before `look` has read the whole file.
    """
    file.seek(0)
    start = file.read(len(START) + 2)
    if start[: len(START)] != START:
        raise MalformedError("not a backup of Utväg, or of another version")
    length = int.from_bytes(start[len(START) :], "big")
    if length > LONGEST_HEAD:
        raise MalformedError("a head that is too long")
    said, sealed = file.read(length), file.read(KEY_SIZE + SEAL_SIZE)
    if len(start) < len(START) + 2 or len(sealed) < KEY_SIZE + SEAL_SIZE:
        raise CorruptError("torn: it ends in its head")
    return _head(said), start + said + sealed


def content_size(file: BinaryIO) -> int:
    """Give how many bytes of content a backup holds by its length and its head, unproven; raises as `read_head`."""
    _, outside = read_head(file)
    body = file.seek(0, 2) - len(outside) - STREAM_HEADER - SUM_SIZE - PROOF_SIZE
    return body - -(-body // (CHUNK + OVERHEAD)) * OVERHEAD


def _head(said: bytes) -> Head:
    value = read_json(said)
    if value.keys() != {"kind", "day", "expires", "key", "version"} or canonical(value) != said:
        raise MalformedError("not the head of a backup")
    if value["kind"] not in KINDS or not isinstance(value["version"], str):
        raise MalformedError("a kind of backup that is not known")
    return Head(value["kind"], _day(value["day"]), _day(value["expires"]), unhex(value["key"], 32), value["version"])


def _day(text: object) -> date:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise MalformedError("not a day")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedError("not a day") from error
