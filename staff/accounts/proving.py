"""The page that asks who sits there before a dangerous act, and believes a passphrase or a passkey."""

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from staff.access import ROUTES
from staff.accounts import challenges, salvage
from staff.accounts.fresh import needs_fresh
from staff.answers import see_other
from staff.errors import NotFreshError, ThrottledError
from staff.nav import home
from staff.office import office, person, row

proving = Blueprint("fresh", __name__, url_prefix="/fresh")
LONGEST = 300  # characters of any field


def ask_first(error: NotFreshError) -> Response:
    """Lead to the page that asks, with what was written kept for its writer."""
    return salvage.hold(see_other(url_for("fresh.show", to=page(error.back) or None)))


def page(path: str) -> str:
    """Give a path if a page of ours answers there, else nothing: no other address is ever followed."""
    if not path.startswith("/") or path.startswith("//"):
        return ""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, "GET")
    except HTTPException:
        return ""
    return path if endpoint in ROUTES else ""


@proving.get("")
def show() -> ResponseReturnValue:
    """Ask for the passphrase or a passkey, and say what was wrong the last time."""
    parts, to = office(), page(request.args.get("to", ""))
    if not needs_fresh():
        return see_other(to or home(person().member.role))
    account = parts.accounts.find(person().name)
    passkeys = parts.passkeys.on and account is not None and bool(parts.passkeys.of(account.id))
    wait, state = request.args.get("wait", ""), next((one for one in ("again", "old") if one in request.args), "")
    seconds = min(int(wait), 3600) if wait.isascii() and wait.isdecimal() and len(wait) < 6 else 0
    return render_template("staff/fresh.html", to=to, state=state, seconds=seconds, passkeys=passkeys)


@proving.post("/options")
def options() -> ResponseReturnValue:
    """Hand the page's script what one of the person's own passkeys is to sign."""
    account = office().accounts.find(person().name)
    return challenges.offer(challenges.AGAIN, office().passkeys.ask(account.id if account else None))


@proving.post("")
def prove() -> ResponseReturnValue:
    """Believe whoever gives what is theirs, and lead them on; every kind of wrong is one answer."""
    parts, who, to = office(), person(), page(request.form.get("to", ""))
    door = parts.browsers.door(
        parts.accounts.tag(who.name), request.cookies.get(parts.known_cookie, ""), request.remote_addr
    )
    try:
        parts.throttle.count(door)
        proven = _proven(request.form.get("passphrase", "")[:LONGEST])
    except ThrottledError as error:
        return see_other(url_for("fresh.show", wait=error.seconds, to=to or None))
    if not proven:
        return see_other(url_for("fresh.show", again="1", to=to or None))
    with parts.casebook.write() as session:
        parts.audit.about_me(session, who, "proved", parts.now())
    parts.throttle.forgive(door)
    parts.sessions.prove(row())
    response = see_other(to or home(who.member.role))
    salvage.put_back(response, who, row())
    return response


def _proven(passphrase: str) -> bool:
    """Tell whether a passphrase opens the person's own key, or one of their passkeys has signed."""
    parts, who = office(), person()
    account, (answer, challenge) = parts.accounts.find(who.name), challenges.answered(challenges.AGAIN)
    if account is None:
        return False
    if not answer:
        opened = parts.sign_in.opens(account, passphrase)
        return opened is not None and opened.seed == who.identity.seed
    proof = parts.passkeys.check(account.id, answer, challenge)
    if proof is None:
        return False
    with parts.casebook.write() as session:
        if proof.backwards:
            parts.audit.about_me(session, who, "passkey_back", parts.now(), {"passkey": proof.row.known.word})
        return parts.passkeys.use(session, proof, parts.today()) and not proof.backwards
