"""Accounts as they stand in the casebook: a tag, locked details, a key file. Nothing here knows a passphrase."""

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Self

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crypto.errors import CorruptError, DamagedKeyFileError
from crypto.opening import pepper
from crypto.opening.keyfile import public_halves
from crypto.opening.members import called
from staff.accounts.remembered import Remembered
from staff.casebook import Casebook
from staff.models import Account, Passkey

PURPOSE = "account"
NONE = "A" * 32  # stands where nobody has been given a secret; `codes` says that no code of it lets anybody in


@dataclass(frozen=True)
class Details:
    """Hold what an account's locked bytes say; `last_step` numbers the newest one-time code: none works twice.

    `codes` says that its owner has proven to hold the secret of the codes; before that, none lets them in. `number`
    counts the secrets that there have been.
    """

    name: str
    role: str
    totp_secret: str
    last_step: int = 0
    codes: bool = True
    number: int = 0

    def encode(self) -> bytes:
        """Write the details as JSON."""
        value = [self.name, self.role, self.totp_secret, self.last_step, self.codes, self.number]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote."""
        return cls(*json.loads(data))


class Accounts:
    """Find and change accounts; names are looked up by a tag that tells nothing without the pepper."""

    def __init__(self, casebook: Casebook, pepper_bytes: bytes, remembered: Remembered | None = None) -> None:
        self._remembered = remembered or Remembered()
        self._casebook = casebook
        self._pepper = pepper_bytes

    def tag(self, name: str) -> bytes:
        """Give the 32 bytes under which a name stands; its case and outer space do not matter."""
        return pepper.tag(self._pepper, PURPOSE, called(name))

    def find(self, name: str) -> Account | None:
        """Find the account of a name."""
        with self._casebook.read() as session:
            return session.scalar(select(Account).where(Account.name_tag == self.tag(name)))

    def any_key_file(self) -> bytes | None:
        """Give some account's key file: what a guess at an unknown name is spent on, so that it costs the same."""
        with self._casebook.read() as session:
            return session.scalar(select(Account.key_file).order_by(Account.id).limit(1))

    def details(self, account: Account) -> Details:
        """Unlock an account's details; raise CorruptError if they were changed or moved from another row.

        Codes of a secret before the newest, as in a row that was put back, let nobody in.
        """
        found = Details.decode(pepper.unlock(self._pepper, PURPOSE, account.id, account.details))
        return replace(found, codes=found.codes and found.number >= self._remembered.codes(account.id))

    def has_codes(self, account: Account) -> bool:
        """Tell whether an account's owner has proven to hold the secret of its codes."""
        try:
            return self.details(account).codes
        except CorruptError:
            return False

    def use_code(self, account: Account, step: int) -> bool:
        """Mark a one-time code as used; False if it, or a later one, was used meanwhile.

        Compares and swaps the whole locked value, so that of two simultaneous uses of one code exactly one wins.
        """
        details = self.details(account)
        if step <= details.last_step:
            return False
        locked = self._lock(account.id, replace(details, last_step=step))
        change = update(Account).where(Account.id == account.id, Account.details == account.details)
        with self._casebook.write() as session:
            changed = session.connection().execute(change.values(details=locked)).rowcount
        return changed == 1

    def add(self, details: Details, key_file: bytes) -> None:
        """Add an account, or give a known name a new key file and code secret."""
        with self._casebook.write() as session:
            self.put(session, details, key_file)

    def put(self, session: Session, details: Details, key_file: bytes) -> bytes:
        """Do as `add` does, in the caller's write transaction; give the account's id.

        What let the key before in goes with it: its passkeys, and its codes, also if their row is put back.
        """
        account, number = session.scalar(select(Account).where(Account.name_tag == self.tag(details.name))), 0
        if account is None:
            account = Account(id=secrets.token_bytes(16), name_tag=self.tag(details.name))
            session.add(account)
        else:
            number = self._newest(account) + 1
            self._remembered.renewed(session, account.id, number)
            if not _same_key(account.key_file, key_file):
                self._forget_passkeys(session, account.id)
        account.details = self._lock(account.id, replace(details, number=number))
        account.key_file = key_file
        session.flush()
        return account.id

    def relock(self, session: Session, account: Account, key_file: bytes) -> bool:
        """Put another key file in the place of an account's; False if somebody has done so meanwhile."""
        change = update(Account).where(Account.id == account.id, Account.key_file == account.key_file)
        return session.connection().execute(change.values(key_file=key_file)).rowcount == 1

    def set_codes(self, session: Session, account: Account, secret: str, step: int = 0) -> bool:
        """Let other codes in than before, from a step on; no secret lets none in. False as for `relock`."""
        known, number = self.details(account), self._newest(account) + 1
        codes = Details(known.name, known.role, secret or NONE, step, codes=bool(secret), number=number)
        change = update(Account).where(Account.id == account.id, Account.details == account.details)
        locked = self._lock(account.id, codes)
        if session.connection().execute(change.values(details=locked)).rowcount != 1:
            return False
        self._remembered.renewed(session, account.id, number)
        return True

    def forget(self, session: Session, name: str, box_public: bytes) -> None:
        """Take away a name's account with its passkeys, in the caller's write transaction, if it is this very key's.

        Whoever has renewed their key keeps the name, and an account that opens the new one.
        """
        account = session.scalar(select(Account).where(Account.name_tag == self.tag(name)))
        if account is None:
            return
        with suppress(DamagedKeyFileError):
            if public_halves(account.key_file)[0] == box_public:
                session.execute(delete(Passkey).where(Passkey.account == account.id))
                session.execute(delete(Account).where(Account.id == account.id))

    def _newest(self, account: Account) -> int:
        """Give the number of the newest secret that an account's codes have had."""
        known = self._remembered.codes(account.id)
        with suppress(CorruptError):
            known = max(known, self.details(account).number)
        return known

    def _forget_passkeys(self, session: Session, account: bytes) -> None:
        self._remembered.take_away(session.scalars(select(Passkey.id).where(Passkey.account == account)))
        session.execute(delete(Passkey).where(Passkey.account == account))

    def _lock(self, row: bytes, details: Details) -> bytes:
        return pepper.lock(self._pepper, PURPOSE, row, details.encode())


def _same_key(one: bytes, other: bytes) -> bool:
    """Tell whether two key files name the same key; a damaged one names none."""
    try:
        return public_halves(one) == public_halves(other)
    except DamagedKeyFileError:
        return False
