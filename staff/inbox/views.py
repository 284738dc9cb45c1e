"""The inbox's pages: each parses, calls one function, renders."""

from dataclasses import replace

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from programme.hours import ZONE
from staff.answers import see_other
from staff.cases import drafting
from staff.cases.hand import Hand
from staff.cases.sheets import case_of
from staff.errors import RefusedActError
from staff.inbox import answering, dismissing, phrases
from staff.inbox.acts import ACTS, LINE, Wish, do
from staff.inbox.draft import Draft, excess, place
from staff.inbox.page import Asked, list_page, request_page
from staff.inbox.reading import SHOWN, read_request, read_skip
from staff.office import office, person, row

inbox = Blueprint("inbox", __name__, url_prefix="/inbox")


@inbox.get("")
def show() -> ResponseReturnValue:
    """List what the person may read."""
    parts, listing = office(), row().listing
    listing.refresh(parts.casebook, person())
    asked = Asked.read(request.args, listing.batch)
    answering.look_again(parts.casebook, parts.outbox, listing, asked.upto, person(), parts.now())
    return render_template("staff/inbox.html", **list_page(asked, row(), person(), parts))


@inbox.get("/new")
def new() -> ResponseReturnValue:
    """Count what came after a page was shown, for its script; opens nothing and keeps no session awake."""
    parts, session = office(), row()
    asked = Asked.read(request.args, session.listing.batch)
    count = session.listing.new_since(asked.upto, parts.casebook, person())
    return {"new": count, "left": parts.sessions.seconds_left(session)}


@inbox.post("/collect")
def collect() -> ResponseReturnValue:
    """Collect now."""
    parts = office()
    with parts.casebook.write() as session:
        parts.audit.about_me(session, person(), "collected", parts.now())
    row().notes.add("collected" if parts.collector.run() else "not_collected")
    return see_other(url_for("inbox.show"))


@inbox.post("/search")
def search() -> ResponseReturnValue:
    """Remember what to look for; it stays in the session's memory, out of every address."""
    row().search = " ".join(request.form.get("words", "")[:LINE].split())
    return see_other(url_for("inbox.show"))


@inbox.get("/<request:row_id>")
def read(row_id: bytes) -> ResponseReturnValue:
    """Show one request; the reading is in the casebook before this answers."""
    parts = office()
    answering.catch_up(parts.casebook, parts.outbox, row().listing, row_id, person(), parts.now())
    skip = read_skip(request.args.get("older", ""))
    reading = read_request(parts.casebook, row().listing, row_id, person(), parts.now(), skip)
    where, cookie = place(reading.request.anchor.id), request.cookies.get(drafting.COOKIE, "")
    drafting.wait(parts.drafts, person(), where, "reply", cookie)
    tied = case_of(Hand(parts, row(), person()), reading.state.case)
    context = request_page(reading, row(), person(), parts)
    return render_template("staff/request.html", skip=skip, older_step=SHOWN - 1, **tied, **context)


@inbox.post("/<request:row_id>/reply")
def reply(row_id: bytes) -> ResponseReturnValue:
    """Reply to a request; what was typed is kept, sealed for the writer, until it is sent."""
    parts, session, draft = office(), row(), Draft.read(request.form)
    anchor = answering.find(parts.casebook, session.listing, row_id, person()).anchor.id
    keep(anchor, draft)
    try:
        done = answering.reply(parts.casebook, parts.outbox, session.listing, row_id, draft, person(), parts.now())
        sent(anchor, draft)
        session.notes.add("replied" if done else "reply_waits")
    except RefusedActError as error:
        if error.reason == "sent":
            sent(anchor, draft)
        session.notes.add("not_sent", reason=error.reason, who=error.who, over=str(excess(draft.text)))
    return see_other(url_for("inbox.read", row_id=row_id))  # to the top, where the note says what became of it


def keep(anchor: bytes, draft: Draft) -> None:
    """Keep what is being written to somebody, sealed for the writer alone."""
    try:
        office().drafts.keep(person(), place(anchor), draft.encode(), office().now(), request.form.get("turn", ""))
    except RefusedActError:  # many times longer than any reply: its beginning is kept
        keep(anchor, replace(draft, text=draft.text[: len(draft.text) // 2]))


def sent(anchor: bytes, draft: Draft) -> None:
    """Drop the draft of what was sent, and remember the name for work that it was sent under."""
    office().drafts.empty(person(), place(anchor), office().now(), request.form.get("turn", ""))
    row().sender = draft.sender


@inbox.post("/<request:row_id>/draft")
def draft(row_id: bytes) -> ResponseReturnValue:
    """Keep what is being written; the page's script asks every few seconds."""
    parts, session, typed = office(), row(), Draft.read(request.form)
    keep(answering.find(parts.casebook, session.listing, row_id, person()).anchor.id, typed)
    return {"saved": f"{parts.now().astimezone(ZONE):%H.%M}", "left": parts.sessions.seconds_left(session)}


@inbox.post("/<request:row_id>/phrase")
def phrase(row_id: bytes) -> ResponseReturnValue:
    """Put a ready phrase into the reply that is being written; the page's script does the same by itself."""
    parts, session, draft = office(), row(), Draft.read(request.form)
    found = answering.find(parts.casebook, session.listing, row_id, person())
    language = found.facts.page if found.facts else "sv"
    chosen = phrases.phrase(language, request.form.get("phrase", ""))
    keep(found.anchor.id, draft.plus(chosen) if chosen else draft)
    return see_other(f"{url_for('inbox.read', row_id=row_id)}#reply")


@inbox.post("/<request:row_id>/deliver")
def deliver(row_id: bytes) -> ResponseReturnValue:
    """Try again to leave what is still to be left."""
    parts, session, draft = office(), row(), Draft.read(request.form)
    try:
        done = answering.deliver(
            parts.casebook, parts.outbox, session.listing, row_id, draft.instead, person(), parts.now()
        )
        session.notes.add("replied" if done else "reply_waits")
    except RefusedActError as error:
        session.notes.add("not_sent", reason=error.reason, who=error.who)
    return see_other(url_for("inbox.read", row_id=row_id))


@inbox.post("/<request:row_id>/dismiss")
def dismiss(row_id: bytes) -> ResponseReturnValue:
    """Lay aside, for oneself alone, what does not open with one's key; or take it out again."""
    parts, session = office(), row()
    found = answering.find(parts.casebook, session.listing, row_id, person())
    if "again" in request.form:
        dismissing.restore(parts.casebook, found, person())
        session.notes.add("put_back")
    elif dismissing.dismiss(parts.casebook, parts.audit, found, person(), parts.now()):
        session.notes.add("dismissed")
    return see_other(Asked.read(request.form, session.listing.batch).url())


@inbox.post("/<request:row_id>/<act_name>")
def act(row_id: bytes, act_name: str) -> ResponseReturnValue:
    """Do one thing with a request, or say what came first."""
    if act_name not in ACTS:
        raise NotFound
    parts, notes = office(), row().notes
    listed = request.form.get("back") == "list"
    try:
        wish = Wish.read(act_name, request.form)
        done = do(parts.casebook, row().listing, row_id, wish, person(), parts.now())
        notes.add(wish.kind, row=done.anchor.id.hex())
    except RefusedActError as error:
        line = request.form.get("line", "")[: 4 * LINE]
        notes.add("refused", reason=error.reason, who=error.who, row=row_id.hex(), line=line, act=act_name)
    if listed:
        return see_other(f"{Asked.read(request.form, row().listing.batch).url()}#r-{row_id.hex()}")
    return see_other(url_for("inbox.read", row_id=row_id))
