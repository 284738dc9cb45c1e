"""What the bearer of a return code may do, in memory and for one request: read, write again, remove."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine

from crypto.errors import CorruptError, MalformedError, NotARecipientError
from crypto.returncode import Keys, derive, parse_code
from crypto.sealing.signed import SIGNATURE_SIZE
from crypto.submission import Answer, FollowUp, Submission, new_try
from crypto.thread import Reply, open_reply, sign_follow_up
from deaddrop.fetch import Fetch
from portal.forms import TRY
from portal.handover import Visit
from portal.intake import Intake, check_size, choose_town
from programme import Programme

DERIVATIONS = 2  # at a time, of eight threads: a derivation takes a millisecond, so a line of them is soon over
PATIENCE = 0.2  # seconds in that line, before the page says to wait
ERASE = {"erase": "yes"}  # the answer field of a follow-up that asks for what was written to be erased


class CrowdedError(Exception):
    """Too many codes are being looked at just now."""


class Mailboxes:
    """Opens replies and signs follow-ups with a code's keys. Nothing here outlives a request."""

    def __init__(self, programme: Programme, intake: Intake, store: Engine) -> None:
        self._programme = programme
        self._intake = intake
        self._fetch = Fetch(store)
        self._turns = threading.BoundedSemaphore(DERIVATIONS)

    def keys(self, text: str, now: datetime) -> Keys:
        """Derive the keys of a code as it was typed.

        Raises MalformedError for wrong check digits, CrowdedError when too many derive, OutOfServiceError without a
        roster (its salt is needed). Whether the code exists is not looked at here.
        """
        code = parse_code(text)
        salt = self._intake.keeper.current(now.astimezone(UTC).date()).salt
        if not self._turns.acquire(timeout=PATIENCE):
            raise CrowdedError
        try:
            return derive(code, salt)
        finally:
            self._turns.release()

    def replies(self, keys: Keys) -> list[Reply]:
        """Fetch and open what waits, the highest number first; raises UnavailableError.

        All four places are tried, filled or not. What does not open is left out: an unused place is random bytes,
        and so is whatever somebody without the reply key put there.
        """
        found = []
        for sealed in self._fetch.replies(keys.token):
            try:
                found.append(open_reply(sealed, keys))
            except (NotARecipientError, CorruptError, MalformedError):
                continue
        return sorted(found, key=lambda reply: reply.number, reverse=True)

    def remove(self, keys: Keys) -> None:
        """Remove every reply that waits; raises UnavailableError."""
        self._fetch.remove(keys.token)

    def write(self, keys: Keys, visit: Visit, answers: dict[str, Answer], language: str, now: datetime) -> None:
        """Seal a follow-up, signed with the code, and leave it; when this returns it is on disk.

        Raises as `Intake.receive`. A mailbox tells neither the town nor the form of the thread's first submission,
        and an envelope must name both: the town is asked for where there are several (staff of another town could
        not join it to the thread; a hint inside the reply is for later), and the form says "me", since staff believe
        the first submission's.
        """
        town = choose_town(self._programme, visit.town)
        today = now.astimezone(UTC).date()
        roster = self._intake.keeper.current(today)
        unsigned = Submission(
            try_id=visit.try_id if TRY.fullmatch(visit.try_id) else new_try(),
            sent_at=now.replace(microsecond=0),
            form="me",
            municipality=town.id,
            page_language=language,
            answers=answers,
            road="portal",
        )
        counter = int(now.timestamp() * 1000)
        # Signing wants content that fits, and is no judge of whether it still does with the signature inside.
        check_size(replace(unsigned, mailbox=keys.mailbox(), follow_up=FollowUp(counter, bytes(SIGNATURE_SIZE))))
        self._intake.leave(sign_follow_up(unsigned, keys, counter), roster, today)


def missing(replies: list[Reply]) -> str:
    """Name the numbers that do not wait, from 1 to the highest: "1-3, 5"; "" if there are none.

    Said on the page, since whoever can write to the database could hold a reply back or put an old one there again.
    """
    spans, last = [], 0
    for number in sorted({reply.number for reply in replies}):
        if number > last + 1:
            spans.append(str(last + 1) if number == last + 2 else f"{last + 1}\N{EN DASH}{number - 1}")
        last = number
    return ", ".join(spans)
