"""Ask before anything is shown of a case or request in which something of the reader's list of conflicts stands.

The words are opened in memory and compared before the page is made. Which line was found is never said: that alone
would tell who has turned to the programme.
"""

import json
from collections.abc import Iterator

from flask import g, request, url_for
from flask.typing import ResponseReturnValue

from staff.access import ROUTES, Access
from staff.answers import see_other
from staff.cases.hand import Hand
from staff.day.gathering import case_doc, words_of
from staff.folders.folder import OWN_KINDS
from staff.folders.skim import skim
from staff.inbox import store
from staff.inbox.request import Request
from staff.inbox.unsealing import open_envelope
from staff.insiders import watching
from staff.insiders.hiding import lines_of
from staff.insiders.memory import About
from staff.office import office

CASE, REQUEST = "case", "request"
SHOWING = frozenset({Access.CASE, Access.TEAM, Access.LOOK})
MOST = 60  # messages of one request that are compared: under one try there may be hundreds


def ask_about_conflict() -> ResponseReturnValue | None:
    """Lead to the question before a case or request is shown in which something of the reader's list stands.

    What is shown is counted, so that much reading, or reading at night, is told.
    """
    about = asked_about()
    if about is None:
        return None
    hand = Hand(office(), g.row, g.person)
    if touched(hand, about):
        return see_other(url_for("conflicts.warn", kind=about[0], folder=about[1]))
    if readable(hand, about):
        watching.note(hand, about)
    return None


def asked_about() -> About | None:
    """Give the case or request that a page is about to show; None for every other page and for what is posted."""
    shows = ROUTES.get(request.endpoint or "") in SHOWING and request.method in ("GET", "HEAD")
    if not shows or g.get("person") is None or g.get("row") is None:
        return None
    given = request.view_args or {}
    folder, row = given.get("folder"), given.get("row_id")
    if isinstance(folder, bytes):
        return CASE, folder
    return (REQUEST, row) if isinstance(row, bytes) else None


def touched(hand: Hand, about: About) -> bool:
    """Tell whether something of the person's list stands there, and they have not said what to do about it."""
    memory = hand.session.insiders
    if not lines_of(hand.parts, hand.session, hand.person) or about in memory.answered:
        return False
    stamp = _stamp(hand, about)
    known = memory.found.get(about)
    if known is None or known[0] != stamp:
        memory.found[about] = known = stamp, any(memory.lines.touch(text) for text in words(hand, about))
    return known[1]


def readable(hand: Hand, about: About) -> bool:
    """Tell whether it is there for this person at all."""
    parts, session, row = hand.parts, hand.session, about[1]
    if about[0] == CASE:
        if row not in session.keys:
            session.keys.refresh(parts.casebook, hand.person)
        return row in session.keys
    if session.listing.find(row) is None:
        session.listing.refresh(parts.casebook, hand.person)
    return session.listing.find(row) is not None


def words(hand: Hand, about: About) -> Iterator[str]:
    """Open whatever words stand in a case or request, unproven, for comparing only."""
    if about[0] == REQUEST:
        found = hand.session.listing.find(about[1])
        yield from _request_words(hand, found) if found else ()
        return
    held = hand.session.keys.held()
    if about[1] not in held:
        return
    with hand.parts.casebook.read() as session:
        entries = [one for _, one in skim(session, held, [about[1]])]
    for one in entries:
        if one.kind not in OWN_KINDS:
            yield from (_flat(text) for text in one.fields.values())
    for row in case_doc(0, entries).links:
        found = hand.session.listing.find(row)
        yield from _request_words(hand, found) if found else ()


def _stamp(hand: Hand, about: About) -> object:
    """Give what changes whenever the words may have changed; brings the session's lists up to date."""
    parts, session = hand.parts, hand.session
    session.listing.refresh(parts.casebook, hand.person)
    if about[0] == CASE:
        session.shelf.refresh(parts.casebook, session.keys, hand.person)
        card = session.shelf.get(about[1])
        return (card.version if card else 0, session.listing.batch)
    found = session.listing.find(about[1])
    return tuple((one.id, one.version) for one in found.rows) if found else ()


def _request_words(hand: Hand, found: Request) -> Iterator[str]:
    person, ids = hand.person, [one.id for one in found.rows][-MOST:]
    with hand.parts.casebook.read() as session:
        for granted in store.granted(session, ids, person.member_tag(person.identity.box_public)):
            yield words_of(session, granted, person)
        for envelope in store.envelopes(session, [one.id for one in found.rows if not one.version][-MOST:]):
            opened = open_envelope(envelope.sealed, envelope.epoch, person)
            yield (opened.content or b"").decode("utf-8", "replace")


def _flat(text: str) -> str:
    """Give a value's words; one that holds JSON, as what another town carried over, without its escapes."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return "\n".join(_strings(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
