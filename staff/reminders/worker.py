"""The worker that sends reminders: looks at what waits, waits a random while, sends one letter for all of it.

It runs beside the app and never in a request. It holds no key: it knows of envelopes and grants only that they lie
there. What it has told is kept in memory, so that a restart may remind once more, and the casebook says nothing of it.
"""

import logging
import random
import smtplib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from staff.errors import RegisterError
from staff.reminders.waiting import Waiting, occasions
from staff.reminders.wishes import Wish

SHORTEST, LONGEST = 60.0, 180.0  # seconds between two looks
SOONEST, LATEST = 5 * 60.0, 40 * 60.0  # seconds from a look to the letter: its time tells nobody when somebody wrote
QUIET = timedelta(hours=2)  # after a letter: what comes meanwhile waits for the next one
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)  # when the server is away

log = logging.getLogger("utvag.staff")
Token = tuple[str, bytes]


@dataclass
class Standing:
    """Hold how one member stands: what they have been told of, when the next letter is due, quiet until when."""

    told: frozenset[Token] = frozenset()
    due: datetime | None = None
    quiet: datetime | None = None


@dataclass
class Worker:
    """Remind; `look` gives what waits, `wishes` who wants to know, `send` sends one letter or raises."""

    look: Callable[[], Waiting]
    wishes: Callable[[], Mapping[bytes, Wish]]
    send: Callable[[str, datetime], None]
    now: Callable[[], datetime]
    chance: random.Random = field(default_factory=random.SystemRandom)
    standing: dict[bytes, Standing] = field(default_factory=dict)
    _pause: timedelta = timedelta()
    _not_before: datetime | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def pause(self) -> float:
        """Draw the seconds until the next look."""
        return self.chance.uniform(SHORTEST, LONGEST)

    def run(self) -> None:
        """Look once and send what is due; only the class of a failure is logged."""
        with self._turn:
            try:
                self._run()
            except RegisterError:
                log.error("nobody is reminded: the register cannot be believed")
            except Exception as error:  # noqa: BLE001  # whatever it was, the next look tries again
                log.error("reminding failed: %s", type(error).__name__)

    def _run(self) -> None:
        wishes, waiting, now = self.wishes(), self.look(), self.now()
        self.standing = {member: self.standing.get(member, Standing()) for member in wishes}
        for member, wish in wishes.items():
            self._one(self.standing[member], wish, occasions(waiting, member, wish), now)

    def _one(self, standing: Standing, wish: Wish, found: frozenset[Token], now: datetime) -> None:
        standing.told &= found
        if not found - standing.told:
            standing.due = None  # somebody has seen to it meanwhile
            return
        if standing.due is None:
            earliest = max(now, standing.quiet or now)
            standing.due = earliest + timedelta(seconds=self.chance.uniform(SOONEST, LATEST))
        if standing.due <= now and (self._not_before is None or self._not_before <= now) and self._sent(wish, now):
            standing.told, standing.due, standing.quiet = found, None, now + QUIET

    def _sent(self, wish: Wish, now: datetime) -> bool:
        try:
            self.send(wish.address, now)
        except smtplib.SMTPRecipientsRefused:
            log.error("a reminder was refused for its address")  # the next look tries again; others are not held up
            return False
        except (OSError, smtplib.SMTPException) as error:
            self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            self._not_before = now + self._pause
            log.error("no reminder could be sent: %s", type(error).__name__)
            return False
        self._pause, self._not_before = timedelta(), None
        return True
