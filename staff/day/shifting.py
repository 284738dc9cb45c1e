"""The hand-over between shifts: what the page is given, and the notes that one shift writes for the next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from staff.accounts.session import Row as Session
from staff.cases.hand import Hand
from staff.cases.source import shut_sources
from staff.cases.state import fold
from staff.day.cases import Case, on_shelf
from staff.day.lines import Line, case_line, hide_line, request_line
from staff.day.pages import Context, frame, refresh
from staff.day.shift import SPANS, Event, begins, changed, events, soon
from staff.day.words import WORDS, day_word
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.insiders.asking import CASE, touched
from staff.insiders.hiding import hide_request, lines_of
from staff.ledger import Ledger
from staff.office import Office
from staff.onpaper import moment, written
from staff.person import Person

NOTE = "shift_note"
LONGEST = 2000  # characters
READ = 40  # cases whose events are read for one page; the rest are named only
KEPT = timedelta(days=7)
PLACE = "shift/note"


@dataclass(frozen=True)
class Told:
    """Hold one case of the page with what happened in it, as (when, who, what, a short text)."""

    line: Line
    events: list[tuple[str, str, str, str]]


def shift_page(span: str, session: Session, person: Person, parts: Office) -> Context:
    """Give what the page for the next shift needs; that the cases were read for it is in the audit before.

    Notes of the last seven days are shown to whoever holds the team's ledger.
    """
    requests, now = refresh(session, person, parts), frame(person, parts.now())
    span = span if span in SPANS else "unlock"
    since = begins(span, parts.audit.own(person), now.now)
    cases = on_shelf(session.shelf)
    hand, hidden = Hand(parts, session, person), lines_of(parts, session, person)
    moved = [one for one in changed(cases, since) if not touched(hand, (CASE, one.id))]
    told = [read(one, since, session, person, parts) for one in moved[:READ]]
    fresh = [one for one in requests if one.fresh and not (one.aside or one.shut)]
    there = {one.id for one in moved}
    draft, hours = parts.drafts.load(person, PLACE), parts.settings.programme.hours
    return {
        "span": span,
        "since": moment(since, now.now),
        "now": moment(now.now, now.now),
        "tomorrow": written(now.today + timedelta(days=1)),
        "told": [one for one in told if one.events],
        "more": max(0, len(moved) - READ),
        "unread": [request_line(hide_request(one, hidden), now, hours) for one in fresh[:READ]],
        "unread_more": max(0, len(fresh) - READ),
        "soon": [hide_line(case_line(one, now), hidden) for one in soon(cases, now) if one.id not in there][:READ],
        "messages": [(one, moment(one.when, now.now)) for one in messages(session, person, parts)],
        "draft": draft[0].decode("utf-8", "replace") if draft else "",
        "longest": LONGEST,
        "notes": session.notes.take(),
    }


def read(case: Case, since: datetime, session: Session, person: Person, parts: Office) -> Told:
    """Read what happened in one case."""
    now = frame(person, parts.now())
    found = parts.folders.read(session.keys, case.id, person, parts.now(), what="shift")
    shut = shut_sources(fold(found.trusted))
    return Told(case_line(case, now), [say(one, now.now) for one in events(found.trusted, since, shut)])


def say(event: Event, now: datetime) -> tuple[str, str, str, str]:
    """Put one event in words; what somebody typed stands by itself."""
    coded = {"attempt": "result", "forward": "stage", "back": "stage"}.get(event.kind)
    line = day_word(coded, event.line) if coded and event.line in WORDS[coded] else event.line
    return moment(event.when, now), event.who, day_word("event", event.kind), line


def ledger(session: Session, person: Person, parts: Office) -> Ledger:
    """Give the folder in which the team's shifts write to each other."""
    return Ledger("shift", parts.casebook, parts.folders, session.keys, session.shelf, person, parts.now())


def messages(session: Session, person: Person, parts: Office) -> list[Entry]:
    """List the notes of the last seven days, the latest first."""
    found = [one for one in ledger(session, person, parts).entries() if one.kind == NOTE]
    return [one for one in reversed(found) if parts.now() - one.when < KEPT]


def tell(text: str, session: Session, person: Person, parts: Office) -> None:
    """Write a note for the next shift; raise RefusedActError: "empty", "long", "busy"."""
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise RefusedActError("empty")
    if len(words) > LONGEST:
        raise RefusedActError("long")
    note = Entry(person.name, parts.now(), NOTE, {"text": words})
    ledger(session, person, parts).append(lambda _entries: [note])
    parts.drafts.drop(person, PLACE)


def keep_draft(text: str, person: Person, parts: Office) -> None:
    """Keep what was refused, sealed for the writer alone."""
    if text.strip():
        parts.drafts.keep(person, PLACE, text[: 4 * LONGEST].encode("utf-8", "replace"), parts.now())
