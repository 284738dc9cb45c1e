"""A small disk of its own that a test fills, empties, or turns read-only: a real file system, not a pretended error."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILLER = "filler"


class Disk:
    """An ext4 file system in the file `image`, mounted at `path`."""

    def __init__(self, path: Path, image: Path) -> None:
        self.path, self.image = path, image

    def fill(self) -> None:
        """Use up every byte that is left, as somebody's log would.

        First what lies there gets its blocks, as it has where a disk fills slowly: memory that stands for a file of a
        few seconds (SQLite's index) may else find none, and the kernel ends the process (SIGBUS).
        """
        run("sync", "-f", self.path)
        with (self.path / FILLER).open("ab", buffering=0) as filler:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        filler.write(bytes(size))
                except OSError:
                    continue

    def free(self) -> None:
        """Give the bytes back."""
        (self.path / FILLER).unlink()

    def break_down(self) -> None:
        """Let the disk turn read-only at once, open files or not, as Linux does with one that fails."""
        run("mount", "-o", "remount,abort", self.path)

    def repair(self) -> None:
        """Put the disk in order again, as after a restart of the machine; who has files open there must start anew."""
        self.end()
        run("e2fsck", "-fy", self.image, good=(0, 1))
        self.begin()

    def begin(self) -> None:
        """Mount it."""
        run("mount", "-o", "loop", self.image, self.path)

    def end(self) -> None:
        """Take it out, whoever still has files open there."""
        run("umount", "-l", self.path)


def run(*command: str | Path, good: tuple[int, ...] = (0,)) -> None:
    """Run a program of Debian's; raises AssertionError with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in good, f"{command}: {done.stderr}"


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[Disk]:
    """Mount a disk of so many bytes for as long as the block lasts; only root can."""
    path.mkdir()
    made = Disk(path, path.with_suffix(".ext4"))
    run("truncate", "-s", size, made.image)
    run("mkfs.ext4", "-q", "-m", "0", made.image)
    made.begin()
    try:
        yield made
    finally:
        made.end()
