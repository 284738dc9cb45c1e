"""The pages of a case's dealings with others: each parses, calls one function, redirects or renders."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from staff.accounts import fresh
from staff.agencies import handing
from staff.agencies.acts import ACTS, CHOOSING
from staff.agencies.desk import Case, Desk
from staff.agencies.page import Kept, choosing, overview
from staff.agencies.shown import both_sides
from staff.agencies.steps import dealings
from staff.agencies.words import day_and_time, refusal
from staff.answers import see_other
from staff.cases import drafting
from staff.cases.timeline import openers
from staff.errors import RefusedActError, UnknownFolderError
from staff.insiders.four import OVERRIDE, SIGNED
from staff.insiders.ways import own, way
from staff.office import office, person, row

agencies = Blueprint("agencies", __name__, url_prefix="/cases/<folder:folder>/agencies")


def desk() -> Desk:
    """Give the parts that an act of this request needs."""
    parts = office()
    return Desk(parts.casebook, parts.folders, row().keys, person(), parts.settings.programme, parts.now())


def read_case(at: Desk, folder: bytes) -> Case:
    """Read a case that was opened as one; any other folder does not exist here."""
    session = row()
    session.shelf.refresh(at.casebook, session.keys, at.person)
    found = at.read(folder)
    if found.state.opened_at is None:
        raise UnknownFolderError
    return found


def kept(folder: bytes, act_name: str) -> Kept:
    """Give what was typed into a form that was refused."""
    found = drafting.load(office().drafts, person(), drafting.place(folder, f"others-{act_name}"))
    return Kept(act_name, found)


@agencies.get("")
def show(folder: bytes) -> ResponseReturnValue:
    """Show waivers, hand-overs, questions and papers of a case, with the forms for them."""
    at = desk()
    found = read_case(at, folder)
    typed = kept(folder, request.args.get("form", "")) if request.args.get("form") in ACTS else Kept()
    context = overview(at, found, row().shelf, typed)
    return render_template("staff/agencies_case.html", notes=row().notes.take(), **context)


@agencies.get("/new/<what>")
def choose(folder: bytes, what: str) -> ResponseReturnValue:
    """Show what there is to choose from."""
    if what not in CHOOSING:
        raise NotFound
    fresh.demand()
    at = desk()
    found = read_case(at, folder)
    context = choosing(at, found, kept(folder, what), what)
    if what == "handover":
        signed = own(office(), row(), person(), OVERRIDE, folder)
        context["overrides"] = [one for one in signed if one.status == SIGNED]
    return render_template("staff/agencies_choose.html", notes=row().notes.take(), **context)


@agencies.post("/do/<act_name>")
def act(folder: bytes, act_name: str) -> ResponseReturnValue:
    """Do one thing, or say why not; what was typed is kept."""
    if act_name not in ACTS:
        raise NotFound
    at, parts = desk(), office()
    if at.peek(folder).state.opened_at is None:
        raise UnknownFolderError
    if act_name in CHOOSING:  # what these let out does not come back
        fresh.demand(form_of(folder, act_name))
    where = drafting.place(folder, f"others-{act_name}")
    try:
        to = ACTS[act_name](at, folder, request.form)
    except RefusedActError as error:
        drafting.keep(parts.drafts, at.person, where, drafting.Draft.read(request.form), at.now)
        row().notes.add("others_refused", text=refusal(error.reason))
        return see_other(form_of(folder, act_name))
    parts.drafts.drop(at.person, where)
    row().notes.add("others_done", act=act_name)
    return see_other(to or url_for("agencies.show", folder=folder))


def form_of(folder: bytes, act_name: str) -> str:
    """Give the address of the page on which a form stands."""
    if act_name in CHOOSING:
        return url_for("agencies.choose", folder=folder, what=act_name)
    return url_for("agencies.show", folder=folder, form=act_name) + f"#{act_name}"


@agencies.get("/handover/<folder:other>")
def handover(folder: bytes, other: bytes) -> ResponseReturnValue:
    """Show one of the case's hand-overs: what was copied, what they answered, what is still needed."""
    at = desk()
    found = read_case(at, folder)
    known = dealings(found.state).handed.get(other.hex())
    if known is None:
        raise UnknownFolderError
    made, state = handing.read(at, other)
    seen = [(who, day_and_time(when), times) for who, when, times in openers(at.folders.seen(made, at.person))]
    context = both_sides(at, state, row().notes.take())
    return render_template(
        "staff/agencies_handover.html", known=known, seen=seen, case=folder, other=other.hex(), **context
    )


@agencies.get("/paper/<name>")
def paper(folder: bytes, name: str) -> ResponseReturnValue:
    """Lead to where a paper for the personakt is asked for, and given once two have signed."""
    if name not in dealings(desk().peek(folder).state).exported:
        raise UnknownFolderError
    return see_other(way(office(), row(), person(), folder, f"paper:{name}"))
