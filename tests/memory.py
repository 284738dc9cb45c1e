"""What a process holds in its memory now: its address space, read from outside as whoever owns the machine could."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from crypto.returncode import DIGITS, Keys
from tests.canaries import Word, encodings

CHUNK = 2**22  # bytes read at a time
OVERLAP = 512  # bytes read twice, so that no word is cut in two; longer than any encoding of one
KERNELS = ("[vvar]", "[vvar_vclock]", "[vsyscall]", "[vdso]")  # lent to every process, written by none
CLOSED = "the memory of process {} cannot be read: run the tests as root, or allow it (kernel.yama.ptrace_scope 0 or 1)"


class ClosedError(AssertionError):
    """This machine does not let a test read the memory of a process that it has started: nothing was shown."""


@dataclass(frozen=True)
class Region:
    """One mapping of an address space."""

    start: int
    end: int


def regions(pid: int) -> list[Region]:
    """List the mappings that a process can read itself."""
    listed = []
    for line in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines():
        span, may, _offset, _device, _inode, *what = line.split(maxsplit=5)
        start, end = (int(bound, 16) for bound in span.split("-"))
        if "r" in may and not (what and what[0] in KERNELS):
            listed.append(Region(start, end))
    return listed


def pieces(pid: int) -> Iterator[bytes]:
    """Read all that a process holds, in pieces that overlap, but for those that nobody has written anything to.

    Raises ClosedError where the machine forbids it. The process goes on meanwhile; what it lets go is not read.
    """
    try:
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            for region in regions(pid):
                for start in range(region.start, region.end, CHUNK):
                    with suppress(OSError):  # unmapped since it was listed
                        memory.seek(start)
                        data = memory.read(min(CHUNK + OVERLAP, region.end - start))
                        if data != bytes(len(data)):
                            yield data
    except PermissionError as error:
        raise ClosedError(CLOSED.format(pid)) from error


def beginning(texts: Sequence[str]) -> str:
    """Return what all of these texts begin with."""
    shared = takewhile(lambda letters: len(set(letters)) == 1, zip(*texts, strict=False))
    return "".join(letters[0] for letters in shared)


def found(pid: int, typed: Sequence[str], exact: Collection[bytes] = ()) -> set[Word]:
    """Return which of these words stand in a process's memory in any encoding, and which bytes as they are.

    All that was typed begins alike: that beginning is looked for first, since each look reads some hundred megabytes.
    """
    begins = set(encodings(beginning(typed)).values())
    needles = {needle: word for word in typed for needle in encodings(word).values()}
    held, size = set[Word](), 0
    for data in pieces(pid):
        size += len(data)
        held |= {needle for needle in exact if needle in data}
        if any(begin in data for begin in begins):
            held |= {word for needle, word in needles.items() if needle in data}
    if size < 2**24:
        raise ClosedError(f"only {size} bytes of process {pid} could be read")
    return held


def traces(code: str, keys: Keys, *, token: bool = True) -> list[bytes]:
    """Return what a process that has seen a return code would hold: its middle as typed or shown, and what follows."""
    groups = [code[start : start + 4] for start in range(0, DIGITS, 4)][1:4]
    typed = [between.join(groups) for between in ("", " ", "-", "+")]
    secrets = [keys.reply_secret, keys.thread_seed, *([keys.token] if token else [])]
    # Python keeps a text in one, two or four bytes a character.
    ways = [text.encode(kind) for text in typed for kind in ("ascii", "utf-16-le", "utf-32-le")]
    return [*ways, *secrets, *(secret.hex().encode() for secret in secrets)]
