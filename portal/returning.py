"""The page of the code, `/code`: enter it, read, write again, remove. Starts and ends with a fresh cookie."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Response, g, request, session

from crypto.errors import MalformedError
from deaddrop.errors import UnavailableError
from portal.forms import clean
from portal.handover import Handover, Visit
from portal.intake import RefusedError
from portal.mailboxes import ERASE, CrowdedError, Mailboxes
from portal.pages import Pages
from portal.reasons import BARE, Note, Reason
from portal.roster import OutOfServiceError
from web.late import LATE

HERE = "/code"
LONGEST = 60  # characters of a code that is shown again

log = logging.getLogger("utvag.portal")


@dataclass(frozen=True)
class Returning:
    """The views of one page. Each POST lays what follows on the desk under a fresh ticket and answers 303."""

    handover: Handover
    mailboxes: Mailboxes
    pages: Pages
    language: Callable[[], str]

    def show(self, now: datetime) -> tuple[Response | str, int]:
        """Show what the bearer's ticket leads to, or the blank page under a ticket and a session of its own."""
        visit = self.handover.visit(request)
        if visit is None:
            return self._blank(now), 200
        if visit.keys is None:
            return self.pages.visit(visit, None, self.language(), now), 200
        try:
            replies = self.mailboxes.replies(visit.keys, now)
        except UnavailableError as error:
            log.error("not fetched: %s", type(error).__name__, extra=LATE)
            return self.pages.visit(visit.said(Note.DOWN), None, self.language(), now), 503
        return self.pages.visit(visit, replies, self.language(), now), 200

    def _blank(self, now: datetime) -> Response:
        """Start anew: neither ticket nor session ties this visit to a sending from the same phone."""
        session.clear()
        g.pop("csrf_token", None)
        note = request.args.get("m", "")
        response = self.pages.code(note if note in BARE else "", self.language(), now)
        self.handover.renew(response)
        return response

    def take(self, now: datetime, *, keeps_cookies: bool) -> Response:
        """Do what one of the page's buttons says."""
        visit = self.typed()
        if not keeps_cookies:
            return self.go(None, Note.COOKIE)
        if "code" in request.form:
            return self.enter(visit, now)
        if visit.keys is None:
            return self.go(visit, Note.AGAIN)
        if request.form.get("do") == "again":
            return self.go(None)
        return self.go(*self.act(visit, now))

    def typed(self) -> Visit:
        """Return the visit with what stands in the request's fields."""
        visit = self.handover.visit(request) or Visit()
        form = request.form
        if "message" not in form:
            return visit
        return replace(
            visit, message=clean(form["message"]), town=form.get("municipality", ""), try_id=form.get("try", "")
        )

    def enter(self, visit: Visit, now: datetime) -> Response:
        """Open the door for whoever typed a code whose check digits are right, whether it exists or not."""
        try:
            keys = self.mailboxes.keys(request.form["code"], now)
        except MalformedError:
            return self.go(replace(visit, keys=None, code=request.form["code"][:LONGEST]), Note.WRONG)
        except (CrowdedError, OutOfServiceError):
            return self.go(replace(visit, keys=None), Note.BUSY)
        return self.go(replace(visit, keys=keys, code=""))

    def act(self, visit: Visit, now: datetime) -> tuple[Visit, str, int]:
        """Remove, ask for erasure, or write; return the visit that follows, what is said, and characters too many."""
        wanted = request.form.get("do", "")
        try:
            if wanted == "remove" and visit.keys:
                self.mailboxes.remove(visit.keys, _shown(request.form.getlist("reply")))
                return visit, Note.REMOVED, 0
            if wanted == "erase" and visit.keys:
                self.mailboxes.write(visit.keys, replace(visit, try_id=""), dict(ERASE), self.language(), now)
                return visit, Note.ASKED, 0
            return self.write(visit, now)
        except RefusedError as refused:
            return visit, Note.TOWN if refused.reason is Reason.TOWN else Note.LONG, refused.over
        except Exception as error:  # noqa: BLE001  # whatever failed, the text must come back, and no receipt be given
            log.error("not done: %s", type(error).__name__, extra=LATE)
            return visit, Note.DOWN, 0

    def write(self, visit: Visit, now: datetime) -> tuple[Visit, str, int]:
        """Leave what was written, if anything was."""
        if visit.keys is None or not visit.message:
            return visit, Note.EMPTY, 0
        self.mailboxes.write(visit.keys, visit, {"message": visit.message}, self.language(), now)
        return replace(visit, message="", try_id=""), Note.SENT, 0

    def hand_back(self, reason: Reason) -> Response:
        """Lead back with what was typed when the request was not looked at: too many, or an old page."""
        return self.go(self.typed(), Note.BUSY if reason is Reason.BUSY else Note.OLD)

    def keep(self, response: Response) -> None:
        """Keep what was typed while the language changes."""
        visit = self.typed()
        if visit != Visit():
            self.handover.forget(request)
            self.handover.keep_visit(response, g.bucket, visit)

    def go(self, visit: Visit | None, note: str = "", over: int = 0) -> Response:
        """Answer 303 to the page itself; where nothing can be kept the address names the reason."""
        response = Response(status=303)
        response.headers.pop("Content-Type", None)
        self.handover.forget(request)
        kept = visit is not None and self.handover.keep_visit(response, g.bucket, visit.said(note, over))
        lost = note if note in BARE else Note.FULL
        blank = visit is None and not note
        # What cannot be shown again is not claimed to be kept.
        response.headers["Location"] = HERE if kept or blank else f"{HERE}?m={lost}"
        return response


def _shown(numbers: list[str]) -> set[int]:
    """Read the numbers of the replies that stood on the page, whatever was posted."""
    return {int(one) for one in numbers if one.isascii() and one.isdecimal() and len(one) < 7}
