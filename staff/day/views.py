"""The day's pages: each parses, calls one function, renders."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from staff.agencies.ending import end_over
from staff.answers import see_other
from staff.cases.hand import Hand
from staff.day import acts, pages, shifting, words
from staff.day.lists import Asked
from staff.day.searching import prepare, search_for
from staff.errors import RefusedActError
from staff.insiders.shown import told
from staff.insiders.ways import waiting
from staff.office import office, person, row

day = Blueprint("day", __name__)
LONGEST = 120  # characters to look for


@day.app_context_processor
def day_words() -> dict[str, object]:
    """Give the templates the day's words."""
    return {"day_word": words.day_word, "day_choices": words.day_choices}


@day.get("/today")
def today() -> ResponseReturnValue:
    """Show what cannot wait."""
    mine = request.args.get("show") == "mine"
    context = pages.today_page(row(), person(), office(), mine=mine)
    end_over(Hand(office(), row(), person()))
    prepare(row(), person(), office())
    signing = waiting(office(), row(), person())
    notices = told(office(), row(), person())
    return render_template("staff/day_today.html", notices=notices, to_sign=signing, **context)


@day.get("/queue")
def queue() -> ResponseReturnValue:
    """Show one's own queue."""
    return render_template("staff/day_queue.html", **pages.queue_page(row(), person(), office()))


@day.post("/queue/<request:folder>")
def attempt(folder: bytes) -> ResponseReturnValue:
    """Note that somebody was tried: reached, or not, and then back in the queue at their safe time."""
    notes = row().notes
    try:
        again = acts.attempt(folder, request.form.get("result", ""), row(), person(), office())
        notes.add("tried", again=again, case=folder.hex())
    except RefusedActError as error:
        notes.add("not_tried", reason=error.reason)
    return see_other(url_for("day.queue"))


@day.get("/cases")
def cases() -> ResponseReturnValue:
    """List all cases that the person may read."""
    pages.refresh(row(), person(), office())
    context = pages.cases_page(Asked.read(request.args), row(), person(), office())
    prepare(row(), person(), office())
    return render_template("staff/day_cases.html", **context)


@day.get("/cases/fresh")
def fresh() -> ResponseReturnValue:
    """Count what a shown list lacks by now, for its script; keeps no session awake."""
    parts, session = office(), row()
    session.shelf.refresh(parts.casebook, session.keys, person())
    count = pages.count_fresh(Asked.read(request.args), session, person(), parts)
    return {"new": count, "left": parts.sessions.seconds_left(session)}


@day.post("/cases/search")
def search() -> ResponseReturnValue:
    """Look for words in everything the person may read; they stay in the session's memory, out of every address."""
    asked = Asked.read(request.form)
    search_for(" ".join(request.form.get("words", "")[:LONGEST].split()), row(), person(), office())
    return see_other(asked.url(show="all") if row().day.search else asked.url(show="open"))


@day.get("/flags")
def flags() -> ResponseReturnValue:
    """Show every flag that holds, and until when."""
    return render_template("staff/day_flags.html", **pages.flags_page(row(), person(), office()))


@day.get("/shift")
def shift() -> ResponseReturnValue:
    """Show what the next shift needs to know: what has happened, and what somebody wrote for it."""
    since = request.args.get("since", "")
    return render_template("staff/day_shift.html", **shifting.shift_page(since, row(), person(), office()))


@day.post("/shift")
def tell() -> ResponseReturnValue:
    """Write a note for the next shift, sealed for the team."""
    text = request.form.get("text", "")
    try:
        shifting.tell(text, row(), person(), office())
        row().notes.add("told")
    except RefusedActError as error:
        shifting.keep_draft(text, person(), office())
        row().notes.add("not_told", reason=error.reason)
    return see_other(f"{url_for('day.shift')}#write")
