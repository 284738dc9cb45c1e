"""Who does something, with which keys, under which settings, and when: what every act of this package needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from crypto.opening.members import COORDINATOR, Member
from programme import Programme
from programme.agencies import Agencies
from programme.hours import ZONE
from staff.agencies.items import items
from staff.agencies.rules import Ground
from staff.agencies.steps import dealings
from staff.casebook import Casebook
from staff.cases.state import CaseState, fold
from staff.cases.summary import summarise
from staff.clip import clip
from staff.entry import Entry
from staff.folders import Folder, Folders, Keys, nothing
from staff.person import Person

__all__ = ["Case", "Desk", "summarise"]


@dataclass(frozen=True)
class Case:
    """Hold a case as it stands: its folder and what its entries amount to."""

    folder: Folder
    state: CaseState


@dataclass(frozen=True)
class Desk:
    """Hold the parts that an act needs; made anew for each request."""

    casebook: Casebook
    folders: Folders
    keys: Keys = field(repr=False)
    person: Person
    programme: Programme
    now: datetime
    reading: str = "exported"  # what the audit calls it when a request is opened to leave the case

    @property
    def settings(self) -> Agencies:
        """Give what is settled about other agencies."""
        return self.programme.casework.agencies

    @property
    def today(self) -> date:
        """Give the day, in Swedish time."""
        return self.now.astimezone(ZONE).date()

    def entry(self, kind: str, /, **fields: str) -> Entry:
        """Make an entry by this person, now; empty fields are left out."""
        return Entry(self.person.name, self.now, kind, {name: value for name, value in fields.items() if value})

    def ground(self, case: Case) -> Ground:
        """Give what the rules look at."""
        return Ground(
            settings=self.settings,
            members=self.person.papers.members,
            municipality=self.person.municipality,
            dealings=dealings(case.state),
            items=items(case.folder.entries, case.state),
            today=self.today,
        )

    def case(self, folder: Folder) -> Case:
        """Give a case of a folder that was read."""
        return Case(folder, fold(folder.trusted))

    def read(self, case: bytes, what: str = "opened") -> Case:
        """Read a case; the row of the audit is committed first. Raises UnknownFolderError."""
        return self.case(self.folders.read(self.keys, case, self.person, self.now, what=what))

    def peek(self, case: bytes) -> Case:
        """Give a case on the way to writing to it: nothing of it may reach a page."""
        return self.case(self.folders.peek(self.keys, case, self.person))

    def write(
        self, case: bytes, decide: Callable[[Case], Sequence[Entry]], what: str, beside: "Beside | None" = None
    ) -> Case:
        """Append to a case what `decide` makes of it; raise RefusedActError if it refuses, UnknownFolderError."""
        after = self.folders.append(
            self.keys,
            case,
            self.person,
            lambda folder: decide(self.case(folder)),
            summarise,
            self.now,
            what=what,
            beside=beside or Beside(),
        )
        return self.case(after)

    def colleagues(self, state: CaseState) -> list[Member]:
        """List the coordinators whom a folder of this case belongs to: the named of a protected case, else the team."""
        team = self.person.papers.members.with_role(self.person.municipality, COORDINATOR)
        named = {clip(name, 240) for name in (*state.named, state.holder, self.person.name)}
        return [one for one in team if not state.protected or one.name in named]


class Beside:
    """Write what the last call of a decision wants written in the same commit."""

    def __init__(self) -> None:
        self.write: Callable[[Session], None] = nothing

    def __call__(self, session: Session) -> None:
        """Write it."""
        self.write(session)
