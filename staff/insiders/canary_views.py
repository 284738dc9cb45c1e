"""The page of canary cases: a lead plants them, and lead and auditors see who opened one."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crypto.opening.members import LEAD
from staff.accounts import fresh
from staff.answers import see_other
from staff.audit.words import act
from staff.cases.hand import Hand
from staff.cases.names import suggest
from staff.cases.sheets import working_names
from staff.errors import RefusedActError
from staff.insiders import canaries
from staff.insiders.words import refusal
from staff.office import office, person, row

canary_pages = Blueprint("canaries", __name__, url_prefix="/canaries")
PLACE = "canaries/new"


@canary_pages.get("")
def show() -> ResponseReturnValue:
    """Show the canary cases that the person keeps, and the form for another."""
    hand = Hand(office(), row(), person())
    found = canaries.kept(hand)
    draft = hand.parts.drafts.load(hand.person, PLACE)
    return render_template(
        "staff/canaries.html",
        kept=found,
        act=act,
        may_plant=hand.person.member.role == LEAD,
        working=suggest(working_names(hand)),
        note=draft[0].decode("utf-8", "replace") if draft else "",
        now=hand.now,
        notes=row().notes.take(),
    )


@canary_pages.post("")
def plant() -> ResponseReturnValue:
    """Plant one; what was typed is kept if it is refused."""
    fresh.demand(url_for("canaries.show"))
    hand, note = Hand(office(), row(), person()), request.form.get("note", "")[: 2 * canaries.WORDS]
    try:
        canaries.plant(hand, request.form.get("working", ""), note)
        hand.parts.drafts.drop(hand.person, PLACE)
        row().notes.add("insiders_done", text="Planterat. Det ligger bland de avslutade ärendena.")
    except RefusedActError as error:
        hand.parts.drafts.keep(hand.person, PLACE, note.encode("utf-8", "replace"), hand.now)
        row().notes.add("insiders_refused", text=refusal(error.reason))
    return see_other(url_for("canaries.show"))
