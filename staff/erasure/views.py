"""The pages of erasure, for coordinators: what falls due, what is held, the protocol, and who has asked."""

from datetime import timedelta

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from staff.accounts import fresh
from staff.answers import see_other
from staff.erasure import acts, protocol, words
from staff.erasure.record import unrecorded
from staff.erasure.wishes import wishes
from staff.errors import RefusedActError
from staff.insiders.ways import way
from staff.office import office, person, row

erasure = Blueprint("erasure", __name__, url_prefix="/erasure")
AHEAD = timedelta(days=90)
PLACE = "erasure/hold"


@erasure.get("")
def show() -> ResponseReturnValue:
    """Show what falls due within ninety days, what is held, and what was erased."""
    desk = _desk()
    entries = desk.ledger.entries()
    draft = office().drafts.load(person(), PLACE)
    values = {
        "due": desk.due(desk.today + AHEAD),
        "today": desk.today,
        "holds": protocol.holds(entries),
        "protocol": protocol.protocol(entries),
        "decisions": office().settings.programme.casework.erasure,
        "wishes": wishes(desk),
        "notes": row().notes.take(),
        "reason": draft[0].decode("utf-8", "replace") if draft else "",
        "recorded": office().settings.erased_file is not None,
        "unrecorded": unrecorded(office().casebook, office().erased),
        "restarts": office().erased.restarts(),
        "words": words,
    }
    return render_template("staff/erasure.html", **values)


@erasure.post("/hold")
def hold() -> ResponseReturnValue:
    """Keep something although it is due; what was typed is kept if it is refused."""
    reason = request.form.get("reason", "")[:2000]
    subject = _id(request.form.get("subject", ""))
    try:
        acts.hold(_desk(), subject, reason, request.form.get("until", "")[:20])
    except RefusedActError:
        office().drafts.keep(person(), PLACE, reason.encode("utf-8", "replace"), office().now())
        raise
    office().drafts.drop(person(), PLACE)
    row().notes.add("held")
    return see_other(url_for("erasure.show"))


@erasure.post("/release")
def release() -> ResponseReturnValue:
    """End a hold."""
    acts.release(_desk(), _id(request.form.get("subject", "")))
    row().notes.add("released")
    return see_other(url_for("erasure.show"))


@erasure.post("/erase")
def erase() -> ResponseReturnValue:
    """Erase what was chosen, if it was said twice."""
    if request.form.get("sure") != "yes":
        row().notes.add("unsure")
        return see_other(url_for("erasure.show"))
    fresh.demand(url_for("erasure.show"))
    chosen = frozenset(_id(one) for one in request.form.getlist("subject"))
    row().notes.add("erased", count=str(acts.erase(_desk(), chosen)))
    return see_other(url_for("erasure.show"))


@erasure.get("/archive/<folder:folder>")
def archive(folder: bytes) -> ResponseReturnValue:
    """Lead to where a case's file for the archive is asked for, and given once two have signed."""
    parts, session = office(), row()
    session.keys.refresh(parts.casebook, person())
    session.keys.key(folder)  # 404 for whoever does not hold the case
    return see_other(way(parts, session, person(), folder, "archive"))


@erasure.errorhandler(RefusedActError)
def refused(error: RefusedActError) -> ResponseReturnValue:
    """Say on the page why nothing was done."""
    row().notes.add("refused", reason=error.reason)
    return see_other(url_for("erasure.show"))


def _desk() -> acts.Desk:
    return acts.Desk(office(), row(), person())


def _id(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16 or found.hex() != text:
        raise RefusedActError("gone")
    return found
