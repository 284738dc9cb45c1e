"""What goes by itself each day: old drafts, unused invitations, intake keys whose last day has come."""

import logging

from staff.audit import days
from staff.erasure.clock import believed
from staff.inbox.intake import follow
from staff.office import Office
from staff.people import joining, leaving

KEPT_DAYS = 30  # a draft that its writer has left for so long; a case's may outlive the case by no more
DAY_SECONDS = 86_400.0

log = logging.getLogger("utvag.staff")


def sweep(parts: Office) -> None:
    """Drop what has run out; whatever fails is tried again the next day, and only its class is logged."""
    try:
        sure = believed(parts.erased, parts.today())
        if sure:
            parts.drafts.expire(days(parts.now()) - KEPT_DAYS)
            with parts.casebook.write() as session:
                joining.tidy(parts, session)
        else:
            log.warning("the clock is further ahead than the last look: nothing goes by its day before tomorrow's")
        leaving.tidy(parts)
        follow(parts.casebook, parts.register.current(), parts.now(), sure=sure)
        parts.casebook.settle()
    except Exception as error:  # noqa: BLE001  # the day's turn must not end the thread that takes the next one
        log.error("sweeping failed: %s", type(error).__name__)
