"""End what is over by itself: a hand-over whose last day has passed, or that was answered to the end, keeps no key.

Nobody need open the case's page for that. Whoever comes to the day's page first takes the key from the agency's people,
in turns, as that page does; what one answer has no time for is for the next.
"""

import time
from contextlib import suppress

from crypto.opening.members import AGENCY_ROLES, COORDINATOR
from staff.agencies.desk import Desk
from staff.agencies.handing import settle
from staff.agencies.handover import LIVE, HandoverSummary
from staff.agencies.returning import summary_of
from staff.audit import days
from staff.cases.hand import Hand
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders.folder import given, mark
from staff.people.renewing import told

PATIENCE = 2.0  # seconds


def end_over(hand: Hand, patience: float = PATIENCE) -> int:
    """End what is over in the cases that this person reads, once a day in each session, and count those cases.

    The shelf must be fresh. Safe at any time: `settle` changes nothing where all is as it should be.
    """
    today = days(hand.now)
    if hand.person.member.role != COORDINATOR or hand.session.ended_on == today:
        return 0
    until, done = time.monotonic() + patience, 0
    for case in sorted(_cases(hand)):
        if done and time.monotonic() > until:
            return done
        with suppress(RefusedActError, UnknownFolderError):
            desk = _desk(hand)
            settle(desk, desk.peek(case), hand.session.shelf)
        done += 1
    hand.session.ended_on = today
    return done


def _cases(hand: Hand) -> set[bytes]:
    """List the cases with a hand-over that is over and whose key somebody of an agency still has."""
    people = hand.person.papers.members.with_role(hand.person.municipality, *AGENCY_ROLES)
    theirs, today = {mark(one.box_public) for one in people}, _desk(hand).today
    made = hand.session.shelf.made(summary_of)
    over = {
        row: bytes.fromhex(one.case)
        for row, one in made.items()
        if isinstance(one, HandoverSummary) and (one.status not in LIVE or today > one.until)
    }
    return {over[row] for row, entries in told(hand, list(over)) if given(entries) & theirs}


def _desk(hand: Hand) -> Desk:
    parts = hand.parts
    return Desk(parts.casebook, parts.folders, hand.session.keys, hand.person, parts.settings.programme, hand.now)
