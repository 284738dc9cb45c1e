"""The calendar's page and its file."""

from itertools import groupby

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from crypto.errors import MalformedError
from programme.hours import ZONE
from staff.agenda.dates import Happening, happenings, mine
from staff.agenda.file import NAME, ics
from staff.agenda.words import word
from staff.cases.summary import Summary
from staff.folders import Card
from staff.office import office, person, row
from staff.onpaper import written

calendar = Blueprint("calendar", __name__, url_prefix="/calendar")
MINE, ALL = "mine", "all"


@calendar.get("")
def show() -> ResponseReturnValue:
    """Show what is planned, day by day."""
    found = _found()
    days = [(day, list(those)) for day, those in groupby(found, key=lambda one: one.day)]
    today = office().now().astimezone(ZONE).date()
    return render_template(
        "staff/calendar.html", days=days, whose=_whose(), kind=word, weekday=written, zone=ZONE, today=today
    )


@calendar.get("/kalender.ics")
def file() -> ResponseReturnValue:
    """Give the file; that it was taken stands in the person's own audit first."""
    parts = office()
    with parts.casebook.write() as session:
        parts.audit.about_me(session, person(), "calendar", parts.now())
    data = ics(_found(), person().identity, parts.now())
    headers = {"Content-Disposition": f'attachment; filename="{NAME}"'}
    return Response(data, content_type="text/calendar; charset=utf-8", headers=headers)


def _whose() -> str:
    return ALL if request.args.get("whose") == ALL else MINE


def _found() -> list[Happening]:
    parts, session = office(), row()
    session.shelf.refresh(parts.casebook, session.keys, person())
    made = session.shelf.made(summary)
    cases = {folder: one for folder, one in made.items() if one is not None}
    return happenings(cases if _whose() == ALL else mine(cases, person().name), parts.now())


def summary(card: Card) -> Summary | None:
    """Give a case's summary, or None for what is not a case."""
    try:
        return Summary.decode(card.summary) if card.summary else None
    except MalformedError:
        return None
