"""What a session remembers of its day: the lists as they were shown, what it looks for, what a flood was put into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from staff.day.index import Index

KEPT = 6  # lists that a session remembers; an older page is made anew


@dataclass(frozen=True)
class Snapshot:
    """Hold the order of one list as it was shown first, so that no page of it moves under the hand."""

    number: int
    about: tuple[object, ...]
    ids: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class Bulk:
    """Hold requests that somebody chose to set aside together, or has: the ids of their anchors, and for what reason.

    `left` are those for which there was no time yet, `seen` the newest entry of each that its chooser knew, `reply`
    says whether each gets the ready reply.
    """

    rows: tuple[bytes, ...] = field(default=(), repr=False)
    left: tuple[bytes, ...] = field(default=(), repr=False)
    seen: Mapping[bytes, int] = field(default_factory=dict, repr=False)
    reason: str = ""
    line: str = field(default="", repr=False)
    reply: bool = False
    refused: int = 0


@dataclass
class Day:
    """Hold one session's lists, search and index; all of it goes with the session."""

    snapshots: list[Snapshot] = field(default_factory=list, repr=False)
    counter: int = 0
    search: str = field(default="", repr=False)
    found: frozenset[bytes] | None = field(default=None, repr=False)
    index: Index = field(default_factory=Index, repr=False)
    counted: tuple[tuple[object, ...], dict[str, int]] | None = field(default=None, repr=False)
    menu: tuple[tuple[int, int, int], dict[str, int]] | None = field(default=None, repr=False)
    chosen: Bulk = field(default_factory=Bulk, repr=False)
    done: Bulk = field(default_factory=Bulk, repr=False)

    def keep(self, about: tuple[object, ...], ids: Sequence[bytes]) -> Snapshot:
        """Remember a list that is shown for the first time."""
        self.counter += 1
        made = Snapshot(self.counter, about, tuple(ids))
        self.snapshots = [*self.snapshots, made][-KEPT:]
        return made

    def snapshot(self, number: int, about: tuple[object, ...]) -> Snapshot | None:
        """Give a list that was shown; None if it is forgotten, or was about something else."""
        return next((one for one in self.snapshots if (one.number, one.about) == (number, about)), None)
