"""What this machine tells of itself: which disk a file lies on, whether it is encrypted, whether memory is swapped out.

Read from /proc and /sys as Linux keeps them; `root` lets a test lend another machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

IN_MEMORY = frozenset({"tmpfs", "ramfs"})
SWAP_IN_MEMORY = "zram"
CRYPT = "CRYPT-"  # how device mapper names what cryptsetup opened
STARTED = 19  # place of the start time after the name; proc_pid_stat(5), field 22


@dataclass(frozen=True)
class Machine:
    """Read what the kernel says under `root`."""

    root: Path = Path("/")

    def filesystem(self, path: Path) -> str:
        """Name the file system that a path lies on ("ext4", "tmpfs"), or "" if that cannot be told."""
        wanted, found = str(path.resolve()), ("", "")
        for line in self._lines("proc/mounts"):
            _, place, kind, *_ = [*line.split(), "", "", ""]
            place = place.replace("\\040", " ")
            inside = wanted == place or wanted.startswith(place.rstrip("/") + "/")
            if inside and len(place) >= len(found[0]):
                found = place, kind
        return found[1]

    def in_memory(self, path: Path) -> bool:
        """Tell whether what is written there lies in memory only, and memory is never swapped to a disk."""
        return self.filesystem(path) in IN_MEMORY and not self.open_swaps()

    def open_swaps(self) -> list[str]:
        """List what memory is swapped out to in readable form: neither zram nor encrypted."""
        named = [line.split()[0] for line in self._lines("proc/swaps")[1:] if line.split()]
        return [name for name in named if not self._keeps_closed(name)]

    def encrypted(self, path: Path) -> bool | None:
        """Tell whether a path lies on an encrypted disk; None where that cannot be told."""
        number = os.stat(path).st_dev
        block = self.root / "sys/dev/block" / f"{os.major(number)}:{os.minor(number)}"
        return self._encrypted(block) if block.exists() else None

    def began(self, pid: int) -> float | None:
        """Give when a process began, or began anew (seconds since 1970); None if that cannot be told.

        A program that takes another's place in the same process keeps its first thread, and no other: so the oldest of
        the others tells.
        """
        tasks = self.root / "proc" / str(pid) / "task"
        ticks = {int(one.name): _started(one / "stat") for one in tasks.glob("*") if one.name.isdecimal()}
        others = [found for number, found in ticks.items() if found is not None and number != pid]
        first = min(others, default=ticks.get(pid))
        boot = next((line.split()[1] for line in self._lines("proc/stat") if line.startswith("btime ")), "")
        if first is None or not boot.isdecimal():
            return None
        return int(boot) + first / os.sysconf("SC_CLK_TCK")

    def _keeps_closed(self, swap: str) -> bool:
        name = Path(swap).resolve().name
        if name.startswith(SWAP_IN_MEMORY):
            return True
        block = self.root / "sys/class/block" / name
        return block.exists() and self._encrypted(block)

    def _encrypted(self, block: Path) -> bool:
        """Look for an encrypted layer in a device and all that it stands on."""
        return any(self._uuid(one).startswith(CRYPT) for one in self._layers(block))

    def _layers(self, block: Path) -> Iterator[Path]:
        yield block
        for below in sorted((block / "slaves").glob("*")) or sorted((block.resolve().parent / "slaves").glob("*")):
            yield from self._layers(below)

    def _uuid(self, block: Path) -> str:
        try:
            return (block / "dm/uuid").read_text("ascii", "replace")
        except OSError:
            return ""

    def _lines(self, name: str) -> list[str]:
        try:
            return (self.root / name).read_text("utf-8", "replace").splitlines()
        except OSError:
            return []


def _started(path: Path) -> int | None:
    """Read when a thread began, in ticks since the machine did; its name may hold anything, and ends with ")"."""
    try:
        words = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        return int(words[STARTED])
    except (OSError, ValueError, IndexError):
        return None
