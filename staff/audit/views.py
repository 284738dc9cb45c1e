"""The auditor's page: who did what, newest first, and whether the chain holds."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from staff.access import SIGNING_IN
from staff.answers import see_other
from staff.audit import number_of
from staff.audit.desk import Wish
from staff.audit.verify import holds
from staff.audit.words import ACTS, act, fault
from staff.cases.hand import Hand
from staff.erasure.record import unrecorded
from staff.insiders.canaries import alarms
from staff.insiders.shown import told
from staff.office import office, person, row

audit = Blueprint("audit", __name__, url_prefix="/audit")
NEWEST = 2**62


@audit.get("")
def show() -> ResponseReturnValue:
    """Show a page of rows; that this session reads the audit is in it before this answers."""
    parts, who, desk = office(), person(), row().audit_desk
    note_reading()
    noted = who.papers.signed.audit
    with parts.casebook.read() as session:
        newest = desk.go_on(session)
        page = desk.page(session, number_of(request.args.get("before", "")) or NEWEST, who)
        kept = noted is None or holds(session, *noted)
    people = sorted(one.name for one in who.papers.members.with_role(who.municipality, *SIGNING_IN))
    words = {"acts": [(code, act(code)) for code in ACTS], "act": act, "fault": fault}
    strange = unrecorded(parts.casebook, parts.erased)
    return render_template(
        "staff/audit.html",
        desk=desk,
        page=page,
        newest=newest,
        people=people,
        now=parts.now(),
        strange=strange,
        kept=kept,
        noted=noted,
        notices=told(parts, row(), who),
        alarms=alarms(Hand(parts, row(), who)),
        notes=row().notes.take(),
        **words,
    )


def note_reading() -> None:
    """Write into the audit that this session reads it, before anything of it is shown, once."""
    parts, desk = office(), row().audit_desk
    if not desk.noted:
        with parts.casebook.write() as session:
            parts.audit.about_me(session, person(), "read_audit", parts.now())
        desk.noted = True


@audit.post("/filter")
def look_for() -> ResponseReturnValue:
    """Remember what to look for; it stays in the session's memory, out of every address."""
    form = request.form
    row().audit_desk.wish = Wish.read(form.get("who", ""), form.get("what", ""), form.get("day", ""))
    return see_other(url_for("audit.show"))
