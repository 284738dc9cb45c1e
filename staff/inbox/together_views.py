"""The pages for setting many requests aside: chosen in the list, named and confirmed, done, and taken back."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from staff.answers import see_other
from staff.day.memory import Bulk
from staff.errors import RefusedActError
from staff.inbox import phrases
from staff.inbox.acts import Wish
from staff.inbox.page import PAGE, Asked, standing
from staff.inbox.request import Request
from staff.inbox.state import DANGER, SET_ASIDE_REASONS
from staff.inbox.together import by_anchor, may_set_aside, put_back, reply_to, set_aside
from staff.office import office, person, row

together = Blueprint("together", __name__, url_prefix="/inbox/aside")
MANY = 20_000  # requests chosen at once


@together.post("")
def choose() -> ResponseReturnValue:
    """Remember what was chosen in the list: the ticked rows, those shown, or all that the list holds."""
    session = row()
    session.listing.refresh(office().casebook, person())
    asked = Asked.read(request.form, session.listing.batch)
    found = [one for one in standing(asked, session, person())[0] if may_set_aside(one)]
    which = request.form.get("which", "ticked")
    if which == "shown":
        page = standing(asked, session, person())[0][(asked.page - 1) * PAGE : asked.page * PAGE]
        found = [one for one in page if may_set_aside(one)]
    elif which != "all":
        ticked = set(request.form.getlist("row"))
        found = [one for one in found if one.anchor.id.hex() in ticked]
    session.day.chosen = Bulk(
        left=tuple(one.anchor.id for one in found[:MANY]), seen={one.anchor.id: one.anchor.version for one in found}
    )
    if not found:
        session.notes.add("not_together", reason="none")
        return see_other(asked.url())
    return see_other(url_for("together.show"))


@together.get("")
def show() -> ResponseReturnValue:
    """Say what would be set aside, and ask for the reason."""
    session = row()
    session.listing.refresh(office().casebook, person())
    found = list(by_anchor(session.listing, session.day.chosen.left).values())
    if not found:
        return see_other(url_for("inbox.show"))
    return render_template("staff/together.html", **counted(found), bulk=session.day.chosen, notes=session.notes.take())


def counted(found: list[Request]) -> dict[str, Any]:  # Any: whatever the template needs
    """Count what whoever sets it aside must know before."""
    known = [one.facts for one in found if one.facts]
    return {
        "total": len(found),
        "danger": sum(one.level == DANGER for one in found),
        "young": sum(one.age == "under18" for one in known),
        "others": sum(one.state.holder not in ("", person().name) for one in found),
        "codes": sum(bool(one.facts and one.facts.box and not one.claim) for one in found),
        "reasons": SET_ASIDE_REASONS,
        "sent": [phrases.not_ours("sv"), phrases.not_ours("en")],
    }


@together.post("/do")
def do() -> ResponseReturnValue:
    """Set aside what was chosen, as much as one answer has time for."""
    session, day = row(), row().day
    try:
        wish = Wish.read("set-aside", request.form)
    except RefusedActError as error:
        session.notes.add("not_together", reason=error.reason)
        return see_other(url_for("together.show"))
    reply = request.form.get("reply") == "yes"
    outcome = set_aside(day.chosen.left, day.chosen.seen, wish, session.listing, person(), office())
    if reply:
        reply_to(outcome.done, session.listing, person(), office())
    bulk = day.chosen
    done = (*bulk.rows, *outcome.done)
    day.chosen = replace(
        bulk, rows=done, left=outcome.left, reason=wish.reason, line=wish.line, reply=reply,
        refused=bulk.refused + outcome.refused,
    )  # fmt: skip
    if outcome.left:
        return see_other(url_for("together.show"))
    day.done, day.chosen = day.chosen, Bulk()
    session.notes.add("together", count=str(len(day.done.rows)), refused=str(day.done.refused))
    return see_other(url_for("inbox.show"))


@together.post("/undo")
def undo() -> ResponseReturnValue:
    """Bring back everything that was set aside together the last time."""
    session, day = row(), row().day
    outcome = put_back(day.done.rows, person(), office())
    day.done = Bulk(rows=outcome.left)
    session.notes.add("together_undone", count=str(len(outcome.done)), refused=str(outcome.refused))
    if outcome.left:
        session.notes.add("together", count=str(len(outcome.left)), refused="0")
    return see_other(url_for("inbox.show"))
