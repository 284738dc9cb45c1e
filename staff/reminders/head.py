"""The auditor's daily letter: the end of the audit as it stands, to be kept where nobody here can change it."""

import logging
import random
import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from programme.hours import ZONE
from staff.audit import store
from staff.casebook import Casebook

SHORTEST, LONGEST = 20 * 60.0, 60 * 60.0  # seconds between two looks
SUBJECT = "Utvägs logg i dag"
# No number beside it: that would tell whoever runs the mail server how much is read here.
TEXT = """Loggens slut i dag:

%s

Spara brevet. Raden säger inget om vad som hänt, och det går inte att svara på det.

"""
DIGITS = 32  # of a head's 64: with it alone nobody can make another chain that ends so
FROM_HOUR = 6  # Swedish time: the day's letter comes at the first look after it

log = logging.getLogger("utvag.staff")


@dataclass
class Daily:
    """Send the day's letter once; `send` sends one with a text, or raises. A restart may send it once more."""

    casebook: Casebook
    send: Callable[[datetime, str], None]
    now: Callable[[], datetime]
    chance: random.Random = field(default_factory=random.SystemRandom)
    sent: date | None = None

    def pause(self) -> float:
        """Draw the seconds until the next look."""
        return self.chance.uniform(SHORTEST, LONGEST)

    def run(self) -> None:
        """Send the letter if it is due; only the class of a failure is logged, and the next look tries again."""
        now = self.now()
        local = now.astimezone(ZONE)
        if local.hour < FROM_HOUR or self.sent == local.date():
            return
        try:
            with self.casebook.read() as session:
                head = store.head(session)[1]
            self.send(now, TEXT % head.hex()[:DIGITS])
        except (OSError, smtplib.SMTPException) as error:
            log.error("the audit's letter could not be sent: %s", type(error).__name__)
            return
        except Exception as error:  # noqa: BLE001  # a casebook that is away must not end the thread
            log.error("the audit's head could not be read: %s", type(error).__name__)
            return
        self.sent = local.date()
