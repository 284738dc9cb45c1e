"""Requests to see official documents: what was asked, who tested it, what was left out, what was decided.

Kept in the team's ledger "documents". Who asks is never noted: whoever asks for an official document may stay unnamed.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from staff.agencies.rules import check_reason, check_test
from staff.audit import days
from staff.cases.model import put
from staff.cases.values import of, text
from staff.diary import Kind, enter
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.ledger import Ledger

LEDGER = "documents"
DECISIONS = ("given", "partly", "refused", "none")
MANY = 2000
TEXT = 4000  # characters


@dataclass(frozen=True)
class Asked:
    """Hold one request; `decision` is "" until somebody has tested it."""

    id: str
    what: str = field(repr=False)
    who: str
    when: datetime
    tested_by: str = ""
    tested_at: datetime | None = None
    decision: str = ""
    left_out: str = field(default="", repr=False)
    why: str = field(default="", repr=False)


def fold(entries: Iterable[Entry]) -> dict[str, Asked]:
    """Return the requests that the entries amount to, oldest first."""
    found: Mapping[str, Asked] = {}
    for entry in entries:
        if entry.kind == "documents_asked":
            found = _asked(found, entry)
        elif entry.kind == "documents_tested":
            found = _tested(found, entry)
    return dict(found)


def _asked(found: Mapping[str, Asked], entry: Entry) -> Mapping[str, Asked]:
    name = text(entry, "id")
    if not name or name in found or len(found) >= MANY:
        return found
    return put(found, name, Asked(name, text(entry, "what"), entry.who, entry.when))


def _tested(found: Mapping[str, Asked], entry: Entry) -> Mapping[str, Asked]:
    known = found.get(text(entry, "request"))
    if known is None or known.decision:
        return found
    done = replace(
        known,
        tested_by=entry.who,
        tested_at=entry.when,
        decision=of(entry, "decision", DECISIONS, "refused"),
        left_out=text(entry, "left_out"),
        why=text(entry, "why"),
    )
    return put(found, known.id, done)


def ask(ledger: Ledger, what: str) -> None:
    """Note what somebody asks to see, and enter it in the register."""
    check_reason(what[:TEXT])
    if len(what) > TEXT:
        raise RefusedActError("long")
    entry = Entry(ledger.person.name, ledger.now, "documents_asked", {"id": secrets.token_hex(4), "what": what.strip()})

    def register(session: Session) -> None:
        enter(session, ledger.person.team, days(ledger.now), Kind.DOCUMENTS)

    ledger.append(lambda _entries: [entry], "documents asked", register)


def decide(ledger: Ledger, request: str, decision: str, left_out: str, why: str) -> None:
    """Note who tested a request, what was left out and what was decided; the first decision stands."""

    def made(entries: Sequence[Entry]) -> list[Entry]:
        known = fold(entries).get(request)
        if known is None or known.decision:
            raise RefusedActError("already")
        if decision not in DECISIONS:
            raise RefusedActError("decision")
        check_test(why)
        if len(left_out) > TEXT or (decision == "partly" and not left_out.strip()):
            raise RefusedActError("left_out")
        fields = {"request": request, "decision": decision, "left_out": left_out.strip(), "why": why.strip()}
        return [Entry(ledger.person.name, ledger.now, "documents_tested", {k: v for k, v in fields.items() if v})]

    ledger.append(made, "documents tested")
