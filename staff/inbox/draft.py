"""What a coordinator has typed to somebody, and whether it fits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from crypto.submission import whole
from staff.inbox.acts import read_seen
from staff.inbox.replies import LIMIT

SENDER = 40  # characters
KEPT = 20_000  # characters of a draft that is too long


@dataclass(frozen=True)
class Draft:
    """Hold a reply that is being written: the words, the name for work, the number that it takes the place of."""

    text: str = field(repr=False)
    sender: str
    instead: int = 0
    seen: int = 0

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Self:
        """Read a posted form, whatever it holds."""
        instead = form.get("instead", "")
        text = whole(form.get("text", "")[:KEPT].replace("\r\n", "\n").replace("\r", "\n"))
        sender = whole(" ".join(form.get("from", "")[:SENDER].split()))
        number = int(instead) if instead.isascii() and instead.isdecimal() and len(instead) < 7 else 0
        return cls(text, sender, number, read_seen(form))

    def plus(self, phrase: str) -> Self:
        """Add a ready phrase after what was typed."""
        typed = self.text.rstrip()
        return replace(self, text=f"{typed}\n\n{phrase}" if typed else phrase)

    def encode(self) -> bytes:
        """Write the draft to be sealed; what the page had seen goes too, so that no news is passed over."""
        return json.dumps([self.text, self.sender, self.instead, self.seen], ensure_ascii=False).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self | None:
        """Read what `encode` wrote; None for what an older version may have kept otherwise."""
        try:
            text, sender, instead, seen = json.loads(data)
            return cls(str(text), str(sender), int(instead), int(seen))
        except (ValueError, TypeError):
            return None


def place(anchor: bytes) -> str:
    """Name the place of a request's reply among its writer's drafts."""
    return f"inbox/{anchor.hex()}"


def size(text: str) -> int:
    """Count the bytes of words as they are sealed: UTF-8 inside JSON."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def excess(text: str) -> int:
    """Estimate how many characters are too many; 0 if the words fit."""
    over = size(text) - LIMIT
    return -(-over * len(text) // size(text)) if over > 0 else 0
