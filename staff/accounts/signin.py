"""Decide who gets in: the key file opens, a passkey or a fresh code is there, the signed register names the person."""

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pyotp

from crypto.errors import CorruptError, DamagedKeyFileError, PepperError, WrongPassphraseError
from crypto.opening.identity import Identity, new_identity
from crypto.opening.keyfile import STRONG, Cost, new_passphrase, read_key_file, write_key_file
from crypto.opening.members import Member, Members
from staff.access import SIGNING_IN
from staff.accounts.passkeys import Passkeys, Proof
from staff.accounts.store import Accounts, Details
from staff.errors import SignInRefusedError, ThrottledError
from staff.models import Account

STEP = 30  # seconds; RFC 6238
PARALLEL = 2  # each guess takes up to 256 MiB: more at once would let a flood fill the memory
QUEUE = 2  # more may wait their turn; the rest are told to come back, or they would hold every thread of the server
PATIENCE = 20.0  # seconds in the queue for a guess
SOON = 5  # seconds
NO_DETAILS = Details("", "", pyotp.random_base32())


@dataclass(frozen=True)
class Claim:
    """Hold what somebody gave to get in: beside the passphrase a code, or what a passkey answered to a challenge."""

    name: str
    passphrase: str
    otp: str = ""
    passkey: str = ""
    challenge: bytes = b""


class CounterError(SignInRefusedError):
    """Refuse a passkey whose counter went backwards, though all else was right: somebody may have copied it."""

    def __init__(self, identity: Identity, proof: Proof) -> None:
        super().__init__()
        self.identity = identity
        self.proof = proof


class SignIn:
    """Check claims, a few at a time."""

    def __init__(
        self, accounts: Accounts, passkeys: Passkeys, pepper: bytes, *, codes: bool = True, cost: Cost = STRONG
    ) -> None:
        self._accounts = accounts
        self._passkeys = passkeys
        self._pepper = pepper
        self.codes = codes
        self.cost = cost
        self._guesses = threading.BoundedSemaphore(PARALLEL)
        self._places = threading.BoundedSemaphore(PARALLEL + QUEUE)
        self._dummy: bytes | None = None

    def check(self, claim: Claim, members: Members, now: datetime) -> Identity:
        """Give the identity of whoever rightly claims a name; raise SignInRefusedError for every kind of wrong.

        All steps are taken whatever failed before, on stand-ins if need be: neither the answer nor the time tells
        whether a name exists, a passphrase was right or only the code was wrong. Raises ThrottledError if too many
        guess at once, CounterError for a passkey that somebody may have copied.
        """
        account = self._accounts.find(claim.name)
        details = self._details(account)
        identity = self._open(account.key_file if account else self._stand_in(), claim.passphrase)
        step = fresh_step(details, claim.otp, now)
        proof = self._proof(account, claim)
        if account is None or identity is None or not stands(members, identity, details.name):
            raise SignInRefusedError
        if proof is not None and proof.backwards:
            raise CounterError(identity, proof)
        if proof is None and (step is None or not self.codes or not details.codes):
            raise SignInRefusedError
        if not (self._passkeys.spend(proof, now) if proof else self._accounts.use_code(account, step or 0)):
            raise SignInRefusedError
        return identity

    def opens(self, account: Account, passphrase: str) -> Identity | None:
        """Give the identity that a passphrase opens, or None; ThrottledError if too many guess at once."""
        return self._open(account.key_file, passphrase)

    def locked(self, identity: Identity, passphrase: str) -> bytes:
        """Lock an identity under a passphrase and the pepper; ThrottledError as for a guess, which costs the same."""
        with _turn(self._places, 0.0), _turn(self._guesses, PATIENCE):
            return write_key_file(identity, passphrase, pepper=self._pepper, cost=self.cost)

    def _proof(self, account: Account | None, claim: Claim) -> Proof | None:
        """Check what a passkey signed; whoever sent nothing for one is not asked, whatever name they gave."""
        if not claim.passkey:
            return None
        return self._passkeys.check(account.id if account else None, claim.passkey, claim.challenge)

    def _details(self, account: Account | None) -> Details:
        if account is None:
            return NO_DETAILS
        try:
            return self._accounts.details(account)
        except CorruptError:
            return NO_DETAILS

    def _open(self, key_file: bytes, passphrase: str) -> Identity | None:
        with _turn(self._places, 0.0), _turn(self._guesses, PATIENCE):
            try:
                return read_key_file(key_file, passphrase, pepper=self._pepper)
            except (WrongPassphraseError, DamagedKeyFileError, PepperError):
                return None

    def _stand_in(self) -> bytes:
        """Give a key file that costs what the others cost; the result for it is never used."""
        known = self._accounts.any_key_file()
        if known is None and self._dummy is None:
            self._dummy = write_key_file(new_identity(), new_passphrase(), pepper=self._pepper)
        return known or self._dummy or b""


@contextmanager
def _turn(places: threading.BoundedSemaphore, patience: float) -> Iterator[None]:
    """Hold one of a few places; raise ThrottledError if none comes free in time."""
    if not places.acquire(timeout=patience):
        raise ThrottledError(SOON)
    try:
        yield
    finally:
        places.release()


def stands(members: Members, identity: Identity, name: str) -> bool:
    """Tell whether the signed register names this key as that person's and lets them in."""
    member = members.by_box(identity.box_public)
    return member is not None and same_person(member, identity, name) and member.role in SIGNING_IN


def same_person(member: Member, identity: Identity, name: str) -> bool:
    """Tell whether a member of the register is this name with both of these public keys."""
    return member.sign_public == identity.sign_public and member.name.casefold() == name.casefold()


def fresh_step(details: Details, otp: str, now: datetime) -> int | None:
    """Give the number of the time step whose code was typed, if it was not used before.

    One step early or late is let by; three codes are always computed. Source: RFC 6238 section 5.2.
    """
    typed = "".join(otp.split())
    current = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(details.totp_secret)
    found = None
    for step in (current - 1, current, current + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode("utf-8", "replace"))
        if right and step > details.last_step:
            found = step
    return found
