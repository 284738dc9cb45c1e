"""Folders in the casebook: made, read, added to, granted, given another key, destroyed.

Each write is one commit with its row of the audit, and that row comes first: whoever has written it has the turn, so
that two writers never wait for each other in a circle.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from crypto.opening.casebook import key_commitment, new_key
from crypto.opening.members import FORMER_RECOVERY, RECOVERY, Member
from staff.audit import Audit, Seen, days
from staff.casebook import Casebook
from staff.diary import Kind
from staff.entry import Entry, Read
from staff.errors import MeanwhileError, UnknownFolderError
from staff.folders import store
from staff.folders.again import again
from staff.folders.folder import (
    FORM,
    REKEYED,
    SHARED,
    UNSHARED,
    Folder,
    holding,
    mark,
    naming,
    numbered,
    open_summary,
    refuse_outsiders,
    reseal,
    seal_entries,
    seal_summary,
)
from staff.folders.keys import Keys, bound
from staff.folders.making import New, Renewal, Summarise, granted, refuse_granter, seal_new, with_recovery
from staff.folders.store import Change, Stored
from staff.person import Person

Beside = Callable[[Session], None]


def nothing(_session: Session) -> None:
    """Write nothing beside."""


class Folders:
    """Do all database work on folders; keys come from the session's `Keys`, never from here."""

    def __init__(self, casebook: Casebook, audit: Audit) -> None:
        self._casebook = casebook
        self._audit = audit

    def prepare(  # all that a folder is made of
        self,
        person: Person,
        first: Sequence[Entry],
        summarise: Summarise,
        members: Sequence[Member],
        now: datetime,
        *,
        register: Kind | None = None,
        recovery: bool = True,
    ) -> New:
        """Seal a new folder without writing it; its `keep` is made for `beside` of another act.

        Granted to `members` and, unless told not to, to the recovery key of the person's team. `register` enters it in
        the team's register in the same commit. Raises RefusedActError: "role" (the person may not grant, or a member
        may not hold such a folder), "long".
        """
        holders = with_recovery(person, members) if recovery else list(members)
        return seal_new(self._audit, person, first, summarise, holders, now, register)

    def create(  # noqa: PLR0913  # as prepare, and what is written beside
        self,
        person: Person,
        first: Sequence[Entry],
        summarise: Summarise,
        members: Sequence[Member],
        now: datetime,
        *,
        register: Kind | None = None,
        recovery: bool = True,
        beside: Beside = nothing,
    ) -> bytes:
        """Make a folder and give its id; as `prepare`, written at once, `beside` in the same commit."""
        new = self.prepare(person, first, summarise, members, now, register=register, recovery=recovery)
        with self._casebook.write() as session:
            new.keep(session)
            beside(session)
        return new.id

    def read(
        self,
        row_keys: Keys,
        folder: bytes,
        person: Person,
        now: datetime,
        *,
        what: str = "opened",
        fields: dict[str, str] | None = None,
    ) -> Folder:
        """Read a folder; the row of the audit that says so is committed before anything of it is given.

        Raises UnknownFolderError for one that does not exist or is not granted to the person.
        """
        found = self.peek(row_keys, folder, person)
        with self._casebook.write() as session:
            self._note(session, found, person, what, now, fields)
        return found

    def peek(self, row_keys: Keys, folder: bytes, person: Person) -> Folder:
        """Read a folder without a row of the audit: only on the way to writing one. As `read` otherwise.

        The trap: nothing of what it gives may reach a page.
        """
        stored, (_, key), sealed = self._fetch(row_keys, folder, person)
        with self._casebook.read() as session:
            highest = self._audit.newest_version(session, key)
        entries = FORM.read(key, folder, sealed, person.papers.members, stored.key_version)
        summary = open_summary(key, folder, stored.version, stored.summary)
        broken = summary is None or key_commitment(key, bound(folder)) != stored.commitment
        problem = "corrupt" if broken else "older" if highest > stored.version else ""
        return Folder(
            folder,
            stored.day,
            stored.version,
            stored.key_version,
            key,
            summary or b"",
            tuple(entries),
            highest,
            problem,
        )

    def maker(self, row_keys: Keys, folder: bytes, person: Person) -> Member | None:
        """Give who wrote the first entry that counts; None if there is none. As `peek`, never shown."""
        stored, (_, key), sealed = self._fetch(row_keys, folder, person)
        members = person.papers.members
        for number in sorted(sealed):
            (read,) = FORM.read(key, folder, {number: sealed[number]}, members, stored.key_version)
            if read.trusted:
                return members.insider(read.by)
        return None

    def note(
        self, folder: Folder, person: Person, what: str, now: datetime, fields: dict[str, str] | None = None
    ) -> None:
        """Write a row of the audit about a folder that was read, as for showing a masked name or an export."""
        with self._casebook.write() as session:
            self._note(session, folder, person, what, now, fields)

    def append(  # noqa: PLR0913  # who, what, when, and what goes with it
        self,
        row_keys: Keys,
        folder: bytes,
        person: Person,
        decide: Callable[[Folder], Sequence[Entry]],
        summarise: Summarise,
        now: datetime,
        *,
        what: str = "wrote",
        beside: Beside = nothing,
    ) -> Folder:
        """Write the entries that `decide` makes of the folder as it stands, and give the folder as it stands then.

        None writes nothing. If somebody else wrote first, `decide` is asked anew about what they did, or refuses with
        RefusedActError. Entries, summary, `beside` and the row of the audit are one commit.
        """

        def attempt() -> Folder:
            found = self.peek(row_keys, folder, person)
            entries = decide(found)
            if not entries:
                return found
            return self._write(found, entries, summarise, person, now, what=what, beside=beside)

        return again(attempt)

    def prepared(  # as append
        self,
        row_keys: Keys,
        folder: bytes,
        person: Person,
        decide: Callable[[Folder], Sequence[Entry]],
        summarise: Summarise,
        now: datetime,
        *,
        what: str = "wrote",
    ) -> Beside:
        """Seal what `append` would write, to be written beside another act: anew in each call of its `decide`."""
        found = self.peek(row_keys, folder, person)
        return self._sealed(found, decide(found), summarise, person, now, what=what)[1]

    def share(self, row_keys: Keys, folder: bytes, person: Person, members: Sequence[Member], now: datetime) -> Folder:
        """Grant a folder to members; who holds it already gets the grant again. Raises RefusedActError("role").

        The one act on folders that the recovery key does too (docs/envelope.md section 4.7).
        """
        refuse_granter(person, RECOVERY, FORMER_RECOVERY)
        return again(lambda: self._share(self.peek(row_keys, folder, person), person, members, now))

    def unshare(
        self, row_keys: Keys, folder: bytes, person: Person, members: Sequence[Member], now: datetime
    ) -> Folder:
        """Take a folder from members: everything is sealed under a new key, which only the others get.

        What they have read they know; what they had copied they can still open. Nothing new reaches them.
        """
        lost = {one.box_public for one in members}

        def left(found: Folder) -> Renewal:
            holders = [one for one in found.holders(person.papers.members) if one.box_public not in lost]
            said = [naming(UNSHARED, person.name, now, members)]
            return Renewal(with_recovery(person, holders), said, found.summary)

        return self.renew(row_keys, folder, person, left, now)

    def rekey(
        self,
        row_keys: Keys,
        folder: bytes,
        person: Person,
        members: Sequence[Member],
        now: datetime,
        *,
        recovery: bool = True,
    ) -> Folder:
        """Seal everything under a new key for `members` and, unless told not to, the recovery key; nobody else."""
        holders = with_recovery(person, members) if recovery else members
        return self.renew(row_keys, folder, person, lambda found: Renewal(holders, [], found.summary), now)

    def renew(  # what comes with the key is decided upon, and written, in the key's own commit
        self,
        row_keys: Keys,
        folder: bytes,
        person: Person,
        decide: Callable[[Folder], Renewal],
        now: datetime,
        *,
        beside: Beside = nothing,
    ) -> Folder:
        """Seal everything under a new key for whom `decide` names, with its entries: one commit, all of it or nothing.

        If somebody else wrote first, `decide` is asked anew; it may refuse with RefusedActError.
        """
        refuse_granter(person)

        def attempt() -> Folder:
            found = self.peek(row_keys, folder, person)
            renewal = decide(found)
            refuse_outsiders(found.summary, renewal.holders)
            self._renew(row_keys, found, person, now, renewal, beside)
            row_keys.refresh(self._casebook, person, now)
            return self.peek(row_keys, folder, person)

        return again(attempt)

    def destroy(self, ids: Sequence[bytes], session: Session, now: datetime) -> None:
        """Erase folders, in the caller's write transaction: rows, entries, grants; the ids are remembered."""
        store.destroy(session, ids, days(now))

    def seen(self, folder: Folder, person: Person) -> list[Seen]:
        """List who did what with a folder, oldest first, under all keys that it has had."""
        members = person.papers.members
        return [one for key in [*folder.keys_before, folder.key] for one in self._audit.of(key, members)]

    def _fetch(
        self, row_keys: Keys, folder: bytes, person: Person
    ) -> tuple[Stored, tuple[int, bytes], dict[int, bytes]]:
        for fresh in (False, True):
            if fresh or folder not in row_keys:
                row_keys.refresh(self._casebook, person)
            held = row_keys.versioned(folder)
            with self._casebook.read() as session:
                stored = store.folder(session, folder)
                sealed = store.entries(session, folder)
            if stored is None:
                break
            if stored.key_version == held[0]:
                return stored, held, sealed
        raise UnknownFolderError

    def _note(
        self,
        session: Session,
        folder: Folder,
        person: Person,
        what: str,
        now: datetime,
        fields: dict[str, str] | None = None,
    ) -> None:
        named = {"v": str(max(folder.version, folder.highest)), **(fields or {})}
        self._audit.write(session, person, what, folder.id, folder.key, now, named)

    def _write(
        self,
        found: Folder,
        entries: Sequence[Entry],
        summarise: Summarise,
        person: Person,
        now: datetime,
        *,
        what: str,
        beside: Beside,
    ) -> Folder:
        """Write entries behind those that were read; raise MeanwhileError if somebody else did so first."""
        after, put = self._sealed(found, entries, summarise, person, now, what=what)
        with self._casebook.write() as session:
            put(session)
            beside(session)
        return after

    def _sealed(
        self,
        found: Folder,
        entries: Sequence[Entry],
        summarise: Summarise,
        person: Person,
        now: datetime,
        *,
        what: str,
    ) -> tuple[Folder, Beside]:
        """Seal entries behind those that were read; give the folder as it stands then, and what writes them."""
        new = numbered(found.next_number(), entries)
        last = max(new, default=found.version)
        summary = summarise([*found.trusted, *entries])
        sealed = seal_entries(found.key, found.id, new, person.identity, found.key_version)
        closed = seal_summary(found.key, found.id, last, summary)
        after = replace(
            found,
            version=last,
            highest=max(last, found.highest),
            summary=summary,
            entries=(*found.entries, *_mine(new, person)),
            problem="",
        )
        kinds = " ".join(dict.fromkeys(entry.kind for entry in entries))

        def put(session: Session) -> None:
            self._note(session, after, person, what, now, {"did": kinds} if kinds else None)
            change = Change(found.id, found.version, found.key_version, closed, sealed)
            if sealed and not store.change(session, change):
                raise MeanwhileError

        return after, put

    def _share(self, found: Folder, person: Person, members: Sequence[Member], now: datetime) -> Folder:
        refuse_outsiders(found.summary, members)
        fresh = [one for one in members if mark(one.box_public) not in holding(found.entries, person.papers.members)]
        entries = [naming(SHARED, person.name, now, fresh)] if fresh else []
        grants = granted(found.key, found.id, found.key_version, members, person)

        def keep(session: Session) -> None:
            store.grant(session, found.id, found.key_version, grants)

        return self._write(found, entries, lambda _entries: found.summary, person, now, what="shared", beside=keep)

    def _renew(
        self,
        row_keys: Keys,
        found: Folder,
        person: Person,
        now: datetime,
        renewal: Renewal,
        beside: Beside,
    ) -> None:
        stored, old, sealed = self._fetch(row_keys, found.id, person)
        if stored.version != found.version:
            raise MeanwhileError
        row, new = found.id, (old[0] + 1, new_key())
        rekeyed = naming(REKEYED, person.name, now, renewal.holders, key=old[1].hex())
        entries = numbered(found.next_number(), [*renewal.entries, rekeyed])
        everything = reseal(old, new, row, sealed) | seal_entries(new[1], row, entries, person.identity, new[0])
        last = max(entries)
        renewed = Stored(
            row,
            stored.day,
            last,
            new[0],
            key_commitment(new[1], bound(row)),
            seal_summary(new[1], row, last, renewal.summary),
        )
        with self._casebook.write() as session:
            did = {"did": " ".join(dict.fromkeys(one.kind for one in renewal.entries))} if renewal.entries else {}
            self._audit.write(session, person, "rekeyed", row, new[1], now, {"v": str(last), **did})
            if not store.renew(session, stored, renewed, everything):
                raise MeanwhileError
            store.grant(session, row, new[0], granted(new[1], row, new[0], renewal.holders, person))
            beside(session)


def _mine(entries: Mapping[int, Entry], person: Person) -> list[Read]:
    by = person.identity.sign_public
    return [Read(number, entry, trusted=True, by=by) for number, entry in entries.items()]
