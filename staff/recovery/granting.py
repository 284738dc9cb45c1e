"""Give on what the recovery key holds: to a new team when all coordinators are lost, or to the key that replaces it.

Every step is one commit with its row of the audit, and what is left to do follows from what the casebook says: broken
off anywhere, the next run goes on there. Nothing is shown and no folder gets another key. What is protected was never
granted to this key, so it stays closed.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from crypto.errors import Error, ForgedError
from crypto.opening.casebook import grant
from crypto.opening.members import FORMER_RECOVERY, RECOVERY, Member, Members
from staff.audit import About, Audit
from staff.audit.store import take_turn
from staff.casebook import Casebook
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Folders, Keys
from staff.folders import store as shelves
from staff.folders.folder import holding, mark
from staff.folders.store import Granted
from staff.inbox import keys as request_keys
from staff.inbox import opening, record, store
from staff.inbox.record import Record
from staff.person import Person
from staff.recovery import counting
from staff.register import Papers

CHUNK = 100  # submissions in one commit
Told = Callable[[str, int, int], None]


class TrayKeys(Keys):
    """Hold the recovery key's folders as its tray gives them; the tray stays as it is, so that it can be counted."""

    def _keep(self, casebook: Casebook, member: bytes, taken: Sequence[Granted], person: Person, now: datetime) -> None:
        """Write no keyring: this key is unlocked once a year, and its grants lie where they were left."""


@dataclass
class Tally:
    """Count what was given on and what could not be: changed, or closed to this key by now."""

    folders: int = 0
    submissions: int = 0
    envelopes: int = 0
    closed: int = 0


@dataclass(frozen=True)
class Giving:
    """Hold who gives what to whom: the recovery key, unlocked, and those who are to read from now on."""

    casebook: Casebook
    folders: Folders
    person: Person
    to: Sequence[Member]
    now: Callable[[], datetime]
    told: Told
    tally: Tally = field(default_factory=Tally)

    def note(self, what: str, by: str = "") -> None:
        """Write down that the recovery key is used, and which two signed for it, before anything is given."""
        names = ", ".join(one.name for one in self.to)
        with self.casebook.write() as session:
            Audit(self.casebook).about_me(session, self.person, what, self.now(), {"to": names, "by": by or "-"})

    def give_folders(self) -> None:
        """Grant each folder to those who lack it, one commit for each."""
        keys = TrayKeys()
        keys.refresh(self.casebook, self.person, self.now())
        held = sorted(keys.held())
        with self.casebook.read() as session:
            waiting = shelves.tray(session, self.person.member_tag(self.person.identity.box_public))
        self.tally.closed += len({one.folder for one in waiting}.difference(held))
        members, tag = self.person.papers.members, self.person.member_tag
        # A recovery key's grants stay in its tray: by them, not by what the folder says, it is known what it has.
        keys_of = [one for one in self.to if one.role == RECOVERY]
        granted = {one.box_public: counting.folders(self.casebook, tag, one, members) for one in keys_of}
        for number, folder in enumerate(held, 1):
            lacking = [box for box, rows in granted.items() if folder not in rows]
            self._folder(keys, folder, lacking)
            self.told("folders", number, len(held))

    def give_submissions(self) -> None:
        """Grant each submission of the town to those who lack it, some in one commit."""
        with self.casebook.read() as session:
            rows = sorted(store.submission_versions(session, self.person))
        for start in range(0, len(rows), CHUNK):
            some = rows[start : start + CHUNK]
            found = record.read_many(self.casebook, some, self.person)
            self.tally.closed += len(some) - len(found)
            self.give_some([one for one in found.values() if not one.state.only])
            self.told("submissions", start + len(some), len(rows))

    def open_envelopes(self) -> None:
        """Open what nobody has opened, for the team: sealed anew and granted to it, before the envelope goes."""
        with self.casebook.read() as session:
            rows = store.waiting_ids(session, self.person)
        opened = opening.open_all(self.casebook, rows, self.person, self.now())
        good = sum(one is None or one.content is not None for one in opened)
        self.tally.envelopes, self.tally.closed = good, self.tally.closed + len(rows) - good
        self.told("envelopes", len(rows), len(rows))

    def _folder(self, keys: Keys, folder: bytes, lacking: Collection[bytes]) -> None:
        members = self.person.papers.members
        with suppress(UnknownFolderError, RefusedActError, Error):
            found = self.folders.peek(keys, folder, self.person)
            standing = holding(found.entries, members)
            missing = [one for one in self.to if mark(one.box_public) not in standing or one.box_public in lacking]
            if found.problem != "corrupt":
                if missing:
                    self.folders.share(keys, folder, self.person, missing, self.now())
                    self.tally.folders += 1
                return
        self.tally.closed += 1

    def give_some(self, records: Sequence[Record]) -> None:
        """Write the grants that are missing; a submission that somebody wrote in meanwhile waits for the next run."""
        with self.casebook.read() as session:
            lacking = {one.row: self._lacking(session, one) for one in records}
        wanted = [one for one in records if lacking[one.row]]
        if not wanted:
            return
        with self.casebook.write() as session:
            take_turn(session)
            standing = store.versions_of_team(session, [one.row for one in wanted], self.person)
            still = [one for one in wanted if standing.get(one.row) == one.version]
            rows = [About("shared", one.row, one.key, {"v": str(max(one.version, one.highest))}) for one in still]
            Audit(self.casebook).write_all(session, self.person, rows, self.now())
            for one in still:
                store.add_grants(session, one.row, self._grants(one, lacking[one.row]))
        self.tally.submissions += len(still)

    def _lacking(self, session: Session, one: Record) -> list[Member]:
        found = store.grants_of(session, one.row)
        return [
            each
            for each in self.to
            if not request_keys.holds(
                found.get(self.person.member_tag(each.box_public), b""), one.row, one.key, each.box_public, self.person
            )
        ]

    def _grants(self, one: Record, to: Sequence[Member]) -> dict[bytes, bytes]:
        identity = self.person.identity
        return {
            self.person.member_tag(each.box_public): grant(one.key, one.row, each.box_public, identity) for each in to
        }


def recovery_members(members: Members) -> list[Member]:
    """List the recovery keys of the register, those that were replaced too."""
    return [one for one in members.members if one.role in (RECOVERY, FORMER_RECOVERY)]


def current_recovery(papers: Papers, municipality: str) -> Member:
    """Give the recovery key that the roster seals a town's requests to; ForgedError if the register lacks it.

    Both papers must name it: it is granted what the whole town has. KeyError for a town that the roster lacks.
    """
    found = papers.members.by_box(papers.roster.team(municipality).recovery)
    if found is None or found.role != RECOVERY or found.municipality != municipality:
        raise ForgedError("the recovery key of the roster does not stand in the register")
    return found
