"""Since when something has lain unread, as far as can be seen without a key.

Outside an envelope stands a day and no finer time. So it is taken to have lain since that day's end at the latest, and
since this process first saw it, if that was earlier.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from staff.inbox.summary import clamp_day
from staff.models import Collected, Dismissed

Lying = Mapping[bytes, tuple[bytes, datetime]]  # by id: the tag of its team, and the end of its day


def lying(session: Session) -> Lying:
    """Give what nobody has opened or laid aside; damaged rows, which nobody can open, are left out."""
    aside = select(Dismissed.row)
    wanted = select(Collected.id, Collected.team_tag, Collected.day).where(Collected.intact == 1)
    rows = session.execute(wanted.where(Collected.id.not_in(aside)))
    return {row: (tag, end_of(day)) for row, tag, day in rows}


def end_of(day: int) -> datetime:
    """Give the end of a day (since 1970)."""
    return datetime.fromtimestamp(0, UTC) + timedelta(days=clamp_day(day) + 1)


class Unread:
    """Remember, in memory, when each envelope was first seen lying."""

    def __init__(self) -> None:
        self._first: dict[bytes, datetime] = {}
        self._since: dict[bytes, datetime] = {}

    def look(self, found: Lying, now: datetime) -> None:
        """Take note of what lies now."""
        self._first = {row: self._first.get(row, now) for row in found}
        since: dict[bytes, datetime] = {}
        for row, (team, end) in found.items():
            since[team] = min(since.get(team, now), end, self._first[row])
        self._since = since

    def since(self, team: bytes) -> datetime | None:
        """Tell since when the oldest lies that is for this team; None if nothing does."""
        return self._since.get(team)


def by_day(found: Lying) -> datetime | None:
    """Tell since when the oldest of all teams lies, by its day alone: what stands outside anyway, and no finer time."""
    return min((end for _, end in found.values()), default=None)
