"""Words that stand nowhere else, and the search for them in whatever a program leaves behind."""

import base64
import os
import urllib.parse
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crypto.returncode import DIGITS, RANDOM_DIGITS

DELETED = " (deleted)"
EDGE = 4  # bytes at either end of what is searched for
# European, Arabic, Persian, full width, Devanagari.
SCRIPTS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９", "०१२३४५६७८९")  # noqa: RUF001  # other digits are the point
BETWEEN = ("", " ", "-", "+", "%20", "\N{NO-BREAK SPACE}", "</bdi> <bdi>", "\n")
Word = str | bytes


def canary(number: int) -> str:
    """Make a text that stands nowhere else: letters and digits, so that escaping leaves its core whole."""
    return f"kvittra{number:03d}{(number * 2654435761) % 2**32:08x}"


def spellings(code: str) -> list[Word]:
    """Write the middle of a return code in each way that people or programs write one: scripts, groups, packed.

    The middle twelve digits stand in every whole code and in most parts of one, and by chance nowhere.
    """
    groups = [code[start : start + 4] for start in range(0, DIGITS, 4)][1:4]
    ways: list[Word] = [
        between.join(groups).translate(str.maketrans(SCRIPTS[0], script)) for script in SCRIPTS for between in BETWEEN
    ]
    number = int(code[:RANDOM_DIGITS])
    return [*ways, bytes.fromhex(code), number.to_bytes(10, "big"), number.to_bytes(10, "little")]


def other_digits(code: str, script: int, between: str = "") -> str:
    """Write a code with another script's digits."""
    groups = [code[start : start + 4] for start in range(0, DIGITS, 4)]
    return between.join(groups).translate(str.maketrans(SCRIPTS[0], SCRIPTS[script]))


def encodings(word: Word) -> dict[str, bytes]:
    """Write a text in each way that a program might leave it; percent and HTML escapes leave letters as they are."""
    data = word.encode() if isinstance(word, str) else word
    ways = {
        "as it is": data,
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
        "percent, all": "".join(f"%{byte:02X}" for byte in data).encode(),
        "reversed": data[::-1],
    }
    if isinstance(word, str):
        ways["percent"] = urllib.parse.quote(word).encode()
        ways["html, all"] = "".join(f"&#{ord(char)};" for char in word).encode()
        ways["json"] = "".join(char if char.isascii() else f"\\u{ord(char):04x}" for char in word).encode()
        for name in ("utf-16-le", "utf-16-be", "utf-32-le"):
            ways[name] = word.encode(name)
    for shift in range(3):
        # The middle of a base64 text is the same whatever stood before and after, at each of three alignments.
        middle = base64.b64encode(b"\0" * shift + data)[4 if shift else 0 : -4]
        ways[f"base64, {shift}"] = middle
        ways[f"base64url, {shift}"] = middle.replace(b"+", b"-").replace(b"/", b"_")
    return ways


@dataclass(frozen=True)
class Find:
    """Where something readable was found, and written how."""

    where: str
    word: Word
    way: str


def search(places: Mapping[str, bytes], words: Iterable[Word]) -> list[Find]:
    """Search every place for every word in every encoding.

    Most of them share a beginning or an end, and where that does not stand none of them does: looked for once.
    """
    wanted = [(needle, word, way) for word in words for way, needle in encodings(word).items()]
    common = Counter(edge for needle, *_ in wanted for edge in (needle[:EDGE], needle[-EDGE:]))
    edged: dict[bytes, list[tuple[bytes, Word, str]]] = defaultdict(list)
    for one in wanted:
        edged[max((one[0][:EDGE], one[0][-EDGE:]), key=common.__getitem__)].append(one)
    return [
        Find(where, word, way)
        for where, data in places.items()
        for edge, needles in edged.items()
        if edge in data
        for needle, word, way in needles
        if needle in data
    ]


def files(*roots: Path) -> dict[str, bytes]:
    """Read every file under the folders, whatever it is."""
    return {str(path): path.read_bytes() for root in roots for path in root.rglob("*") if path.is_file()}


def unlinked(pid: int) -> dict[str, bytes]:
    """Read the files that a process holds open though they have no name any more."""
    found: dict[str, bytes] = {}
    if not os.access(f"/proc/{pid}/fd", os.R_OK):
        return found  # a process that shuts itself (staff.hardening): nobody but root looks in, and root does here
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            target = os.readlink(link)
            if target.endswith(DELETED) and link.is_file():
                found[f"{pid}:{target}"] = link.read_bytes()
    return found
