"""A waiver of secrecy is written down, and withdrawn with what that stops."""

import secrets

from staff.agencies import handing
from staff.agencies.desk import Case, Desk
from staff.agencies.model import stopped_by
from staff.agencies.rules import WaiverWish, check_waiver, check_writer
from staff.agencies.steps import dealings
from staff.cases.values import write_items
from staff.entry import Entry
from staff.errors import RefusedActError


def give(desk: Desk, case: bytes, wish: WaiverWish) -> None:
    """Write a waiver into a case; raise RefusedActError if it is not for one receiver, purpose and end date."""

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        check_waiver(wish, desk.ground(found))
        agency = desk.settings.agency(wish.agency)
        return [
            desk.entry(
                "waiver",
                id=secrets.token_hex(4),
                agency=agency.id if agency else "",
                at=agency.name if agency else "",
                person=" ".join(wish.person.split()),
                purpose=" ".join(wish.purpose.split()),
                information=write_items(wish.information),
                until=wish.until.isoformat() if wish.until else "",
                version=wish.version,
                language=wish.language,
                how=wish.how,
            )
        ]

    desk.write(case, decide, "waiver")


def withdraw(desk: Desk, case: bytes, waiver: str) -> int:
    """Withdraw a waiver and end every hand-over that rests on it; give how many ended.

    The waiver is withdrawn first: whatever fails afterwards, nothing more is handed over on it, and what is left is
    ended by `handing.settle` at the next look.
    """

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        known = dealings(found.state).waivers.get(waiver)
        if known is None or known.withdrawn is not None:
            raise RefusedActError("already")
        return [desk.entry("waiver_withdrawn", waiver=waiver)]

    after = desk.write(case, decide, "waiver")
    held = dealings(after.state)
    stopped = stopped_by(held, held.waivers[waiver])
    for one in stopped:
        handing.end(desk, case, one.folder, "withdrawn", WITHDRAWN)
    return len(stopped)


WITHDRAWN = "Personen har tagit tillbaka sitt ja."
