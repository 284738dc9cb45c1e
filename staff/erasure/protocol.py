"""What a team's ledger says of erasure: holds with their reasons and ends, and the protocol of what went."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from staff.cases.values import line, read_day, text
from staff.entry import Entry
from staff.erasure.falling import Due, Hold, Subject

Entries = Sequence[Entry]
NAME = "erasure"
HELD, RELEASED, ARCHIVED, ERASED = "held", "released", "archived", "erased"
REASON = 400  # characters
EARLY = "Före tiden"  # before the names of both who signed


@dataclass(frozen=True)
class Erasing:
    """Hold one line of the protocol: who erased how many of a class by which decision. It says nothing of them."""

    who: str
    when: datetime
    of: str
    count: int
    parts: int
    copies: int
    name: str
    number: str


def hold(who: str, now: datetime, subject: bytes, reason: str, until: str) -> Entry:
    """Make the entry of a hold."""
    return Entry(who, now, HELD, {"subject": subject.hex(), "reason": reason, "until": until})


def release(who: str, now: datetime, subject: bytes) -> Entry:
    """Make the entry that ends a hold."""
    return Entry(who, now, RELEASED, {"subject": subject.hex()})


def archive(who: str, now: datetime, subject: Subject, digest: str) -> Entry:
    """Make the entry of a file that was fetched for the archive; `digest` is its SHA-256 in hex."""
    return Entry(who, now, ARCHIVED, {"subject": subject.id.hex(), "mark": subject.mark, "sha256": digest})


def erased(who: str, now: datetime, gone: Sequence[Due]) -> list[Entry]:
    """Make the protocol: one entry for each decision, with numbers and no names."""
    entries = []
    for decision in dict.fromkeys(one.decision for one in gone):
        mine = [one for one in gone if one.decision == decision]
        fields = {
            "class": decision.of,
            "name": decision.name,
            "number": decision.number,
            "decided": str(decision.decided),
            "months": str(decision.months),
            "count": str(len(mine)),
            "parts": str(sum(len(one.subject.parts) for one in mine)),
            "copies": str(sum(len(one.subject.copies) for one in mine)),
        }
        entries.append(Entry(who, now, ERASED, fields))
    return entries


def erased_early(who: str, now: datetime, gone: Subject, number: str, signed: str) -> Entry:
    """Make the protocol of one thing that was erased before its time: the decision's number, and who signed."""
    counts = {"count": "1", "parts": str(len(gone.parts)), "copies": str(len(gone.copies))}
    named = {"class": gone.of, "name": f"{EARLY}: {signed}", "number": number}
    return Entry(who, now, ERASED, {**named, **counts})


def holds(entries: Iterable[Entry]) -> list[Hold]:
    """Fold which holds stand; whatever a colleague's key may have signed becomes something harmless."""
    standing: dict[bytes, Hold] = {}
    for entry in entries:
        subject = _id(entry)
        if entry.kind == RELEASED:
            standing.pop(subject, None)
        until = read_day(text(entry, "until"))
        if entry.kind == HELD and subject and until:
            standing[subject] = Hold(subject, line(entry, "reason", REASON), until, entry.who)
    return list(standing.values())


def archived(entries: Iterable[Entry]) -> frozenset[tuple[bytes, str]]:
    """List the subjects whose file for the archive has been fetched, each with the mark of what it held."""
    return frozenset((_id(entry), text(entry, "mark")) for entry in entries if entry.kind == ARCHIVED)


def protocol(entries: Iterable[Entry]) -> list[Erasing]:
    """List what was erased, the newest first."""
    found = [
        Erasing(
            entry.who,
            entry.when,
            line(entry, "class", 40),
            _count(entry, "count"),
            _count(entry, "parts"),
            _count(entry, "copies"),
            line(entry, "name", 100),
            line(entry, "number", 100),
        )
        for entry in entries
        if entry.kind == ERASED
    ]
    return sorted(found, key=lambda one: one.when, reverse=True)


def _id(entry: Entry) -> bytes:
    try:
        found = bytes.fromhex(text(entry, "subject"))
    except ValueError:
        return b""
    return found if len(found) == 16 else b""


def _count(entry: Entry, name: str) -> int:
    found = text(entry, name)
    return int(found) if found.isascii() and found.isdecimal() and len(found) < 10 else 0
