"""What other agencies' people meet: what was handed to them by name, and nothing else.

They browse nothing: the list is made of the folders whose keys they hold, and no page of theirs leads further.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from crypto.errors import MalformedError
from staff.agencies import forms, handing
from staff.agencies.desk import Desk
from staff.agencies.forms import Posted
from staff.agencies.handover import HandoverSummary
from staff.agencies.page import Kept
from staff.agencies.shown import both_sides, paper
from staff.agencies.views import desk, kept
from staff.agencies.words import STATUS, calendar_day, in_words, refusal
from staff.answers import see_other
from staff.cases import drafting
from staff.documents.answer import pdf
from staff.errors import RefusedActError
from staff.folders import Card
from staff.office import office, row

handed = Blueprint("handed", __name__, url_prefix="/handed")
KINDS: Mapping[str, str] = {
    "accept": "accepted",
    "decline": "declined",
    "reply": "reply",
    "need": "need_done",
    "done": "done",
}


@dataclass(frozen=True)
class Line:
    """Hold one hand-over as the receiver's list shows it."""

    id: str
    working: str
    status: str
    until: str
    needs: int
    due: str
    late: bool
    fresh: bool
    over: bool


def summary_of(card: Card) -> HandoverSummary | None:
    """Read a card's summary, if it is a hand-over's."""
    try:
        return HandoverSummary.decode(card.summary) if card.summary else None
    except MalformedError:
        return None


@handed.get("")
def show() -> ResponseReturnValue:
    """List what was handed to the person: what waits for an answer first, then by the day it is needed."""
    at, session = desk(), row()
    session.shelf.refresh(at.casebook, session.keys, at.person)
    made = session.shelf.made(summary_of)
    found = [_line(at, row_id, one) for row_id, one in made.items() if one is not None]
    lines = sorted(found, key=lambda line: (line.over, not line.fresh, line.due or "9", line.working))
    return render_template("staff/agencies_handed.html", lines=lines, notes=session.notes.take())


def _line(at: Desk, row_id: bytes, one: HandoverSummary) -> Line:
    over = one.status not in ("asked", "accepted") or at.today > one.until
    status = "expired" if over and one.status in ("asked", "accepted") else one.status
    return Line(
        id=row_id.hex(),
        working=one.working,
        status=in_words(STATUS, status),
        until=calendar_day(one.until),
        needs=0 if over else one.needs,
        due=calendar_day(one.due) if one.due and not over else "",
        late=bool(one.due and one.due < at.today and not over),
        fresh=one.status == "asked" and not over,
        over=over,
    )


@handed.get("/<folder:folder>")
def read(folder: bytes) -> ResponseReturnValue:
    """Show one hand-over; its copies only once it has been accepted, and never once it is over."""
    at = desk()
    _made, state = handing.read(at, folder)
    typed = kept(folder, request.args.get("form", "")) if request.args.get("form") in KINDS else Kept()
    context = both_sides(at, state, row().notes.take())
    return render_template("staff/agencies_received.html", folder=folder, kept=typed, **context)


@handed.post("/<folder:folder>/<act_name>")
def act(folder: bytes, act_name: str) -> ResponseReturnValue:
    """Answer: accept, decline with a reason, reply, give what was needed, mark as done."""
    if act_name not in KINDS:
        raise NotFound
    at, parts, notes = desk(), office(), row().notes
    where = drafting.place(folder, f"others-{act_name}")
    try:
        handing.act(at, folder, KINDS[act_name], **_fields(request.form))
    except RefusedActError as error:
        drafting.keep(parts.drafts, at.person, where, drafting.Draft.read(request.form), at.now)
        notes.add("others_refused", text=refusal(error.reason))
        return see_other(url_for("handed.read", folder=folder, form=act_name) + f"#{act_name}")
    parts.drafts.drop(at.person, where)
    notes.add("others_done", act=act_name)
    return see_other(url_for("handed.read", folder=folder))


def _fields(posted: Posted) -> dict[str, str]:
    return {"text": forms.words(posted, "text"), "need": forms.line(posted, "need")}


@handed.get("/<folder:folder>/paper")
def keep(folder: bytes) -> Response:
    """Give the copy as a PDF/A for the receiver's own file; that it was fetched is in the audit first."""
    at = desk()
    made, state = handing.read(at, folder)
    if state.over(at.today) or state.status != "accepted":
        raise NotFound
    at.folders.note(made, at.person, "fetched", at.now)
    return pdf(state.working, paper(at, state).pdf())
