"""The page on which somebody new in the team is given its older cases."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.opening.members import Member
from staff.accounts import fresh
from staff.agencies import returning
from staff.answers import see_other
from staff.cases import sharing
from staff.cases.hand import Hand
from staff.cases.views import read_row, the_hand
from staff.errors import RefusedActError
from staff.folders.folder import mark
from staff.office import person
from staff.people.recovering import lacks_order

sharing_pages = Blueprint("sharing", __name__, url_prefix="/cases/colleagues")
SHOWN = 200  # cases that can be chosen one by one; all of them can be given at once


@sharing_pages.get("")
def show() -> ResponseReturnValue:
    """List whom one could give cases, and the cases that the chosen colleague lacks."""
    hand, wanted = the_hand(), request.args.get("to", "")
    chosen = sharing.named(person(), wanted)
    lacked = sharing.lacking(hand, chosen) if chosen else []
    requests = sharing.requests(hand, chosen) if chosen else []
    return render_template(
        "staff/case_sharing.html",
        colleagues=[(one.name, mark(one.box_public)) for one in sharing.colleagues(person())],
        chosen=chosen,
        wanted=wanted if chosen else "",
        unsigned=chosen is not None and lacks_order(hand, chosen),
        lacked=lacked[:SHOWN],
        total=len(lacked),
        shut=sum(one.summary.protected for one in lacked),
        requests=len(requests),
        renewed=[(one.member, mark(one.member.box_public), len(one.folders)) for one in returning.lacking(hand)],
        notes=hand.session.notes.take(),
    )


@sharing_pages.post("/back")
def give_back() -> ResponseReturnValue:
    """Give the hand-overs and offers back that somebody's key before had been given."""
    fresh.demand(url_for("sharing.show"))
    hand, wanted = the_hand(), request.form.get("to", "")
    try:
        given = returning.give_back(hand, wanted)
    except RefusedActError as error:
        hand.session.notes.add("sharing", reason=error.reason)
    else:
        done, left = str(given.done + _before()), str(given.left)
        hand.session.notes.add(
            "sharing", done=done, left=left, what="back", again="back" if given.left else "", to=wanted
        )
    return see_other(url_for("sharing.show"))


@sharing_pages.post("")
def give() -> ResponseReturnValue:
    """Give the chosen cases, or all that the colleague lacks."""
    hand, wanted = the_hand(), request.form.get("to", "")
    fresh.demand(url_for("sharing.show"))
    to = sharing.named(person(), wanted)
    if to is None:
        hand.session.notes.add("sharing", reason="nobody")
        return see_other(url_for("sharing.show"))
    try:
        given = _turn(hand, to)
    except RefusedActError as error:
        hand.session.notes.add("sharing", reason=error.reason)
    else:
        which = request.form.get("which", "")
        again = which if which in ("all", "requests") else ""  # what was ticked fits in one turn
        done, left = str(given.done + _before()), str(given.left)
        hand.session.notes.add("sharing", done=done, left=left, what=which, again=again)
    return see_other(url_for("sharing.show", to=wanted))


def _turn(hand: Hand, to: Member) -> sharing.Given:
    which = request.form.get("which")
    if which == "requests":
        return sharing.give_requests(hand, to)
    if which == "all":
        return sharing.give_all(hand, to)
    return sharing.give_chosen(hand, to, _chosen())


def _before() -> int:
    """Read how many were given in the turns before this one."""
    text = request.form.get("done", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


def _chosen() -> set[bytes]:
    return {row for text in request.form.getlist("case") if (row := read_row(text)) is not None}
