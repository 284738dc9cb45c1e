"""Cases that are passed between municipalities: what was offered to this team, and what this team has offered."""

from collections.abc import Mapping

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from crypto.errors import MalformedError
from staff.agencies import forms, transferring
from staff.agencies.page import Kept, town_name
from staff.agencies.transfer import TransferSummary
from staff.agencies.views import desk, kept
from staff.agencies.words import TRANSFER, day_and_time, in_words, refusal
from staff.answers import see_other
from staff.cases import drafting
from staff.cases.names import suggest
from staff.cases.telling import tell
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.folders import Card
from staff.office import office, row

transfers = Blueprint("transfers", __name__, url_prefix="/transfers")
ANSWERS: Mapping[str, str] = {"decline": "declined", "take-back": "taken_back"}
TAKE = "take"


def summary_of(card: Card) -> TransferSummary | None:
    """Read a card's summary, if it is a transfer's."""
    try:
        return TransferSummary.decode(card.summary) if card.summary else None
    except MalformedError:
        return None


@transfers.get("")
def show() -> ResponseReturnValue:
    """List what was offered to this team and by it, what waits for an answer first."""
    at, session = desk(), row()
    session.shelf.refresh(at.casebook, session.keys, at.person)
    made = session.shelf.made(summary_of)
    found = [(row_id.hex(), one) for row_id, one in made.items() if one is not None]
    found.sort(key=lambda pair: (pair[1].status != "asked", -pair[1].asked_at))
    lines = [
        {
            "id": name,
            "one": one,
            "status": in_words(TRANSFER, "" if one.status == "asked" else one.status),
            "sender": town_name(at, one.sender),
            "receiver": town_name(at, one.receiver),
            "mine": one.receiver == at.person.municipality,
        }
        for name, one in found
    ]
    return render_template("staff/agencies_transfers.html", lines=lines, notes=session.notes.take())


@transfers.get("/<folder:folder>")
def read(folder: bytes) -> ResponseReturnValue:
    """Show what is offered, in words, with its answer."""
    at = desk()
    state = transferring.read(at, folder)
    form = request.args.get("form", "")
    casework = at.programme.casework
    carried = [
        (tell(Entry(one.who, one.when, one.kind, one.fields), casework), one.who, day_and_time(one.when))
        for one in state.carried
    ]
    return render_template(
        "staff/agencies_transfer.html",
        one=state,
        folder=folder,
        carried=carried,
        sender=town_name(at, state.sender),
        receiver=town_name(at, state.receiver),
        mine=state.receiver == at.person.municipality,
        status=in_words(TRANSFER, "" if state.status == "asked" else state.status),
        asked=day_and_time(state.asked_at) if state.asked_at else "",
        suggested=suggest([state.working]),
        kept=kept(folder, form) if form in (*ANSWERS, TAKE) else Kept(),
        notes=row().notes.take(),
    )


@transfers.post("/<folder:folder>/<act_name>")
def act(folder: bytes, act_name: str) -> ResponseReturnValue:
    """Take the case over, decline it, or take the offer back."""
    if act_name not in ANSWERS and act_name != TAKE:
        raise NotFound
    at, parts = desk(), office()
    where = drafting.place(folder, f"others-{act_name}")
    to = url_for("transfers.read", folder=folder)
    try:
        if act_name == TAKE:
            to = url_for("cases.show", folder=transferring.take(at, folder, forms.line(request.form, "working")))
        else:
            transferring.answer(at, folder, ANSWERS[act_name], forms.words(request.form, "reason"))
    except RefusedActError as error:
        drafting.keep(parts.drafts, at.person, where, drafting.Draft.read(request.form), at.now)
        row().notes.add("others_refused", text=refusal(error.reason))
        return see_other(url_for("transfers.read", folder=folder, form=act_name))
    parts.drafts.drop(at.person, where)
    row().notes.add("others_done", act=act_name)
    return see_other(to)
