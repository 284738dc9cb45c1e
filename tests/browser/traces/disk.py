"""Look for words in every file of a folder: raw, unpacked, and in every way that a browser may write them."""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import cramjam

LZ4, GZIP = b"mozLz40\0", b"\x1f\x8b\x08"
TABLE_END = bytes.fromhex("57fb808b247547db")  # the last eight bytes of a LevelDB table
LOG_BLOCK, LOG_HEAD = 32768, 7
LARGEST = 2**24  # bytes of one packed part that are looked at
STEM = 7  # bytes; forms that begin alike are looked for together

Words = Mapping[str, Iterable[str]]


@dataclass(frozen=True, order=True)
class Hit:
    """A word that was found: what it is (never the word itself), and where."""

    what: str
    file: str


def spellings(word: str) -> set[bytes]:
    """Return every way in which a browser may write a word: UTF-8, UTF-16, percent signs."""
    encoded = {word.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")}
    return encoded | {quote(word).encode("ascii"), quote_plus(word).encode("ascii")}


def search(folder: Path, words: Words) -> set[Hit]:
    """Return what is found in the folder's files and their names; `words` maps what each is to its forms."""
    wanted: dict[bytes, list[tuple[str, bytes]]] = {}
    for what, forms in words.items():
        for form in {spelling for word in forms for spelling in spellings(word)}:
            wanted.setdefault(form[:STEM], []).append((what, form))
    return {
        Hit(what, name)
        for name, content in contents(folder)
        for stem, forms in wanted.items()
        if stem in content
        for what, form in forms
        if form in content
    }


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file's name, its bytes, and whatever can be unpacked from them."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield name, name.encode()
        if path.is_symlink() or not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # the browser is running and has taken it away
            continue
        yield name, content
        for packing, unpack in PACKINGS.items():
            yield from ((f"{name} ({packing})", part) for part in unpack(path, content))


def moz_lz4(_path: Path, content: bytes) -> Iterator[bytes]:
    """Unpack Firefox's session files: magic, size, one LZ4 block."""
    if content.startswith(LZ4):
        size = int.from_bytes(content[8:12], "little")
        yield bytes(cramjam.lz4.decompress_block(content[12:], output_len=size))


def gzipped(_path: Path, content: bytes) -> Iterator[bytes]:
    """Unpack every gzip stream, wherever it begins: an answer in the cache stands between a head and a tail."""
    start = content.find(GZIP)
    while start >= 0:
        with suppress(zlib.error):  # three bytes that only look like one
            yield zlib.decompressobj(31).decompress(content[start:], LARGEST)
        start = content.find(GZIP, start + 1)


def table(_path: Path, content: bytes) -> Iterator[bytes]:
    """Unpack the blocks of a LevelDB table, found through its index (table_format.md of LevelDB)."""
    if not content.endswith(TABLE_END) or len(content) < 48:
        return
    footer = content[-48:]
    _, at = _handle(footer, 0)
    index, _ = _handle(footer, at)
    for _key, value in _entries(_block(content, *index)):
        yield _block(content, *_handle(value, 0)[0])


def log(path: Path, content: bytes) -> Iterator[bytes]:
    """Join the records of a LevelDB log, which are cut where a block of 32 KiB ends (log_format.md of LevelDB)."""
    if path.suffix == ".log" and (path.parent / "CURRENT").exists():
        yield b"".join(_records(content))


def _records(content: bytes) -> Iterator[bytes]:
    at = 0
    while at + LOG_HEAD <= len(content):
        room = LOG_BLOCK - at % LOG_BLOCK
        if room < LOG_HEAD:
            at += room
            continue
        (size,) = struct.unpack_from("<H", content, at + 4)
        yield content[at + LOG_HEAD : at + LOG_HEAD + size]
        at += LOG_HEAD + size


def _block(content: bytes, at: int, size: int) -> bytes:
    block, kind = content[at : at + size], content[at + size]
    return bytes(cramjam.snappy.decompress_raw(block)) if kind == 1 else block


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    (restarts,) = struct.unpack_from("<I", block, len(block) - 4)
    at, end, key = 0, len(block) - 4 - 4 * restarts, b""
    while at < end:
        shared, at = _varint(block, at)
        more, at = _varint(block, at)
        size, at = _varint(block, at)
        key = key[:shared] + block[at : at + more]
        yield key, block[at + more : at + more + size]
        at += more + size


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return (offset, size), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


PACKINGS: Mapping[str, Callable[[Path, bytes], Iterator[bytes]]] = {
    "LZ4": moz_lz4,
    "gzip": gzipped,
    "LevelDB table": table,
    "LevelDB log": log,
}
