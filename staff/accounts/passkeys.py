"""Passkeys: what WebAuthn asks and answers, and the rows in which they stand, locked under the pepper.

A passkey is the second thing beside the passphrase; it opens no key. Everything that WebAuthn defines is read and
checked by py_webauthn. Source: W3C Web Authentication, Level 3.
"""

import ipaddress
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

import webauthn
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from crypto.errors import CorruptError
from crypto.opening import pepper
from staff.accounts.remembered import Remembered
from staff.audit import days
from staff.casebook import Casebook
from staff.models import Passkey
from web.origin import Origin

PURPOSE, OWNER = "passkey", "passkey-owner"
SIZE = 2048  # bytes: a credential's id has 1,023 at most
LONGEST = 16_384  # characters of an answer
MOST = 8  # passkeys of one person
WORD = 40  # characters of the owner's word for one
NAME = "Utväg"
# The generator of P-256, a point that everybody knows: what an answer for an unknown passkey is checked against, so
# that it costs the same. Whatever comes of that check is never used.
NOBODYS = bytes.fromhex(
    "a5010203262001215820"
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "225820"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


class PasskeyError(Exception):
    """Say that what a browser sent for a passkey does not hold; `reason` is a key of the page's words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Known:
    """Hold one passkey; days since 1970, `backwards` the day on which its counter last went backwards (0: never)."""

    account: bytes
    credential: bytes
    public_key: bytes = field(repr=False)
    count: int
    word: str
    added: int
    used: int = 0
    backwards: int = 0

    def encode(self) -> bytes:
        """Write it to be locked."""
        keys = [self.account.hex(), self.credential.hex(), self.public_key.hex()]
        return json.dumps([*keys, self.count, self.word, self.added, self.used, self.backwards]).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote."""
        account, credential, public_key, *rest = json.loads(data)
        return cls(bytes.fromhex(account), bytes.fromhex(credential), bytes.fromhex(public_key), *rest)


@dataclass(frozen=True)
class Row:
    """Hold a passkey's row as it was read: what is written later takes its place only if nobody wrote meanwhile."""

    id: bytes
    locked: bytes = field(repr=False)
    known: Known


@dataclass(frozen=True)
class Proof:
    """Hold an answer that was checked: whose passkey signed it, and its counter now."""

    row: Row
    count: int

    @property
    def backwards(self) -> bool:
        """Tell whether the counter did not go up, so that somebody may have copied the passkey.

        Passkeys that do not count always say 0.
        """
        return (self.count > 0 or self.row.known.count > 0) and self.count <= self.row.known.count


class Passkeys:
    """Ask browsers for passkeys, check what they answer, and keep the rows."""

    def __init__(
        self, casebook: Casebook, pepper_bytes: bytes, origin: Origin, remembered: Remembered | None = None
    ) -> None:
        self._remembered = remembered or Remembered()
        self._casebook = casebook
        self._pepper = pepper_bytes
        self._origin = origin

    @property
    def on(self) -> bool:
        """Tell whether browsers allow passkeys at this address: none does for a bare IP address."""
        try:
            ipaddress.ip_address(self._origin.host)
        except ValueError:
            return True
        return False

    def of(self, account: bytes) -> list[Row]:
        """List an account's passkeys, the oldest first; a row that was changed, moved or put back is passed over."""
        with self._casebook.read() as session:
            found = session.execute(select(Passkey.id, Passkey.locked).where(Passkey.account == account))
            rows = [self._open(*one) for one in found]
        own = (one for one in rows if one and one.known.account == account)
        return sorted(own, key=lambda one: (one.known.added, one.known.word, one.id))

    def ask_new(self, account: bytes, name: str) -> tuple[bytes, str]:
        """Give a challenge, and what the page's script hands to the browser to make a passkey.

        It must be found without being named, so that the sign-in page need not tell who has which.
        """
        challenge = new_challenge()
        options = webauthn.generate_registration_options(
            rp_id=self._origin.host,
            rp_name=NAME,
            user_name=name,
            user_id=pepper.tag(self._pepper, OWNER, account.hex()),
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[_named(one) for one in self.of(account)],
        )
        return challenge, webauthn.options_to_json(options)

    def ask(self, account: bytes | None = None) -> tuple[bytes, str]:
        """Give a challenge, and what the page's script hands to the browser; None asks for whichever is there."""
        challenge = new_challenge()
        options = webauthn.generate_authentication_options(
            rp_id=self._origin.host,
            challenge=challenge,
            allow_credentials=[_named(one) for one in self.of(account)] if account else [],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return challenge, webauthn.options_to_json(options)

    def made(self, account: bytes, answer: str, challenge: bytes, word: str, day: int) -> Known:
        """Read a passkey that a browser has just made; raise PasskeyError("not") for anything that does not hold."""
        try:
            found = webauthn.verify_registration_response(
                credential=answer[:LONGEST],
                expected_challenge=challenge,
                expected_rp_id=self._origin.host,
                expected_origin=str(self._origin),
                require_user_verification=True,
            )
            known = Known(account, found.credential_id, found.credential_public_key, found.sign_count, word, day)
            if len(known.encode()) >= SIZE:
                raise ValueError("longer than any passkey's")
        except Exception as error:  # whatever a library raises at bytes of any origin: they do not hold
            raise PasskeyError("not") from error
        return known

    def check(self, account: bytes | None, answer: str, challenge: bytes) -> Proof | None:
        """Check an answer to `ask`; None for anything that does not hold, and for another account's passkey.

        One signature is checked whatever is wrong before it: a passkey that is not known costs the same time.
        """
        row = self._find(_credential(answer))
        key = row.known.public_key if row else NOBODYS
        try:
            found = webauthn.verify_authentication_response(
                credential=answer[:LONGEST],
                expected_challenge=challenge,
                expected_rp_id=self._origin.host,
                expected_origin=str(self._origin),
                credential_public_key=key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001  # as above
            return None
        return Proof(row, found.new_sign_count) if row and row.known.account == account and challenge else None

    def add(self, session: Session, known: Known) -> None:
        """Keep a new passkey in the caller's write transaction; raise PasskeyError("many" or "known")."""
        row, account = self._row(known.credential), known.account
        rows = session.execute(select(Passkey.id).where(Passkey.account == account)).all()
        if len(rows) >= MOST:
            raise PasskeyError("many")
        if self._remembered.gone(row) or session.execute(select(Passkey.id).where(Passkey.id == row)).first():
            raise PasskeyError("known")
        session.execute(insert(Passkey), [{"id": row, "account": account, "locked": self._lock(row, known)}])
        self._remembered.counted(session, row, known.count)

    def use(self, session: Session, proof: Proof, day: int) -> bool:
        """Note that a passkey was used, or that its counter went backwards; False if somebody wrote meanwhile.

        Compares and swaps the whole locked value: of two uses of one answer exactly one wins.
        """
        known = proof.row.known
        later = replace(known, backwards=day) if proof.backwards else replace(known, count=proof.count, used=day)
        change = update(Passkey).where(Passkey.id == proof.row.id, Passkey.locked == proof.row.locked)
        locked = self._lock(proof.row.id, later)
        if session.connection().execute(change.values(locked=locked)).rowcount != 1:
            return False
        self._remembered.counted(session, proof.row.id, later.count)
        return True

    def spend(self, proof: Proof, now: datetime) -> bool:
        """Note that a passkey was used, as `use` does, in a write of its own."""
        with self._casebook.write() as session:
            return self.use(session, proof, days(now))

    def remove(self, session: Session, account: bytes, row: bytes) -> bool:
        """Forget one passkey of an account; False if it has no such."""
        gone = delete(Passkey).where(Passkey.id == row, Passkey.account == account)
        if session.connection().execute(gone).rowcount != 1:
            return False
        self._remembered.take_away([row])
        return True

    def forget(self, session: Session, account: bytes) -> None:
        """Forget all passkeys of an account."""
        self._remembered.take_away(session.scalars(select(Passkey.id).where(Passkey.account == account)))
        session.execute(delete(Passkey).where(Passkey.account == account))

    def _find(self, credential: bytes) -> Row | None:
        with self._casebook.read() as session:
            chosen = select(Passkey.id, Passkey.locked).where(Passkey.id == self._row(credential))
            found = session.execute(chosen).first()
        return self._open(*found) if found else None

    def _row(self, credential: bytes) -> bytes:
        return pepper.tag(self._pepper, PURPOSE, credential.hex())

    def _lock(self, row: bytes, known: Known) -> bytes:
        return pepper.lock(self._pepper, PURPOSE, row, known.encode(), SIZE)

    def _open(self, row: bytes, locked: bytes) -> Row | None:
        """Open a row; None for one that was changed, or taken away. Of a counter the highest ever seen counts."""
        if self._remembered.gone(row):
            return None
        try:
            known = Known.decode(pepper.unlock(self._pepper, PURPOSE, row, locked))
        except (CorruptError, ValueError, TypeError):
            return None
        return Row(row, locked, replace(known, count=max(known.count, self._remembered.count(row))))


def new_challenge() -> bytes:
    """Draw what a passkey is to sign: 32 random bytes, for one answer."""
    return secrets.token_bytes(32)


def _named(row: Row) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=row.known.credential)


def _credential(answer: str) -> bytes:
    """Give the id that an answer names; nothing from one that names none."""
    try:
        return webauthn.base64url_to_bytes(json.loads(answer[:LONGEST])["rawId"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return b""
