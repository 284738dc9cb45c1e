"""Whoever acts on a case, and what they reach: the app's parts, a request, the case's readers."""

from dataclasses import dataclass
from datetime import datetime

from crypto.opening.members import COORDINATOR, LEAD, Member
from staff.accounts.session import Row
from staff.cases.model import CaseState
from staff.cases.writing import Desk
from staff.errors import RefusedActError, UnknownRequestError
from staff.inbox.request import Request
from staff.inbox.versions import open_versions
from staff.office import Office
from staff.person import Person


@dataclass(frozen=True)
class Hand:
    """Hold who acts, with which session, through which parts."""

    parts: Office
    session: Row
    person: Person

    @property
    def now(self) -> datetime:
        """Give the time."""
        return self.parts.now()

    def desk(self, number: int = 0, once: str = "") -> Desk:
        """Give what writing entries needs."""
        programme = self.parts.settings.programme
        return Desk(self.person.name, self.now, programme.casework, programme.hours, number, once)


def find(hand: Hand, row: bytes) -> Request:
    """Give a request with all of it opened; raises UnknownRequestError, or RefusedActError if some does not open."""
    hand.session.listing.refresh(hand.parts.casebook, hand.person)
    request = hand.session.listing.find(row)
    if request is None:
        raise UnknownRequestError
    if not open_versions(hand.parts.casebook, request, hand.person, hand.now):
        raise RefusedActError("closed")
    hand.session.listing.refresh(hand.parts.casebook, hand.person)
    found = hand.session.listing.find(row)
    if found is None:
        raise UnknownRequestError
    return found


def readers(person: Person, state: CaseState) -> tuple[Member, ...]:
    """List who holds a case's key: the named, or the team's coordinators and leads."""
    members = person.papers.members.with_role(person.municipality, COORDINATOR, LEAD)
    if not state.protected:
        return tuple(members)
    return tuple(one for one in members if one.role == COORDINATOR and one.name in state.named)


def team_of(person: Person) -> list[str]:
    """List the coordinators of the person's team by name."""
    return sorted(member.name for member in person.papers.members.team(person.municipality))
