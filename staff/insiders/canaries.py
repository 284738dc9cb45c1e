"""Canary cases: a closed case, made up, that nobody has a reason to open; whoever does raises a quiet alarm.

It stands among the others under a key that the team holds. That it is one is written only in a folder that the lead
who planted it and the town's auditors can open; it holds the key under which the rows of its audit are found, so that
an auditor sees who opened it and not what stands in it. Source: docs/envelope.md section 5.7.
"""

import json
import random
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from crypto.errors import MalformedError
from crypto.opening.auditing import audit_key
from crypto.opening.members import AUDITOR, COORDINATOR, FORMER, LEAD
from programme.hours import Hours
from staff.audit import Seen
from staff.cases.hand import Hand, readers
from staff.cases.state import fold
from staff.cases.summary import summarise as summarise_case
from staff.cases.values import text
from staff.day.cases import on_shelf
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Card, Folder
from staff.folders.folder import OWN_KINDS

KIND, FORM, PLANTED = "canary", 1, "planted"
LATELY = timedelta(days=210)  # how long ago it seems to begin where there is no true case to go by
LEAST = timedelta(days=14)  # of true casework, to draw its days from
WORDS, SHORTEST = 2000, 8  # characters of its note
# What is done to a case without anybody reading it.
NO_READING = frozenset({"created", "counted", "erasure", "erased", "canary"}) | OWN_KINDS
SENTENCE = re.compile(r"(?<=[.!?])\s+")
HOW = ("request", "outreach", "call", "referral")
OUTCOME = ("own_wish", "moved", "lost_contact")


@dataclass(frozen=True)
class Alarm:
    """Hold one opening of a canary case by somebody who had no reason to."""

    working: str
    who: str
    when: datetime
    what: str


@dataclass(frozen=True)
class Canary:
    """Hold one canary case as its keepers know it: `rows` are those of its audit that tell of a reading."""

    folder: bytes
    case: bytes
    working: str
    planted_by: str
    planted_at: datetime
    rows: tuple[Seen, ...] = ()

    @property
    def alarms(self) -> list[Alarm]:
        """List who read it, the newest first."""
        found = [one for one in self.rows if one.what not in NO_READING]
        return [Alarm(self.working, one.who, one.when, one.what) for one in reversed(found)]


def plant(hand: Hand, working: str, note: str) -> None:
    """Plant a canary case, and what tells its keepers of it, in one commit.

    It is entered in no register: that one is public, and true; so no recovery key is given it, since whoever counts
    rows would find one more with such a grant than the register has. Its words are the lead's alone: whatever this
    program made up could be searched for. Raises RefusedActError: "working", "reason", "role".
    """
    person, now = hand.person, hand.now
    name, words = " ".join(working.split())[:60], note.strip()[:WORDS]
    if person.member.role != LEAD:
        raise RefusedActError("role")
    if not name:
        raise RefusedActError("working")
    if len(words) < SHORTEST:
        raise RefusedActError("reason")
    first = story(person.name, name, words, _days(hand), _holder(hand))
    state = fold(first)
    folders = hand.parts.folders
    case = folders.prepare(person, first, summarise_case, readers(person, state), now, recovery=False)
    said = {"case": case.id.hex(), "key": audit_key(case.key).hex(), "working": name}
    keepers = [person.member, *person.papers.members.with_role(person.municipality, AUDITOR)]
    told = folders.prepare(person, [Entry(person.name, now, PLANTED, said)], summarise, keepers, now, recovery=False)

    def keep(session: Session) -> None:
        case.keep(session)
        told.keep(session)

    with hand.parts.casebook.write() as session:
        keep(session)
    hand.session.keys.refresh(hand.parts.casebook, person, now)


def _holder(hand: Hand) -> str:
    """Give the name of somebody who has left, for whoever opens it; "" if nobody has.

    A colleague who works here would know what they never held. No list says who held a closed case.
    """
    found = hand.person.papers.members.with_role(hand.person.municipality, FORMER)
    return random.SystemRandom().choice(found).name if found else ""


def _days(hand: Hand) -> list[datetime]:
    """Draw when it began, was written in, moved and closed: in working hours, since the first true case was opened."""
    hand.session.shelf.refresh(hand.parts.casebook, hand.session.keys, hand.person)
    opened = [one.summary.opened_at for one in on_shelf(hand.session.shelf)]
    first = min((when for when in opened if when is not None and hand.now - when > LEAST), default=hand.now - LATELY)
    chance, hours = random.SystemRandom(), hand.parts.settings.programme.hours
    whole = hand.now - timedelta(days=4) - first
    begun = first + whole * chance.uniform(0.05, 0.5)
    closed = begun + (first + whole - begun) * chance.uniform(0.3, 0.9)
    moved = begun + (closed - begun) * chance.uniform(0.1, 0.9)
    at = [_worked(hours, chance, when) for when in (begun, moved, closed)]
    noted = at[0] + timedelta(seconds=chance.randrange(300, 5400))
    return [at[0], noted, max(at[1], noted), max(at[2], at[1] + timedelta(hours=1), noted)]


def _worked(hours: Hours, chance: random.Random, when: datetime) -> datetime:
    """Give a moment of a working day: never the very minute at which the office opens."""
    return hours.next_reading(when).astimezone(UTC) + timedelta(seconds=chance.randrange(60, 1500))


def story(who: str, working: str, note: str, days: Sequence[datetime], holder: str = "") -> list[Entry]:
    """Tell a case that was opened, talked about and closed by whoever held it; each differs from the others."""
    chance = random.SystemRandom()
    sentences = [one.strip(" .!?") for one in SENTENCE.split(note) if one.strip(" .!?")] or [note]
    forward = [Entry(who, days[2], "forward", {"to": "2", "reason": sentences[0][:300]})]
    return [
        Entry(who, days[0], "opened", {"working": working, "how": chance.choice(HOW)}),
        Entry(who, days[0], "taken", {"holder": holder}),
        Entry(who, days[1], "note", {"text": note}),
        *(forward if chance.random() < 0.5 else []),
        Entry(who, days[3], "close", {"reason": sentences[-1][:300], "outcome": chance.choice(OUTCOME)}),
    ]


def summarise(entries: Sequence[Entry]) -> bytes:
    """Give a canary's summary from its entries; UnknownFolderError for none of ours."""
    first = next((one for one in entries if one.kind == PLANTED), None)
    if first is None:
        raise UnknownFolderError
    value = [KIND, FORM, int(first.when.timestamp()), len(entries), text(first, "case")[:32]]
    return json.dumps(value, separators=(",", ":")).encode()


def is_canary(card: Card) -> bool:
    """Tell whether a card is of a folder that tells of a canary case."""
    return (card.summary or b"").startswith(b'["%b"' % KIND.encode())


def kept(hand: Hand) -> list[Canary]:
    """List the canary cases that the person keeps, with the rows of their audit."""
    hand.session.shelf.refresh(hand.parts.casebook, hand.session.keys, hand.person)
    rows = [row for row, yes in hand.session.shelf.made(is_canary).items() if yes]
    found = []
    for row in rows:
        with suppress(UnknownFolderError, MalformedError):
            found.append(_read(hand, hand.parts.folders.peek(hand.session.keys, row, hand.person)))
    return sorted(found, key=lambda one: one.planted_at, reverse=True)


def alarms(hand: Hand) -> list[Alarm]:
    """List who opened any canary case that the person keeps, the newest first."""
    found = [alarm for one in kept(hand) for alarm in one.alarms]
    return sorted(found, key=lambda one: one.when, reverse=True)


def _read(hand: Hand, folder: Folder) -> Canary:
    """Read what tells of a canary, and look for the rows under each key that its case has had."""
    members = hand.person.papers.members
    first = next((one for one in folder.entries if one.trusted and one.entry.kind == PLANTED), None)
    by = members.insider(first.by) if first else None
    if first is None or by is None or by.municipality != hand.person.municipality or by.role == COORDINATOR:
        raise UnknownFolderError  # whoever made it was no lead of ours
    keys, case = _keys(folder), text(first.entry, "case")
    if len(case) != 32:
        raise MalformedError("names no case")
    rows = [row for key in keys for row in hand.parts.audit.under(key, members)]
    canary = Canary(
        folder.id, bytes.fromhex(case), text(first.entry, "working"), by.name, first.entry.when, tuple(rows)
    )
    _follow(hand, canary, keys)
    return canary


def _keys(folder: Folder) -> list[bytes]:
    named = [text(one, "key") for one in folder.trusted if one.kind == PLANTED]
    return [bytes.fromhex(one) for one in named if len(one) == 64 and set(one) <= set("0123456789abcdef")]


def _follow(hand: Hand, canary: Canary, keys: list[bytes]) -> None:
    """Tell the other keepers of the key that a renewal gave the case; only the lead, who holds it, can."""
    if hand.person.member.role != LEAD or canary.case not in hand.session.keys:
        return
    key = audit_key(hand.session.keys.key(canary.case))
    if key not in keys:
        said = {"case": canary.case.hex(), "key": key.hex(), "working": canary.working}
        entry = Entry(hand.person.name, hand.now, PLANTED, said)
        folders, person = hand.parts.folders, hand.person
        folders.append(hand.session.keys, canary.folder, person, lambda _f: [entry], summarise, hand.now, what=KIND)
