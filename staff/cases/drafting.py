"""What somebody is writing in a case: every field as it was posted, what was refused, and when it was kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from werkzeug.datastructures import MultiDict

from staff.errors import RefusedActError
from staff.folders import Drafts
from staff.person import Person

NOT_KEPT = frozenset({"csrf_token", "seen", "once", "form", "drop", "request", "late"})
MANY = 120  # fields
Faults = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Draft:
    """Hold a draft; `faults` are (field's name, reason), `who` was first where somebody was."""

    fields: Mapping[str, list[str]] = field(repr=False)
    faults: Faults = ()
    who: str = ""
    when: datetime | None = None

    @classmethod
    def read(cls, posted: MultiDict[str, str], faults: Faults = (), who: str = "") -> Self:
        """Read a posted form, whatever it holds."""
        kept = {
            name: texts for name, texts in posted.to_dict(flat=False).items() if name not in NOT_KEPT and any(texts)
        }
        return cls(dict(list(kept.items())[:MANY]), faults, who)

    def encode(self) -> bytes:
        """Write the draft to be sealed."""
        value = [self.fields, self.faults, self.who]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    @classmethod
    def decode(cls, data: bytes, when: datetime) -> Self | None:
        """Read what `encode` wrote; None for what an older version may have kept otherwise."""
        try:
            fields, faults, who = json.loads(data)
            kept = {str(name): [str(text) for text in texts] for name, texts in fields.items()}
            return cls(kept, tuple((str(name), str(reason)) for name, reason in faults), str(who), when)
        except (ValueError, TypeError, AttributeError):
            return None


def place(folder: bytes | None, name: str, about: str = "") -> str:
    """Name the place of a draft: one for each form of each case, and for each entry that is asked about."""
    return "/".join(("case", folder.hex() if folder else "new", name, about[:40]))


def keep(drafts: Drafts, person: Person, where: str, draft: Draft, now: datetime) -> bool:
    """Keep a draft; False if it is longer than any draft may be. What is empty is dropped instead."""
    if not draft.fields:
        drafts.drop(person, where)
        return True
    try:
        drafts.keep(person, where, draft.encode(), now)
    except RefusedActError:
        return False
    return True


def load(drafts: Drafts, person: Person, where: str) -> Draft | None:
    """Give what was being written, if anything."""
    found = drafts.load(person, where)
    return Draft.decode(*found) if found else None
