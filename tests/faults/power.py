"""A power cut, played over: each disk that it could have left, from a record of writes and syncs that strace made.

What was synced is there. Of what was not, any part may be: none of it, all of it, or some writes, out of order and
torn at a sector's edge. A name is there once its folder was synced, or by chance before, in the order it was made.
"""

import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.road import ROOT

SECTOR = 512
CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink"
LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)")
CUT_SHORT = re.compile(r"(\d+) +(.*) <unfinished \.\.\.>$")
GOES_ON = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)$")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
FILE = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2})*)>")
LOST = (".lock", "-shm")  # nothing in them outlives a process


@dataclass(frozen=True)
class Event:
    """One thing that happened: `kind` is write, size, sync, make, rename, remove or said."""

    kind: str
    path: str = ""
    at: int = 0
    data: bytes = b""
    to: str = ""


def record(folder: Path, module: str, *arguments: str) -> list[Event]:
    """Run one of our test programs under strace, and list what it did in a folder and what it said, in order."""
    trace = folder.with_suffix(".strace")
    watched = ["strace", "-f", "-qq", "--seccomp-bpf", "-y", "-xx", "-s", "100000", "-e", f"trace={CALLS}"]
    command = [*watched, "-o", str(trace), sys.executable, "-m", module, str(folder), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [one for line in _whole(trace) if (one := _event(line)) and (one.kind == "said" or _within(one, folder))]


def _whole(trace: Path) -> Iterator[tuple[str, str]]:
    """Join calls that another thread's came between; each counts when it has ended."""
    begun: dict[str, str] = {}
    for line in trace.read_text("ascii").splitlines():
        if found := CUT_SHORT.match(line):
            begun[found[1]] = found[2]
        elif found := GOES_ON.match(line):
            yield _call(f"{found[1]} {begun.pop(found[1])}{found[2]}")
        else:
            yield _call(line)


def _call(line: str) -> tuple[str, str]:
    found = LINE.match(line)
    return (found[2], found[3]) if found and int(found[4]) >= 0 else ("", "")


def _event(call: tuple[str, str]) -> Event | None:
    name, given = call
    texts = [bytes.fromhex(one.replace("\\x", "")) for one in TEXT.findall(given)]
    open_file = FILE.match(given)
    path = os.fsdecode(bytes.fromhex(open_file[2].replace("\\x", ""))) if open_file else ""
    numbers = re.findall(r", (\d+)", TEXT.sub("", given))
    if name == "write" and open_file and open_file[1] == "1":
        return Event("said", data=texts[0])
    if name == "write":
        return Event("write", path, -1, texts[0])
    if name == "pwrite64":
        return Event("write", path, int(numbers[-1]), texts[0])
    if name == "ftruncate":
        return Event("size", path, int(numbers[0]))
    if name in ("fsync", "fdatasync"):
        return Event("sync", path)
    return _named(name, given, [os.fsdecode(one) for one in texts])


def _named(name: str, given: str, paths: Sequence[str]) -> Event | None:
    if name == "openat" and "O_CREAT" in given:
        return Event("make", paths[0], int("O_TRUNC" in given))
    if name == "rename":
        return Event("rename", paths[0], to=paths[1])
    return Event("remove", paths[0]) if name == "unlink" else None


def _within(event: Event, folder: Path) -> bool:
    path = event.path
    return (path == str(folder) or path.startswith(f"{folder}/")) and not path.endswith(LOST)


@dataclass
class File:
    """The bytes that are on the disk for sure, and what was done to them since the last sync."""

    sure: bytes = b""
    since: list[Event] = field(default_factory=list)
    length: int = 0  # as the program sees it, for writes at the end


Names = dict[str, File]


class Drive:
    """A disk as it stands while a program writes to it."""

    def __init__(self) -> None:
        self._seen: Names = {}  # as the program sees it
        self._sure: Names = {}  # after the last sync of the folder
        self._named: list[Names] = []  # each later state of the folder, in order

    def happen(self, event: Event) -> None:
        """Let something happen."""
        if event.kind in ("make", "rename", "remove"):
            self._name(event)
        elif event.path in self._seen:
            self._change(self._seen[event.path], event)
        elif event.kind == "sync":
            self._sync_folder(event.path)

    def _sync_folder(self, folder: str) -> None:
        """Let the names of one folder be sure; those of others are as unsure as before."""
        inside = {path: file for path, file in self._seen.items() if str(Path(path).parent) == folder}
        self._sure, *self._named = (
            {path: file for path, file in names.items() if str(Path(path).parent) != folder} | inside
            for names in (self._sure, *self._named)
        )

    def _name(self, event: Event) -> None:
        if event.kind == "make" and event.path in self._seen:
            if event.at:
                self._change(self._seen[event.path], Event("size", event.path, 0))
            return
        gone = self._seen.pop(event.path, None)
        if event.kind == "make":
            self._seen[event.path] = File()
        elif event.kind == "rename" and gone is not None:
            self._seen[event.to] = gone
        self._named.append(dict(self._seen))

    def _change(self, file: File, event: Event) -> None:
        if event.kind == "sync":
            file.sure, file.since = played(file.sure, file.since), []
            return
        at = file.length if event.at < 0 else event.at
        file.length = at if event.kind == "size" else max(file.length, at + len(event.data))
        file.since.append(Event(event.kind, event.path, at, event.data))

    def cuts(self, dice: random.Random, number: int) -> Iterator[dict[str, bytes]]:
        """Give disks that a cut now could leave: nothing unsynced, everything, and so many in between."""
        yield {path: file.sure for path, file in self._sure.items()}
        yield {path: played(file.sure, file.since) for path, file in self._seen.items()}
        for _ in range(number):
            names = dice.choice([self._sure, *self._named])
            yield {path: played(file.sure, torn(file.since, dice)) for path, file in names.items()}


def played(sure: bytes, events: Sequence[Event]) -> bytes:
    """Give a file's bytes after writes and cuts to a size."""
    made = bytearray(sure)
    for one in events:
        if one.kind == "size":
            made = made[: one.at].ljust(one.at, b"\0")
        else:
            made.extend(bytes(max(0, one.at - len(made))))
            made[one.at : one.at + len(one.data)] = one.data
    return bytes(made)


def torn(events: Sequence[Event], dice: random.Random) -> list[Event]:
    """Choose some of the writes that were not synced; one of them only in part."""
    chosen = [one for one in events if dice.random() < dice.choice((0.2, 0.5, 0.9))]
    if chosen and chosen[-1].kind == "write":
        kept = dice.randrange(0, len(chosen[-1].data) + 1, SECTOR)
        chosen[-1] = Event("write", chosen[-1].path, chosen[-1].at, chosen[-1].data[:kept])
    return chosen


def cut_everywhere(events: Sequence[Event], number: int) -> Iterator[tuple[list[str], dict[str, bytes]]]:
    """Cut the power after each event; give what had been said by then, line by line, and each disk it could leave."""
    drive, said, dice = Drive(), list[str](), random.Random(number)  # noqa: S311  # which writes are lost; no secret
    for event in events:
        if event.kind == "said":
            said += event.data.decode().splitlines()
        else:
            drive.happen(event)
        for left in drive.cuts(dice, number):
            yield list(said), left


def lay_out(left: dict[str, bytes], folder: Path, where: Path) -> None:
    """Write a disk that a cut left of `folder` into an empty folder."""
    for path, content in left.items():
        file = where / Path(path).relative_to(folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
