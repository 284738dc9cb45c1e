"""From answers to a sealed envelope in the dead drop: the one road a submission takes, with or without HTTP."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from crypto.envelope import Envelope
from crypto.errors import TooLongError
from crypto.returncode import derive, new_code
from crypto.sealing.roster import Roster
from crypto.sealing.seal import seal
from crypto.submission import Mailbox, Submission, new_try
from deaddrop.schema import engine
from portal.delivery import Delivery
from portal.forms import TRY, SubmissionForm, read_form
from portal.reasons import Reason
from portal.roster import RosterKeeper
from portal.settings import PortalSettings
from portal.spool import Spool
from programme import Municipality, Programme
from programme.questions import NO_TOWN

log = logging.getLogger("utvag.portal")


class RefusedError(Exception):
    """The form goes back to the person: why, and for a text that is too long how many characters must go."""

    def __init__(self, reason: Reason, over: int = 0) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.over = over


@dataclass(frozen=True)
class Received:
    """A submission that is on disk: its return code (24 digits) if it has one, and whether a call was chosen.

    `no_code`: a code was asked for and could not be given; the page must say so, and how to call.
    """

    code: str | None
    call: bool
    no_code: bool


class Intake:
    """Validates, seals and leaves submissions for one portal.

    `Intake.from_settings(settings)` needs no Flask and no request. Safe in threads.
    """

    def __init__(self, programme: Programme, keeper: RosterKeeper, store: Engine, spool: Spool | None = None) -> None:
        self._programme = programme
        self.keeper = keeper
        self.delivery = Delivery(store, spool, lambda today: keeper.current(today).epoch)

    @classmethod
    def from_settings(cls, settings: PortalSettings) -> Intake:
        """Make the intake that a portal with these settings uses; raises OSError if its spool cannot be used."""
        towns = [town.id for town in settings.programme.municipalities]
        keeper = RosterKeeper(settings.roster, settings.root_key, settings.minimum_epoch, settings.state, towns)
        spool = Spool(settings.spool, settings.spool_places) if settings.spool else None
        return cls(settings.programme, keeper, engine(settings.deaddrop), spool)

    def ready(self, now: datetime) -> None:
        """Read the roster and make the dead drop's tables; raises as `receive` does."""
        self.delivery.drop(self.keeper.current(now.astimezone(UTC).date()).places)

    def reachable(self, now: datetime) -> None:
        """Look whether a submission could be taken now: a trusted roster, and a store that answers, or room to wait.

        Raises as `receive` does. A full disk is not seen here: only who writes learns that.
        """
        self.delivery.reachable(self.keeper.current(now.astimezone(UTC).date()).places)

    def receive(
        self,
        form: str,
        data: Mapping[str, str | Sequence[str]],
        *,
        language: str,
        now: datetime,
        may_return: bool = True,
        may_show_code: Callable[[], bool] = lambda: True,
    ) -> Received:
        """Take one filled form: validate it, seal it, leave it; when this returns it is on disk.

        `form` is "me" or "other"; `data` maps the contract's field names to a text or a list of texts (a MultiDict
        works too); `language` is the page's language tag; `now` is aware. `may_return=False` says that nothing can be
        handed back to the sender (a browser that refuses cookies); `may_show_code` tells whether the desk has room, and
        is asked only where a code is wanted.

        Raises RefusedError if the person should mend something, portal.roster.OutOfServiceError without a roster to
        trust, deaddrop.errors.UnavailableError if it was not stored. The trap: give a receipt only after it returned.
        """
        bound = read_form(form, data)
        reason = bound.reason()
        # What a human could mend later (a call without a number) is taken as it is when it cannot be handed back:
        # to a coordinator half a request is worth more than none, and the sender could not read what is missing.
        if reason and (may_return or reason is Reason.EMPTY):
            raise RefusedError(reason)
        today = now.astimezone(UTC).date()
        roster = self.keeper.current(today)
        # Who cannot be shown the code gets no mailbox, so that staff do not answer into one that nobody opens.
        wanted = bound.wants_code()
        shown = wanted and self._programme.answers.code and may_return and may_show_code()
        code = new_code() if shown else None
        mailbox = derive(code, roster.salt).mailbox() if code else None
        self.leave(self._submission(form, bound, language, now, mailbox), roster, today)
        return Received(code, bound.wants_call(), no_code=wanted and code is None)

    def take(self, sealed: bytes, now: datetime) -> None:
        """Leave an envelope that was sealed in a phone; when this returns it is on disk. Nobody here can read it.

        Checks form, size, suite, epoch and team tag. Raises MalformedError, portal.roster.OtherRosterError (its
        `current` is the roster to seal to), OutOfServiceError, deaddrop.errors.UnavailableError.
        """
        today = now.astimezone(UTC).date()
        roster = self.keeper.check(Envelope.from_bytes(sealed), today)
        self.delivery.leave(sealed, roster.places, today)

    def leave(self, submission: Submission, roster: Roster, today: date) -> None:
        """Seal a submission and leave it; when this returns it is on disk. Raises as `receive` does."""
        check_size(submission)
        self.delivery.leave(seal(submission, roster), roster.places, today)

    def _submission(
        self, form: str, bound: SubmissionForm, language: str, now: datetime, mailbox: Mailbox | None
    ) -> Submission:
        answers = bound.answers()
        town = choose_town(self._programme, str(answers.get("municipality", "")))
        wanted = bound.try_id.data or ""
        return Submission(
            try_id=wanted if TRY.fullmatch(wanted) else new_try(),
            sent_at=now.replace(microsecond=0),
            form=form,
            municipality=town.id,
            page_language=language,
            answers=answers,
            road="portal",
            mailbox=mailbox,
        )


def check_size(submission: Submission) -> None:
    """Raise RefusedError with the characters that must go if the submission does not fit into an envelope."""
    try:
        submission.encode()
    except TooLongError as error:
        message = str(submission.answers.get("message", ""))
        raise RefusedError(Reason.LONG, characters(message, error.over)) from None


def choose_town(programme: Programme, wanted: str) -> Municipality:
    """Return the municipality that was chosen, the first if none was; raise RefusedError if it does not read here.

    A page may be older than the list of towns: sealing to another town than the chosen one would let those read whom
    the person keeps away from.
    """
    town = programme.municipality(wanted) if wanted not in ("", NO_TOWN) else programme.municipalities[0]
    if town is None:
        raise RefusedError(Reason.TOWN)
    return town


def characters(text: str, over: int) -> int:
    """Count how many characters must go from the end of a text so that its sealed form is `over` bytes shorter.

    Counted as JSON in UTF-8 writes them, then rounded up to tens: the page says "about".
    """
    gone = 0
    for count, char in enumerate(reversed(text), start=1):
        gone += len(json.dumps(char, ensure_ascii=False).encode("utf-8", "replace")) - 2
        if gone >= over:
            return -(-count // 10) * 10
    return -(-over // 10) * 10
