"""The form that stands open on a page: filled in from a draft, from its newest version, or from what is known."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # whatever a template needs

from flask import url_for

from crypto.errors import MalformedError
from programme.hours import ZONE
from staff.cases import drafting, names, opening
from staff.cases.card import clock
from staff.cases.forms import acts
from staff.cases.forms.base import EntryForm
from staff.cases.hand import Hand, find, team_of
from staff.cases.model import CaseState, Contact, Link, Version
from staff.cases.phrases import Told
from staff.cases.saving import form_for
from staff.cases.sources import PERSON, mark_before
from staff.cases.summary import Summary
from staff.cases.telling import tell
from staff.cases.values import write_windows
from staff.entry import Entry
from staff.folders import Card, Folder
from staff.office import Office
from staff.person import Person

Context = dict[str, Any]  # Any: whatever the template needs
VERSIONS = 10
NOT_AGAIN = ("ask", "note", "text")  # what a new version starts without
FRESH_EACH = frozenset(
    {"contact", "note", "task", "flag", "question", "answer", "follow_up", "move", "close", "reopen"}
)


@dataclass(frozen=True)
class Past:
    """Hold an older saving of a form, in words."""

    who: str
    when: datetime
    told: Told


@dataclass(frozen=True)
class Writing:
    """Hold the form that stands open on the page: filled in from a draft, else from the newest version."""

    name: str
    form: EntryForm
    faults: drafting.Faults
    who: str
    when: str
    seen: int
    once: str
    relatives: tuple[Link, ...] = ()
    drawn: str = ""
    before: str = ""
    why: str = ""
    versions: tuple[Past, ...] = ()

    @property
    def clash(self) -> bool:
        """Tell whether somebody else saved the same form first."""
        return any(reason == "meanwhile" for _, reason in self.faults)


def today(now: datetime) -> date:
    """Give the day in Sweden."""
    return now.astimezone(ZONE).date()


def writing(found: Folder, state: CaseState, asked: dict[str, str], person: Person, parts: Office) -> Writing:
    """Give the form that the address asks for, else that of a note."""
    now, about = parts.now(), asked.get("about", "")[:40]
    name = asked.get("write", "")
    form = form_for(name, state, parts, now, team_of(person))
    if form is None:
        name, about = "note", ""
        form = acts.NoteForm
    draft = drafting.load(parts.drafts, person, drafting.place(found.id, name, about))
    filled = form.read(draft.fields) if draft else _prefilled(form, name, about, state, person.name, today(now))
    when = f"{draft.when.astimezone(ZONE):%H.%M}" if draft and draft.when else ""
    return Writing(
        name,
        filled,
        draft.faults if draft else (),
        draft.who if draft else "",
        when,
        found.version,
        secrets.token_hex(6),
        tuple(link for link in state.links.values() if link.source != PERSON),
        next(iter(draft.fields.get("drawn", ())), "") if draft else "",
        _before(name, about, state),
        next(iter(draft.fields.get("drawn_why", ())), "") if draft else "",
        _versions(name, state, parts),
    )


def _before(name: str, about: str, state: CaseState) -> str:
    """Give the mark of what the form begins with: of its newest version, the measure, the card."""
    if name == "measure":
        return mark_before("measure", about, state)
    return mark_before("contact" if name == "card" else "form", name, state)


def _versions(name: str, state: CaseState, parts: Office) -> tuple[Past, ...]:
    """Put the saved versions of a form in words, newest first."""
    casework = parts.settings.programme.casework
    found = state.forms.get(name, ())[-VERSIONS:]
    return tuple(Past(one.who, one.when, tell(_entry(one), casework)) for one in reversed(found))


def _entry(version: Version) -> Entry:
    return Entry(version.who, version.when, "form", version.fields)


def _prefilled(form: type[EntryForm], name: str, about: str, state: CaseState, me: str, day: date) -> EntryForm:
    """Fill a form in from what is known: its newest version, the card, the measure, what it is about."""
    if name in ("question", "answer"):
        return form.of_entry({"about": about} if name == "question" else {"question": about})
    if name == "measure":
        return form.of_entry(_measure(about, state))
    known = {
        "card": _card_fields(state.contact),
        "rename": {"working": state.working},
        "wait": {"on": state.waiting},
        "schedule": {"start": day.isoformat()},
        "protect": {"named": "\n".join(state.named or (me,))},
    }
    if name in known:
        return form.of_entry(known[name])
    newest = None if name in FRESH_EACH else state.form(name)
    kept = newest.fields if newest else {}
    return form.of_entry({key: text for key, text in kept.items() if not key.startswith(NOT_AGAIN)})


def _measure(about: str, state: CaseState) -> dict[str, str]:
    one = state.measures.get(about)
    if one is None:
        return {}
    due = one.due.isoformat() if one.due else ""
    fields = {"id": one.id, "what": one.what, "owner": one.owner, "agency": one.agency, "due": due}
    return {**fields, "status": one.status, "line": one.line}


def _card_fields(contact: Contact) -> dict[str, str]:
    names = ("how", "number", "when", "word", "call_name", "sees", "never", "language")
    fields = {name: getattr(contact, name) for name in names}
    for which, window in zip(acts.WINDOWS, contact.windows, strict=False):
        days, start, end = write_windows([window]).split()
        named = {"days": "\n".join(days), "start": clock(int(start)), "end": clock(int(end))}
        fields |= {name + which: text for name, text in named.items()}
    return fields


def new_page(hand: Hand, row: bytes | None) -> Context:
    """Give what the form of a new case needs; raises UnknownRequestError for a request that is not the reader's."""
    request = find(hand, row) if row else None
    hand.session.shelf.refresh(hand.parts.casebook, hand.session.keys, hand.person)
    where = drafting.place(None, "new", row.hex() if row else "")
    draft = drafting.load(hand.parts.drafts, hand.person, where)
    form = acts.new_case(team_of(hand.person))
    usual = {
        "working": names.suggest(working_names(hand)),
        "how": "request" if request else "",
        "named": hand.person.name,
    }
    if request:
        young = request.facts is not None and request.facts.age == "under18"
        usual |= {"danger": str(request.level), "under18": "yes" if young else ""}
    filled = form.read(draft.fields) if draft else form.of_entry(usual)
    when = f"{draft.when.astimezone(ZONE):%H.%M}" if draft and draft.when else ""
    faults, who = (draft.faults, draft.who) if draft else ((), "")
    return {
        "writing": Writing("new", filled, faults, who, when, 0, secrets.token_hex(6)),
        "request_id": row.hex() if row else "",
        "protected_source": opening.source_of(request.facts) != PERSON if request else False,
        "notes": hand.session.notes.take(),
        "version": 0,
        "base": "",
        "now": hand.now,
    }


def working_names(hand: Hand) -> frozenset[str]:
    """List the working names of the cases that the reader knows."""
    found = hand.session.shelf.made(working_name)
    return frozenset(filter(None, found.values()))


def working_name(one: Card) -> str:
    """Give the working name on a card, or nothing."""
    try:
        return Summary.decode(one.summary).working if one.summary else ""
    except MalformedError:
        return ""


def case_of(hand: Hand, tied: str) -> Context:
    """Give what a request's page shows of cases: the address of the one it belongs to, or those it may be added to."""
    hand.session.shelf.refresh(hand.parts.casebook, hand.session.keys, hand.person)
    if tied:
        mine = next((row for row in hand.session.keys.held() if row.hex() == tied), None)
        return {"case_url": url_for("cases.show", folder=mine) if mine else "", "case_choices": []}
    found = hand.session.shelf.made(open_name)
    known = ((row.hex(), name) for row, name in found.items() if name)
    return {"case_url": "", "case_choices": sorted(known, key=lambda one: one[1].casefold())}


def open_name(one: Card) -> str:
    """Give the working name on the card of an open case, or nothing."""
    try:
        summary = Summary.decode(one.summary) if one.summary else None
    except MalformedError:
        return ""
    return summary.working if summary and summary.position.open else ""
