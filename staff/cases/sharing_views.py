"""The page on which somebody new in the team is given its older cases."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from staff.answers import see_other
from staff.cases import sharing
from staff.cases.hand import Hand
from staff.cases.views import read_row, the_hand
from staff.errors import RefusedActError
from staff.folders.folder import mark
from staff.office import person

sharing_pages = Blueprint("sharing", __name__, url_prefix="/cases/colleagues")
SHOWN = 200  # cases that can be chosen one by one; all of them can be given at once


@sharing_pages.get("")
def show() -> ResponseReturnValue:
    """List whom one could give cases, and the cases that the chosen colleague lacks."""
    hand, wanted = the_hand(), request.args.get("to", "")
    chosen = sharing.named(person(), wanted)
    lacked = sharing.lacking(hand, chosen) if chosen else []
    return render_template(
        "staff/case_sharing.html",
        colleagues=[(one.name, mark(one.box_public)) for one in sharing.colleagues(person())],
        chosen=chosen,
        wanted=wanted if chosen else "",
        lacked=lacked[:SHOWN],
        total=len(lacked),
        notes=hand.session.notes.take(),
    )


@sharing_pages.post("")
def give() -> ResponseReturnValue:
    """Give the chosen cases, or all that the colleague lacks."""
    hand, wanted = the_hand(), request.form.get("to", "")
    to = sharing.named(person(), wanted)
    if to is None:
        hand.session.notes.add("sharing", reason="nobody")
        return see_other(url_for("sharing.show"))
    try:
        given = sharing.give(hand, to, _chosen(hand, wanted))
    except RefusedActError as error:
        hand.session.notes.add("sharing", reason=error.reason)
    else:
        hand.session.notes.add("sharing", done=str(given.done), left=str(given.left))
    return see_other(url_for("sharing.show", to=wanted))


def _chosen(hand: Hand, wanted: str) -> set[bytes]:
    to = sharing.named(person(), wanted)
    if request.form.get("which") == "all" and to is not None:
        return {one.id for one in sharing.lacking(hand, to)}
    return {row for text in request.form.getlist("case") if (row := read_row(text)) is not None}
