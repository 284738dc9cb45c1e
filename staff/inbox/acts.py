"""What a coordinator does with a request: each act is one signed entry, refused if something else came first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from staff.casebook import Casebook
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownRequestError
from staff.inbox import record as records
from staff.inbox.listing import Listing
from staff.inbox.record import Record
from staff.inbox.request import Request
from staff.inbox.state import CANNOT_REASONS, SET_ASIDE_REASONS, check, may_undo
from staff.inbox.versions import open_versions
from staff.person import Person

LINE = 120  # characters
BY_ITSELF = frozenset({"opened", "delivered", "fetched", "gone"})  # entered by reading: nobody's judgement
ACTS = {
    "take": "taken",
    "hand-back": "handed_back",
    "lower": "lowered",
    "raise": "raised",
    "set-aside": "set_aside",
    "put-back": "put_back",
    "cannot-answer": "cannot_answer",
    "can-answer": "can_answer",
}
REASONS = {"set_aside": SET_ASIDE_REASONS, "cannot_answer": CANNOT_REASONS}


@dataclass(frozen=True)
class Wish:
    """Hold what somebody wants done, as their page asked for it; `seen` is the newest entry that the page knew."""

    kind: str
    seen: int
    holder: str = ""
    reason: str = ""
    line: str = ""

    @classmethod
    def read(cls, act: str, form: Mapping[str, str]) -> "Wish":
        """Read a posted form; raise RefusedActError if it names no reason of the list or its line is too long."""
        kind = ACTS[act]
        wish = cls(
            kind,
            read_seen(form),
            form.get("holder", "")[:200],
            form.get("reason", ""),
            " ".join(form.get("line", "").split()),
        )
        if kind in REASONS and wish.reason not in REASONS[kind]:
            raise RefusedActError("reason")
        if len(wish.line) > LINE:
            raise RefusedActError("line")
        return wish


def read_seen(form: Mapping[str, str]) -> int:
    """Read the number of the newest entry that a page knew; 0 if it says nonsense."""
    seen = form.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else 0


def do(casebook: Casebook, listing: Listing, row: bytes, wish: Wish, person: Person, now: datetime) -> Request:
    """Do what is wished and give the request as it was before.

    What nobody has opened is opened first, since an entry needs a key to stand under. Raises RefusedActError with what
    came first, UnknownRequestError for another team's.
    """
    listing.refresh(casebook, person)
    request = listing.find(row)
    if request is None:
        raise UnknownRequestError
    if not open_versions(casebook, request, person, now):
        raise RefusedActError("closed")
    records.append(casebook, request.anchor.id, person, lambda record: decide(record, request, wish, person, now))
    return request


def decide(record: Record, request: Request, wish: Wish, person: Person, now: datetime) -> Entry:
    """Make the entry, if the wish still fits what has happened; raise RefusedActError if not."""
    state = record.state
    entry = Entry(person.name, now, wish.kind, _fields(wish, request))
    if wish.kind == "handed_back" and may_undo(state, person.name, now):
        entry = replace(entry, kind="undone")
    check(state, entry, request.level)
    if wish.kind in REASONS or wish.kind in ("lowered", "raised"):
        refuse_unseen(record, wish.seen, person)
    return entry


def refuse_unseen(record: Record, seen: int, person: Person) -> None:
    """Tell of what a colleague did since the page was shown, before this person's judgement is laid on top of it."""
    for one in record.entries:
        news = one.number > seen and one.trusted and one.entry.kind not in BY_ITSELF
        if news and one.entry.who != person.name:
            raise RefusedActError("meanwhile", one.entry.who)


def _fields(wish: Wish, request: Request) -> dict[str, str]:
    if wish.kind == "taken":
        return {"from": wish.holder} if wish.holder else {}
    if wish.kind == "lowered":
        return {"to": str(max(0, request.level - 1))}
    if wish.kind == "raised":
        return {"to": str(min(2, request.level + 1))}
    if wish.kind in REASONS:
        return {"reason": wish.reason, **({"line": wish.line} if wish.line else {})}
    return {}
