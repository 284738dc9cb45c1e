"""What the inbox's templates are given: rows in words, a page of fifty, the card of safe contact."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlencode

from flask import url_for

from crypto.submission import Answer, Submission
from programme import language as language_named
from staff import onpaper, words
from staff.accounts.session import Row as Session
from staff.inbox.reading import Reading, Version
from staff.inbox.request import VIEWS, Request
from staff.inbox.state import CANNOT_REASONS, DANGER, SET_ASIDE_REASONS, may_undo
from staff.inbox.summary import Facts, language_of, many
from staff.inbox.talk import marks, thread
from staff.insiders.hiding import hide_request, lines_of
from staff.office import Office
from staff.person import Person

PAGE = 50
FOLD = 3  # rows that do not open stand in the list themselves as long as they are no more
ON_CARD = frozenset({"answer_by", "contact", "when", "avoid", "avoid_more", "code_word", "call_name"})
Context = dict[str, Any]  # Any: whatever the template needs

log = logging.getLogger("utvag.staff")


@dataclass(frozen=True)
class Asked:
    """Hold which part of the list is asked for; nothing in it tells of anybody."""

    view: str
    page: int
    upto: int

    @classmethod
    def read(cls, args: Mapping[str, str], batch: int) -> Self:
        """Read an address; whatever is strange in it becomes the first page of everything."""
        view = args.get("show", "all")
        return cls(
            view if view in VIEWS else "all", _number(args.get("page"), 1, 1), _number(args.get("upto"), batch, 0)
        )

    def url(self, **changes: object) -> str:
        """Give the address of this part of the list, or of one that differs from it."""
        query = {"show": self.view, "page": self.page, "upto": self.upto, **changes}
        kept = {name: value for name, value in query.items() if value not in ("all", None)}
        return "?".join(filter(None, (url_for("inbox.show"), urlencode(kept))))


def _number(text: str | None, default: int, least: int) -> int:
    if not text or not (text.isascii() and text.isdecimal()) or len(text) > 6:
        return default
    return max(least, int(text))


@dataclass(frozen=True)
class Line:
    """Hold one row of the list, ready to be written."""

    request: Request
    late: bool
    undo: bool
    reason: str
    waited: str
    since: str
    who: str
    wants: str
    answer: str
    language: str
    marks: list[tuple[str, str]]
    again: str

    @property
    def id(self) -> str:
        """Give the request's id as addresses have it."""
        return self.request.anchor.id.hex()


def list_page(asked: Asked, session: Session, person: Person, parts: Office) -> Context:
    """Give what the list's template needs."""
    now, listing = parts.now(), session.listing
    upto = min(asked.upto, listing.batch)
    found, folded = standing(asked, session, person)
    pages = max(1, -(-len(found) // PAGE))
    page = min(asked.page, pages)
    hidden = lines_of(parts, session, person)
    shown = [hide_request(one, hidden) for one in found[(page - 1) * PAGE : page * PAGE]]
    return {
        "asked": Asked(asked.view, page, upto),
        "lines": [_fenced_line(one, now, person, parts) for one in shown],
        "total": len(found),
        "folded": folded,
        "pages": pages,
        "first": (page - 1) * PAGE + 1,
        "counts": listing.counts(upto, person.name),
        "new": listing.new_since(upto, parts.casebook, person),
        "search": session.search,
        "collected": words.ago(parts.collector.last, now) if parts.collector.last else "",
        "failed": parts.collector.failed,
        "notes": session.notes.take(),
    }


def standing(asked: Asked, session: Session, person: Person) -> tuple[list[Request], int]:
    """List what a view and the search hold of a snapshot, and count what was folded away."""
    upto = min(asked.upto, session.listing.batch)
    found = [one for one in session.listing.requests(upto) if VIEWS[asked.view](one, person.name)]
    if session.search:
        found = [one for one in found if matches(one, session.search)]
    return fold(found) if asked.view != "closed" else (found, 0)


def fold(found: list[Request]) -> tuple[list[Request], int]:
    """Take what does not open out of the list if it is much, and count it: junk must not stand before people."""
    open_ones = [one for one in found if not one.shut]
    folded = len(found) - len(open_ones)
    return (open_ones, folded) if folded > FOLD else (found, 0)


def _fenced_line(request: Request, now: datetime, person: Person, parts: Office) -> Line:
    """Write one row; a fault of ours in one row must not take the list from the whole team."""
    try:
        return line(request, now, person, parts)
    except Exception as error:  # noqa: BLE001  # whatever it was, the row says so and stays, and its class is logged
        log.error("a row could not be written: %s", type(error).__name__)
        return line(request.broken, now, person, parts)


def line(request: Request, now: datetime, person: Person, parts: Office) -> Line:
    """Write one row of the list in words."""
    facts = request.facts
    return Line(
        request=request,
        late=request.fresh and words.is_late(request.sent, now, parts.settings.programme.hours),
        undo=may_undo(request.state, person.name, now),
        reason=reason(facts) if request.level or request.state.level is not None else "",
        waited=onpaper.waited(request.sent, now) if facts else onpaper.day(request.newest.day, now),
        since=words.moment(datetime.fromtimestamp(request.sent, UTC), now) if facts else "",
        who=who(facts) if facts else "",
        wants=", ".join(words.word("need", need) for need in facts.need) if facts else "",
        answer=words.word("answer_by", facts.answer_by) if facts and facts.answer_by else "",
        language=language(facts.language, facts.page) if facts else "",
        marks=marks(request, now),
        again=newest_words(request),
    )


def newest_words(request: Request) -> str:
    """Give the beginning of what somebody wrote last, if it was in a follow-up."""
    written = (row.summary.facts.line for row in reversed(request.follow_ups) if row.summary.facts)
    return next(filter(None, written), "")


def who(facts: Facts) -> str:
    """Say for whom somebody writes."""
    if facts.form == "me":
        return words.word("form", "me")
    parts = [words.word("relation", facts.relation or "unsaid")]
    if facts.aware:
        parts.append(words.word("aware", facts.aware))
    return " · ".join(parts)


def language(asked: str, page: str) -> str:
    """Say in which language to speak: what was asked for, or that of the page."""
    if asked == "interpreter":
        return f"{words.word('page', page)} · {words.word('language', asked)}"
    return asked or words.word("page", page)


def matches(request: Request, search: str) -> bool:
    """Tell whether a row of the list holds the words looked for."""
    facts = request.facts
    if facts is None:
        return False
    needs = " ".join(words.word("need", need) for need in facts.need)
    texts = [facts.line, facts.contact, facts.when, facts.language, who(facts), needs, request.state.holder]
    texts += [row.summary.facts.line for row in request.follow_ups if row.summary.facts]
    return search.casefold() in " ".join(texts).casefold()


def request_page(reading: Reading, session: Session, person: Person, parts: Office) -> Context:
    """Give what a request's template needs."""
    now, state, newest = parts.now(), reading.state, reading.newest
    submission, notes = newest.submission, session.notes.take()
    return {
        **thread(reading, session, person, parts),
        "reading": reading,
        "newest": newest,
        "one": reading.request,
        "base": url_for("inbox.read", row_id=reading.request.anchor.id),
        "state": state,
        "card": card(submission) if submission else None,
        "answers": answers(submission) if submission else [],
        "older": [(version, changes(version, newest)) for version in reading.versions[1:]],
        "now": now,
        "mine": state.holder == person.name,
        "undo": may_undo(state, person.name, now),
        "notes": notes,
        "drafts": {note.fields["act"]: note.fields["line"] for note in notes if note.kind == "refused"},
        "aside_reasons": SET_ASIDE_REASONS,
        "cannot_reasons": CANNOT_REASONS,
        "danger": reading.request.level == DANGER,
        "reason": reason(reading.request.facts),
        "municipality": town(submission.municipality, parts) if submission else "",
        "foreign": is_foreign(submission),
    }


def reason(facts: Facts | None) -> str:
    """Say on what ground a request stands where it stands: the sender's own answer."""
    if facts is None:
        return ""
    if facts.threatened and facts.level != DANGER:
        return words.word("own_safety", "threatened").lower()
    return words.word("urgency", facts.urgency) if facts.urgency else ""


def town(name: str, parts: Office) -> str:
    """Give a municipality's name."""
    known = parts.settings.programme.municipality(name)
    return known.name if known else name


def is_foreign(submission: Submission | None) -> bool:
    """Tell whether the words may be in another language than Swedish, and nobody should paste them anywhere."""
    if submission is None:
        return False
    message = text(submission.answers.get("message", ""))
    letters = any(character.isalpha() and ord(character) > 0x24F for character in message)  # outside Latin
    swedish = language_named(submission.page_language).locale == "sv"
    return letters or not swedish or "language_other" in submission.answers


def card(submission: Submission) -> Context:
    """Give the card of safe contact: how, number, when, language, what to beware of, the word to say, the name."""
    given = submission.answers
    avoid = many(given, "avoid")
    return {
        "how": words.word("answer_by", text(given["answer_by"])) if "answer_by" in given else "",
        "sms": given.get("answer_by") == "sms",
        "calls": given.get("answer_by") in ("call", "sms", "code_and_call"),
        **{name: text(given.get(name, "")) for name in ("contact", "when", "avoid_more", "code_word", "call_name")},
        "avoid": [words.word("avoid", one) for one in avoid if one != "may_leave_message"],
        "may_leave_message": "may_leave_message" in avoid,
        "code": submission.mailbox is not None,
        "language": language(language_of(given), submission.page_language),
    }


def answers(submission: Submission) -> list[tuple[str, str, bool]]:
    """List every answer that card and heading do not show: (name, text, whether it is the sender's own words)."""
    order = list(words.WORDS["field"])
    heading = {"municipality"} if submission.answers.get("municipality") == submission.municipality else set()
    rest = [name for name in submission.answers if name not in ON_CARD | heading]
    names = sorted(rest, key=lambda name: (order.index(name) if name in order else 99, name))
    return [(words.word("field", name), *in_words(name, submission.answers[name])) for name in names]


def in_words(name: str, answer: Answer) -> tuple[str, bool]:
    """Write an answer in words, and tell whether they are the sender's own."""
    if name in words.WORDS and isinstance(answer, str):
        return words.word(name, answer), answer not in words.WORDS[name]
    if name in words.WORDS:
        return ", ".join(words.word(name, one) for one in answer), any(one not in words.WORDS[name] for one in answer)
    return text(answer), True


def text(answer: Answer) -> str:
    """Give an answer as one text."""
    return answer if isinstance(answer, str) else ", ".join(answer)


def changes(older: Version, newest: Version) -> list[tuple[str, str]]:
    """List what an older version said where the newest says something else, as (name, old text)."""
    if older.submission is None or newest.submission is None:
        return []
    before, after = older.submission.answers, newest.submission.answers
    differ = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [(words.word("field", name), in_words(name, before.get(name, ""))[0]) for name in sorted(differ)]
