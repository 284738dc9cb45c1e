"""The pages for getting in and locking up."""

from flask import Blueprint, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.opening.members import COORDINATOR
from staff.accounts import challenges, enrolling, guard, salvage
from staff.accounts.browser import KEPT
from staff.accounts.signin import Claim, CounterError
from staff.answers import see_other
from staff.cases.hand import Hand
from staff.erasure.clock import believed
from staff.errors import SignInRefusedError, ThrottledError
from staff.inbox.intake import unlocked
from staff.nav import home
from staff.office import office
from staff.person import Person
from staff.recovery import following

accounts = Blueprint("accounts", __name__)
LONGEST = 300  # characters of any field
STATES = ("again", "old", "locked", "down", "renewed")
HEX = frozenset("0123456789abcdef")


@accounts.get("/")
def front() -> ResponseReturnValue:
    """Lead to where the person's role begins."""
    who = g.get("person")
    return see_other(home(who.member.role) if who else url_for("accounts.login"))


@accounts.get("/login")
def login() -> ResponseReturnValue:
    """Show the sign-in page, and what was wrong the last time."""
    if (who := g.get("person")) is not None:
        return see_other(home(who.member.role))
    wait = request.args.get("wait", "")
    seconds = min(int(wait), 3600) if wait.isascii() and wait.isdecimal() and len(wait) < 6 else 0
    state = next((name for name in STATES if name in request.args), "")
    state = "kept" if not state and salvage.waits() else state
    to, parts = request_id(request.args.get("to", "")), office()
    ways = {"passkeys": parts.passkeys.on, "codes": parts.sign_in.codes}
    return render_template("staff/login.html", state=state, seconds=seconds, to=to, **ways)


@accounts.post("/login/options")
def options() -> ResponseReturnValue:
    """Hand the page's script what a passkey is to sign: the same for everybody, since nobody has been named."""
    parts = office()
    try:
        parts.throttle.challenge(parts.browsers.door(b"", "", request.remote_addr))
    except ThrottledError as error:
        return see_other(url_for("accounts.login", wait=error.seconds))
    return challenges.offer(challenges.SIGN_IN, parts.passkeys.ask())


@accounts.post("/login")
def sign_in() -> ResponseReturnValue:
    """Let somebody in, or answer each kind of wrong with the same bytes."""
    parts, form = office(), request.form
    name, passphrase, otp = (form.get(one, "")[:LONGEST] for one in ("name", "passphrase", "otp"))
    claim, to = Claim(name, passphrase, otp, *challenges.answered(challenges.SIGN_IN)), request_id(form.get("to", ""))
    tag = parts.accounts.tag(claim.name)
    door = parts.browsers.door(tag, request.cookies.get(parts.known_cookie, ""), request.remote_addr)
    try:
        parts.throttle.count(door)
        identity = parts.sign_in.check(claim, parts.register.current().members, parts.now())
    except ThrottledError as error:
        return see_other(url_for("accounts.login", wait=error.seconds, to=to or None))
    except SignInRefusedError as error:
        if isinstance(error, CounterError):
            _tell_copied(error)
        return see_other(url_for("accounts.login", again="1", to=to or None))
    who = guard.person_of(identity)
    if who is None:  # the register changed this very moment
        return see_other(url_for("accounts.login", again="1", to=to or None))
    with parts.casebook.write() as session:
        parts.audit.about_me(session, who, "signed_in", parts.now())
    unlocked(parts.casebook, parts.audit, who, parts.now(), sure=believed(parts.erased, parts.today()))
    parts.throttle.forgive(door)
    enrolling.done()
    parts.sessions.lock(request.cookies.get(parts.cookie, ""))
    response = see_other(beginning(who, to))
    cookie = parts.sessions.open(identity)
    begin(response, cookie, who)
    _follow(cookie, who)
    _set_cookie(response, parts.cookie, cookie)
    _set_cookie(response, parts.known_cookie, parts.browsers.issue(tag, door), KEPT)
    return response


def _follow(cookie: str, who: Person) -> None:
    """Take a turn at what unlocking brings with it: a new recovery key gets what the one before had."""
    parts = office()
    opened = parts.sessions.unlock(cookie)
    if opened is not None:
        row = opened[1]
        row.recovery_left = following.turn(Hand(parts, row, who), following.UNLOCKING).left


def _tell_copied(error: CounterError) -> None:
    """Write down that a passkey's counter went backwards, in the name of whoever's key the passphrase opened."""
    parts, who = office(), guard.person_of(error.identity)
    if who is None:
        return
    with parts.casebook.write() as session:
        parts.audit.about_me(session, who, "passkey_back", parts.now(), {"passkey": error.proof.row.known.word})
        parts.passkeys.use(session, error.proof, parts.today())


def begin(response: Response, cookie: str, who: Person) -> None:
    """Give back what somebody sent when they were locked out, and note in the browser who sits there now."""
    opened = office().sessions.unlock(cookie)
    if opened is not None:
        salvage.put_back(response, who, opened[1])
    salvage.remember(who)


def beginning(who: Person, to: str) -> str:
    """Give the address where somebody who has just signed in goes on: what they asked for, or their own page."""
    role = who.member.role
    if not to or role != COORDINATOR:
        return home(role)
    row = bytes.fromhex(to[-32:])
    return url_for("cases.show", folder=row) if len(to) > 32 else url_for("inbox.read", row_id=row)


def _set_cookie(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    secure = office().settings.origin.secure
    response.set_cookie(name, value, seconds, path="/", secure=secure, httponly=True, samesite="Strict")


@accounts.post("/lock")
def lock() -> ResponseReturnValue:
    """Drop the session; nothing stays in memory that could be opened."""
    parts, who = office(), g.get("person")
    parts.sessions.lock(request.cookies.get(parts.cookie, ""))  # first: a casebook that is away keeps no key unlocked
    if who is not None:
        with parts.casebook.write() as session:
            parts.audit.about_me(session, who, "locked", parts.now())
    response = see_other(url_for("accounts.login", locked="1"))
    response.delete_cookie(
        parts.cookie, path="/", secure=parts.settings.origin.secure, httponly=True, samesite="Strict"
    )
    return response


def request_id(text: str) -> str:
    """Give the text if it is a request's id in hex, or a case's after a "c": no other address is ever followed."""
    row = text[1:] if len(text) == 33 and text.startswith("c") else text  # an id may begin with a c too
    return text if len(row) == 32 and set(row) <= HEX else ""
