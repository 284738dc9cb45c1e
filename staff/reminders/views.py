"""One's own page for reminders."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from staff.answers import see_other
from staff.office import office, person, row
from staff.reminders.mail import AddressError, address
from staff.reminders.wishes import OCCASIONS, Wish, Wishes

reminders = Blueprint("reminders", __name__, url_prefix="/me/reminders")
PLACE = "me/reminders"
LONGEST = 300  # characters of what is kept for mending


@reminders.get("")
def show() -> ResponseReturnValue:
    """Show the person's own address and choices, or what they tried to save."""
    parts, who = office(), person()
    wish = _wishes().of(_me()) or Wish("", frozenset(OCCASIONS))
    draft = parts.drafts.load(who, PLACE)
    tried = Wish.decode(draft[0]) if draft else None
    values = {"wish": tried or wish, "known": wish.address, "wrong": tried is not None, "notes": row().notes.take()}
    return render_template("staff/reminders.html", on=parts.settings.mail is not None, occasions=OCCASIONS, **values)


@reminders.post("")
def save() -> ResponseReturnValue:
    """Keep or forget the address; one that is none is given back to be mended."""
    parts, who, typed = office(), person(), request.form.get("address", "")[:LONGEST].strip()
    wish = Wish(typed, frozenset(request.form.getlist("on")) & frozenset(OCCASIONS))
    try:
        kept = Wish(address(typed), wish.occasions) if typed and parts.settings.mail else None
    except AddressError:
        parts.drafts.keep(who, PLACE, wish.encode(), parts.now())
        return see_other(url_for("reminders.show"))
    _wishes().keep(_me(), kept)
    parts.drafts.drop(who, PLACE)
    row().notes.add("kept" if kept else "forgotten")
    return see_other(url_for("reminders.show"))


def _wishes() -> Wishes:
    return Wishes(office().casebook, office().settings.pepper)


def _me() -> bytes:
    return person().member_tag(person().identity.box_public)
