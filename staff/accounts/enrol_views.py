"""The pages on which somebody new makes their key, and somebody who lost a phone gets another second factor."""

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.opening.keyfile import same_passphrase
from staff.accounts import carrying, challenges, codes, enrolling
from staff.accounts.boxes import ENROL
from staff.accounts.enrolling import FACTORS, IN, PHRASE, UNLOCK, Where
from staff.accounts.invitations import RENEW
from staff.accounts.passkeys import MOST, WORD, PasskeyError
from staff.accounts.throttle import Door
from staff.answers import see_other
from staff.cases.forms.base import one_line
from staff.errors import RefusedActError, ThrottledError
from staff.office import office

enrol = Blueprint("enrol", __name__, url_prefix="/enrol")
LONGEST = 300  # characters of any field
STATES = ("again", "old", "used", "over", "otp", "passkey", "many", "taken", "added")


@enrol.get("")
def show() -> ResponseReturnValue:
    """Show the step that is next in this browser."""
    parts, at = office(), enrolling.where()
    wait = request.args.get("wait", "")
    said = {
        "at": at,
        "state": next((name for name in STATES if name in request.args), ""),
        "seconds": min(int(wait), 3600) if wait.isascii() and wait.isdecimal() and len(wait) < 6 else 0,
        "typing": "type" in request.args,
        "passkeys": parts.passkeys.on,
        "allowed": parts.sign_in.codes,
    }
    if at.step != FACTORS or at.invitation is None:
        return render_template("staff/enrol.html", **said)
    response = make_response()
    secret = codes.pending() or codes.draw(response)
    account = enrolling.account_of(at.invitation)
    said |= {
        "keys": parts.passkeys.of(account.id) if account else [],
        "most": MOST,
        "codes": account is not None and parts.accounts.has_codes(account),
        "secret": secret,
        "picture": codes.picture(secret, at.invitation.name),
        "digits": enrolling.digits(at.invitation),
        "renew": at.invitation.kind == RENEW,
    }
    response.set_data(render_template("staff/enrol_factors.html", **said))
    return response


@enrol.post("")
def type_code() -> ResponseReturnValue:
    """Go on by a code; all that are no good are one answer."""
    response = make_response(see_other(url_for("enrol.show")))
    try:
        office().throttle.count(_door("code"))
    except ThrottledError as error:
        return see_other(url_for("enrol.show", wait=error.seconds))
    if not enrolling.begin(response, request.form.get("code", "")[:LONGEST]):
        return see_other(url_for("enrol.show", again="1"))
    office().throttle.forgive(_door("code"))
    return response


@enrol.post("/passphrase")
def type_phrase() -> ResponseReturnValue:
    """Take the passphrase that was shown, typed once more: make the key. Or that of the key that is there: go on."""
    at, response = enrolling.where(), make_response(see_other(url_for("enrol.show")))
    typed = request.form.get("passphrase", "")[:LONGEST]
    try:
        if at.step == PHRASE and at.progress:
            if not same_passphrase(at.progress.phrase, typed):
                return see_other(url_for("enrol.show", type="1", again="1"))
            enrolling.make_key(response, at.progress)
        elif at.step == UNLOCK and at.invitation:
            door = _door(at.invitation.name)
            office().throttle.count(door)
            if not enrolling.unlock(response, at.invitation, typed):
                return see_other(url_for("enrol.show", again="1"))
            office().throttle.forgive(door)
    except ThrottledError as error:
        return see_other(url_for("enrol.show", type="1", wait=error.seconds))
    except RefusedActError as error:
        return see_other(f"{url_for('enrol.show')}?{error.reason}=1")
    return response


@enrol.post("/otp")
def type_otp() -> ResponseReturnValue:
    """Take a code that proves that the picture was scanned."""
    at, parts, secret = enrolling.where(), office(), codes.pending()
    if at.step != FACTORS or at.invitation is None or not parts.sign_in.codes:
        return see_other(url_for("enrol.show"))
    step = codes.proven(secret, request.form.get("otp", "")[:LONGEST], parts.now())
    if step is None or not enrolling.keep_codes(at.invitation, secret, step):
        return see_other(url_for("enrol.show", otp="1") + "#codes")
    codes.done()
    return _added(at)


@enrol.post("/options")
def options() -> ResponseReturnValue:
    """Hand the page's script what a passkey is to be made of."""
    at = enrolling.where()
    account = enrolling.account_of(at.invitation) if at.step == FACTORS and at.invitation else None
    if account is None or at.invitation is None:
        return see_other(url_for("enrol.show"))
    return challenges.offer(challenges.NEW, office().passkeys.ask_new(account.id, at.invitation.name))


@enrol.post("/passkey")
def add_passkey() -> ResponseReturnValue:
    """Keep a passkey that the browser has made."""
    at, parts = enrolling.where(), office()
    account = enrolling.account_of(at.invitation) if at.step == FACTORS and at.invitation else None
    if account is None or at.invitation is None:
        return see_other(url_for("enrol.show"))
    word = one_line(request.form.get("word", ""))[:WORD]
    try:
        known = parts.passkeys.made(account.id, *challenges.answered(challenges.NEW), word, parts.today())
        enrolling.keep_passkey(at.invitation, known)
    except PasskeyError as error:
        return see_other(f"{url_for('enrol.show')}?{'many' if error.reason == 'many' else 'passkey'}=1")
    return _added(at)


@enrol.post("/stop")
def stop() -> ResponseReturnValue:
    """Leave this browser; the code leads back to where somebody was. Whoever is in makes room for the next one."""
    to = "enrol.show" if enrolling.where().step == IN else "accounts.login"
    carrying.take(ENROL)
    codes.done()
    return see_other(url_for(to))


def _added(at: Where) -> ResponseReturnValue:
    if at.invitation and at.invitation.kind == RENEW:
        carrying.take(ENROL)
        return see_other(url_for("accounts.login", renewed="1"))
    return see_other(url_for("enrol.show", added="1"))


def _door(what: str) -> Door:
    """Say from where somebody tries; all codes of a network count together, so that none is guessed."""
    parts = office()
    return parts.browsers.door(parts.accounts.tag(f"enrol/{what}"), "", request.remote_addr)
