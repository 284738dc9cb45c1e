"""A backup opens whole with its own key, or not at all. docs/envelope.md section 10."""

from __future__ import annotations

import hmac
import io
import tracemalloc
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import CorruptError, Error, ForgedError, MalformedError, NotARecipientError
from crypto.opening.backup import open_backup
from crypto.opening.identity import new_identity
from crypto.sealing.backup import CHUNK, OVERHEAD, Head, look, seal_backup

KEY = new_identity()
HEAD = Head("sqlite", date(2026, 11, 22), date(2026, 12, 22), KEY.box_public, "0.1.0")


def prove(said: str) -> bytes:
    """Prove as the app's pepper does."""
    return hmac.digest(b"p" * 32, said.encode(), "sha256")


def made(content: bytes, head: Head = HEAD) -> bytes:
    """Make a backup of some bytes."""
    return b"".join(seal_backup(head, [content], prove))


def opened(data: bytes) -> bytes:
    """Open a backup as a restore does: looked at whole first."""
    file = io.BytesIO(data)
    return b"".join(open_backup(file, look(file, prove), KEY))


@given(st.integers(0, 3), st.sampled_from([0, 1, CHUNK - 1]), st.integers(997, 3 * CHUNK))
def test_whatever_length_comes_back_as_it_was(chunks: int, more: int, piece: int) -> None:
    """Content of any length, handed over in pieces of any length, on the edges of a chunk too."""
    content = (bytes(range(256)) * (CHUNK // 256)) * chunks + b"x" * more
    parts = [content[at : at + piece] for at in range(0, len(content), piece)]
    sealed = b"".join(seal_backup(HEAD, parts, prove))
    assert opened(sealed) == content
    assert len(content) < 64 or content[:64] not in sealed


def test_a_torn_file_is_never_taken_for_a_whole_one() -> None:
    """Cut at every chunk's edge, inside each part and byte by byte at both ends: none is a backup any more."""
    data = made(b"a" * (2 * CHUNK + 5))
    at = len(look(io.BytesIO(data), prove).outside) + 24
    edges = {at, at + CHUNK + OVERHEAD, at + 2 * (CHUNK + OVERHEAD), len(data) - 64, len(data) - 32}
    cuts = sorted({*range(300), *edges, *(edge + 1 for edge in edges), *range(len(data) - 100, len(data))})
    for cut in (one for one in cuts if one < len(data)):
        with pytest.raises((CorruptError, MalformedError)):
            look(io.BytesIO(data[:cut]))
    with pytest.raises(CorruptError):
        look(io.BytesIO(data + b"\0"))


def test_any_changed_bit_is_seen_without_the_key_and_with_it() -> None:
    """The sum shows it to anybody; whoever mends the sum still opens nothing of a changed chunk."""
    data = made(b"a" * (CHUNK + 5))
    file = io.BytesIO(data)
    looked = look(file, prove)
    for position in (0, 5, 30, len(looked.outside) - 1, len(looked.outside) + 3, looked.end - 1, len(data) - 40):
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        with pytest.raises((CorruptError, MalformedError)):
            look(io.BytesIO(changed))
    for position in (len(looked.outside) + 3, len(looked.outside) + 24, looked.end - 1):
        changed = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        with pytest.raises(CorruptError):
            list(open_backup(io.BytesIO(changed), looked, KEY))


def test_chunks_stand_in_their_place() -> None:
    """Two chunks changed round, one left out, or the last taken off: CorruptError, whatever the sum says."""
    data = made(b"a" * (3 * CHUNK))
    looked = look(io.BytesIO(data))
    at, one = len(looked.outside) + 24, CHUNK + OVERHEAD
    front, chunks = data[:at], [data[at + n * one : at + (n + 1) * one] for n in range(3)]
    for order in ([1, 0, 2], [0, 2], [0, 1], [0, 1, 2, 2]):
        again = front + b"".join(chunks[n] for n in order)
        with pytest.raises(CorruptError):
            list(open_backup(io.BytesIO(again), type(looked)(HEAD, looked.outside, len(again), True), KEY))


def test_only_its_own_key_opens_it() -> None:
    """Another backup key is told by name of the error, before a single chunk."""
    file = io.BytesIO(made(b"a"))
    with pytest.raises(NotARecipientError):
        open_backup(file, look(file), new_identity())


def test_a_backup_that_somebody_else_made_is_told() -> None:
    """Everybody may know the public half: a whole file without the pepper's proof is forged, not torn."""
    data = b"".join(seal_backup(HEAD, [b"theirs"], lambda _sum: bytes(32)))
    assert look(io.BytesIO(data)).proven is False
    with pytest.raises(ForgedError):
        look(io.BytesIO(data), prove)


@given(st.binary(max_size=400))
def test_whatever_stands_in_a_file_is_one_clear_error(data: bytes) -> None:
    """No bytes, however they begin, raise anything but our own errors."""
    for start in (b"", b"UTVB\x01\x01", b"UTVB\x01\x01\x00\x02{}"):
        with pytest.raises(Error):
            look(io.BytesIO(start + data), prove)


def test_a_key_of_low_order_is_refused() -> None:
    """What is sealed to it anybody could open."""
    with pytest.raises(MalformedError):
        made(b"x", Head("sqlite", HEAD.day, HEAD.expires, bytes(32), "1"))


def test_a_large_casebook_never_lies_in_memory() -> None:
    """Thirty-two megabytes go through while less than two are held."""

    def pour() -> Iterator[bytes]:
        for _ in range(512):
            yield bytes(CHUNK)

    size = 0
    tracemalloc.start()
    try:
        for piece in seal_backup(HEAD, pour(), prove):
            size += len(piece)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 512 * CHUNK
    assert most < 2 * 2**20
