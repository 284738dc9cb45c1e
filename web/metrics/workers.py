"""What several worker processes show adds up, in a folder that holds nothing finer than what is shown."""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from web.metrics.coarse import Cell

PLACES = 256


class Workers:
    """Take one worker's place in a folder for as long as the process lives.

    Places are numbered; whoever takes a place goes on from what the worker before showed there, so that no sum ever
    falls when a worker dies. The kernel gives the place free, however the process ends.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self.number, self._held = self._take()

    def before(self) -> dict[Cell, int]:
        """Give what the place's last worker showed."""
        return _read(self._file(self.number))

    def write(self, values: Mapping[Cell, int]) -> None:
        """Show values to the worker that serves them; raises OSError."""
        fresh = self._folder / f"{self.number}.new"
        fresh.write_text(json.dumps({" ".join(cell): value for cell, value in values.items()}), "utf-8")
        fresh.replace(self._file(self.number))

    def sums(self) -> Mapping[Cell, int]:
        """Add up what all workers show, the living and the dead."""
        found: Counter[Cell] = Counter()
        for path in self._folder.glob("*.json"):
            found.update(_read(path))
        return found

    def leave(self) -> None:
        """Give the place back."""
        os.close(self._held)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.json"

    def _take(self) -> tuple[int, int]:
        for number in range(PLACES):
            handle = os.open(self._folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                return number, handle
        raise OSError("no place for another worker")


def _read(path: Path) -> dict[Cell, int]:
    """Read a worker's values; a file that was cut short is worth none."""
    try:
        found = json.loads(path.read_text("utf-8"))
        return {tuple(name.split()): int(value) for name, value in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
