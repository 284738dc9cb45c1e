"""The register, the requests to see documents, and the extract for the person."""

from collections.abc import Callable, Mapping

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from programme.hours import ZONE
from staff.agencies import forms
from staff.agencies.page import Kept
from staff.agencies.steps import dealings
from staff.agencies.views import desk
from staff.agencies.words import day_and_time, refusal
from staff.answers import see_other
from staff.cases import drafting
from staff.diary import lines
from staff.documents import extracting, requests
from staff.documents.requests import DECISIONS, LEDGER
from staff.documents.words import DECISION_WORDS, KIND_WORDS, register_day
from staff.errors import RefusedActError, UnknownFolderError
from staff.insiders.ways import way
from staff.ledger import Ledger
from staff.office import office, person, row

documents = Blueprint("documents", __name__)
PLACE = "others-documents"


def ledger() -> Ledger:
    """Give the team's ledger of requests."""
    at = desk()
    return Ledger(LEDGER, at.casebook, at.folders, at.keys, row().shelf, at.person, at.now)


@documents.get("/documents/register")
def register() -> ResponseReturnValue:
    """Show the team's register: day, number and kind, and nothing else."""
    parts = office()
    with parts.casebook.read() as session:
        found = lines(session, person().team)
    shown = [(one.number, register_day(one.day), KIND_WORDS.get(one.kind, "")) for one in reversed(found)]
    today = parts.now().astimezone(ZONE).date()
    town = parts.settings.programme.municipality(person().municipality)
    return render_template(
        "staff/documents_register.html", lines=shown, today=today, town=town.name if town else person().municipality
    )


@documents.get("/documents")
def show() -> ResponseReturnValue:
    """Show the requests to see documents, those that nobody has tested first."""
    found = requests.fold(ledger().entries())
    waiting = [(one, day_and_time(one.when)) for one in found.values() if not one.decision]
    done = [
        (one, day_and_time(one.when), day_and_time(one.tested_at) if one.tested_at else "", _word(one.decision))
        for one in reversed(list(found.values()))
        if one.decision
    ]
    form = request.args.get("form", "")
    typed = _kept(form) if form else Kept()
    decisions = [(name, DECISION_WORDS[name]) for name in DECISIONS]
    notes = row().notes.take()
    return render_template(
        "staff/documents.html", waiting=waiting, done=done, decisions=decisions, kept=typed, notes=notes
    )


def _word(decision: str) -> str:
    return DECISION_WORDS.get(decision, decision)


def _kept(form: str) -> Kept:
    found = drafting.load(office().drafts, person(), drafting.place(None, PLACE, form))
    return Kept(form[:40], found)


@documents.post("/documents")
def ask() -> ResponseReturnValue:
    """Note a request."""
    return _do("ask", lambda: requests.ask(ledger(), forms.words(request.form, "what")))


@documents.post("/documents/<name>")
def decide(name: str) -> ResponseReturnValue:
    """Note what was decided; a request that is not there does not exist, and nothing of the form is kept."""
    if name not in requests.fold(ledger().entries()):
        raise NotFound
    posted: Mapping[str, str] = {key: forms.words(request.form, key) for key in ("decision", "left_out", "why")}
    return _do(name, lambda: requests.decide(ledger(), name, **posted))


def _do(form: str, write: Callable[[], None]) -> ResponseReturnValue:
    """Write something, or say why not and keep what was typed."""
    parts = office()
    where = drafting.place(None, PLACE, form)
    try:
        write()
    except RefusedActError as error:
        drafting.keep(parts.drafts, person(), where, drafting.Draft.read(request.form), parts.now())
        row().notes.add("others_refused", text=refusal(error.reason))
        return see_other(url_for("documents.show", form=form) + f"#{form}")
    parts.drafts.drop(person(), where)
    row().notes.add("others_done", act="documents")
    return see_other(url_for("documents.show"))


@documents.get("/cases/<folder:folder>/extract/<name>")
def extract(folder: bytes, name: str) -> ResponseReturnValue:
    """Show an extract for the person, made to be printed."""
    found = extracting.read(desk(), folder, name)
    return render_template("staff/documents_extract.html", folder=folder, name=name, paper=found.paper)


@documents.get("/cases/<folder:folder>/extract/<name>/paper")
def extract_paper(folder: bytes, name: str) -> ResponseReturnValue:
    """Lead to where the extract is asked for as a PDF/A, and given once two have signed."""
    if name not in dealings(desk().peek(folder).state).extracts:
        raise UnknownFolderError
    return see_other(way(office(), row(), person(), folder, f"extract:{name}"))
