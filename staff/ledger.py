"""A team's ledger: a folder in which the team keeps what belongs to no case, such as requests to see documents.

One for each name. Found among the folders whose keys the person holds; made when it is first written to. Should two
people make one at the same time, both are read, and the one with the lower id is written to. One that begins with
somebody of another town is none of ours, whatever it is called.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from crypto.opening.members import COORDINATOR, LEAD, Member
from staff.casebook import Casebook
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Folder, Folders, Keys, Shelf, nothing
from staff.folders.folders import Beside
from staff.person import Person

KIND = "ledger"


@dataclass(frozen=True)
class Ledger:
    """Read and write the ledger of one name for one person, now."""

    name: str
    casebook: Casebook
    folders: Folders
    keys: Keys = field(repr=False)
    shelf: Shelf = field(repr=False)
    person: Person
    now: datetime

    def read(self, what: str = "opened") -> list[Folder]:
        """Read every ledger of the name; each reading is in the audit first. None yet gives an empty list."""
        return [self.folders.read(self.keys, row, self.person, self.now, what=what) for row in self._found()]

    def entries(self) -> list[Entry]:
        """Give the entries that count, of all ledgers of the name."""
        return [entry for folder in self.read() for entry in folder.trusted]

    def append(
        self, decide: Callable[[Sequence[Entry]], Sequence[Entry]], what: str = "wrote", beside: Beside = nothing
    ) -> None:
        """Write what `decide` makes of the entries as they stand; the ledger is made if there is none."""
        found = self._found()
        if not found:
            self._make(decide([]), beside)
            return
        self._top_up(found[0])
        self.folders.append(
            self.keys,
            found[0],
            self.person,
            lambda folder: decide(folder.trusted),
            self._summarise,
            self.now,
            what=what,
            beside=beside,
        )

    def prepared(self, entries: Sequence[Entry], what: str = "wrote") -> Beside:
        """Seal entries to be written beside another act, in its commit; MeanwhileError there if somebody wrote first.

        The trap: call it anew in each of the act's attempts, as `Folders.prepared`.
        """
        found = self._found()
        if not found:
            return self.folders.prepare(self.person, entries, self._summarise, self._team(), self.now).keep
        self._top_up(found[0])
        return self.folders.prepared(
            self.keys, found[0], self.person, lambda _folder: entries, self._summarise, self.now, what=what
        )

    def _found(self) -> list[bytes]:
        self.shelf.refresh(self.casebook, self.keys, self.person)
        named = sorted(card.id for card in self.shelf.items() if card.summary and _named(card.summary, self.name))
        return [row for row in named if self._ours(row)]

    def _ours(self, row: bytes) -> bool:
        """Tell whether somebody of the own town made it: anybody's would be read by them when it is written to."""
        try:
            maker = self.folders.maker(self.keys, row, self.person)
        except UnknownFolderError:
            return False
        return maker is not None and maker.municipality == self.person.municipality

    def _make(self, entries: Sequence[Entry], beside: Beside) -> None:
        if entries:
            self.folders.create(self.person, entries, self._summarise, self._team(), self.now, beside=beside)

    def _summarise(self, entries: Sequence[Entry]) -> bytes:
        return json.dumps([KIND, 1, self.name, len(entries)]).encode()

    def _team(self) -> list[Member]:
        return list(self.person.papers.members.with_role(self.person.municipality, COORDINATOR, LEAD))

    def _top_up(self, row: bytes) -> None:
        """Grant the ledger to whoever has joined the team since it was made."""
        held = self.folders.peek(self.keys, row, self.person).holders(self.person.papers.members)
        missing = [one for one in self._team() if one not in held]
        if missing:
            with suppress(RefusedActError):  # somebody else writes just now; the next writing grants it
                self.folders.share(self.keys, row, self.person, missing, self.now)


def _named(summary: bytes, name: str) -> bool:
    try:
        value = json.loads(summary)
    except ValueError:
        return False
    return isinstance(value, list) and value[:3] == [KIND, 1, name]
