"""Break-glass: a lead reads one case after writing why; its owner, other leads and the auditors see it that day."""

import secrets
from datetime import datetime, timedelta

from crypto.opening.members import LEAD, Member
from staff.agencies.desk import Beside, Case, Desk
from staff.agencies.rules import check_reason
from staff.agencies.steps import dealings
from staff.cases.state import CaseState
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.insiders import notices
from staff.insiders.notices import GLASS, Notice

OPEN_FOR = timedelta(minutes=30)
TOLD = "En chef har läst ärendet: se varför"  # a task of the day, so that it is seen the same day


def look(desk: Desk, case: bytes, reason: str) -> None:
    """Write into the case who reads it and why; raise RefusedActError for others than leads, and a protected case.

    A notice for its owner, the other leads and the auditors is written in the same commit.
    """
    beside = Beside()

    def decide(found: Case) -> list[Entry]:
        if desk.person.member.role != LEAD or found.state.protected:
            raise RefusedActError("role")
        check_reason(reason)
        said = Notice(GLASS, int(desk.now.timestamp()), case.hex(), reason.strip())
        beside.write = notices.prepare(desk.folders, desk.person, said, _seers(desk, found.state), desk.now).keep
        told = desk.entry("task", id=secrets.token_hex(6), title=TOLD, due=desk.today.isoformat())
        return [desk.entry("looked", reason=reason.strip()), told]

    desk.write(case, decide, "broke glass", beside)


def _seers(desk: Desk, state: CaseState) -> list[Member]:
    """List whom a reading is told to: who holds the case, or the team if nobody does, and who oversees."""
    team = desk.colleagues(state)
    owner = [one for one in team if one.name == state.holder]
    return [*(owner or team), *notices.overseers(desk.person)]


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
