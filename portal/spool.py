"""Sealed envelopes on this machine's disk while the dead drop is away: bounded, whole or not there, once.

A file holds one envelope and is named by its id; nothing of its own tells when it came. Several processes of one
machine share the folder. Each step may be the last before a power cut: a name stands only over bytes that are on disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from crypto.envelope import Envelope, envelope_id
from crypto.errors import MalformedError
from deaddrop import turns
from deaddrop.errors import MisfitError, UnavailableError

LOCK, FRESH, NOTE = ".lock", ".fresh", ".replaced"
NAME = re.compile("[0-9a-f]{32}")
MODE, FOLDER_MODE = 0o600, 0o700
READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
READING |= getattr(os, "O_NOATIME", 0)  # where there is such a thing, reading leaves no time either
# Days after which what is sealed to a roster that was replaced is dropped. The staff app destroys those keys 16 days
# after it saw the new one, and usually sees it first: what nobody but the recovery key could open is not kept.
KEPT_DAYS = 13

Leave = Callable[[bytes], None]


@dataclass(frozen=True)
class Round:
    """What one look through the spool did: envelopes handed over, damaged ones put away, and those that still wait."""

    handed: int = 0
    damaged: int = 0
    left: int = 0


class Spool:
    """The folder, with at most so many places. Safe in threads and processes; raises OSError if it cannot be used."""

    def __init__(self, folder: Path, places: int) -> None:
        fresh = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for one in fresh:
            _sync(one.parent)  # else a power cut may take the folder with all that lies in it
        self._folder = folder
        self._places = places
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(folder)

    def waiting(self) -> int:
        """Count the envelopes that wait."""
        return len(self._names())

    def used(self) -> tuple[int, int]:
        """Count the envelopes that wait, and the places; whoever shows it blurs it first."""
        return self.waiting(), self._places

    def room(self) -> bool:
        """Tell whether another envelope has a place; the disk may be full all the same."""
        return self.waiting() < self._places

    def keep(self, data: bytes) -> None:
        """Keep one envelope; when this returns it is on disk, whole. The same bytes are kept once.

        Raises UnavailableError if there is no place, or the disk is full or does not do.
        """
        name = envelope_id(data).hex()
        with self._turn():
            held = self._names()
            if name in held and _read(self._folder / name) == data:
                self._sync()  # whoever laid it there may have died before it was sure
            elif name not in held and len(held) >= self._places:
                raise UnavailableError("the spool is full")
            else:
                self._write(name, data)

    def hand_over(self, leave: Leave) -> Round:
        """Give every envelope to `leave` and take it away once that returned; raises UnavailableError as it does.

        Dying in between means that it is given again: a dead drop keeps the same bytes once, and the staff app knows
        what it has seen. What the dead drop will never take stays, and others are tried.
        """
        counts: Counter[str] = Counter()
        for name in sorted(self._names()):  # by hash: in no order of arrival
            with self._claimed(name) as data:
                done = "left" if data is None else _given(name, data, leave)
                gone = done == "left" or (self._take_away(name) if done == "handed" else self._discard(name))
                counts[done if gone else "left"] += 1
        if counts.keys() - {"left"}:
            with contextlib.suppress(OSError):  # a name that comes back after a power cut is given again: no harm
                self._sync()
        return Round(**counts)

    def drop_replaced(self, epoch: int, today: date) -> int:
        """Drop what is sealed to rosters that were replaced KEPT_DAYS ago and more; give its number.

        Never on the first day on which it would be due: a clock that jumped is looked at again the next day.
        """
        dropped = 0
        with self._turn():
            found = {name: _epoch(self._folder / name) for name in self._names()}
            note = self._noted({one for one in found.values() if one is not None and one < epoch}, today)
            for name, sealed_to in found.items():
                if sealed_to is not None and note.get(sealed_to, (0, today.toordinal()))[1] < today.toordinal():
                    dropped += self._take_away(name)
            if dropped:
                self._sync()
        return dropped

    def _noted(self, replaced: set[int], today: date) -> dict[int, tuple[int, int]]:
        """Note for each replaced epoch when that was first seen, and when it was first due; give what is noted."""
        path, now, never = self._folder / NOTE, today.toordinal(), date.max.toordinal()
        try:
            before = {int(one): (int(seen), int(due)) for one, seen, due in json.loads(path.read_text("ascii"))}
        except (OSError, ValueError):
            before = {}
        note = {}
        for one in replaced:
            seen, due = before.get(one, (now, never))
            is_due = today - date.fromordinal(seen) >= timedelta(days=KEPT_DAYS)
            note[one] = (seen, min(due, now) if is_due else never)
        if note != before:
            self._write(NOTE, json.dumps([[one, *days] for one, days in sorted(note.items())]).encode("ascii"))
        return note

    def _names(self) -> set[str]:
        with _told():
            return {name for name in os.listdir(self._folder) if NAME.fullmatch(name)}

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Take the writers' turn: one at a time on this machine, so that places are counted right."""
        with turns.take(str(self._folder / LOCK)), _told():
            yield

    def _write(self, name: str, data: bytes) -> None:
        """Write a file under a name of its own, and give it its name once its bytes are on disk."""
        fresh, path = self._folder / FRESH, self._folder / name
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, MODE)
            with open(descriptor, "wb", buffering=0) as file:  # closes it
                if file.write(data) != len(data):
                    raise OSError("written in part")
                os.utime(descriptor, (0, 0))  # the file's own times tell nothing; the file system's do, for a while
                os.fsync(descriptor)
            os.rename(fresh, path)
            self._sync()
        except OSError:
            for one in (fresh, path):
                with contextlib.suppress(OSError):
                    one.unlink()
            raise

    def _sync(self) -> None:
        _sync(self._folder)

    def _take_away(self, name: str) -> bool:
        """Take a file away; tell whether the disk let us."""
        with contextlib.suppress(OSError):
            (self._folder / name).unlink(missing_ok=True)
            return True
        return False

    def _discard(self, name: str) -> bool:
        """Take a damaged file away, unless somebody has meanwhile kept the same envelope anew; tell whether it went."""
        with contextlib.suppress(UnavailableError), self._turn():
            return envelope_id(_read(self._folder / name) or b"").hex() != name and self._take_away(name)
        return False

    @contextlib.contextmanager
    def _claimed(self, name: str) -> Iterator[bytes | None]:
        """Lend an envelope's bytes to one process at a time.

        None if another has it or has handed it over, or if it cannot be read: the others must not wait for it.
        """
        with contextlib.ExitStack() as stack:
            data = None
            with contextlib.suppress(OSError):
                file = stack.enter_context(_opened(self._folder / name))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back when the file is closed
                data = file.read() if os.fstat(file.fileno()).st_nlink else None
            yield data


def _opened(path: Path) -> io.FileIO:
    return open(path, "rb", buffering=0, opener=lambda name, _: os.open(name, READING))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes | None:
    with contextlib.suppress(OSError), _opened(path) as file:
        return file.read()
    return None


def _given(name: str, data: bytes, leave: Leave) -> str:
    """Give an envelope, and tell what became of it; what a file's name does not say is never handed over.

    Safe: only what opens for nobody any more counts as damaged. What is whole and not taken stays, since another
    version of the program may have laid it there, and somebody was told that it had come.
    """
    if envelope_id(data).hex() != name:
        return "damaged"
    try:
        leave(data)
    except (MisfitError, MalformedError):
        return "left"
    return "handed"


def _epoch(path: Path) -> int | None:
    try:
        return Envelope.from_bytes(_read(path) or b"").epoch
    except MalformedError:
        return None


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn what the disk refuses into UnavailableError: no receipt is given for it."""
    try:
        yield
    except OSError as error:
        raise UnavailableError("not kept in the spool") from error
