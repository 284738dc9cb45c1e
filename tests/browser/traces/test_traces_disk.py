"""The search finds a word however a browser has packed, cut or spelled it."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import cramjam
import pytest

from tests.browser.traces.disk import LOG_BLOCK, TABLE_END, Hit, search

WORD = "kanariefågel 4821 0937"
WORDS = {"typed": [WORD]}


def varint(value: int) -> bytes:
    """Write a number as LevelDB does."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def block(*entries: tuple[bytes, bytes]) -> bytes:
    """Write a block of a LevelDB table, every key whole."""
    parts = [varint(0) + varint(len(key)) + varint(len(value)) + key + value for key, value in entries]
    return b"".join(parts) + struct.pack("<II", 0, 1)


def table(content: bytes) -> bytes:
    """Write a LevelDB table whose one block is packed by snappy: the word's second half points to an earlier one."""
    data = bytes(cramjam.snappy.compress_raw(block((b"key", content[4:] + b"." + content))))
    index = block((b"key", varint(0) + varint(len(data))))
    handles = varint(0) + varint(0) + varint(len(data) + 5) + varint(len(index))
    return data + b"\x01\0\0\0\0" + index + b"\0\0\0\0\0" + handles.ljust(40, b"\0") + TABLE_END


def log(content: bytes) -> bytes:
    """Write a LevelDB log in which the end of a block cuts the word in two."""
    first = b"x" * (LOG_BLOCK - 7 - 7 - 9)
    heads = [struct.pack("<IHB", 0, size, 1) for size in (len(first), 9, len(content) - 9)]
    return heads[0] + first + heads[1] + content[:9] + heads[2] + content[9:]


def packed_by_firefox(content: bytes) -> bytes:
    """Write a session file of Firefox in which the word's second half is a reference to an earlier one."""
    twice = content[4:] + b"." + content
    return b"mozLz40\0" + struct.pack("<I", len(twice)) + bytes(cramjam.lz4.compress_block(twice, store_size=False))


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "recovery.jsonlz4": packed_by_firefox,
    "cache/entry_0": lambda content: b"head" + gzip.compress(content) + b"tail",
    "leveldb/000005.ldb": table,
    "leveldb/000003.log": log,
    "plain": lambda content: b"\0" + content,
}


@pytest.mark.parametrize("name", PLACES)
def test_a_packed_word_is_found(tmp_path: Path, name: str) -> None:
    """In a session file, an answer in the cache, a table or a log, though it does not stand there as it is."""
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    (file.parent / "CURRENT").touch()
    file.write_bytes(PLACES[name](WORD.encode()))
    if name != "plain":
        assert WORD.encode() not in file.read_bytes()
    assert {hit.what for hit in search(tmp_path, WORDS)} == {"typed"}
    assert search(tmp_path, {"typed": ["something else"]}) == set()


@pytest.mark.parametrize(
    "spelled",
    [
        WORD.encode("utf-16-le"),
        WORD.encode("utf-16-be"),
        quote(WORD).encode(),
        quote(WORD).replace("%20", "+").encode(),
    ],
)
def test_a_word_is_found_in_every_spelling(tmp_path: Path, spelled: bytes) -> None:
    """UTF-16 of either order, and percent signs with either blank."""
    (tmp_path / "file").write_bytes(b"\1" + spelled + b"\2")
    assert search(tmp_path, WORDS) == {Hit("typed", "file")}


def test_a_word_in_a_file_name_is_found(tmp_path: Path) -> None:
    """A folder named by what was typed tells it too."""
    (tmp_path / "kanarie4821").mkdir()
    assert search(tmp_path, {"typed": ["kanarie4821"]}) == {Hit("typed", "kanarie4821")}
