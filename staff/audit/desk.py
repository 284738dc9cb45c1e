"""What one auditor's session remembers: what it looks for, and how far it has checked the chain."""

from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from sqlalchemy.orm import Session

from staff.audit import days_of, store
from staff.audit.verify import Check, Told, newest, verify
from staff.person import Person

PAGE = 50
SCANNED = 3000  # rows that one page opens while it looks for what was asked
AT_ONCE = 20_000  # rows of the chain that one page checks


@dataclass(frozen=True)
class Wish:
    """Hold what an auditor looks for; "" and None look for everything."""

    who: str = ""
    what: str = ""
    day: date | None = None

    @classmethod
    def read(cls, who: str, what: str, day: str) -> "Wish":
        """Read a posted form; a day that is none looks for every day."""
        try:
            asked = date.fromisoformat(day) if day else None
        except ValueError:
            asked = None
        return cls(who[:200], what[:40], asked)

    def fits(self, told: Told) -> bool:
        """Tell whether a row is one of those looked for."""
        return (
            (not self.who or told.who == self.who)
            and (not self.what or told.what == self.what)
            and (self.day is None or told.day == days_of(self.day))
        )


@dataclass(frozen=True)
class Page:
    """Hold the rows to show, newest first; `before` is where the next page begins, 0 if there is none."""

    rows: list[Told]
    before: int


@dataclass
class Desk:
    """Keep an auditor's wish and check for the session."""

    wish: Wish = field(default_factory=Wish)
    check: Check = field(default_factory=Check)
    done: bool = False
    noted: bool = False  # that this session reads the audit stands in the audit

    def go_on(self, session: Session) -> int:
        """Check the chain some way further; gives the number of its newest row."""
        self.done = verify(session, self.check, AT_ONCE)
        return store.head(session)[0]

    def page(self, session: Session, before: int, person: Person) -> Page:
        """Read one page of what is looked for; it ends early where the looking would take too long."""
        found: list[Told] = []
        last = 0
        members = person.papers.members
        for told in islice(newest(session, before, person.identity, members), SCANNED):
            last = told.number
            if self.wish.fits(told):
                found.append(told)
            if len(found) == PAGE:
                break
        return Page(found, last if last > 1 else 0)
