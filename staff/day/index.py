"""Search in everything that a session may read: an index in its memory, thrown away with the session.

The words of each case are kept as one text, casefolded; those of the submissions that it names beside it. Which words
they are is said in `staff.day.gathering`.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

ROOM = 64 * 1024 * 1024  # characters that one session keeps; what comes after is found by the list's words only


@dataclass(frozen=True, slots=True)
class Doc:
    """Hold one thing's words at a version; `links` are the submissions that a case names."""

    version: int
    text: str = field(default="", repr=False)
    links: tuple[bytes, ...] = ()


NOTHING = Doc(-1)
Threads = Mapping[bytes, Sequence[bytes]]


class Shelves:
    """Hold documents by id within a number of characters; what does not fit keeps its version and loses its words."""

    def __init__(self, room: int = ROOM) -> None:
        self._docs: dict[bytes, Doc] = {}
        self._size = 0
        self._room = room
        self.left_out = 0

    def get(self, row: bytes) -> Doc:
        """Give one document, or NOTHING."""
        return self._docs.get(row, NOTHING)

    def put(self, row: bytes, doc: Doc) -> None:
        """Put a document in place of the one before."""
        self.drop(row)
        if self._size + len(doc.text) > self._room:
            self.left_out += 1
            doc = Doc(doc.version, "", doc.links)
        self._docs[row] = doc
        self._size += len(doc.text)

    def drop(self, row: bytes) -> None:
        """Forget a document."""
        self._size -= len(self._docs.pop(row, NOTHING).text)

    def keep_only(self, rows: Collection[bytes]) -> None:
        """Forget all others: what was erased or taken from this person is found no more."""
        for gone in self._docs.keys() - set(rows):
            self.drop(gone)

    def links(self) -> Iterator[bytes]:
        """List every submission that a document names."""
        for doc in self._docs.values():
            yield from doc.links


class Index:
    """Hold the words of cases and of the submissions that they name; `lock` is held while anything is put in."""

    def __init__(self, room: int = ROOM) -> None:
        self.lock = threading.Lock()
        self.cases = Shelves(room)
        self.submissions = Shelves(room)
        self.building = False

    @property
    def left_out(self) -> int:
        """Count what had no room."""
        return self.cases.left_out + self.submissions.left_out

    def find(self, words: str, listed: Mapping[bytes, str], threads: Threads) -> set[bytes]:
        """Give the cases in which every word stands somewhere, in any case, as a part of words too.

        `listed` holds what the list itself shows, casefolded, by case; `threads` says for a submission which others
        belong to its thread.
        """
        wanted = words.casefold().split()
        with self.lock:
            return {row for row, text in listed.items() if self._holds(row, text, wanted, threads)}

    def _holds(self, row: bytes, listed: str, wanted: Iterable[str], threads: Threads) -> bool:
        doc = self.cases.get(row)
        missing = [word for word in wanted if word not in listed and word not in doc.text]
        if not missing:
            return True
        linked = {one for link in doc.links for one in threads.get(link, (link,))}
        texts = [self.submissions.get(one).text for one in linked]
        return bool(texts) and all(any(word in text for text in texts) for word in missing)
