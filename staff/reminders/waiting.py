"""What waits, as it can be seen from outside: which envelopes nobody has opened, which grants lie in whose tray."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from crypto.envelope import team_tag
from crypto.opening import pepper
from crypto.opening.members import COORDINATOR, LEAD, Member
from programme.hours import Hours
from staff.casebook import Casebook
from staff.models import Collected, Tray
from staff.register import Papers
from staff.reminders.wishes import ALARM, GIVEN, LATE, NEW, Wish

UNREAD = timedelta(hours=2)  # office time


@dataclass(frozen=True)
class Waiting:
    """Hold, by member tag, their team's envelopes, those that lie too long, what was given, and what stands still."""

    new: Mapping[bytes, frozenset[bytes]] = field(default_factory=dict)
    late: Mapping[bytes, frozenset[bytes]] = field(default_factory=dict)
    given: Mapping[bytes, frozenset[bytes]] = field(default_factory=dict)
    alarm: Mapping[bytes, frozenset[bytes]] = field(default_factory=dict)


def occasions(waiting: Waiting, member: bytes, wish: Wish) -> frozenset[tuple[str, bytes]]:
    """Give what a member wants to be told of, each thing once for each occasion."""
    found = {NEW: waiting.new, LATE: waiting.late, GIVEN: waiting.given, ALARM: waiting.alarm}
    return frozenset((occasion, one) for occasion in wish.occasions for one in found[occasion].get(member, frozenset()))


class Lookout:
    """Look at the casebook; when an envelope was first seen lying is remembered in memory only.

    `alarms` names what stands still for a team (staff.watching.outlook), which coordinators and leads are told of.
    """

    def __init__(
        self,
        casebook: Casebook,
        pepper_bytes: bytes,
        papers: Callable[[], Papers],
        hours: Hours,
        now: Callable[[], datetime],
        alarms: Callable[[bytes], frozenset[bytes]],
    ) -> None:
        self._casebook, self._pepper, self._papers, self._hours, self._now = casebook, pepper_bytes, papers, hours, now
        self._alarms = alarms
        self._first: dict[bytes, datetime] = {}

    def __call__(self) -> Waiting:
        """Give what waits now; raise RegisterError if nobody's role can be believed."""
        members = self._papers().members.members
        with self._casebook.read() as session:
            lying = session.execute(select(Collected.id, Collected.team_tag)).all()
            tray = session.execute(select(Tray.member, Tray.folder)).all()
        late = self._late([row for row, _ in lying])
        teams: dict[bytes, frozenset[bytes]] = {}
        for row, tag in lying:
            teams[tag] = teams.get(tag, frozenset()) | {row}
        new: dict[bytes, frozenset[bytes]] = {}
        for member in members:
            if member.role == COORDINATOR:
                new[self._tag(member.box_public)] = teams.get(team_tag(member.municipality), frozenset())
        known = {self._tag(member.box_public) for member in members}
        given: dict[bytes, frozenset[bytes]] = {}
        for holder, folder in tray:
            if holder in known:
                given[holder] = given.get(holder, frozenset()) | {folder}
        return Waiting(new, {member: rows & late for member, rows in new.items()}, given, self._alarm(members))

    def _alarm(self, members: Iterable[Member]) -> dict[bytes, frozenset[bytes]]:
        told = (one for one in members if one.role in (COORDINATOR, LEAD))
        return {self._tag(one.box_public): self._alarms(team_tag(one.municipality)) for one in told}

    def _late(self, lying: list[bytes]) -> frozenset[bytes]:
        now = self._now()
        self._first = {row: self._first.get(row, now) for row in lying}
        return frozenset(row for row, seen in self._first.items() if self._hours.office_time(seen, now) > UNREAD)

    def _tag(self, box_public: bytes) -> bytes:
        return pepper.tag(self._pepper, "member", box_public.hex())
