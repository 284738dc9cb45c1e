"""One request as the list knows it: all versions of one try, what was written since, and which view it stands in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from staff.inbox.row import Row
from staff.inbox.state import DANGER, State
from staff.inbox.summary import Facts, Summary
from staff.inbox.threads import Thread, sort_out

__all__ = ["VIEWS", "Request", "Row", "gather"]

UNREADABLE_RANK = 0.5  # below what we know cannot wait, above what we know can: neither hidden nor in the way
CANNOT_RANK = -1.0


@dataclass(frozen=True, slots=True)
class Request:
    """Hold the versions of one try in their order. Acts belong to the anchor: the version that was opened first.

    `follow_ups` are messages that proved to belong to this thread, in the order of their counters; `claim` says what is
    the matter with a thread that the request itself names (staff.inbox.threads); `dismissed` that the reader laid it
    aside for themselves.
    """

    versions: tuple[Row, ...]
    anchor: Row
    state: State
    level: int
    fresh: bool
    follow_ups: tuple[Row, ...] = ()
    claim: str = ""
    dismissed: bool = False

    @property
    def rows(self) -> tuple[Row, ...]:
        """Give every submission of the thread."""
        return (*self.versions, *self.follow_ups)

    @property
    def newest(self) -> Row:
        """Give the version that counts."""
        return self.versions[-1]

    @property
    def broken(self) -> "Request":
        """Give a row to show in place of this request, if something in it cannot even be written down."""
        row = Row(self.anchor.id, self.anchor.version, self.anchor.batch, 0, Summary(None, "fault", (), State()))
        return Request((row,), row, State(), self.level, self.fresh)

    @property
    def facts(self) -> Facts | None:
        """Give what the newest version says, if it can be read."""
        return self.newest.summary.facts

    @property
    def problem(self) -> str:
        """Say why the newest version cannot be read, or nothing."""
        return self.newest.summary.problem

    @property
    def shut(self) -> bool:
        """Tell whether it does not open at all, for this person or anybody: there is nothing in it to act on."""
        return self.problem not in ("", "unreadable")

    @property
    def sent(self) -> int:
        """Give the time since when somebody waits: that of the first message which came after our last reply."""
        first = min(row.sent for row in self.versions)
        if not self.follow_ups:
            return first
        unanswered = [row.sent for row in self.follow_ups if self.waits(row)]
        return min([first, *unanswered]) if self.waits(self.anchor) else min(unanswered, default=first)

    @property
    def again(self) -> bool:
        """Tell whether the person has written again and nobody has replied since."""
        return any(self.waits(row) for row in self.follow_ups)

    @property
    def erase(self) -> bool:
        """Tell whether the person has asked for their words to be erased and nobody has replied since."""
        return any(row.summary.facts.erase and self.waits(row) for row in self.follow_ups if row.summary.facts)

    def waits(self, row: Row) -> bool:
        """Tell whether nothing was replied since a message was opened: by our clock, since a phone's may be wrong."""
        replied = self.state.replied_at
        return row.fresh or replied is None or row.summary.opened_at > int(replied.timestamp())

    @property
    def aside(self) -> bool:
        """Tell whether it was set aside and nothing has come since, or does not open and was laid aside by the reader.

        What comes to open after all, since a colleague granted it, stands in the list again by itself.
        """
        return (self.dismissed and self.shut) or (bool(self.state.aside) and not self.fresh)

    @property
    def settled(self) -> bool:
        """Tell whether it needs no place in the inbox: set aside, or carried on in a case with nothing new in it."""
        return self.aside or (bool(self.state.case) and not self.fresh and not self.again)

    @property
    def rank(self) -> float:
        """Give the order in the list, highest first."""
        if self.state.cannot and not self.fresh:
            return CANNOT_RANK
        return UNREADABLE_RANK if self.facts is None and self.state.level is None else float(self.level)


def gather(rows: Iterable[Row]) -> list[Request]:
    """Make requests of rows and put them in the list's order: danger first, then whoever has waited longest."""
    made = map(_request, sort_out(rows))
    return sorted(made, key=lambda request: (-request.rank, request.sent, request.newest.id))


def _request(thread: Thread) -> Request:
    versions = tuple(sorted(thread.versions, key=_coming) if len(thread.versions) > 1 else thread.versions)
    written = tuple(sorted(thread.follow_ups, key=_counter)) if thread.follow_ups else ()
    newest = versions[-1]
    opened = [row for row in versions if row.version]
    # Of two opened within one second the one with more entries: acts never move to what was opened later.
    anchor = min(opened, key=lambda row: (row.summary.opened_at, -row.version, row.id)) if opened else newest
    state = anchor.summary.state if opened else State()
    fresh = newest.fresh or any(row.fresh for row in written)
    said = [row for row in versions if _came_with(row, newest)]
    told = max(row.summary.facts.level if row.summary.facts else 0 for row in (*said, *written))
    level = told if state.level is None else max(state.level, told) if fresh else state.level
    return Request(versions, anchor, state, level, fresh, written, thread.claim)


def _counter(row: Row) -> tuple[int, bytes]:
    return row.summary.facts.counter if row.summary.facts else 0, row.id


def _coming(row: Row) -> tuple[bool, int, int, bytes]:
    """Give a version's place among its like: what nobody has opened is last, whatever its sender's clock says.

    The clock inside orders only what was opened together: it must not put new words behind an old decision.
    """
    return row.version == 0, row.summary.opened_at, row.sent, row.id


def _came_with(row: Row, newest: Row) -> bool:
    """Tell whether a version was opened together with the newest, or neither yet: the gravest of these counts."""
    return _coming(row)[:2] == _coming(newest)[:2]


VIEWS: dict[str, Callable[[Request, str], bool]] = {
    "all": lambda request, _me: not request.settled,
    "danger": lambda request, _me: request.level == DANGER and not request.settled,
    "relatives": lambda request, _me: bool(request.facts and request.facts.form == "other") and not request.settled,
    "under18": lambda request, _me: bool(request.facts and request.facts.age == "under18") and not request.settled,
    "free": lambda request, _me: (
        not (request.state.holder or request.settled) and (request.state.open or request.fresh)
    ),
    "mine": lambda request, me: request.state.holder == me and not request.settled,
    "cannot": lambda request, _me: bool(request.state.cannot) and not request.settled,
    "tied": lambda request, _me: bool(request.state.case) and not request.aside,
    "closed": lambda request, _me: bool(request.problem) and not request.settled,
    "aside": lambda request, _me: request.aside,
}
