"""The pages of what needs two signatures: what waits, asking, signing, and doing what both have signed."""

from typing import Any  # whatever a template needs

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from crypto.opening.joining import JOIN, joining, may_second
from crypto.opening.members import AGENCY_ROLES
from programme.hours import ZONE
from staff.accounts import fresh
from staff.answers import see_other
from staff.cases.drafting import Draft, keep, load
from staff.cases.hand import Hand
from staff.cases.state import fold as fold_case
from staff.documents.answer import pdf
from staff.erasure.subjects import subjects
from staff.erasure.words import CLASSES
from staff.errors import RefusedActError, UnknownFolderError
from staff.insiders import doing, files, four, telling
from staff.insiders.asking import CASE, touched
from staff.insiders.four import ERASE, EXPORT, OVERRIDE, Standing
from staff.insiders.ways import board_of, listed
from staff.insiders.words import ACTS, STATUS, file_word, refusal
from staff.office import office, person, row
from staff.people import recovering
from staff.people.words import ROLES

orders = Blueprint("orders", __name__, url_prefix="/orders")
FIELDS = ("what", "to", "number")
DRAFT = "orders/new"
SHOWN = 60
telling.learn()


@orders.get("")
def show() -> ResponseReturnValue:
    """List what waits for a second signature, what one has asked for oneself, and who waits to be believed."""
    parts, who = office(), person()
    now, found = parts.now(), listed(parts, row(), who)
    lines = [
        {
            "id": one.hex(),
            "line": line,
            "act": ACTS.get(line.act, line.act),
            "status": _status(line.status, line.asked_at),
        }
        for one, line in found[:SHOWN]
    ]
    return render_template(
        "staff/orders.html",
        lines=lines,
        joins=_joins(),
        anew=recovering.waiting(parts, who),
        may_ask=who.member.role == "coordinator",
        now=now,
        notes=row().notes.take(),
    )


@orders.get("/new")
def new() -> ResponseReturnValue:
    """Show the form for asking; what was typed and refused stands in it."""
    act, hand = request.args.get("act", ""), _hand()
    if act not in four.ACTS:
        return see_other(url_for("orders.show"))
    draft = load(hand.parts.drafts, hand.person, place(act, request.args.get("case", "")))
    typed = {name: texts[0] for name, texts in draft.fields.items() if texts} if draft else {}
    context = {"act": act, "title": ACTS[act], "typed": typed}
    return render_template("staff/order_new.html", **context, **_about(hand, act), notes=row().notes.take())


def place(act: str, case: str) -> str:
    """Name the place of what is being asked for: one for each case, so that no reason is sent for another one.

    Which case is to be erased is chosen in the form itself.
    """
    return f"{DRAFT}/{act}/{case[:32] if act != ERASE else ''}"


@orders.post("/new")
def ask() -> ResponseReturnValue:
    """Ask for something as the first of two."""
    act, hand = request.form.get("act", ""), _hand()
    if act not in four.ACTS:
        return see_other(url_for("orders.show"))
    fields = {name: " ".join(request.form.get(name, "")[:200].split()) for name in FIELDS}
    why, case = request.form.get("why", "")[:2000], request.form.get("case", "")
    try:
        subject, working = _subject(hand, act, case)
        _refuse_incomplete(hand, act, fields)
        if act == EXPORT:
            fields[files.DIGEST] = files.digest(hand, subject, fields["what"])
        made = four.ask(_board(hand), act, subject, {**fields, "why": why, "working": working})
    except RefusedActError as error:
        keep(hand.parts.drafts, hand.person, place(act, case), Draft.read(request.form), hand.now)
        row().notes.add("insiders_refused", text=refusal(error.reason))
        return see_other(url_for("orders.new", act=act, case=case or None, what=fields["what"] or None))
    hand.parts.drafts.drop(hand.person, place(act, case))
    hand.session.keys.refresh(hand.parts.casebook, hand.person, hand.now)
    return see_other(url_for("orders.read", folder=made))


@orders.get("/<folder:folder>")
def read(folder: bytes) -> ResponseReturnValue:
    """Show one order: what, why, by whom; and what the reader may do with it."""
    hand = _hand()
    standing = four.read(_board(hand), folder)
    return render_template("staff/order.html", **_shown(hand, standing), notes=row().notes.take())


@orders.post("/<folder:folder>/<act_name>")
def act(folder: bytes, act_name: str) -> ResponseReturnValue:
    """Sign, refuse or take back an order, or do what two have signed."""
    if act_name not in ("sign", "refuse", "fetch", "erase"):
        raise NotFound
    hand, here = _hand(), url_for("orders.read", folder=folder)
    standing = four.peek(_board(hand), folder)
    if act_name != "refuse":
        fresh.demand(here)
    if act_name == "fetch" and touched(hand, (CASE, standing.order.subject)):
        return see_other(url_for("conflicts.warn", kind=CASE, folder=standing.order.subject))
    try:
        if act_name == "fetch":
            file = doing.fetch(hand, folder)
            return pdf(file.name, file.data)
        if act_name == "erase":
            doing.erase(hand, folder)
            row().notes.add("insiders_done", text="Gallrat. Båda namnen står i protokollet.")
            return see_other(url_for("orders.show"))
        _sign(hand, folder, act_name)
    except RefusedActError as error:
        row().notes.add("insiders_refused", text=refusal(error.reason))
    return see_other(here)


def _sign(hand: Hand, folder: bytes, act_name: str) -> None:
    if act_name == "sign":
        four.sign(_board(hand), folder)
    else:
        four.refuse(_board(hand), folder, request.form.get("why", "")[:2000])
    row().notes.add("insiders_done", text="Gjort.")


def _hand() -> Hand:
    return Hand(office(), row(), person())


def _board(hand: Hand) -> four.Board:
    return board_of(hand.parts, hand.session, hand.person)


def _status(status: str, asked_at: int) -> str:
    late = status in (four.ASKED, four.SIGNED) and asked_at + four.LASTS.total_seconds() <= office().now().timestamp()
    return STATUS["late" if late else status] if status in STATUS else ""


def _shown(hand: Hand, standing: Standing) -> dict[str, Any]:
    """Give an order's page: in words, with what this reader may do."""
    mine = standing.asker.sign_public == hand.person.identity.sign_public
    live, fields = standing.live(hand.now), standing.order.fields
    signing = hand.person.member in four.may_sign(hand.person.papers.members, standing.asker.municipality)
    return {
        "one": standing,
        "title": ACTS[standing.order.act],
        "file": file_word(fields.get("what", "")),
        "fields": fields,
        "status": _status(standing.status, standing.order.when),
        "until": standing.until.astimezone(ZONE),
        "now": hand.now,
        "may_sign": live and signing and not mine and standing.status == four.ASKED,
        "may_stop": live and (mine or signing),
        "mine": mine,
        "ready": mine and live and standing.status == four.SIGNED,
    }


def _about(hand: Hand, act: str) -> dict[str, Any]:
    """Give what a form for asking offers: the case it is about, or those there are to choose from."""
    if act == ERASE:
        found = [(one.id.hex(), one.name or one.id.hex()[:8], CLASSES[one.of]) for one in _erasable(hand)]
        return {"case": "", "choices": sorted(found, key=lambda one: one[1]), "what": "", "file": "", "people": []}
    case, working = _subject(hand, act, request.args.get("case", ""))
    what = request.args.get("what", "")[:60]
    agencies = hand.person.papers.members.with_role(hand.person.municipality, *AGENCY_ROLES)
    people = [(one.name, one.agency) for one in sorted(agencies, key=lambda one: one.name)]
    return {
        "case": case.hex(),
        "choices": [],
        "working": working,
        "what": what,
        "file": file_word(what),
        "people": people,
    }


def _erasable(hand: Hand) -> list[Any]:  # Any: subjects of erasure, imported for their list only
    return [one for one in subjects(hand.parts, hand.session, hand.person) if not one.shut]


def _subject(hand: Hand, act: str, case: str) -> tuple[bytes, str]:
    """Give the id that an order is about and its name for work; UnknownFolderError for what is not the person's."""
    try:
        folder = bytes.fromhex(case)
    except ValueError as error:
        raise UnknownFolderError from error
    if act == ERASE:
        known = next((one for one in _erasable(hand) if one.id == folder), None)
        if known is None:
            raise RefusedActError("gone")
        return folder, known.name or folder.hex()[:8]
    state = fold_case(hand.parts.folders.peek(hand.session.keys, folder, hand.person).trusted)
    if state.opened_at is None:
        raise UnknownFolderError
    return folder, state.working


def _refuse_incomplete(hand: Hand, act: str, fields: dict[str, str]) -> None:
    receivers = {one.name for one in hand.person.papers.members.with_role(hand.person.municipality, *AGENCY_ROLES)}
    if act == OVERRIDE and fields["to"] not in receivers:
        raise RefusedActError("receiver")
    if act == ERASE and not fields["number"]:
        raise RefusedActError("number")
    if act == EXPORT and not file_word(fields["what"]):
        raise UnknownFolderError


def _joins() -> list[tuple[str, str, str]]:
    """List who waits for a second signature to be believed, as (name, role, address), for those who may give it."""
    who = person()
    known = who.papers.signed
    if not may_second(known, who.identity.sign_public, who.municipality):
        return []
    waiting = [one for one in office().orders.all() if one.order.act == JOIN and len(one.signers) == 1]
    asked = [(one, joining(known, one)) for one in waiting if one.order.epoch == known.epoch]
    there = "people.show" in current_app.view_functions
    found = [(one, member) for one, member in asked if member and member.municipality == who.municipality]
    return [(one.name, ROLES.get(one.role, one.role), url_for("people.show") if there else "") for _, one in found]
