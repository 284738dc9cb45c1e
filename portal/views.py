"""What each public route does: parse, call one function, answer. Every POST answers 303."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, Request, Response, abort, g, request
from flask.typing import ResponseReturnValue

from portal.access import ACCESS
from portal.budgets import Buckets, Budgets, desk_bucket
from portal.forms import FORMS
from portal.handover import Draft, Handover, Receipt
from portal.intake import Intake, Received, RefusedError
from portal.pages import Pages
from portal.reasons import LOST, Note, Reason
from portal.returning import Returning
from portal.roster import OutOfServiceError
from portal.script import CODE, SEAL, Sealed, line
from portal.settings import PortalSettings
from portal.sound import Sounds
from web.late import LATE
from web.metrics.coarse import LIMITED
from web.ready import Ready, alive, told
from web.refusals import REFUSED

# The names of the form's own machinery, which is no part of a draft.
MACHINERY = frozenset({"csrf_token", "lang"})

# Pages that only tell something.
READING = {
    "/about": "portal/about.html",
    "/jobb": "portal/jobb.html",
    "/uppgifter": "portal/uppgifter.html",
    "/tillganglighet": "portal/tillganglighet.html",
}

# Where a language can be chosen and the same page comes back.
TURNING = frozenset({"/", "/me", "/other", "/code", "/done", *READING})

UNCOUNTED = frozenset({"exit", "healthz", "readyz"})  # no limit counts them: each costs nearly nothing
NO_CODE, SENT = "nocode", "sent"  # what the address of the confirmation says where no receipt could be kept
SESSION = "s"
COOKIES = (SESSION, "t", "l")  # base names: session (CSRF), ticket, language

View = Callable[[], ResponseReturnValue]

log = logging.getLogger("utvag.portal")


def now() -> datetime:
    """Return the present, aware."""
    return datetime.now(UTC)


def turned_at(asked: Request) -> str:
    """Return where the language buttons of an error page lead: to the page asked for, or the start; "" for no buttons.

    A page that cannot be had just now comes back in the other language; an address that is none of ours has the start.
    What was refused while something was on its way to us gets no buttons: the form with what was typed lies one step
    back in the browser, each further page pushes it away, and the refusal is in the language that the form had.
    """
    if asked.method not in ("GET", "HEAD") or REFUSED in asked.environ:
        return ""
    return asked.path if asked.path in TURNING else "/"


def go(path: str) -> Response:
    """Answer a POST: 303 without a body, so that no browser keeps what was posted."""
    response = Response(status=303)
    response.headers["Location"] = path
    response.headers.pop("Content-Type", None)
    return response


@dataclass(frozen=True)
class Portal:
    """The views of one portal and what they work with."""

    settings: PortalSettings
    intake: Intake
    pages: Pages
    handover: Handover
    buckets: Buckets
    budgets: Budgets
    returning: Returning
    sealed: Sealed
    sounds: Sounds
    ready: Ready
    language: Callable[[], str]
    language_cookie: str

    def add_routes(self, app: Flask) -> None:
        """Register each route of the access table."""
        views: dict[str, View] = {
            "/": self.start,
            "/me": lambda: self.form("me"),
            "/other": lambda: self.form("other"),
            "/code": self.code,
            "/done": self.done,
            "/envelope": lambda: self.sealed.take(now()),
            "/mailbox": lambda: self.sealed.ask(now()),
            "/parts": lambda: self.sealed.parts(now()),
            "/roster": lambda: self.sealed.roster(now()),
            "/seal.js": lambda: self.sealed.load(SEAL),
            "/code.js": lambda: self.sealed.load(CODE),
            "/exit": self.leave_site,
            **{path: self.reader(template) for path, template in READING.items()},
            "/sound": lambda: self.sounds.answer(self.language()),
            "/healthz": alive,
            "/readyz": lambda: told(ready=self.ready()),
        }
        for path, access in ACCESS.items():
            endpoint = path.strip("/").replace(".", "_") or "start"
            app.add_url_rule(path, endpoint, views[path], methods=sorted(access.methods))

    # --- before each request -----------------------------------------------------------------------------------

    def check_budget(self) -> Response | None:
        """Answer softly whoever is over a limit; leaving the site and a monitor's questions are never refused."""
        networks = self.buckets.networks(request.remote_addr)
        g.bucket = desk_bucket(networks)
        if request.endpoint in UNCOUNTED:
            return None
        if request.method == "POST":
            within = self.budgets.may_use_code if request.endpoint in ("code", "mailbox") else self.budgets.may_send
            return None if within(networks) else self._lead_back(Reason.BUSY)
        if not self.budgets.may_read(networks):
            request.environ[LIMITED] = True
            abort(429)
        return None

    def unproven(self) -> Response:
        """Answer a POST that nothing proves to come from one of our pages: the draft comes back, one tap sends it."""
        if request.endpoint == "exit":  # never refused; a foreign page's request carries no ticket: nothing is lost
            return self.leave_site()
        return self._lead_back(Reason.OLD)

    def _lead_back(self, reason: Reason) -> Response:
        """Lead back to where the POST came from, with what was typed if no foreign page can have sent it.

        A foreign page's draft would put a stranger's words, and number, into the visitor's form.
        """
        form, origin = request.endpoint or "", self.settings.origin
        request.environ[LIMITED] = reason is Reason.BUSY
        if form in ("envelope", "mailbox"):
            return line(429 if reason is Reason.BUSY else 403, "not now" if reason is Reason.BUSY else "not from us")
        if origin.foreign(request) or form not in (*FORMS, "code"):
            return go(request.path)
        # Old browsers do not name the page that sent; our session cookie does not go along with a foreign one's POST.
        if not origin.same_origin(request) and origin.cookie_name(SESSION) not in request.cookies:
            return go(f"{request.path}?m={Note.COOKIE if form == 'code' else reason}")
        return self.returning.hand_back(reason) if form == "code" else self.hand_back(form, reason)

    # --- pages ---------------------------------------------------------------------------------------------------

    def start(self) -> Response:
        """Show the start page."""
        if request.method == "POST":
            return self.switch_language()
        self.intake.keeper.current(now().date())
        return self.reading_page("portal/start.html")

    def reading(self, template: str) -> Response:
        """Show a page that only tells something."""
        return self.switch_language() if request.method == "POST" else self.reading_page(template)

    def reader(self, template: str) -> View:
        """Return the view of a page that only tells something; a function, since the limiter asks views for a name."""

        def view() -> ResponseReturnValue:
            return self.reading(template)

        return view

    def reading_page(self, template: str, **state: int) -> Response:
        """Render a page without a form of its own."""
        return self.pages.plain(template, request.path, self.language(), now(), **state)

    def form(self, name: str) -> Response | tuple[Response, int]:
        """Show or take the form "me" or "other"."""
        if request.method == "POST":
            return self.switch_language(name) if "lang" in request.form else self.send(name)
        draft = self.handover.draft(request, name)
        status = 200
        try:
            self.intake.keeper.current(now().date())
        except OutOfServiceError:
            if draft is None:
                raise
            status = 503  # the text is shown all the same: it is only here
        lost = request.args.get("m", "")
        return self.pages.form(name, self.language(), now(), draft, lost if lost in LOST else ""), status

    def done(self) -> Response | str:
        """Show what follows after sending, as often as asked until the person leaves."""
        if request.method == "POST":
            return self.switch_language()
        receipt = self.handover.receipt(request)
        if receipt is None:
            said = request.args.get("m")
            return self.reading_page("portal/done.html", no_code=said == NO_CODE, nothing=said not in (NO_CODE, SENT))
        return self.pages.receipt(receipt, self.language(), now())

    def code(self) -> Response | tuple[Response | str, int]:
        """Show the page of the code, or do what one of its buttons says."""
        if request.method == "GET":
            return self.returning.show(now())
        if "lang" in request.form:
            return self.switch_language(keep=self.returning.keep)
        return self.returning.take(now(), keeps_cookies=self.keeps_cookies())

    def leave_site(self) -> Response:
        """Lead to the neutral page, forget the desk, and change the cookie: Back restores nothing."""
        response = go(self.settings.programme.exit_url)
        if not self.settings.origin.foreign(request):
            self.handover.forget(request)
            self.handover.renew(response)
        return response

    # --- sending -------------------------------------------------------------------------------------------------

    def send(self, name: str) -> Response:
        """Take a filled form; a receipt is given only once the envelope is on disk."""
        try:
            received = self.intake.receive(
                name,
                request.form,
                language=self.language(),
                now=now(),
                may_return=self.keeps_cookies(),
                may_show_code=lambda: self.handover.receipt_room(g.bucket),
            )
        except RefusedError as refused:
            return self.hand_back(name, refused.reason, refused.over)
        except Exception as error:  # noqa: BLE001  # whatever failed, the text must come back, and no receipt be given
            return self.not_stored(name, error)
        return self.confirm(received)

    def not_stored(self, name: str, error: Exception) -> Response:
        """Hand the draft back and log the failure's class."""
        log.error("not stored: %s", type(error).__name__, extra=LATE)
        return self.hand_back(name, Reason.DOWN)

    def confirm(self, received: Received) -> Response:
        """Leave the receipt on the desk, now that the envelope is on disk, and lead to it."""
        response = go("/done")
        self.handover.forget(request)
        kept = self.handover.keep_receipt(response, g.bucket, Receipt(received.code, received.call))
        if received.no_code or (received.code and not kept):
            response.headers["Location"] = f"/done?m={NO_CODE}"
        elif not (kept and self.keeps_cookies()):
            response.headers["Location"] = f"/done?m={SENT}"
        return response

    def hand_back(self, name: str, reason: Reason, over: int = 0) -> Response:
        """Lay the draft on the desk and lead back to the form.

        Where that cannot work (no cookies, no room), the address names the reason, and the page says that the text
        is gone: it never claims to have kept what it has not.
        """
        response = go(f"/{name}")
        kept = self.keep_draft(response, name, reason, over)
        if not (kept and self.keeps_cookies()):
            response.headers["Location"] = f"/{name}?m={reason}"
        return response

    def keep_draft(self, response: Response, name: str, reason: Reason | None, over: int = 0) -> bool:
        """Lay what was typed on the desk; tell whether there was room."""
        fields = {field: values for field, values in request.form.lists() if field not in MACHINERY}
        return self.handover.keep_draft(response, g.bucket, Draft(name, fields, reason, over))

    def keeps_cookies(self) -> bool:
        """Tell whether the browser sent back a cookie of ours: each page gives one."""
        return any(self.settings.origin.cookie_name(name) in request.cookies for name in COOKIES)

    def switch_language(self, name: str = "", keep: Callable[[Response], None] | None = None) -> Response:
        """Keep the wanted language in a cookie and lead back to the same page, with what was typed."""
        response = go(request.path)
        # An error page's buttons carry no field: a draft of nothing would show the form although nothing can be sent.
        if name and not MACHINERY.issuperset(request.form):
            self.keep_draft(response, name, None)
        if keep:
            keep(response)
        wanted = request.form.get("lang", "")
        if wanted in {one.tag for one in self.settings.languages}:
            secure = self.settings.origin.secure
            response.set_cookie(self.language_cookie, wanted, path="/", secure=secure, httponly=True, samesite="Lax")
        return response
