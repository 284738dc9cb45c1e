"""The recovery key was replaced: whoever unlocks gives the new one what the old one holds, in turns.

Nothing is kept of how far it has come: what lies in the old key's name and not in the new one's is left to give, and
dying between two commits loses nothing. A row proves nothing: the old key's grant must be one that was truly signed,
else whoever writes to the casebook could have a protected case given to the new key. When nothing is left to anybody,
the old key's grants go, in one commit with a row of the audit. Source: docs/envelope.md section 4.7.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select

from crypto.errors import ForgedError
from crypto.opening.members import COORDINATOR, FORMER_RECOVERY, LEAD, RECOVERY, Member
from staff.audit.store import take_turn
from staff.cases.hand import Hand
from staff.errors import RefusedActError
from staff.folders.giving import CHUNK
from staff.folders.giving import give as give_folders
from staff.inbox import record
from staff.models import Grant, Tray
from staff.person import Person
from staff.recovery import proof
from staff.recovery.granting import Giving, current_recovery, recovery_members

UNLOCKING = 2.0  # seconds that unlocking may take longer
PATIENCE = 5.0  # seconds of one answer
Rows = Sequence[bytes]


@dataclass(frozen=True)
class Change:
    """Hold the recovery keys of a town that were replaced, and the one that took their place."""

    old: Sequence[Member]
    new: Member


@dataclass(frozen=True)
class Progress:
    """Count what the new key was given in this turn, and what this person can still give it."""

    done: int = 0
    left: int = 0


def change(person: Person) -> Change | None:
    """Give the keys of the person's town, by the signed register and the roster; None if none was replaced."""
    members = recovery_members(person.papers.signed)
    old = [one for one in members if one.role == FORMER_RECOVERY and one.municipality == person.municipality]
    try:
        new = current_recovery(person.papers, person.municipality)
    except (KeyError, ForgedError):
        return None
    # Under the name that folders give every recovery key: a later renewal knows by it whom to replace.
    return Change(old, replace(new, name=RECOVERY)) if old else None


def turn(hand: Hand, patience: float = PATIENCE) -> Progress:
    """Give the new recovery key what this person reads and the old one has, as much as there is time for.

    The old key's grants go with the last that anybody had to give. Safe to do at any time, as often as one likes.
    """
    found = change(hand.person)
    if found is None or hand.person.member.role not in (COORDINATOR, LEAD):
        return Progress()
    one = _Turn(hand, found, time.monotonic() + patience)
    if one.stands():
        hand.session.keys.refresh(hand.parts.casebook, hand.person, hand.now)
        one.run()
    return Progress(one.done, one.left)


class _Turn:
    """Do one turn. What the old key only seems to hold, by a row that nobody signed, is nobody's to give."""

    def __init__(self, hand: Hand, found: Change, until: float) -> None:
        self._hand, self._found, self._until = hand, found, until
        tag = hand.person.member_tag
        self._own = tag(hand.person.identity.box_public)
        self._old = {tag(one.box_public): one for one in found.old}
        self._new = {tag(found.new.box_public): found.new}
        self.done = self.left = 0

    def stands(self) -> bool:
        """Tell whether anything lies in a replaced key's name: all the year after, nothing does."""
        with self._hand.parts.casebook.read() as session:
            asked = (select(table.member).where(table.member.in_(self._old)).limit(1) for table in (Tray, Grant))
            return any(session.scalar(one) is not None for one in asked)

    def run(self) -> None:
        """Give; then give again where a row only says that the new key has it; then let the old grants go."""
        folders, requests = self._of_old(missing=True)
        mine = self._mine(folders, requests)
        self._give(*mine)
        if self.left or not {*folders, *requests} <= {one for rows in mine for one in rows}:
            return  # the rest is for who reads it
        folders, requests = self._mine(*self._of_old())
        hand = self._hand
        self._give(
            sorted(set(folders) - proof.folders(hand, folders, self._new)),
            sorted(set(requests) - proof.requests(hand, requests, self._new)),
        )
        if not self.left:
            self._drop()

    def _of_old(self, *, missing: bool = False) -> tuple[Rows, Rows]:
        """List the folders and submissions in the old key's name, or those of them that are not in the new one's."""
        found: list[Rows] = []
        for row, member in ((Tray.folder, Tray.member), (Grant.submission, Grant.member)):
            asked = select(row).where(member.in_(self._old)).distinct()
            if missing:
                asked = asked.where(row.not_in(select(row).where(member.in_(self._new))))
            with self._hand.parts.casebook.read() as session:
                found.append(list(session.scalars(asked)))
        return found[0], found[1]

    def _mine(self, folders: Rows, requests: Rows) -> tuple[Rows, Rows]:
        """Keep what this person can open; a lead opens no requests."""
        held, mine = self._hand.session.keys.held(), select(Grant.submission).where(Grant.member == self._own)
        with self._hand.parts.casebook.read() as session:
            granted = set(session.scalars(mine)) if requests else set()
        return [one for one in folders if one in held], [one for one in requests if one in granted]

    def _give(self, folders: Rows, requests: Rows) -> None:
        work = [
            (give, rows[start : start + CHUNK])
            for give, rows in ((self._give_folders, folders), (self._give_requests, requests))
            for start in range(0, len(rows), CHUNK)
        ]
        for place, (give, some) in enumerate(work):
            if place and time.monotonic() > self._until:
                self.left = sum(len(rows) for _, rows in work[place:])
                return
            self.done += give(some)

    def _give_folders(self, rows: Rows) -> int:
        hand, held = self._hand, self._hand.session.keys
        good = sorted(proof.folders(hand, rows, self._old))
        try:
            given = give_folders(hand.parts.casebook, held, good, hand.person, self._found.new, hand.now, _any)
        except RefusedActError:
            return 0  # somebody else had the turn for too long: next time
        return len(given)

    def _give_requests(self, rows: Rows) -> int:
        hand = self._hand
        good = sorted(proof.requests(hand, rows, self._old))
        found = record.read_many(hand.parts.casebook, good, hand.person)
        giving = Giving(
            hand.parts.casebook, hand.parts.folders, hand.person, [self._found.new], lambda: hand.now, _quiet
        )
        giving.give_some([one for one in found.values() if not one.state.only])
        return giving.tally.submissions

    def _drop(self) -> None:
        """Let the replaced keys' grants go, once nothing in their names is missing in the new one's."""
        hand = self._hand
        with hand.parts.casebook.write() as session:
            take_turn(session)
            dropped = (delete(one).where(one.member.in_(self._old)) for one in (Tray, Grant))
            gone = [session.connection().execute(one).rowcount for one in dropped]
            said = {"n": str(gone[0]), "m": str(gone[1])}
            hand.parts.audit.about_me(session, hand.person, "recovery_dropped", hand.now, said)
        hand.parts.casebook.settle()


def _any(_summary: bytes) -> bool:
    """Give every kind of folder: the old key was given it too."""
    return True


def _quiet(_kind: str, _done: int, _of: int) -> None:
    """Tell nobody: the page counts by itself."""
