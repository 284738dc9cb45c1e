"""The pages of a case: each parses, calls one function, redirects or renders."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from programme.hours import ZONE
from staff.answers import see_other
from staff.cases import doing, drafting, opening, shutting
from staff.cases.forms.base import clean
from staff.cases.hand import Hand, team_of
from staff.cases.page import page
from staff.cases.saving import HEX, FaultsError, Wish, guarded, open_case, save
from staff.cases.sheets import new_page
from staff.cases.state import fold
from staff.cases.summary import summarise
from staff.cases.values import read_day, read_time
from staff.cases.words import FORMS, REFUSALS
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.folders import Folder
from staff.office import office, person, row

cases = Blueprint("cases", __name__, url_prefix="/cases")


@cases.app_template_global("refusal")
def refusal(reason: str) -> str:
    """Say why something was refused."""
    return REFUSALS.get(reason, REFUSALS["not_offered"])


@cases.app_template_global("plain")
def plain(look: str, value: str | None) -> str:
    """Give an input's type: a browser would throw away what is no date, so that it is shown as text for mending."""
    readers = {"date": read_day, "datetime-local": read_time}
    return "text" if value and look in readers and readers[look](value) is None else look


@cases.get("/<folder:folder>")
def show(folder: bytes) -> ResponseReturnValue:
    """Show a case; that it was opened is in the audit before this answers."""
    parts, who, session = office(), person(), row()
    _wait(folder, request.args.get("write", "note"), request.args.get("about", ""))
    found = parts.folders.read(session.keys, folder, who, parts.now())
    opening.top_up(the_hand(), found)
    return render_template("staff/case.html", **page(found, request.args.to_dict(), session, who, parts))


def _wait(folder: bytes | None, form: str, about: str) -> None:
    cookie = request.cookies.get(drafting.COOKIE, "")
    drafting.wait(office().drafts, person(), drafting.place(folder, form, about), form, cookie)


@cases.post("/<folder:folder>/save/<form_name>")
def save_form(folder: bytes, form_name: str) -> ResponseReturnValue:
    """Save one form, or keep it as a draft and say what must be mended."""
    if form_name not in FORMS:
        raise NotFound
    wish, hand = Wish(form_name, request.form), the_hand()
    try:
        others = guarded(hand, folder, wish) if form_name == "protect" else save(hand, folder, wish)
    except (FaultsError, RefusedActError):
        return see_other(at(folder, wish))
    row().notes.add("case_saved", who=", ".join(sorted(others)))
    return see_other(url_for("cases.show", folder=folder))


def the_hand() -> Hand:
    """Give whoever asks, with their session and the app's parts."""
    return Hand(office(), row(), person())


def at(folder: bytes, wish: Wish) -> str:
    """Give the address of a case with a form standing open on it."""
    query = {"write": wish.name, **({"about": wish.about[:40]} if wish.about else {})}
    return f"{url_for('cases.show', folder=folder)}?{urlencode(query)}#write"


@cases.post("/<folder:folder>/draft")
def draft(folder: bytes) -> ResponseReturnValue:
    """Keep what is being written, sealed for the writer alone; the page's script asks every few seconds."""
    wish, parts, session = Wish(request.form.get("form", ""), request.form), office(), row()
    if wish.name not in FORMS:
        raise NotFound
    session.keys.refresh(parts.casebook, person())
    session.keys.key(folder)  # 404 for whoever does not hold the case
    return kept(drafting.place(folder, wish.name, wish.about), at(folder, wish))


def kept(where: str, back: str) -> ResponseReturnValue:
    """Keep or drop a draft, and say so: to the page's script in JSON, else on the page."""
    parts, session, now = office(), row(), office().now()
    dropped = request.form.get("drop") == "yes"
    found = drafting.Draft.read(request.form)
    if dropped:
        found = drafting.Draft({}, turn=found.turn)
    done = drafting.keep(parts.drafts, person(), where, found, now)
    if request.accept_mimetypes.best == "application/json":
        # Writing is use: the script is told how much longer the session lives now.
        return {"saved": f"{now.astimezone(ZONE):%H.%M}" if done else "", "left": parts.sessions.seconds_left(session)}
    session.notes.add("case_dropped" if dropped else "case_kept" if done else "case_draft_long")
    return see_other(back)


@cases.post("/<folder:folder>/do/<act_name>")
def act(folder: bytes, act_name: str) -> ResponseReturnValue:
    """Do one small thing, or say what came first."""
    if act_name not in doing.ACTS:
        raise NotFound
    hand = the_hand()
    names = frozenset(team_of(hand.person))

    def decide(found: Folder) -> list[Entry]:
        return [doing.do(act_name, request.form, fold(found.trusted), hand.desk(found.next_number()), names)]

    def write() -> None:
        hand.parts.folders.append(hand.session.keys, folder, hand.person, decide, summarise, hand.now)

    return told(folder, write, "case_done")


def told(folder: bytes, write: Callable[[], object], note: str) -> ResponseReturnValue:
    """Do something and lead back to the case, which says that it was done or why not."""
    try:
        write()
        row().notes.add(note)
    except RefusedActError as error:
        row().notes.add("case_refused", reason=error.reason, who=error.who)
    return see_other(url_for("cases.show", folder=folder))


@cases.post("/<folder:folder>/name")
def name(folder: bytes) -> ResponseReturnValue:
    """Show the real name once; that it was opened is in the audit before anything is shown."""
    parts, session = office(), row()
    found = parts.folders.read(session.keys, folder, person(), parts.now(), what="opened_name")
    session.notes.add("case_name", name=fold(found.trusted).real_name)
    return see_other(url_for("cases.show", folder=folder))


@cases.post("/<folder:folder>/unlink")
def unlink(folder: bytes) -> ResponseReturnValue:
    """Take a request out of a case again."""
    submission, reason = request.form.get("submission", ""), clean(request.form.get("reason", ""))[:300]
    return told(folder, lambda: shutting.undo(the_hand(), folder, submission, reason), "case_unlinked")


@cases.get("/new")
def new() -> ResponseReturnValue:
    """Show the form of a new case, from a request if the address names one."""
    asked = read_row(request.args.get("request", ""))
    _wait(None, "new", asked.hex() if asked else "")
    return render_template("staff/case_new.html", **new_page(the_hand(), asked))


@cases.post("/new")
def create() -> ResponseReturnValue:
    """Open a case, or keep what was typed and say what must be mended."""
    hand, asked = the_hand(), read_row(request.form.get("request", ""))
    back = url_for("cases.new", request=asked.hex() if asked else None)
    try:
        made = open_case(hand, request.form, asked)
    except (FaultsError, RefusedActError):
        return see_other(back)
    hand.session.notes.add("case_opened")
    return see_other(url_for("cases.show", folder=made))


@cases.post("/new/draft")
def new_draft() -> ResponseReturnValue:
    """Keep the form of a new case as a draft."""
    asked = request.form.get("request", "")
    back = url_for("cases.new", request=asked if read_row(asked) else None)
    return kept(drafting.place(None, "new", asked), back)


@cases.post("/add")
def add() -> ResponseReturnValue:
    """Tie a request to a case that is there."""
    hand, asked = the_hand(), read_row(request.form.get("request", ""))
    folder = read_row(request.form.get("case", ""))
    if asked is None or folder is None:
        hand.session.notes.add("case_refused", reason="case")
        return see_other(url_for("inbox.read", row_id=asked) if asked else url_for("inbox.show"))
    return told(folder, lambda: opening.add(hand, folder, asked), "case_linked")


def read_row(text: str) -> bytes | None:
    """Read an id in hex; None for whatever else an address or a form may hold."""
    return bytes.fromhex(text) if len(text) == 32 and set(text) <= HEX else None
