"""Start the worker beside the app, where letters are turned on."""

from functools import partial

from staff.inbox.collecting import every
from staff.office import Office
from staff.reminders.head import SUBJECT, Daily
from staff.reminders.mail import send
from staff.reminders.waiting import Lookout
from staff.reminders.wishes import Wishes
from staff.reminders.worker import Worker


def worker(parts: Office) -> Worker | None:
    """Make the worker of an app; None where no letters leave."""
    if parts.settings.mail is None:
        return None
    pepper, hours = parts.settings.pepper, parts.settings.programme.hours
    look = Lookout(parts.casebook, pepper, parts.register.current, hours, parts.now, parts.outlook.alarms)
    return Worker(look, Wishes(parts.casebook, pepper).all, partial(send, parts.settings.mail), parts.now)


def letter_of_the_day(parts: Office) -> Daily | None:
    """Make what sends the auditor's daily letter; None where no address is set for it."""
    mail = parts.settings.mail
    if mail is None or not mail.auditor:
        return None
    return Daily(parts.casebook, lambda now, text: send(mail, mail.auditor, now, SUBJECT, text), parts.now)


def start(parts: Office) -> None:
    """Look at what waits for as long as the process lives."""
    made, daily = worker(parts), letter_of_the_day(parts)
    if made is not None:
        every(made.pause, made.run, "remind")
    if daily is not None:
        every(daily.pause, daily.run, "audit letter")
