"""The replies of one thread, folded from its entries: words, number, and what is known to have become of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from deaddrop.schema import FIRST_DAY
from staff.entry import Entry
from staff.inbox.state import State, number_of

LIMIT = 3000  # bytes of the words as they are sealed; the rest of both 4 KiB is for names, numbers and signature
MAILBOXES = 8  # of one request: a double tap makes two
ID = 32  # hex digits
SOON = 7  # days: a reply that lies for longer is asked about


@dataclass(frozen=True)
class Sent:
    """Hold one reply. `left`, `fetched` and `gone` are days since 1970, 0 for not yet; `why` is a word of the page."""

    number: int
    who: str
    when: datetime
    sender: str
    text: str = field(repr=False)
    ids: tuple[bytes, ...] = ()
    left: int = 0
    fetched: int = 0
    gone: int = 0
    why: str = ""

    @property
    def lies(self) -> bool:
        """Tell whether it was put into the mailbox and is not known to be gone."""
        return bool(self.left) and not self.gone


def fold_replies(entries: Iterable[Entry]) -> tuple[Sent, ...]:
    """Give the replies that the entries amount to, by number, as `staff.inbox.state.fold` counts them."""
    found: dict[int, Sent] = {}
    for entry in entries:
        number, day = number_of(entry), number_of(entry, "day")
        known = found.get(number)
        if entry.kind == "replied" and number > max(found, default=0):
            found[number] = _sent(number, entry)
        elif entry.kind == "delivered" and known and not known.left and day:
            _lose(found, number_of(entry, "instead"), day, "replaced")
            found[number] = replace(known, left=day)
        elif entry.kind == "fetched" and known and known.lies and not known.fetched and day:
            found[number] = replace(known, fetched=day)
        elif entry.kind == "gone" and day:
            _lose(found, number, day, entry.fields.get("why", ""))
    return tuple(found.values())


def unfetched(state: State, today: date) -> bool:
    """Tell whether a reply has lain in the mailbox for seven days and nobody has opened it there."""
    return any((today - FIRST_DAY).days - day >= SOON for number, day in state.lying if number not in state.fetched)


def _lose(found: dict[int, Sent], number: int, day: int, why: str) -> None:
    if number in found and found[number].lies:
        found[number] = replace(found[number], gone=day, why=why)


def _sent(number: int, entry: Entry) -> Sent:
    given = entry.fields
    words = given.get("ids", "").split()
    ids = tuple(bytes.fromhex(word) for word in words if len(word) == ID and set(word) <= set("0123456789abcdef"))
    return Sent(number, entry.who, entry.when, given.get("from", ""), given.get("text", ""), ids)
