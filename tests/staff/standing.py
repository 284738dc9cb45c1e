"""What stands in a casebook, told by a process that has just opened it: each case as each person's key opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import func, select

from crypto.errors import Error
from staff.audit.verify import Check, verify
from staff.cases.state import fold
from staff.erasure import protocol
from staff.errors import UnknownFolderError, UnknownRequestError
from staff.folders import Folder, Shelf
from staff.folders.folder import kind_of
from staff.inbox import record as records
from staff.ledger import Ledger
from staff.models import FolderEntry, Grant, StoredEntry, StoredFolder, StoredSubmission, Tray
from tests.staff.world import Human, World

OWN = frozenset({"owner"})  # who reads a protected case
TEAM = frozenset({"owner", "colleague", "lead", "recovery"})
COORDINATORS = frozenset({"owner", "colleague"})
EVERYBODY = (*sorted(TEAM), "stranger")
BELONGS = (
    (FolderEntry.folder, StoredFolder.id),
    (Tray.folder, StoredFolder.id),
    (StoredEntry.submission, StoredSubmission.id),
    (Grant.submission, StoredSubmission.id),
)


@dataclass(frozen=True)
class Standing:
    """Hold what a case is: its notes, who reads it, how many keys it has had, how often it was read."""

    notes: tuple[str, ...] = ()
    readers: frozenset[str] = TEAM
    keys: int = 1
    reads: int = 0
    closed: bool = False
    tied: int = 0


@dataclass(frozen=True)
class Found:
    """Hold a case as it was found, with its folder and the requests that it names."""

    standing: Standing
    folder: bytes
    requests: frozenset[bytes]


@dataclass
class Report:
    """Hold every case by its working name, every id on the record of what was erased, and all that is amiss."""

    cases: dict[str, Found] = field(default_factory=dict)
    erased: frozenset[bytes] = frozenset()
    amiss: list[str] = field(default_factory=list)

    def check(self, holds: bool, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.amiss.append(what)


def human(world: World, name: str) -> Human:
    """Find somebody of EVERYBODY."""
    found = world.recovery["ekstad"] if name == "recovery" else getattr(world, name)
    assert isinstance(found, Human)
    return found


class Reader:
    """Opens everything with everybody's keys, as they have them after signing in anew."""

    def __init__(self, world: World) -> None:
        self.world, self.parts = world, world.parts
        self.people = {name: world.session(human(world, name)) for name in EVERYBODY}
        self.told = Report(erased=frozenset(self.parts.erased.ids()))

    def report(self) -> Report:
        """Tell all of it."""
        for name, (keys, _) in self.people.items():
            self.told.check(not keys.problem, f"the keyring of {name} is {keys.problem}")
        with self.parts.casebook.read() as session:
            folders, requests = (list(session.scalars(select(one))) for one in (StoredFolder.id, StoredSubmission.id))
            for part, whole in BELONGS:
                lost = session.scalar(select(func.count()).where(part.not_in(select(whole))))
                self.told.check(not lost, f"{lost} rows of {part} belong to nothing")
        for row in folders:
            self._folder(row)
        for row in requests:
            self._request(row)
        self._audit()
        self._protocol()
        return self.told

    def _folder(self, row: bytes) -> None:
        opened = dict(self._opened(row))
        found = next(iter(opened.values()), None)
        self.told.check(found is not None, f"nobody opens {row.hex()}")
        whole = all(one.whole and one == found for one in opened.values())
        self.told.check(whole, f"{row.hex()} is not whole, or not the same, for {sorted(opened)}")
        if found and kind_of(found.summary) == "case":
            self._case(found, frozenset(opened))

    def _opened(self, row: bytes) -> Iterator[tuple[str, Folder]]:
        for name, (keys, person) in self.people.items():
            with suppress(UnknownFolderError):
                yield name, self.parts.folders.peek(keys, row, person)

    def _case(self, found: Folder, readers: frozenset[str]) -> None:
        state = fold(found.trusted)
        notes = tuple(one.fields["text"] for one in found.trusted if one.kind == "note")
        seen = self.parts.folders.seen(found, self.people["owner"][1])
        self.told.check(all(one.trusted and not one.missing for one in seen), f"the audit of {state.working} has gaps")
        reads = sum(one.what == "opened" for one in seen)
        requests = frozenset(map(bytes.fromhex, state.links))
        standing = Standing(notes, readers, found.key_version, reads, not state.position.open, len(requests))
        self.told.cases[state.working] = Found(standing, found.id, requests)

    def _request(self, row: bytes) -> None:
        """Check that a request opens whole for its case's coordinators alone, and that the two name each other."""
        opened = {}
        for name in sorted(COORDINATORS):
            with suppress(Error, UnknownRequestError):
                opened[name] = records.read(self.parts.casebook, row, self.people[name][1])
                records.content(self.parts.casebook, opened[name])
        named = {one.state.case for one in opened.values()}
        cases = [one for one in self.told.cases.values() if row in one.requests]
        self.told.check(named == ({one.folder.hex() for one in cases} or {""}), "a request and its case disagree")
        readers = cases[0].standing.readers & COORDINATORS if cases else COORDINATORS
        whole = all(one.whole for one in opened.values())
        self.told.check(
            whole and opened.keys() == readers, f"a request opens for {sorted(opened)} only, or is not whole"
        )

    def _audit(self) -> None:
        check = Check()
        with self.parts.casebook.read() as session:
            verify(session, check, identity=self.world.auditor.identity, members=self.world.members)
        self.told.check(not check.faults and check.read > 0, f"the audit does not verify: {check.faults}")

    def _protocol(self) -> None:
        """Check that the protocol counts all that was erased: by somebody, or again when the app was started."""
        keys, person = self.people["owner"]
        folders, now = self.parts.folders, self.world.clock.now()
        ledger = Ledger(protocol.NAME, self.parts.casebook, folders, keys, Shelf(), person, now)
        counted = sum(one.count + one.parts for one in protocol.protocol(ledger.entries()))
        counted += sum(one.count for one in self.parts.erased.restarts())
        self.told.check(counted == len(self.told.erased), f"{counted} of {len(self.told.erased)} are in the protocol")
