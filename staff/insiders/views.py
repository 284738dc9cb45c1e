"""One's own list of conflicts, the question before something in it is opened, and the notices one has seen."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from staff.answers import see_other
from staff.cases.hand import Hand
from staff.errors import RefusedActError
from staff.insiders import conflicts, declaring, notices
from staff.insiders.asking import CASE, REQUEST, readable, touched
from staff.insiders.memory import About
from staff.insiders.words import refusal
from staff.nav import home
from staff.office import office, person, row

insiders = Blueprint("conflicts", __name__)
PLACE = "conflicts"
LONGEST = 60_000  # characters of what is kept for mending


@insiders.get("/me/conflicts")
def show() -> ResponseReturnValue:
    """Show one's own list, or what was typed and refused."""
    parts, who = office(), person()
    kept = conflicts.load(parts.casebook, who)
    draft = parts.drafts.load(who, PLACE)
    text = draft[0].decode("utf-8", "replace") if draft else "\n".join(kept.lines)
    return render_template("staff/conflicts.html", kept=kept, text=text, notes=row().notes.take())


@insiders.post("/me/conflicts")
def save() -> ResponseReturnValue:
    """Keep the list; one that is refused is given back to be mended."""
    parts, who, typed = office(), person(), request.form.get("lines", "")[:LONGEST]
    after = request.form.get("after", "")
    try:
        conflicts.keep(parts, who, typed.splitlines(), int(after) if after.isdecimal() and len(after) < 9 else 0)
        parts.drafts.drop(who, PLACE)
        row().notes.add("insiders_done", text="Listan är sparad. Bara du kan läsa den.")
    except RefusedActError as error:
        parts.drafts.keep(who, PLACE, typed.encode("utf-8", "replace"), parts.now())
        row().notes.add("insiders_refused", text=refusal(error.reason))
    return see_other(url_for("conflicts.show"))


@insiders.get("/conflict/<kind>/<folder:folder>")
def warn(kind: str, folder: bytes) -> ResponseReturnValue:
    """Ask what to do, without showing anything of it; where nothing is found, or it is answered, go on."""
    hand, about = _asked(kind, folder)
    if not touched(hand, about):
        return see_other(_there(hand, about))
    draft = hand.parts.drafts.load(hand.person, place(about))
    return render_template(
        "staff/conflict.html",
        kind=kind,
        folder=folder,
        colleagues=declaring.colleagues(hand, about),
        reason=draft[0].decode("utf-8", "replace") if draft else "",
        away=home(hand.person.member.role),
        notes=row().notes.take(),
    )


@insiders.post("/conflict/<kind>/<folder:folder>/<act_name>")
def answer(kind: str, folder: bytes, act_name: str) -> ResponseReturnValue:
    """Open it with a reason, which leads and auditors see, or leave it to a colleague without opening it."""
    if act_name not in ("open", "hand"):
        raise NotFound
    hand, about = _asked(kind, folder)
    reason = request.form.get("reason", "")[:2000]
    try:
        if act_name == "open":
            declaring.open_anyway(hand, about, reason)
            hand.parts.drafts.drop(hand.person, place(about))
            return see_other(_there(hand, about))
        declaring.leave_to(hand, about, request.form.get("to", ""))
    except RefusedActError as error:
        hand.parts.drafts.keep(hand.person, place(about), reason.encode("utf-8", "replace"), hand.now)
        row().notes.add("insiders_refused", text=refusal(error.reason))
        return see_other(url_for("conflicts.warn", kind=kind, folder=folder))
    row().notes.add("insiders_done", text="Lämnat till din kollega. Du har inte öppnat det.")
    return see_other(url_for("conflicts.show"))


@insiders.post("/notices/<folder:folder>")
def seen(folder: bytes) -> ResponseReturnValue:
    """Mark a notice as seen."""
    notices.mark_seen(office(), row(), person(), folder)
    return see_other(home(person().member.role))


def _asked(kind: str, folder: bytes) -> tuple[Hand, About]:
    """Give who asks about what; what is not theirs to open does not exist here either."""
    hand, about = Hand(office(), row(), person()), (kind, folder)
    if kind not in (CASE, REQUEST) or not readable(hand, about):
        raise NotFound
    return hand, about


def _there(hand: Hand, about: About) -> str:
    if about[0] == REQUEST:
        return url_for("inbox.read", row_id=about[1])
    if hand.person.member.role == "lead":
        return url_for("lead.read", folder=about[1])
    return url_for("cases.show", folder=about[1])


def place(about: About) -> str:
    """Name the place of the draft of a reason."""
    return f"conflict/{about[0]}/{about[1].hex()}"
