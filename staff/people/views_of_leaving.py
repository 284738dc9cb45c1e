"""The pages on which a lead shuts a key out, and on which whoever holds what it could read gives that new keys."""

from collections.abc import Callable

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.opening.members import LEAD, LEFT, Member, fingerprint
from staff.accounts import fresh
from staff.answers import see_other
from staff.cases.hand import Hand
from staff.cases.views import read_row, the_hand
from staff.errors import RefusedActError
from staff.people import leaving as acts
from staff.people import news, readable
from staff.people.renewing import Progress, turn
from staff.people.words import ROLES
from staff.recovery import following

leaving = Blueprint("leaving", __name__, url_prefix="/people")
SHOWN = 200  # names of cases on one page


@leaving.get("/<request:member>")
def show(member: bytes) -> ResponseReturnValue:
    """Show one of the town: what shutting their key out means, or what is left to do since."""
    hand = the_hand()
    found = acts.find(hand.person, member)
    left = found.role in LEFT
    lists = left and hand.person.member.role == LEAD
    cases = readable.cases(hand, found) if lists else readable.NONE
    return render_template(
        "staff/people_member.html",
        member=found,
        code=member,
        digits=fingerprint(found),
        left=left,
        only=hand.person.papers.members.team(hand.person.municipality) == (found,),
        let_in=[] if left else acts.let_in(hand.parts, hand.person, found),
        may_leave=not left and hand.person.member.role == LEAD,
        cases=cases.names[:SHOWN],
        total=len(cases.names),
        lists=lists,
        unsigned=lists and found.sign_public in {one.sign_public for one in acts.unsigned(hand.parts, hand.person)},
        notes=hand.session.notes.take(),
        ROLES=ROLES,
    )


@leaving.post("/<request:member>/leave")
def leave(member: bytes) -> ResponseReturnValue:
    """Shut a key out, once the lead has ticked that they mean it, and go on to renewing what it could read."""
    fresh.demand(url_for("leaving.show", member=member))
    hand = the_hand()
    found = acts.find(hand.person, member)
    if request.form.get("sure") != "yes":
        hand.session.notes.add("leaving", reason="sure")
        return see_other(url_for("leaving.show", member=member))
    stays = {row for text in request.form.getlist("stays") if (row := read_row(text)) is not None}
    return _done(hand, found, member, lambda: acts.leave(hand.parts, hand.person, found, hand.now, stays))


@leaving.post("/<request:member>/again")
def sign_again(member: bytes) -> ResponseReturnValue:
    """Sign anew that somebody has left whose order a backup took away."""
    fresh.demand(url_for("leaving.show", member=member))
    hand = the_hand()
    found = acts.find(hand.person, member)
    return _done(hand, found, member, lambda: acts.sign_again(hand.parts, hand.person, found, hand.now))


def _done(hand: Hand, found: Member, code: bytes, act: Callable[[], object]) -> ResponseReturnValue:
    """Do one of the two acts, note how it went, and lead back to the person's page."""
    try:
        act()
    except RefusedActError as error:
        hand.session.notes.add("leaving", reason=error.reason)
    else:
        hand.session.notes.add("leaving", who=found.name)
    return see_other(url_for("leaving.show", member=code))


@leaving.get("/renewals")
def renewals() -> ResponseReturnValue:
    """Say whose keys have been shut out lately, and how far this person's share of the renewals has come."""
    hand = the_hand()
    notes = hand.session.notes.take()
    names = news.left_lately(hand.parts, hand.person, hand.now)
    return render_template("staff/people_renewals.html", names=names, notes=notes)


@leaving.get("/recovery")
def recovery() -> ResponseReturnValue:
    """Say how much of what this person reads the new recovery key still lacks."""
    hand = the_hand()
    notes, left = hand.session.notes.take(), hand.session.recovery_left
    return render_template("staff/people_recovery.html", notes=notes, left=left)


@leaving.post("/recovery")
def follow() -> ResponseReturnValue:
    """Take a turn at giving it what it lacks; the page goes on by itself as long as something is left."""
    hand = the_hand()
    progress = following.turn(hand)
    hand.session.recovery_left = progress.left
    hand.session.notes.add("followed", done=str(progress.done + _before()), left=str(progress.left))
    return see_other(url_for("leaving.recovery"))


@leaving.post("/renewals")
def renew() -> ResponseReturnValue:
    """Take a turn at renewing what this person holds; the page goes on by itself as long as something is left."""
    hand = the_hand()
    try:
        progress = turn(hand)
    except RefusedActError:
        progress = Progress(failed=1)
    if not progress.left and not progress.failed:
        news.finished(hand.parts, hand.person, hand.now)
    done = str(progress.done + _before())
    hand.session.notes.add("renewed", done=done, left=str(progress.left), failed=str(progress.failed))
    return see_other(url_for("leaving.renewals"))


def _before() -> int:
    """Read how many the turns before this one did."""
    text = request.form.get("done", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0
