"""The keys of the folders that one session may open: the keyring, and what has come into the tray since."""

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from crypto.errors import CorruptError, Error, ForgedError
from crypto.opening.auditing import audit_key
from crypto.opening.casebook import accept_grant, claimed_granter, key_commitment
from crypto.opening.keyring import Keyring, open_keyring, own_key, seal_keyring
from staff.audit import Audit, myself
from staff.audit.store import newest_k
from staff.casebook import Casebook
from staff.errors import MeanwhileError, UnknownFolderError
from staff.folders import store
from staff.folders.folder import FORM, REKEYED
from staff.folders.store import Granted
from staff.person import Person

FULL = 200  # grants in the tray that are worth writing the keyring anew within a session
GRANTS = b"folder:"  # before the id where a grant or commitment is bound to a folder: a submission's never fits

log = logging.getLogger("utvag.staff")


def bound(folder: bytes) -> bytes:
    """Give the row that a folder's grants and commitment are bound to."""
    return GRANTS + folder


class Keys:
    """Hold folder id -> key in the session's memory; nothing is opened before the first `refresh`.

    `problem` is "" or says what is the matter with the keyring: "corrupt" or "older" (an earlier state was put back).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: Keyring = {}
        self._version = -1  # of the keyring that was opened
        self._refused: set[bytes] = set()
        self.problem = ""

    def refresh(self, casebook: Casebook, person: Person, now: datetime | None = None) -> None:
        """Open the keyring if there is another than before, and accept what waits in the tray.

        What was accepted moves into the keyring at the session's first refresh, and whenever much has come. A grant
        that is not signed by a coordinator or lead of the register, or not for this folder and key, is passed over.
        """
        member = person.member_tag(person.identity.box_public)
        with self._lock:
            first = self._version < 0
            with casebook.read() as session:
                stale = self._open(session, member, person)
                waiting = store.tray(session, member)
            taken = [one for one in waiting if self._accept(one, person, casebook)]
            if stale or (taken and first) or len(taken) > FULL:
                self._keep(casebook, member, taken, person, now or datetime.now(UTC))

    def key(self, folder: bytes) -> bytes:
        """Give a folder's key; raise UnknownFolderError if this person does not hold it."""
        return self.versioned(folder)[1]

    def versioned(self, folder: bytes) -> tuple[int, bytes]:
        """Give a folder's key with the key's version; raise UnknownFolderError."""
        found = self._keys.get(folder)
        if found is None:
            raise UnknownFolderError
        return found

    def held(self) -> Mapping[bytes, tuple[int, bytes]]:
        """Give all keys as they stand now: folder id -> (key version, key)."""
        with self._lock:
            return dict(self._keys)

    def __contains__(self, folder: bytes) -> bool:
        """Tell whether this person holds a folder's key."""
        return folder in self._keys

    def _open(self, session: Session, member: bytes, person: Person) -> bool:
        """Open the keyring if it is another than before; True if it holds keys of what was erased."""
        version = store.keyring_version(session, member)
        if version == self._version:
            return False
        first, self._version = self._version < 0, version
        found = store.keyring(session, member)
        if found:
            try:
                self._merge(open_keyring(person.identity, found[1], found[0]))
            except CorruptError:
                self.problem = "corrupt"
        if first and version < newest_k(session, audit_key(own_key(person.identity, "keyring"))):
            self.problem = self.problem or "older"
        gone = self._keys.keys() & store.erased(session)
        for row in gone:
            del self._keys[row]
        return bool(gone)

    def _merge(self, keys: Keyring) -> None:
        for folder, (version, key) in keys.items():
            if folder not in self._keys or self._keys[folder][0] < version:
                self._keys[folder] = version, key

    def _accept(self, one: Granted, person: Person, casebook: Casebook) -> bool:
        """Take a key from a grant, if it is believed; True if the keyring is to hold it.

        A key that is held gives way only to one that was made by somebody who held it too: else a stranger's grant
        and a changed row would make everybody forget the true key, and write under one that the stranger knows.
        """
        known = self._keys.get(one.folder)
        if known and known[0] >= one.key_version:
            return True
        if one.sealed in self._refused:
            return False
        try:
            key = accepted(one, person)
            if known:
                refuse_stranger(casebook, one, known[1], key, person)
            self._keys[one.folder] = one.key_version, key
        except Error as error:
            self._refused.add(one.sealed)
            log.error("a grant in a tray is not believed: %s", type(error).__name__)
            return False
        return True

    def _keep(self, casebook: Casebook, member: bytes, taken: Sequence[Granted], person: Person, now: datetime) -> None:
        """Write the keyring anew with all keys, and empty the tray of them, in one commit.

        If another session of the same person did so first, this one opens that keyring at its next refresh. A damaged
        keyring is left as it is until somebody has looked at it: it may still be mended from a backup.
        """
        if self.problem == "corrupt":
            return
        sealed = seal_keyring(person.identity, self._keys, self._version + 1)
        subject, key = myself(person), own_key(person.identity, "keyring")
        with suppress(MeanwhileError), casebook.write() as session:
            # One row of the audit for each version of the keyring: so one put back from before is seen.
            Audit(casebook).write(session, person, "keyring", subject, key, now, {"v": str(self._version + 1)})
            if not store.keep_keyring(session, member, self._version, sealed):
                raise MeanwhileError
            store.clear_tray(session, member, taken)
            self._version += 1


def accepted(one: Granted, person: Person) -> bytes:
    """Open a grant; raise ForgedError unless it was signed for this folder, key and member by somebody who may.

    That is a coordinator or lead, or the recovery key of the person's town (docs/envelope.md section 4.7).
    """
    by, members = claimed_granter(one.sealed), person.papers.members
    granter = members.folder_granter(by) or members.recoverer(by, person.member)
    if granter is None:
        raise ForgedError("not by a coordinator or lead")
    row = bound(one.folder)
    key = accept_grant(one.sealed, row, person.identity, granter.sign_public, one.key_version)
    if key_commitment(key, row) != one.commitment:
        raise ForgedError("not the key that the folder is bound to")
    return key


def refuse_stranger(casebook: Casebook, one: Granted, before: bytes, key: bytes, person: Person) -> None:
    """Raise ForgedError unless an entry under the new key, by whoever may grant, names the key that is held.

    Each renewal writes one, and they stay: so whoever was away for several still follows.
    """
    members = person.papers.members
    with casebook.read() as session:
        sealed = store.entries(session, one.folder)
    entries = FORM.read(key, one.folder, sealed, members, one.key_version)
    renewals = (each for each in entries if each.trusted and each.entry.kind == REKEYED)
    if not any(each.entry.fields.get("key") == before.hex() and members.folder_granter(each.by) for each in renewals):
        raise ForgedError("a new key by somebody who does not know the one before")
