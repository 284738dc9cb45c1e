"""Whether somebody has left lately whose cases this person has not yet given new keys."""

from datetime import datetime, timedelta

from crypto.opening.joining import LEAVE
from crypto.opening.members import COORDINATOR, LEAD, LEFT
from crypto.opening.orders import Signed
from staff.office import Office
from staff.person import Person

LATELY = timedelta(days=30)  # a draft lives as long, and whoever was away so long takes the turn when they are asked
PLACE = "renewed"


def left_lately(parts: Office, person: Person, now: datetime) -> list[str]:
    """Name those of the town who have left since this person finished renewing, or nobody."""
    if person.member.role not in (COORDINATOR, LEAD):
        return []
    after = (now - LATELY).timestamp()
    lately = [one for one in parts.orders.all() if one.order.act == LEAVE and one.order.when >= after]
    known = parts.drafts.load(person, PLACE) if lately else None
    done = known[0].decode("ascii", "replace").split() if known else []
    return [name for one in lately if one.order.nonce.hex() not in done and (name := _name(person, one))]


def finished(parts: Office, person: Person, now: datetime) -> None:
    """Note for this person alone that nothing they hold names a key of those who have left so far."""
    seen = [one.order.nonce.hex() for one in parts.orders.all() if one.order.act == LEAVE]
    parts.drafts.keep(person, PLACE, " ".join(seen[-400:]).encode(), now)


def _name(person: Person, one: Signed) -> str:
    """Give the name of whom an order took out, if they are of the town and really out."""
    member = person.papers.members.by_sign(one.order.subject)
    out = member is not None and member.role in LEFT and member.municipality == person.municipality
    return member.name if member and out else ""
