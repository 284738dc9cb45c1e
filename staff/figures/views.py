"""The page of figures, for coordinators and leads."""

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from staff.answers import see_other
from staff.figures.account import Account
from staff.figures.collect import facts
from staff.figures.count import count
from staff.figures.definitions import definitions
from staff.figures.export import write_export
from staff.figures.half import Half, newest_settled
from staff.figures.kept import NAME, keep, kept
from staff.figures.page import told, trends
from staff.ledger import Ledger
from staff.office import office, person, row

figures = Blueprint("figures", __name__, url_prefix="/figures")
OFFERED = 4  # half-years back that may still be counted


@figures.get("")
def show() -> ResponseReturnValue:
    """Show a half-year that was counted, and offer those that may be."""
    known, accounts = definitions(), _kept()
    half = _half(request.args.get("half", "")) or max(accounts, default=None)
    if half is not None and half not in accounts:
        raise NotFound
    values = {
        "half": half,
        "halves": sorted(accounts, reverse=True),
        "offered": [one for one in _settled() if one not in accounts] if person().member.role == "coordinator" else [],
        "told": told(accounts[half], known) if half else [],
        "trends": trends(accounts, known) if len(accounts) > 1 else [],
        "notes": row().notes.take(),
        "next": newest_settled(office().now()).after,
    }
    return render_template("staff/figures.html", **values)


@figures.post("/count")
def count_half() -> ResponseReturnValue:
    """Count a half-year once."""
    parts, half, known = office(), _half(request.form.get("half", "")), definitions()
    if half not in _settled() or half is None:
        row().notes.add("not_counted")
        return see_other(url_for("figures.show"))
    needs = {need.id: need.label for need in parts.settings.programme.casework.needs}
    tables = count(facts(parts, row(), person(), half), half, known, needs)
    account = Account(person().municipality, half, known.version, tables, needs)
    keep(_ledger(), account, person().name, parts.now())
    row().notes.add("counted")
    return see_other(url_for("figures.show", half=str(half)))


@figures.get("/export")
def export() -> ResponseReturnValue:
    """Give a half-year's export, signed by whoever asks for it."""
    half = _half(request.args.get("half", ""))
    if half is None:
        return see_other(url_for("figures.show"))
    account = _kept("exported").get(half)
    if account is None:
        raise NotFound
    data = write_export(account, definitions(), person().identity)
    name = f"siffror-{account.half}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, content_type="text/plain; charset=utf-8", headers=headers)


def _half(text: str) -> Half | None:
    try:
        return Half.parse(text)
    except ValueError:
        return None


def _settled() -> list[Half]:
    found = [newest_settled(office().now())]
    while len(found) < OFFERED:
        found.append(found[-1].before)
    return found


def _ledger() -> Ledger:
    parts = office()
    return Ledger(NAME, parts.casebook, parts.folders, row().keys, row().shelf, person(), parts.now())


def _kept(what: str = "opened") -> dict[Half, Account]:
    entries = [entry for folder in _ledger().read(what) for entry in folder.trusted]
    return kept(entries, person().municipality)
