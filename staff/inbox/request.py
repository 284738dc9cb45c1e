"""One request as the list knows it: all versions of one try, what they say together, and which view they stand in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from staff.inbox.state import DANGER, State
from staff.inbox.summary import DAY, Facts, Summary, clamp_day

UNREADABLE_RANK = 0.5  # below what we know cannot wait, above what we know can: neither hidden nor in the way
CANNOT_RANK = -1.0


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one submission; `version` 0 means that nobody has opened it, `batch` when this session first saw it."""

    id: bytes
    version: int
    batch: int
    day: int
    summary: Summary

    @property
    def sent(self) -> int:
        """Give the time of sending in seconds; of what cannot be read, the beginning of the day outside."""
        return self.summary.facts.sent if self.summary.facts else clamp_day(self.day) * DAY


@dataclass(frozen=True, slots=True)
class Request:
    """Hold the versions of one try in their order. Acts belong to the anchor: the version that was opened first."""

    versions: tuple[Row, ...]
    anchor: Row
    state: State
    level: int
    fresh: bool

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
        """Give the time of the earliest version: since then somebody waits."""
        return min(row.sent for row in self.versions)

    @property
    def aside(self) -> bool:
        """Tell whether it was set aside and nothing has come since."""
        return bool(self.state.aside) and not self.fresh

    @property
    def rank(self) -> float:
        """Give the order in the list, highest first."""
        if self.state.cannot and not self.fresh:
            return CANNOT_RANK
        return UNREADABLE_RANK if self.facts is None and self.state.level is None else float(self.level)


def gather(rows: Iterable[Row]) -> list[Request]:
    """Make requests of rows and put them in the list's order: danger first, then whoever has waited longest."""
    tries: dict[object, list[Row]] = {}
    for row in rows:
        facts = row.summary.facts
        tries.setdefault(facts.try_id if facts else row.id, []).append(row)
    return sorted(map(_request, tries.values()), key=lambda request: (-request.rank, request.sent, request.newest.id))


def _request(rows: list[Row]) -> Request:
    versions = tuple(sorted(rows, key=_coming) if len(rows) > 1 else rows)
    newest = versions[-1]
    opened = [row for row in versions if row.version]
    anchor = min(opened, key=lambda row: (row.summary.opened_at, row.id)) if opened else newest
    state = anchor.summary.state if opened else State()
    fresh = newest.version == 0
    told = max(row.summary.facts.level if row.summary.facts else 0 for row in versions if _came_with(row, newest))
    level = told if state.level is None else max(state.level, told) if fresh else state.level
    return Request(versions, anchor, state, level, fresh)


def _coming(row: Row) -> tuple[bool, int, int, bytes]:
    """Give a version's place among its like: what nobody has opened is last, whatever its sender's clock says.

    The clock inside orders only what was opened together: it must not put new words behind an old decision.
    """
    return row.version == 0, row.summary.opened_at, row.sent, row.id


def _came_with(row: Row, newest: Row) -> bool:
    """Tell whether a version was opened together with the newest, or neither yet: the gravest of these counts."""
    return _coming(row)[:2] == _coming(newest)[:2]


VIEWS: dict[str, Callable[[Request, str], bool]] = {
    "all": lambda request, _me: not request.aside,
    "danger": lambda request, _me: request.level == DANGER and not request.aside,
    "relatives": lambda request, _me: bool(request.facts and request.facts.form == "other") and not request.aside,
    "under18": lambda request, _me: bool(request.facts and request.facts.age == "under18") and not request.aside,
    "free": lambda request, _me: not request.state.holder and (request.state.open or request.fresh),
    "mine": lambda request, me: request.state.holder == me and not request.aside,
    "cannot": lambda request, _me: bool(request.state.cannot) and not request.aside,
    "closed": lambda request, _me: bool(request.problem) and not request.aside,
    "aside": lambda request, _me: request.aside,
}
