"""Break-glass: a lead reads one case, after writing why, and the case's people see it the same day."""

import secrets
from datetime import datetime, timedelta

from crypto.opening.members import LEAD
from staff.agencies.desk import Case, Desk
from staff.agencies.rules import check_reason
from staff.agencies.steps import dealings
from staff.cases.state import CaseState
from staff.entry import Entry
from staff.errors import RefusedActError

OPEN_FOR = timedelta(minutes=30)
TOLD = "En chef har läst ärendet: se anledningen"  # a task of the day, so that it is seen the same day


def look(desk: Desk, case: bytes, reason: str) -> None:
    """Write into the case who reads it and why; raise RefusedActError for others than leads, and a protected case."""

    def decide(found: Case) -> list[Entry]:
        if desk.person.member.role != LEAD or found.state.protected:
            raise RefusedActError("role")
        check_reason(reason)
        told = desk.entry("task", id=secrets.token_hex(6), title=TOLD, due=desk.today.isoformat())
        return [desk.entry("looked", reason=reason.strip()), told]

    desk.write(case, decide, "broke glass")


def may_look(state: CaseState, who: str, now: datetime) -> bool:
    """Tell whether somebody wrote down lately why they read the case, and the case has not been protected since."""
    lately = [one for one in dealings(state).looked if one.who == who and now - one.when <= OPEN_FOR]
    return bool(lately) and not state.protected


def read(desk: Desk, case: bytes) -> Case:
    """Read a case as a lead who has written why; raise RefusedActError("reason") for who has not."""
    peeked = desk.peek(case)
    if not may_look(peeked.state, desk.person.name, desk.now):
        raise RefusedActError("reason")
    return desk.read(case, "read after reason")
