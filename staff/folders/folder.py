"""One folder as it was read, and the pure half of writing to it: numbers, seals, who holds the key."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crypto.errors import Error
from crypto.opening.casebook import SIZES, Place, open_value, seal_value
from crypto.opening.identity import Identity
from crypto.opening.members import COORDINATOR, LEAD, RECOVERY, Member, Members
from staff.entry import Entry, Form, Read, trusted, whole
from staff.errors import RefusedActError
from staff.folders.store import OUTSIDE

SUMMARY = "folder"
FORM = Form("folder-entry", "folder-entry")
SHARED, UNSHARED, REKEYED = "shared", "unshared", "rekeyed"
OWN_KINDS = frozenset({SHARED, UNSHARED, REKEYED})  # written by the folder itself: nobody's judgement
LEAP = 100_000  # the widest gap between two numbers that is believed
MARK = 32  # hex digits of a member's key that name them in an entry
# Whom a folder may be granted to by its kind; a kind that is not named here may go to an agency.
INSIDE = frozenset({COORDINATOR, LEAD, RECOVERY})
ONLY_INSIDE = frozenset({"case", "ledger", "transfer"})


@dataclass(frozen=True)
class Folder:
    """Hold a folder as it stands: its key, its sealed summary opened, its entries in order.

    `highest` is the highest number that an entry of this folder ever had, as the audit remembers it. `problem` is "",
    "corrupt" (the summary does not open, or the row was changed) or "older" (an earlier state was put back).
    """

    id: bytes
    day: int
    version: int
    key_version: int
    key: bytes = field(repr=False)
    summary: bytes = field(repr=False)
    entries: tuple[Read, ...] = field(repr=False)
    highest: int = 0
    problem: str = ""

    @property
    def trusted(self) -> list[Entry]:
        """Give the entries that count."""
        return trusted(self.entries)

    @property
    def whole(self) -> bool:
        """Tell whether every entry that was ever written is there and trusted, and the summary belongs to them."""
        return not self.problem and whole(self.entries, self.version) and all(one.trusted for one in self.entries)

    @property
    def keys_before(self) -> list[bytes]:
        """Give the keys that this folder had before the present one: older rows of the audit stand under them."""
        named = [one.fields.get("key", "") for one in self.trusted if one.kind == REKEYED]
        return [bytes.fromhex(text) for text in named if len(text) == 64 and set(text) <= set("0123456789abcdef")]

    def holders(self, members: Members) -> tuple[Member, ...]:
        """List who of the present register holds the key, as the entries tell it."""
        marks = holding(self.entries, members)
        return tuple(one for one in members.members if mark(one.box_public) in marks)

    def next_number(self) -> int:
        """Give the number of the next entry: above all there are, and above all there ever were."""
        return next_after([self.highest, self.version, *(one.number for one in self.entries)])


def next_after(numbers: Iterable[int]) -> int:
    """Give the number after these.

    A number far above all others is none of ours: whoever wrote it into the file does not use up the numbers.
    """
    last = 0
    for number in sorted(set(numbers)):
        last = max(last, number) if number <= last + LEAP else last
    return last + 1


def mark(box_public: bytes) -> str:
    """Name a member in an entry: the first half of their public key, in hex."""
    return box_public.hex()[:MARK]


def holding(entries: Iterable[Read], members: Members) -> set[str]:
    """Fold who holds the key, as marks; what somebody of an agency signed about it counts for nothing."""
    return given(one.entry for one in entries if one.trusted and members.insider(one.by))


def given(entries: Iterable[Entry]) -> set[str]:
    """Fold whom the entries say the key was given to, whoever wrote them: to be believed by nobody, as in a search."""
    found: set[str] = set()
    for entry in entries:
        marks = set(entry.fields.get("to", "").split())
        if entry.kind == SHARED:
            found |= marks
        elif entry.kind == UNSHARED:
            found -= marks
        elif entry.kind == REKEYED:
            found = marks
    return found


def naming(kind: str, who: str, now: datetime, members: Sequence[Member], **fields: str) -> Entry:
    """Make the entry that says who the key was given to, or taken from."""
    names = "\n".join(one.name for one in members)
    return Entry(who, now, kind, {"to": " ".join(mark(one.box_public) for one in members), "names": names, **fields})


def numbered(first: int, entries: Sequence[Entry]) -> dict[int, Entry]:
    """Give entries their numbers, from `first` on."""
    return dict(enumerate(entries, first))


def seal_entries(
    key: bytes, row: bytes, entries: Mapping[int, Entry], identity: Identity, key_version: int
) -> dict[int, bytes]:
    """Sign and seal entries where they stand; raise RefusedActError("long") if one holds more than 64 KiB."""
    try:
        return {one: FORM.seal(key, row, one, entry, identity, key_version) for one, entry in entries.items()}
    except ValueError as error:
        raise RefusedActError("long") from error


def seal_summary(key: bytes, row: bytes, version: int, summary: bytes) -> bytes:
    """Seal a summary where it stands; it opens at that version only."""
    return seal_value(key, Place(SUMMARY, row, 0, version), summary, "summary")


def open_summary(key: bytes, row: bytes, version: int, sealed: bytes) -> bytes | None:
    """Open a summary; None if it was changed, moved or put back from another version."""
    try:
        return open_value(key, Place(SUMMARY, row, 0, version), sealed)
    except Error:
        return None


def reseal(old: tuple[int, bytes], new: tuple[int, bytes], row: bytes, sealed: Mapping[int, bytes]) -> dict[int, bytes]:
    """Seal entries under another key, given as (version, key); one that does not open stays as it is."""
    found = {}
    for number, value in sealed.items():
        try:
            content = open_value(old[1], Place(FORM.table, row, number, old[0]), value)
        except Error:
            if number < OUTSIDE:
                found[number] = value
            continue
        size = next(name for name, room in SIZES.items() if len(content) < room and name != "summary")
        found[number] = seal_value(new[1], Place(FORM.table, row, number, new[0]), content, size)
    return found


def kind_of(summary: bytes) -> str:
    """Give the kind of a folder: the first item of its summary; "" if it says none."""
    try:
        value = json.loads(summary)
    except ValueError:
        return ""
    return str(value[0]) if isinstance(value, list) and value else ""


def refuse_outsiders(summary: bytes, members: Collection[Member]) -> None:
    """Raise RefusedActError("role") if a folder of this kind must not be granted to one of these members.

    A police officer who held the key of a case would have to report what stands in it: the key is what is refused.
    """
    if kind_of(summary) in ONLY_INSIDE and not all(one.role in INSIDE for one in members):
        raise RefusedActError("role")
