"""One's own page of keys: passkeys and codes, what they are used with, and how to change them."""

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.opening.members import fingerprint
from staff.accounts import challenges, codes, fresh
from staff.accounts.passkeys import MOST, WORD, PasskeyError
from staff.answers import see_other
from staff.cases.forms.base import one_line
from staff.errors import MeanwhileError
from staff.models import Account
from staff.office import office, person, row

mine = Blueprint("mine", __name__, url_prefix="/me/keys")
LONGEST = 20  # characters of a code


@mine.get("")
def show() -> ResponseReturnValue:
    """Show the person's own passkeys and whether codes let them in."""
    parts, account = office(), me()
    return render_template(
        "staff/mine.html",
        keys=parts.passkeys.of(account.id),
        digits=fingerprint(person().member),
        codes=parts.accounts.has_codes(account),
        allowed=parts.sign_in.codes,
        passkeys=parts.passkeys.on,
        now=parts.now(),
        notes=row().notes.take(),
    )


@mine.get("/new")
def new() -> ResponseReturnValue:
    """Show what is needed for one more passkey, or for new codes."""
    fresh.demand()
    parts, account, secret = office(), me(), codes.pending()
    return render_template(
        "staff/mine_new.html",
        passkeys=parts.passkeys.on,
        room=len(parts.passkeys.of(account.id)) < MOST,
        allowed=parts.sign_in.codes,
        secret=secret,
        picture=codes.picture(secret, person().name) if secret else "",
        notes=row().notes.take(),
    )


@mine.post("/options")
def options() -> ResponseReturnValue:
    """Hand the page's script what a new passkey is to be made of."""
    fresh.demand(url_for("mine.new"))
    return challenges.offer(challenges.NEW, office().passkeys.ask_new(me().id, person().name))


@mine.post("/passkey")
def add_passkey() -> ResponseReturnValue:
    """Keep a passkey that the browser has made."""
    fresh.demand(url_for("mine.new"))
    parts, who, account = office(), person(), me()
    word = one_line(request.form.get("word", ""))[:WORD]
    try:
        made = parts.passkeys.made(account.id, *challenges.answered(challenges.NEW), word, parts.today())
        with parts.casebook.write() as session:
            parts.audit.about_me(session, who, "passkey_added", parts.now(), {"passkey": word})
            parts.passkeys.add(session, made)
    except PasskeyError as error:
        row().notes.add("passkey_refused", reason=error.reason)
        return see_other(url_for("mine.new"))
    row().notes.add("passkey_added")
    return see_other(url_for("mine.show"))


@mine.post("/remove")
def remove_passkey() -> ResponseReturnValue:
    """Forget a passkey; the last one stays where nothing else would let its owner in."""
    fresh.demand(url_for("mine.show"))
    parts, who, account = office(), person(), me()
    found = [one for one in parts.passkeys.of(account.id) if one.id.hex() == request.form.get("id", "")]
    others = len(parts.passkeys.of(account.id)) - len(found)
    if not found:
        return see_other(url_for("mine.show"))
    if not others and not (parts.sign_in.codes and parts.accounts.has_codes(account)):
        row().notes.add("passkey_refused", reason="last")
        return see_other(url_for("mine.show"))
    with parts.casebook.write() as session:
        parts.audit.about_me(session, who, "passkey_removed", parts.now(), {"passkey": found[0].known.word})
        parts.passkeys.remove(session, account.id, found[0].id)
    parts.casebook.settle()
    row().notes.add("passkey_removed")
    return see_other(url_for("mine.show"))


@mine.post("/codes")
def begin_codes() -> ResponseReturnValue:
    """Draw a secret for a new phone; the codes of the old one hold until a code has proven it."""
    fresh.demand(url_for("mine.new"))
    response = make_response(see_other(f"{url_for('mine.new')}#codes"))
    if office().sign_in.codes:
        codes.draw(response)
    return response


@mine.post("/otp")
def type_otp() -> ResponseReturnValue:
    """Let the new phone's codes in, and no longer the old one's."""
    fresh.demand(url_for("mine.new"))
    parts, who, account, secret = office(), person(), me(), codes.pending()
    step = codes.proven(secret, request.form.get("otp", "")[:LONGEST], parts.now())
    if step is None:
        row().notes.add("otp_wrong")
        return see_other(f"{url_for('mine.new')}#codes")
    try:
        with parts.casebook.write() as session:
            parts.audit.about_me(session, who, "codes_renewed", parts.now())
            if not parts.accounts.set_codes(session, account, secret, step):
                raise MeanwhileError
    except MeanwhileError:  # somebody signed in by the old codes this very moment
        row().notes.add("otp_wrong")
        return see_other(f"{url_for('mine.new')}#codes")
    codes.done()
    row().notes.add("codes_renewed")
    return see_other(url_for("mine.show"))


def me() -> Account:
    """Give the account of whoever is signed in."""
    found = office().accounts.find(person().name)
    assert found is not None  # noqa: S101  # for the type: nobody is signed in without one
    return found
