"""What somebody is writing in a case: every field as it was posted, what was refused, and when it was kept."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from werkzeug.datastructures import MultiDict

from staff.errors import RefusedActError
from staff.folders import TURN, Drafts
from staff.person import Person

NOT_KEPT = frozenset({"csrf_token", "seen", "once", "form", "drop", "request", "late", "turn"})
MANY = 120  # fields
COOKIE = "draft"  # the turn that a page began and does not know to be kept, after its form's name
PATIENCE, STEP = 1.0, 0.05  # seconds
Faults = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Draft:
    """Hold a draft; `faults` are (field's name, reason), `who` was first where somebody was, `turn` is the save's."""

    fields: Mapping[str, list[str]] = field(repr=False)
    faults: Faults = ()
    who: str = ""
    when: datetime | None = None
    turn: str = ""

    @classmethod
    def read(cls, posted: MultiDict[str, str], faults: Faults = (), who: str = "") -> Self:
        """Read a posted form, whatever it holds."""
        kept = {
            name: texts for name, texts in posted.to_dict(flat=False).items() if name not in NOT_KEPT and any(texts)
        }
        return cls(dict(list(kept.items())[:MANY]), faults, who, turn=posted.get("turn", ""))

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
    """Keep a draft; False if it is longer than any draft may be. What is empty is dropped instead.

    A save that was overtaken on its way by a later one of the same page changes nothing.
    """
    try:
        if draft.fields:
            drafts.keep(person, where, draft.encode(), now, draft.turn)
        else:
            drafts.empty(person, where, now, draft.turn)
    except RefusedActError:
        return False
    return True


def wait(drafts: Drafts, person: Person, where: str, form: str, cookie: str) -> None:
    """Wait, a second at most, for the save of this form that its page began as it was left.

    The browser sends that save and the request for the next page in no certain order, so the page would else show what
    stood before. A cookie that somebody made up costs its bearer that second, and nobody else.
    """
    name, _, turn = cookie.partition(".")
    if name != form or not TURN.fullmatch(turn):
        return
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not drafts.holds(person, where, turn):
        time.sleep(STEP)


def load(drafts: Drafts, person: Person, where: str) -> Draft | None:
    """Give what was being written, if anything."""
    found = drafts.load(person, where)
    return Draft.decode(*found) if found else None
