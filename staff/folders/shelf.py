"""The opened summaries of one session: opened once, kept in memory, thrown away with the session."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast  # Any: what each kind of folder makes of its summaries

from crypto.opening.casebook import open_many
from staff.casebook import Casebook
from staff.folders import store
from staff.folders.folder import SUMMARY
from staff.folders.keys import Keys
from staff.person import Person

T = TypeVar("T")
Version = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Card:
    """Hold one folder as a list knows it; `summary` is None where `problem` says why.

    `problem` is "", "corrupt", or "not_mine" (the folder got another key, and it was not granted here).
    """

    id: bytes
    day: int
    version: int
    summary: bytes | None = field(repr=False)
    problem: str = ""


class Shelf:
    """Keep the cards of every folder whose key the session holds; `refresh` opens only what is new or changed.

    `stamp` rises whenever a card came, changed or went: what is made of all cards holds as long as it stands still.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cards: dict[bytes, Card] = {}
        self._known: dict[bytes, Version] = {}
        self._made: dict[Callable[[Card], Any], dict[bytes, Any]] = {}
        self.stamp = 0

    def refresh(self, casebook: Casebook, keys: Keys, person: Person) -> None:
        """Bring the cards up to date with the casebook."""
        keys.refresh(casebook, person)
        held = keys.held()
        with self._lock, casebook.read() as session:
            standing = store.versions(session, held.keys())
            wanted = {row: (version, held[row][0]) for row, (version, _) in standing.items()}
            shut = {row for row, (_, key_version) in standing.items() if held[row][0] != key_version}
            stale = [row for row, seen in wanted.items() if self._known.get(row) != seen or row in shut]
            gone = self._cards.keys() - standing.keys()
            changed = [row for row in stale if row not in shut or self._cards.get(row, LOST).problem != "not_mine"]
            if not (changed or gone):
                return
            for row in gone:
                self._forget(row)
            for card in _open(store.folders(session, changed), held):
                self._forget(card.id)
                self._cards[card.id] = card
                self._known[card.id] = card.version, held[card.id][0]
            self.stamp += 1

    def items(self) -> list[Card]:
        """List the cards, in no order; the same object for the same version."""
        with self._lock:
            return list(self._cards.values())

    def get(self, folder: bytes) -> Card | None:
        """Give one folder's card."""
        return self._cards.get(folder)

    def made(self, make: Callable[[Card], T]) -> dict[bytes, T]:
        """Give what a function makes of each card, by folder; it is asked once for each version of each card.

        The trap: pass the same function each time, not a lambda made anew.
        """
        with self._lock:
            known = self._made.setdefault(make, {})
            for row, card in self._cards.items():
                if row not in known:
                    known[row] = make(card)
            return cast("dict[bytes, T]", dict(known))

    def _forget(self, row: bytes) -> None:
        self._cards.pop(row, None)
        self._known.pop(row, None)
        for known in self._made.values():
            known.pop(row, None)


LOST = Card(b"", 0, 0, None)


def _open(rows: Iterator[store.Stored], held: Mapping[bytes, tuple[int, bytes]]) -> Iterator[Card]:
    found = list(rows)
    mine = [(held[one.id][1], one.id, one.version, one.summary) for one in found]
    for one, summary in zip(found, open_many(SUMMARY, mine), strict=True):
        if one.key_version != held[one.id][0]:
            yield Card(one.id, one.day, one.version, None, "not_mine")
        else:
            yield Card(one.id, one.day, one.version, summary, "" if summary is not None else "corrupt")
