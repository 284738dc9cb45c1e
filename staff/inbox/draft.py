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
DRAFTS = 20


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


class Drafts:
    """Keep what was typed in the session's memory, by request, until it is sent; the longest unused ones go first."""

    def __init__(self) -> None:
        self._drafts: dict[bytes, Draft] = {}
        self.sender = ""

    def keep(self, request: bytes, draft: Draft) -> None:
        """Keep a draft."""
        self._drafts.pop(request, None)
        self._drafts[request] = draft
        while len(self._drafts) > DRAFTS:
            del self._drafts[next(iter(self._drafts))]

    def get(self, request: bytes) -> Draft | None:
        """Give what was typed to a request."""
        return self._drafts.get(request)

    def sent(self, request: bytes, sender: str) -> None:
        """Forget a draft that was sent, and remember the name for work that it was sent under."""
        self._drafts.pop(request, None)
        self.sender = sender


def size(text: str) -> int:
    """Count the bytes of words as they are sealed: UTF-8 inside JSON."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def excess(text: str) -> int:
    """Estimate how many characters are too many; 0 if the words fit."""
    over = size(text) - LIMIT
    return -(-over * len(text) // size(text)) if over > 0 else 0
