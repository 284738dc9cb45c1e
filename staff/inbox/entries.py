"""One entry: what somebody did, signed by them and sealed under the request's key.

The signature covers the request and the entry's number, so that an entry cannot be moved, and nobody who shares the
key can write in another's name.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crypto.errors import Error, ForgedError, MalformedError
from crypto.opening.casebook import Place, open_value, seal_value
from crypto.opening.identity import Identity
from crypto.opening.members import Members
from crypto.sealing.signed import signed_bytes, verify_signature
from staff.inbox.state import Entry
from staff.inbox.summary import clip

TABLE = "entries"
SIGNATURE = 128  # hex digits
SIZES = {"replied": "4k"}  # every other kind is small


@dataclass(frozen=True)
class Read:
    """Hold an entry as it was read; `trusted` is False if its signature is not by the person it names."""

    number: int
    entry: Entry
    trusted: bool


def seal(key: bytes, row: bytes, number: int, entry: Entry, identity: Identity) -> bytes:
    """Sign and seal an entry in its kind's size class: 4 KiB for a reply, else 1 KiB. ValueError if it does not fit."""
    value = [
        clip(entry.who, 240),
        int(entry.when.timestamp()),
        entry.kind,
        dict(entry.fields),
        identity.sign_public.hex(),
    ]
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    signature = identity.sign(_message(row, number, content))
    return seal_value(key, Place(TABLE, row, number), signature.hex().encode() + content, SIZES.get(entry.kind, "1k"))


def read(key: bytes, row: bytes, sealed: Mapping[int, bytes], members: Members) -> list[Read]:
    """Open entries in the order of their numbers; one that does not open or is forged is kept and marked."""
    return [_read(key, row, number, sealed[number], members) for number in sorted(sealed)]


def trusted(entries: Sequence[Read]) -> list[Entry]:
    """Give the entries that count."""
    return [one.entry for one in entries if one.trusted]


def whole(entries: Sequence[Read], version: int) -> bool:
    """Tell whether no entry is missing: they are numbered 1 to `version`, which is the sealed summary's own version."""
    return [one.number for one in entries] == list(range(1, version + 1))


def _read(key: bytes, row: bytes, number: int, sealed: bytes, members: Members) -> Read:
    try:
        data = open_value(key, Place(TABLE, row, number), sealed)
        signature, content = data[:SIGNATURE], data[SIGNATURE:]
        who, when, kind, fields, sign_public = json.loads(content)
        entry = Entry(str(who), datetime.fromtimestamp(when, UTC), str(kind), {k: str(v) for k, v in fields.items()})
        _check(
            members, row, number, content, bytes.fromhex(sign_public), bytes.fromhex(signature.decode("ascii")), entry
        )
    except ForgedError:
        return Read(number, Entry("", datetime.fromtimestamp(0, UTC), "forged"), trusted=False)
    except (Error, ValueError, TypeError, AttributeError, OverflowError, OSError):
        return Read(number, Entry("", datetime.fromtimestamp(0, UTC), "unreadable"), trusted=False)
    return Read(number, entry, trusted=True)


def _check(
    members: Members, row: bytes, number: int, content: bytes, public: bytes, signature: bytes, entry: Entry
) -> None:
    """Raise ForgedError unless the person named, and nobody else, signed the content for this place.

    Somebody who has left the register is believed under a name that nobody else there bears.
    """
    verify_signature(public, _message(row, number, content), signature)
    member = members.by_sign(public) or members.by_name(entry.who)
    if member is not None and (member.sign_public != public or clip(member.name, 240) != entry.who):
        raise ForgedError("signed by another member")


def _message(row: bytes, number: int, content: bytes) -> bytes:
    if len(row) != 16:
        raise MalformedError("not a request's id")
    return signed_bytes("entry", row + number.to_bytes(4, "big") + content)
