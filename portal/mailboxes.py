"""What the bearer of a return code may do: with its token (the phone opens), or with the code itself (opened here)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine

from crypto.errors import CorruptError, MalformedError, NotARecipientError
from crypto.primitives import KEY_SIZE
from crypto.returncode import Keys, derive, parse_code
from crypto.sealing.signed import SIGNATURE_SIZE
from crypto.submission import Answer, FollowUp, Submission, new_try
from crypto.thread import ID_SIZE, MOST_WAITING, REPLY_SIZE, Reply, open_reply, reply_id, sign_follow_up
from deaddrop.errors import UnavailableError
from deaddrop.fetch import Fetch
from portal.forms import TRY
from portal.handover import Visit
from portal.intake import Intake, check_size, choose_town
from programme import Programme
from web.late import LATE

DERIVATIONS = 2  # at a time, of four threads: a derivation takes a millisecond, so a line of them is soon over
PATIENCE = 0.2  # seconds in that line, before the page says to wait
GIVE, OPENED, REMOVE = range(3)  # docs/envelope.md section 8.2
QUESTION_SIZE = 1 + KEY_SIZE + MOST_WAITING * ID_SIZE
ANSWER_SIZE = MOST_WAITING * REPLY_SIZE
ERASE = {"erase": "yes"}  # the answer field of a follow-up that asks for what was written to be erased

log = logging.getLogger("utvag.portal")


class CrowdedError(Exception):
    """Too many codes are being looked at just now."""


class Mailboxes:
    """Opens replies and signs follow-ups with a code's keys. Nothing here outlives a request."""

    def __init__(self, programme: Programme, intake: Intake, store: Engine) -> None:
        self._programme = programme
        self._intake = intake
        self._replies = Fetch(store)
        self._turns = threading.BoundedSemaphore(DERIVATIONS)

    @property
    def _fetch(self) -> Fetch:
        """Give the way to the replies; raises UnavailableError where it is known to lead nowhere, so nobody waits."""
        if self._intake.delivery.away:
            raise UnavailableError("known to be away")
        return self._replies

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

    def replies(self, keys: Keys, now: datetime) -> list[Reply]:
        """Fetch and open what waits, the highest number first, and note it as opened; raises UnavailableError.

        All four places are tried, filled or not. What does not open is left out: an unused place is random bytes,
        and so is whatever somebody without the reply key put there.
        """
        found = self._opened(keys)
        if found:
            self._note(keys.token, [name for name, _ in found], now)
        return sorted((reply for _, reply in found), key=lambda reply: reply.number, reverse=True)

    def remove(self, keys: Keys, numbers: Collection[int]) -> None:
        """Remove the replies with these numbers; raises UnavailableError."""
        self._fetch.remove(keys.token, [name for name, reply in self._opened(keys) if reply.number in numbers])

    def ask(self, question: bytes, now: datetime) -> bytes:
        """Answer a phone that opens its replies itself: ANSWER_SIZE bytes for any token (docs/envelope.md section 8.2).

        Raises MalformedError for anything but a question, UnavailableError.
        """
        if len(question) != QUESTION_SIZE or question[0] not in (GIVE, OPENED, REMOVE):
            raise MalformedError("not a question to a mailbox")
        token, named = question[1 : 1 + KEY_SIZE], question[1 + KEY_SIZE :]
        ids = [named[start : start + ID_SIZE] for start in range(0, len(named), ID_SIZE)]
        if question[0] == OPENED:
            self._fetch.opened(token, ids, now.astimezone(UTC).date())
        if question[0] == REMOVE:
            self._fetch.remove(token, ids)
        return b"".join(self._fetch.replies(token))

    def _opened(self, keys: Keys) -> list[tuple[bytes, Reply]]:
        found = []
        for sealed in self._fetch.replies(keys.token):
            try:
                found.append((reply_id(sealed), open_reply(sealed, keys)))
            except (NotARecipientError, CorruptError, MalformedError):
                continue
        return found

    def _note(self, token: bytes, ids: Collection[bytes], now: datetime) -> None:
        try:
            self._fetch.opened(token, ids, now.astimezone(UTC).date())
        except UnavailableError as error:  # a reply that can be read is shown, noted or not
            log.error("not noted: %s", type(error).__name__, extra=LATE)

    def write(self, keys: Keys, visit: Visit, answers: dict[str, Answer], language: str, now: datetime) -> None:
        """Seal a follow-up, signed with the code, and leave it; when this returns it is on disk.

        Raises as `Intake.receive`. A mailbox tells neither the town nor the form of the thread's first submission,
        and an envelope must name both: the town is asked for where there are several (staff of another town could
        not join it to the thread; the newest reply names it, if there is one), and the form says "me", since staff
        believe the first submission's.
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
