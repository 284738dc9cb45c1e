"""One's own sessions: when each began and was last used, and how to end them. Nothing of where is kept or shown."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from staff.answers import see_other
from staff.office import office, person, row

sitting = Blueprint("sitting", __name__, url_prefix="/sessions")


@sitting.get("")
def show() -> ResponseReturnValue:
    """Show the person's open sessions."""
    found = office().sessions.of(person().identity.box_public)
    return render_template("staff/sessions.html", sessions=found, sitting=row().id, notes=row().notes.take())


@sitting.post("/end")
def end() -> ResponseReturnValue:
    """End one of the person's sessions, or all but this one; nothing of them stays in memory."""
    parts, who, chosen = office(), person(), request.form.get("id", "")[:40]
    with parts.casebook.write() as session:
        parts.audit.about_me(session, who, "ended", parts.now(), {"who": who.name})
    count = parts.sessions.end(who.identity.box_public, chosen, row().id)
    row().notes.add("ended", count=str(count))
    return see_other(url_for("sitting.show"))
