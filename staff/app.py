"""Put the staff app together."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from sqlalchemy import Engine
from werkzeug.exceptions import BadRequest

from crypto.opening.keyfile import FAST, STRONG
from crypto.opening.members import COORDINATOR, LEAD
from deaddrop.answer import Answer
from deaddrop.collect import Collect
from deaddrop.schema import engine
from staff import onpaper, words
from staff.accounts import guard, salvage
from staff.accounts.boxes import Boxes
from staff.accounts.browser import Browsers
from staff.accounts.enrol_views import enrol
from staff.accounts.invitations import Invitations
from staff.accounts.mine import mine
from staff.accounts.parcels import Parcels
from staff.accounts.passkeys import Passkeys
from staff.accounts.phrase import phrase
from staff.accounts.proving import ask_first, proving
from staff.accounts.remembered import Remembered
from staff.accounts.session import Sessions
from staff.accounts.signin import SignIn
from staff.accounts.sitting import sitting
from staff.accounts.store import Accounts
from staff.accounts.throttle import Throttle
from staff.accounts.views import accounts
from staff.agencies.handed import handed
from staff.agencies.lead import lead
from staff.agencies.passing import transfers
from staff.agencies.views import agencies
from staff.agenda.views import calendar
from staff.answers import see_other
from staff.audit import Audit, days
from staff.audit.views import audit as audit_pages
from staff.casebook import Casebook, prepare, ready
from staff.cases.sharing_views import sharing_pages
from staff.cases.views import cases
from staff.cover import unlock, writes
from staff.day.counting import menu_counts
from staff.day.views import day
from staff.documents.views import documents
from staff.erasure.clock import doubtful
from staff.erasure.record import Record, restore
from staff.erasure.sweep import DAY_SECONDS, sweep
from staff.erasure.views import erasure
from staff.errors import LockedError, NotFreshError, UnknownFolderError, UnknownMemberError, UnknownRequestError
from staff.figures.views import figures
from staff.folders import Drafts, Folders
from staff.inbox.collecting import Collector, every
from staff.inbox.converter import RequestId
from staff.inbox.intake import ending, missed
from staff.inbox.outbox import Outbox
from staff.inbox.together_views import together
from staff.inbox.views import inbox
from staff.insiders.asking import ask_about_conflict
from staff.insiders.canary_views import canary_pages
from staff.insiders.order_views import orders as order_pages
from staff.insiders.oversight_views import oversight
from staff.insiders.shown import notice_word
from staff.insiders.views import insiders
from staff.nav import home, menu
from staff.office import KEY, Office, office, utc_now
from staff.orders import Orders
from staff.outage import failed
from staff.pages import pages
from staff.people.joining import waiting
from staff.people.leaving import tidy
from staff.people.news import left_lately
from staff.people.recovering import waiting as anew_waiting
from staff.people.views import people
from staff.people.views_of_leaving import leaving
from staff.people.views_of_recovering import recovering
from staff.register import Register
from staff.reminders.start import start as start_reminders
from staff.reminders.views import reminders
from staff.settings import StaffSettings
from staff.watching.start import start as start_watching
from staff.watching.start import watch_over
from staff.watching.words import stands_still
from staff.welcome.views import asked_of, welcome
from web.app import new_app, trust
from web.csrf import protect
from web.origin import Origin
from web.ready import Ready

CSP = {"script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "connect-src": "'self'"}
PURGE_SECONDS = 20.0
BATCH_SECONDS = 20.0  # for five megabytes at a time from the dead drop, over a slow line too
SECRET_FORMS = {
    "accounts.sign_in": "accounts.login",
    "enrol.type_code": "enrol.show",
    "enrol.type_phrase": "enrol.show",
    "enrol.type_otp": "enrol.show",
    "fresh.prove": "fresh.show",
    "phrase.change": "phrase.show",
    "mine.type_otp": "mine.show",
}
BLUEPRINTS = (
    accounts,
    enrol,
    proving,
    mine,
    phrase,
    sitting,
    people,
    recovering,
    pages,
    day,
    together,
    inbox,
    leaving,
    sharing_pages,
    cases,
    calendar,
    figures,
    erasure,
    agencies,
    handed,
    transfers,
    lead,
    documents,
    reminders,
    audit_pages,
    oversight,
    insiders,
    order_pages,
    canary_pages,
    welcome,
)


def create_app(settings: StaffSettings, *, background: bool = True) -> Flask:
    """Return the staff app; `background` starts collecting on the timer and the sweeping of old sessions.

    Brings the casebook up to date first. Raises RegisterError at once if roster or register cannot be believed.
    """
    app = new_app(
        __name__,
        templates=("staff", "shared"),
        origin=settings.origin,
        csp=CSP,
        error_page=error_page,
        session_cookie="staff-form",
    )
    trust(app, settings.proxies)
    app.config.update(SESSION_COOKIE_SAMESITE="Strict")
    parts = _office(app, settings, drop := engine(settings.deaddrop))
    watch_over(parts, Collect(drop))
    tidy(parts)  # before anybody can sign in, as above
    parts.background = background
    app.extensions[KEY] = parts
    app.url_map.converters["request"] = RequestId
    app.url_map.converters["folder"] = RequestId
    app.context_processor(shell)
    Babel(app, default_locale="sv", default_timezone="Europe/Stockholm")
    words.register(app)
    onpaper.register(app)
    app.jinja_env.globals.update(notice_word=notice_word, unlock=unlock, writes=writes)
    _stand_guard(app, settings.origin)
    app.register_error_handler(Exception, failed)
    app.register_error_handler(LockedError, guard.locked)
    app.register_error_handler(NotFreshError, ask_first)
    for unknown in (UnknownRequestError, UnknownFolderError, UnknownMemberError):
        app.register_error_handler(unknown, lambda _error: (error_page(404), 404))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if background:
        _run_beside(parts)
    return app


def _stand_guard(app: Flask, origin: Origin) -> None:
    """Let no request to a view but past these, in this order."""
    app.before_request(check_host)
    app.before_request(guard.let_in)
    app.before_request(ask_about_conflict)
    protect(app, origin, _not_proven)
    app.before_request(salvage.keep_late)
    app.before_request(salvage.bring_back)


def _run_beside(parts: Office) -> None:
    """Start what is done beside the requests: collecting, letting go of what has run out, reminders."""
    every(parts.collector.pause, parts.collector.run, "collect")
    every(lambda: PURGE_SECONDS, parts.sessions.purge, "purge")
    every(lambda: PURGE_SECONDS, parts.parcels.purge, "purge late")
    every(lambda: PURGE_SECONDS, parts.boxes.purge, "purge half done")
    every(lambda: DAY_SECONDS, lambda: sweep(parts), "sweep")
    start_watching(parts)
    start_reminders(parts)


def _office(app: Flask, settings: StaffSettings, drop: Engine) -> Office:
    casebook = Casebook(settings.casebook)
    prepare(casebook)
    erased = Record(settings.erased_file)
    restore(casebook, erased, days(utc_now()))  # before anybody can sign in: this may be a backup that was put back
    orders = Orders(casebook, settings.pepper)
    papers = (settings.roster, settings.members, settings.root_key, max(settings.minimum_epoch, erased.epoch()))
    register = Register(*papers, orders.all, erased, erased.reached)
    register.current()
    remembered = Remembered(erased)
    accounts = Accounts(casebook, settings.pepper, remembered)
    passkeys = Passkeys(casebook, settings.pepper, settings.origin, remembered)
    # Where browsers allow no passkeys, codes are the only second thing there is.
    codes, cost = settings.programme.casework.totp or not passkeys.on, FAST if settings.demo else STRONG
    source = Collect(engine(settings.deaddrop, BATCH_SECONDS))
    audit = Audit(casebook)
    outbox = Outbox(casebook, Answer(drop), settings.programme.answers.kept_days)
    return Office(
        settings=settings,
        casebook=casebook,
        register=register,
        orders=orders,
        accounts=accounts,
        passkeys=passkeys,
        invitations=Invitations(casebook, settings.pepper),
        sign_in=SignIn(accounts, passkeys, settings.pepper, codes=codes, cost=cost),
        sessions=Sessions(),
        parcels=Parcels(),
        boxes=Boxes(),
        throttle=Throttle(app),
        browsers=Browsers(settings.pepper),
        collector=Collector(casebook, source, settings.collect_seconds, outbox.run),
        outbox=outbox,
        audit=audit,
        folders=Folders(casebook, audit),
        drafts=Drafts(casebook),
        erased=erased,
        ready=Ready(lambda: (register.current(), ready(casebook))),
    )


def check_host() -> None:
    """Refuse a request for another host: a name that somebody else points at us is not ours."""
    asked = urlsplit(f"//{request.host}").hostname
    if asked != office().settings.origin.host:
        raise BadRequest


def shell() -> dict[str, object]:
    """Give every page what its frame shows: who is signed in, for how long, and whether the roster runs out."""
    parts, who, session = office(), g.get("person"), g.get("row")
    if who is None or session is None:
        return {"me": None, "demo": parts.settings.demo, "home": url_for("accounts.login")}
    left = parts.sessions.seconds_left(session)
    coordinates = who.member.role == COORDINATOR
    now = parts.now()
    counts = dict(menu_counts(session, who.name, now)) if coordinates else {}
    if who.member.role in (COORDINATOR, LEAD):
        counts["people"] = sum(one.may for one in waiting(who)) + anew_waiting(parts, who)
    days = who.papers.days_left(now.date())
    return {
        "me": who.name,
        "demo": parts.settings.demo,
        "home": home(who.member.role),
        "printed": onpaper.written_time(now),
        "menu": menu(who.member.role, counts),
        "shell": {
            "left": left,
            "ends": words.clock(now + timedelta(seconds=left)),
            "warn": words.roster_warning(days),
            "hidden": parts.settings.programme.casework.lock_hidden_minutes * 60,
            "intake": words.intake_warning(ending(parts.casebook, who, parts.now())),
            "clock": coordinates and doubtful(parts.erased, parts.today()),
            "lost": words.lost_warning(missed(parts.casebook, who), who.name),
            "gone": left_lately(parts, who, parts.now()),
            "asked": asked_of(parts, session, who),
            "recovery": session.recovery_left,
            "still": stands_still(parts, who, now),
        },
        "late": session.late.take(),
    }


def error_page(status: int) -> str:
    """Render the page for a 4xx or 5xx."""
    return render_template("staff/error.html", status=status)


def _not_proven() -> ResponseReturnValue:
    """Answer a form that proves neither token nor origin; nothing was done."""
    if (page := SECRET_FORMS.get(request.endpoint or "")) is not None:
        # 303, so that no browser keeps the body with its passphrase for going back.
        return see_other(url_for(page, old="1"))
    return error_page(400), 400
