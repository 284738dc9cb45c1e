"""One entry: what somebody did, signed by them and sealed under the key of what it belongs to.

The signature covers the row and the entry's number, so that an entry cannot be moved, and nobody who shares the key
can write in another's name. Source: docs/envelope.md section 5.4.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from crypto.errors import Error, ForgedError, MalformedError
from crypto.opening.casebook import SIZES, Place, open_value, seal_value
from crypto.opening.identity import Identity
from crypto.opening.members import Members
from crypto.sealing.signed import signed_bytes, verify_signature
from staff.clip import clip

SIGNATURE = 128  # hex digits
ROW_SIZE = 16
NAME = 240  # bytes of a name that an entry holds
CLASSES = ("1k", "4k", "16k", "64k")


@dataclass(frozen=True)
class Entry:
    """Hold one thing that somebody did: who (their name in the register), when (aware), which kind, with what."""

    who: str
    when: datetime
    kind: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """Hold an entry as it was read; `trusted` is False if its signature is not by the person it names.

    `by` is the Ed25519 key that signed a trusted one.
    """

    number: int
    entry: Entry
    trusted: bool
    by: bytes = field(default=b"", repr=False)


def smallest(_entry: Entry, length: int) -> str:
    """Choose the smallest size class that has room; ValueError if none has."""
    found = next((name for name in CLASSES if length < SIZES[name]), None)
    if found is None:
        raise ValueError(f"{length} bytes are more than an entry holds")
    return found


@dataclass(frozen=True)
class Form:
    """Say how entries of one table are sealed: the table, the label of their signatures, and which size class."""

    table: str
    label: str
    size: Callable[[Entry, int], str] = smallest

    def seal(  # one argument for each thing that the bytes depend on
        self, key: bytes, row: bytes, number: int, entry: Entry, identity: Identity, version: int = 1
    ) -> bytes:
        """Sign and seal an entry; `version` is the key's. ValueError if it does not fit."""
        content = _content(entry, identity)
        signed = identity.sign(self._message(row, number, content)).hex().encode() + content
        return seal_value(key, Place(self.table, row, number, version), signed, self.size(entry, len(signed)))

    def read(
        self, key: bytes, row: bytes, sealed: Mapping[int, bytes], members: Members, version: int = 1
    ) -> list[Read]:
        """Open entries in the order of their numbers; one that does not open or is forged is kept and marked."""
        return [self._read(key, Place(self.table, row, one, version), sealed[one], members) for one in sorted(sealed)]

    def _read(self, key: bytes, place: Place, sealed: bytes, members: Members) -> Read:
        try:
            data = open_value(key, place, sealed)
            signature, content = bytes.fromhex(data[:SIGNATURE].decode("ascii")), data[SIGNATURE:]
            who, when, kind, fields, sign_public = json.loads(content)
            entry = Entry(
                str(who), datetime.fromtimestamp(when, UTC), str(kind), {k: str(v) for k, v in fields.items()}
            )
            public = bytes.fromhex(sign_public)
            verify_signature(public, self._message(place.row, place.entry, content), signature)
            believe(members, public, entry.who)
        except ForgedError:
            return Read(place.entry, Entry("", datetime.fromtimestamp(0, UTC), "forged"), trusted=False)
        except (Error, ValueError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
            return Read(place.entry, Entry("", datetime.fromtimestamp(0, UTC), "unreadable"), trusted=False)
        return Read(place.entry, entry, trusted=True, by=public)

    def _message(self, row: bytes, number: int, content: bytes) -> bytes:
        if len(row) != ROW_SIZE:
            raise MalformedError("not a row's id")
        return signed_bytes(self.label, row + number.to_bytes(4, "big") + content)


def trusted(entries: Sequence[Read]) -> list[Entry]:
    """Give the entries that count."""
    return [one.entry for one in entries if one.trusted]


def whole(entries: Sequence[Read], version: int) -> bool:
    """Tell whether no entry is missing: they are numbered 1 to `version`, which is the sealed summary's own version."""
    return [one.number for one in entries] == list(range(1, version + 1))


def believe(members: Members, public: bytes, who: str) -> None:
    """Raise ForgedError unless this key stands in the register under this name.

    Whoever has left stands there as former: a key that is not there at all belongs to nobody who ever worked here.
    """
    member = members.by_sign(public)
    if member is None or clip(member.name, NAME) != who:
        raise ForgedError("not signed by the member it names")


def _content(entry: Entry, identity: Identity) -> bytes:
    value = [
        clip(entry.who, NAME),
        int(entry.when.timestamp()),
        entry.kind,
        dict(entry.fields),
        identity.sign_public.hex(),
    ]
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
