"""The auditor's page of what is unusual."""

from itertools import islice

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from staff.audit import number_of
from staff.audit.desk import SCANNED
from staff.audit.verify import newest
from staff.audit.views import NEWEST, note_reading
from staff.cases.hand import Hand
from staff.insiders.canaries import alarms
from staff.insiders.unusual import unusual
from staff.insiders.words import NOTICES
from staff.office import office, person, row

oversight = Blueprint("oversight", __name__)


@oversight.get("/audit/unusual")
def show() -> ResponseReturnValue:
    """Show what is unusual among a stretch of the newest rows, or of those before a number."""
    parts, who = office(), person()
    note_reading()
    before = number_of(request.args.get("before", "")) or NEWEST
    with parts.casebook.read() as session:
        rows = list(islice(newest(session, before, who.identity, who.papers.members), SCANNED))
    programme = parts.settings.programme
    return render_template(
        "staff/unusual.html",
        found=unusual(rows, programme.casework.watching, programme.hours),
        rule=programme.casework.watching,
        alarms=alarms(Hand(parts, row(), who)),
        words=NOTICES,
        first=rows[-1] if rows else None,
        count=len(rows),
        now=parts.now(),
    )
