"""Put the portal together from its settings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

from deaddrop.errors import NotMigratedError
from deaddrop.schema import engine
from portal import sheets
from portal.agreed import AwayError, SharedSecret
from portal.budgets import Buckets, Budgets
from portal.desk import Desk, MemoryDesk
from portal.handover import Handover
from portal.intake import Intake
from portal.mailboxes import Mailboxes
from portal.pages import Pages
from portal.returning import Returning
from portal.roster import OutOfServiceError
from portal.script import CODE, POLICY, SEAL, Script, Sealed
from portal.settings import PortalSettings, SettingsError
from portal.shareddesk import SharedDesk
from portal.sound import Sounds
from portal.views import READING, Portal, turned_at
from web import csrf
from web.app import new_app, trust
from web.language import choose, use_catalogues
from web.ready import Ready

if TYPE_CHECKING:
    from portal.shared import Shared

# Bytes on the desk: drafts in all and for one network (a sixty-fourth: no handful of them fills it), then receipts.
# Together they leave a worker below 90 MB. The largest draft, a body of MAX_BODY, fits one network's part.
DRAFTS = (16 * 2**20, 2**18)
RECEIPTS = (4 * 2**20, 2**16)
NONE = (0, 0)
# The same where several portals share them; deploy/redis/redis.conf leaves room for all of it.
SHARED_DRAFTS = (64 * 2**20, 2**20)
SHARED_RECEIPTS = (32 * 2**20, 2**19)

log = logging.getLogger("utvag.portal")


def create_app(settings: PortalSettings) -> Flask:
    """Return the public app; settings are checked already (`PortalSettings.from_env`).

    Raises SettingsError if the server that portals share would keep something, or the spool cannot be used.
    """
    settings = settings.shared_out()
    shared, language = _shared(settings), _language(settings)
    scripts = {name: Script.built(name) for name in (SEAL, CODE)}
    sounds = Sounds(settings.programme.sound)
    pages = Pages(settings.programme, settings.languages, sounds.languages, demo=settings.demo, scripts=scripts)

    def error_page(status: int) -> Response:
        return pages.plain("portal/error.html", turned_at(request), language(), datetime.now(UTC), status=status)

    app = _bare(settings, _csp(pages, sounds), error_page)
    _agree(app, shared)
    use_catalogues(app, settings.languages, language)
    intake = _intake(settings)
    handover, mailboxes = _handover(settings, shared), _mailboxes(settings, intake)
    portal = Portal(
        settings=settings,
        intake=intake,
        pages=pages,
        handover=handover,
        buckets=Buckets(shared=shared),
        budgets=Budgets(app, settings.posts_per_prefix, settings.posts_in_all, shared),
        returning=Returning(handover, mailboxes, pages, language),
        sealed=Sealed(scripts, intake, mailboxes, handover, pages, language),
        sounds=sounds,
        ready=Ready(lambda: intake.reachable(datetime.now(UTC))),
        language=language,
        language_cookie=settings.origin.cookie_name("l"),
    )
    _open(app, portal)
    app.register_error_handler(OutOfServiceError, lambda _error: (error_page(503), 503))
    return app


def _bare(settings: PortalSettings, csp: dict[str, str], error_page: Callable[[int], Response]) -> Flask:
    """Return an app with the house's headers and errors, and nothing to show yet."""
    return new_app(
        __name__,
        templates=("portal", "shared"),
        origin=settings.origin,
        csp=csp,
        error_page=error_page,
        session_cookie="s",
        raw=("/envelope", "/mailbox"),
    )


def _csp(pages: Pages, sounds: Sounds) -> dict[str, str]:
    """Return what the pages of this portal may load beside its own script."""
    media = {"media-src": "'self'"} if sounds.languages else {}
    return {"style-src": sheets.sources(rare=pages.rare), "img-src": "data:", **media, **POLICY}


def _open(app: Flask, portal: Portal) -> None:
    """Lead requests to the views, past their limits and the proof of where they come from, and make all ready."""
    app.extensions["utvag"] = portal
    trust(app, portal.settings.proxies)
    app.before_request(portal.check_budget)
    csrf.protect(app, portal.settings.origin, portal.unproven)
    portal.add_routes(app)
    _announce(app, portal.settings)
    _warm(portal.intake)


def _announce(app: Flask, settings: PortalSettings) -> None:
    """Tell Tor Browser that the pages are also behind an onion address; on plain http it would not believe it.

    Only where nothing can be lost: it may go there at once, and a draft or a code does not come along.
    """
    onion = settings.programme.onion_address
    if not onion or not settings.origin.secure:
        return

    def announced(response: Response) -> Response:
        if request.method == "GET" and request.path in ("/", *READING):  # never a path of a visitor's own
            response.headers["Onion-Location"] = f"http://{onion}{request.path}"
        return response

    app.after_request(announced)


def _intake(settings: PortalSettings) -> Intake:
    """Return the intake; raises SettingsError if its spool cannot be used."""
    try:
        return Intake.from_settings(settings)
    except OSError as error:
        raise SettingsError([f"UTVAG_PORTAL_SPOOL: cannot be used ({type(error).__name__})"]) from None


def _shared(settings: PortalSettings) -> Shared | None:
    """Return the way to the server that portals share, if there is one; away or not, pages must answer."""
    if not settings.redis:
        return None
    from portal.shared import Shared  # noqa: PLC0415  # five megabytes, which one process alone does without

    password = settings.redis_password.read_text("utf-8").strip() if settings.redis_password else None
    shared = Shared(settings.redis, password)
    try:
        fault = shared.fault()
    except AwayError:
        log.error("started without Redis: limits are each process's own, and no codes are given")
        return shared
    if fault:
        raise SettingsError([f"UTVAG_PORTAL_REDIS: {fault}"])
    return shared


def _agree(app: Flask, shared: Shared | None) -> None:
    """Sign cookies with one key in all portals that share a server: a page of one is sent to another."""
    if not shared:
        return
    signing = SharedSecret("signing", shared=shared)

    def begin() -> None:
        shared.begin()
        app.secret_key = signing.current()

    begin()  # a cookie is read before the first hook is called
    app.before_request(begin)


def _handover(settings: PortalSettings, shared: Shared | None) -> Handover:
    """Return the desks: shared, or this process's own, which take nothing where the next request may reach another."""
    if shared:
        drafts: Desk = SharedDesk(shared, "drafts", *SHARED_DRAFTS)
        return Handover(settings.origin, drafts, SharedDesk(shared, "receipts", *SHARED_RECEIPTS))
    of_drafts, of_receipts = (DRAFTS, RECEIPTS) if settings.workers == 1 else (NONE, NONE)
    return Handover(settings.origin, MemoryDesk(*of_drafts), MemoryDesk(*of_receipts))


def _mailboxes(settings: PortalSettings, intake: Intake) -> Mailboxes:
    """Return the half that fetches replies, with a store of its own."""
    return Mailboxes(settings.programme, intake, engine(settings.deaddrop))


def _language(settings: PortalSettings) -> Callable[[], str]:
    """Return the function that gives the request's language, chosen once for each request."""
    cookie, languages = settings.origin.cookie_name("l"), settings.languages

    def language() -> str:
        if "language" not in g:
            g.language = choose(request, cookie, languages)
        return str(g.language)

    return language


def _warm(intake: Intake) -> None:
    """Read the roster and make the tables now, so that faults show at start; whatever is wrong, pages must answer."""
    try:
        intake.ready(datetime.now(UTC))
    except NotMigratedError as error:
        log.error("started without service: %s", error)
    except Exception as error:  # noqa: BLE001  # a portal that cannot take anything still says whom to call
        log.error("started without service: %s", type(error).__name__)
    intake.delivery.begin()
