"""A notice: a small folder that somebody writes and only those it is for can open, not even its writer.

What an owner, a lead or an auditor must see the same day is told so, at the moment when it happens: that somebody read
with a written reason, read much, read at night, or read in spite of a conflict. Source: docs/envelope.md section 5.7.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crypto.errors import MalformedError
from crypto.opening.members import AUDITOR, LEAD, Member, Members
from staff.accounts.session import Row
from staff.cases.values import line, text
from staff.clip import clip
from staff.entry import Entry
from staff.errors import UnknownFolderError
from staff.folders import Card, Folder, Folders, New
from staff.insiders.watch import MUCH, NIGHT
from staff.office import Office
from staff.person import Person
from staff.seconds import MANY, whole_number

KIND, FORM = "notice", 1
CONFLICT, HANDED, GLASS = "conflict", "handed", "glass"
WHATS = (CONFLICT, HANDED, MUCH, NIGHT, GLASS)
TOLD, SEEN = "notice", "seen"
LASTS = timedelta(days=90)
FEW = 20  # shown at once
ROOM = 200  # bytes of its text in the list
MARK = 8  # hex digits by which whoever has seen it is known


@dataclass(frozen=True)
class Notice:
    """Hold one notice; `ref` is the case or request in hex or "", `seen` the marks of those who have seen it."""

    what: str
    at: int
    ref: str = ""
    text: str = field(default="", repr=False)
    count: int = 0
    seen: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Write a summary, 511 bytes at most."""
        value = [KIND, FORM, self.what, self.at, self.ref, clip(self.text, ROOM), self.count, list(self.seen[:12])]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    @classmethod
    def decode(cls, data: bytes) -> "Notice":
        """Read what `encode` wrote; raise MalformedError for anything else."""
        try:
            kind, form, what, at, ref, words, count, seen = json.loads(data)
            if kind != KIND or form != FORM or what not in WHATS or not isinstance(seen, list):
                raise ValueError("another kind or form")
            if not all(isinstance(one, str) for one in (ref, words, *seen)):
                raise TypeError("not a text")
            return cls(what, whole_number(at), ref, words, whole_number(count, MANY), tuple(seen))
        except (ValueError, TypeError, RecursionError) as error:
            raise MalformedError("not a notice") from error


@dataclass(frozen=True)
class Shown:
    """Hold a notice as it is shown to somebody: who wrote it is proven, the folder is where it is marked as seen."""

    folder: bytes
    who: str
    when: datetime
    notice: Notice


def prepare(  # one argument for each thing that a notice says
    folders: Folders, person: Person, notice: Notice, to: Sequence[Member], now: datetime
) -> New:
    """Seal a notice for some people; its `keep` writes it, beside what it tells of."""
    said = {"what": notice.what, "ref": notice.ref, "text": notice.text, "count": str(notice.count)}
    first = Entry(person.name, now, TOLD, {name: value for name, value in said.items() if value and value != "0"})
    return folders.prepare(person, [first], summarise, to, now, recovery=False)


def tell(parts: Office, person: Person, notice: Notice, to: Sequence[Member]) -> None:
    """Write a notice at once; to nobody is nothing."""
    if to:
        new = prepare(parts.folders, person, notice, to, parts.now())
        with parts.casebook.write() as session:
            new.keep(session)


def overseers(person: Person) -> list[Member]:
    """List the leads and auditors of a person's town, but for the person."""
    found = person.papers.members.with_role(person.municipality, LEAD, AUDITOR)
    return [one for one in found if one != person.member]


def summarise(entries: Sequence[Entry]) -> bytes:
    """Give a notice's summary from its entries, as its folder asks for it; UnknownFolderError for none of ours."""
    first = next((one for one in entries if one.kind == TOLD), None)
    if first is None or text(first, "what") not in WHATS:
        raise UnknownFolderError
    count = text(first, "count")
    seen = tuple(dict.fromkeys(text(one, "by")[:MARK] for one in entries if one.kind == SEEN))
    return Notice(
        text(first, "what"),
        int(first.when.timestamp()),
        text(first, "ref")[:32],
        line(first, "text"),
        int(count) if count.isascii() and count.isdecimal() and len(count) < 6 else 0,
        seen,
    ).encode()


def read_card(card: Card) -> Notice | None:
    """Read a card, if it is a notice's."""
    if not (card.summary or b"").startswith(b'["%b"' % KIND.encode()):
        return None
    with suppress(MalformedError):
        return Notice.decode(card.summary or b"")
    return None


def unseen(parts: Office, session: Row, person: Person) -> list[Shown]:
    """List what this person has not marked as seen, the newest first; who wrote each is proven by its first entry."""
    session.shelf.refresh(parts.casebook, session.keys, person)
    mine, oldest = my_mark(person), (parts.now() - LASTS).timestamp()
    made = session.shelf.made(read_card).items()
    found = [(row, one) for row, one in made if one and mine not in one.seen and one.at >= oldest]
    found.sort(key=lambda pair: (-pair[1].at, pair[0]))
    return [shown for row, one in found[:FEW] if (shown := _proven(parts, session, person, row, one))]


def _proven(parts: Office, session: Row, person: Person, row: bytes, notice: Notice) -> Shown | None:
    try:
        maker = parts.folders.maker(session.keys, row, person)
    except UnknownFolderError:
        return None
    if maker is None or maker.municipality != person.municipality:
        return None  # none of our own people wrote it
    return Shown(row, maker.name, datetime.fromtimestamp(notice.at, UTC), notice)


def mark_seen(parts: Office, session: Row, person: Person, folder: bytes) -> None:
    """Note that this person has seen a notice; raises UnknownFolderError for any other folder."""

    def decide(found: Folder) -> Sequence[Entry]:
        if not is_notice(found, person.papers.members):
            raise UnknownFolderError
        return [Entry(person.name, parts.now(), SEEN, {"by": my_mark(person)})]

    parts.folders.append(session.keys, folder, person, decide, summarise, parts.now(), what="seen")


def is_notice(found: Folder, members: Members) -> bool:
    """Tell whether a folder holds a notice that one of our own wrote."""
    first = next((one for one in found.entries if one.trusted), None)
    return first is not None and first.entry.kind == TOLD and members.insider(first.by) is not None


def my_mark(person: Person) -> str:
    """Give the mark under which a person has seen a notice."""
    return person.identity.sign_public.hex()[:MARK]
