"""Another passphrase for one's own key: drawn, shown once, typed once more, and then the key file is locked anew.

The key stays the same, so that nothing else changes. A copy of the old key file still opens with the old passphrase:
whoever fears that somebody has both needs a new key.
"""

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.opening.keyfile import new_passphrase, same_passphrase
from staff.accounts import carrying, fresh
from staff.accounts.boxes import PHRASE
from staff.accounts.mine import me
from staff.answers import see_other
from staff.errors import RefusedActError, ThrottledError
from staff.office import office, person, row

phrase = Blueprint("phrase", __name__, url_prefix="/me/passphrase")
LONGEST = 300  # characters


@phrase.get("")
def show() -> ResponseReturnValue:
    """Show the drawn passphrase, then the field in which it is typed once more."""
    fresh.demand()
    drawn = (carrying.look(PHRASE) or b"").decode()
    return render_template("staff/phrase.html", drawn=drawn, typing="type" in request.args, notes=row().notes.take())


@phrase.post("/begin")
def begin() -> ResponseReturnValue:
    """Draw a passphrase; the old one holds until the new one has been typed once more."""
    fresh.demand(url_for("phrase.show"))
    response = make_response(see_other(url_for("phrase.show")))
    carrying.lay(response, PHRASE, new_passphrase().encode())
    return response


@phrase.post("")
def change() -> ResponseReturnValue:
    """Lock the key file anew, in one commit, and end the person's other sessions."""
    fresh.demand(url_for("phrase.show"))
    drawn = (carrying.look(PHRASE) or b"").decode()
    if not drawn:
        row().notes.add("phrase_gone")
        return see_other(url_for("phrase.show"))
    if not same_passphrase(drawn, request.form.get("passphrase", "")[:LONGEST]):
        row().notes.add("phrase_wrong")
        return see_other(url_for("phrase.show", type="1"))
    try:
        _relock(drawn)
    except ThrottledError:
        row().notes.add("phrase_busy")
        return see_other(url_for("phrase.show", type="1"))
    except RefusedActError:
        row().notes.add("phrase_meanwhile")
        return see_other(url_for("phrase.show"))
    carrying.take(PHRASE)
    row().notes.add("phrase_changed")
    return see_other(url_for("mine.show"))


def _relock(passphrase: str) -> None:
    parts, who, account = office(), person(), me()
    key_file = parts.sign_in.locked(who.identity, passphrase)
    with parts.casebook.write() as session:
        parts.audit.about_me(session, who, "passphrase", parts.now())
        if not parts.accounts.relock(session, account, key_file):
            raise RefusedActError("meanwhile")
    parts.casebook.settle()  # the old key file leaves the disk
    parts.sessions.end(who.identity.box_public, but=row().id)
