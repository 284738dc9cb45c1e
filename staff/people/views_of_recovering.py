"""The page on which two sign that what lost keys could read is given anew."""

from collections.abc import Callable

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from staff.accounts import fresh
from staff.answers import see_other
from staff.errors import RefusedActError
from staff.office import office, person, row
from staff.people import recovering as acts
from staff.people.words import REFUSALS

recovering = Blueprint("recovering", __name__, url_prefix="/people/anew")


@recovering.get("")
def show() -> ResponseReturnValue:
    """Show what may be given anew, and who has signed for it."""
    parts = office()
    found = acts.needs(parts, person())
    return render_template("staff/people_anew.html", needs=found, now=parts.now(), notes=row().notes.take())


@recovering.post("")
def ask() -> ResponseReturnValue:
    """Ask as the first of two."""
    what, about = request.form.get("what", "")[:20], request.form.get("about", "")[:64]
    return _act("agreed", lambda: acts.ask(office(), person(), what, about))


@recovering.post("/<request:order>/second")
def second(order: bytes) -> ResponseReturnValue:
    """Sign as the second."""
    return _act("seconded", lambda: acts.second(office(), person(), order))


@recovering.post("/<request:order>/drop")
def drop(order: bytes) -> ResponseReturnValue:
    """Take it back."""
    return _act("dropped", lambda: acts.drop(office(), person(), order))


def _act(kind: str, act: Callable[[], None]) -> ResponseReturnValue:
    fresh.demand(url_for("recovering.show"))
    try:
        act()
    except RefusedActError as error:
        row().notes.add("people_refused", text=REFUSALS.get(error.reason, REFUSALS["busy"]))
    else:
        row().notes.add(kind)
    return see_other(url_for("recovering.show"))
