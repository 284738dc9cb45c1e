"""Cases on the shelf, for the stories of the day: made as the app makes them, granted to the team."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from staff.cases.summary import summarise
from staff.diary import Kind
from staff.entry import Entry
from tests.staff.world import Human, World


class Cases:
    """Open cases in a world, by its owner, and write in them."""

    def __init__(self, world: World) -> None:
        self.world = world

    def open(
        self,
        working: str,
        *then: tuple[str, dict[str, str]],
        by: Human | None = None,
        to: Sequence[Human] = (),
        **fields: str,
    ) -> str:
        """Open a case with the entries that follow; gives its id in hex. `to` names who reads it, else the team."""
        world, who = self.world, by or self.world.owner
        first = {"working": working, "how": "call", **fields}
        entries = [self.entry(who, "opened", first), *(self.entry(who, kind, given) for kind, given in then)]
        team = [one.member for one in to] or world.members.team(who.town)
        person = world.person(who)
        found = world.parts.folders.create(person, entries, summarise, team, world.clock.now(), register=Kind.CASE)
        return found.hex()

    def write(self, case: str, kind: str, by: Human | None = None, **fields: str) -> None:
        """Write one entry into a case."""
        who = by or self.world.owner
        keys, person = self.world.session(who)
        entry = self.entry(who, kind, fields)
        folders = self.world.parts.folders
        folders.append(keys, bytes.fromhex(case), person, lambda _found: [entry], summarise, self.world.clock.now())

    def entries(self, case: str) -> Sequence[Entry]:
        """Read a case's trusted entries."""
        keys, person = self.world.session(self.world.owner)
        return self.world.parts.folders.peek(keys, bytes.fromhex(case), person).trusted

    def entry(self, who: Human, kind: str, fields: dict[str, str]) -> Entry:
        """Make an entry, now."""
        named = {"id": f"{kind}{self.world.clock.now().timestamp()}{sorted(fields.items())}"[:60]}
        return Entry(who.name, self.world.clock.now(), kind, {**named, **fields})

    def day(self, **ahead: float) -> str:
        """Write a day so far ahead, or behind."""
        return (self.world.clock.today() + timedelta(**ahead)).isoformat()


def task(title: str, due: str, kind: str = "task") -> tuple[str, dict[str, str]]:
    """Plan something."""
    return "task", {"id": f"t-{title}", "title": title, "due": due, "kind": kind}


def always() -> dict[str, str]:
    """Give a card of safe contact on which every minute is safe."""
    return {"windows": "0123456 0 1440"}


def never_now(now: datetime) -> dict[str, str]:
    """Give a card on which only tomorrow's first hour is safe."""
    return {"windows": f"{(now + timedelta(days=1)).astimezone().weekday()} 0 60"}
