"""Somebody new makes their key: a code, a drawn passphrase typed once more, a second factor, digits to read aloud.

What must last is in the casebook after each step, in one commit: the code leads back to where somebody was, together
with the passphrase once there is a key. What is half done lies in memory under the browser's cookie.

The newcomer's own steps have no row in the audit: nobody believes their key yet. The leads' steps, before and after,
have theirs.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from flask import Response

from crypto.errors import DamagedKeyFileError
from crypto.opening.identity import Identity, new_identity
from crypto.opening.keyfile import new_passphrase, public_halves
from crypto.opening.members import LEFT, fingerprint, write_person
from staff.accounts import carrying, guard
from staff.accounts.boxes import ENROL
from staff.accounts.invitations import JOIN, RENEW, Invitation
from staff.accounts.passkeys import Known, PasskeyError
from staff.accounts.store import NONE, Details
from staff.audit.store import take_turn
from staff.errors import RefusedActError
from staff.models import Account
from staff.office import office

OUT, UNLOCK, PHRASE, FACTORS, IN = "out", "unlock", "phrase", "factors", "in"


@dataclass(frozen=True)
class Progress:
    """Hold what one browser has half done: whose invitation, the passphrase that is being learnt, whose key (hex).

    `proven` says that whoever sits there has typed the passphrase of the key.
    """

    row: bytes
    phrase: str = field(default="", repr=False)
    proven: bool = False
    sign: str = ""

    def encode(self) -> bytes:
        """Write it to be locked."""
        return json.dumps([self.row.hex(), self.phrase, self.proven, self.sign]).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote."""
        row, phrase, proven, sign = json.loads(data)
        return cls(bytes.fromhex(row), phrase, proven, sign)


@dataclass(frozen=True)
class Where:
    """Say how far whoever sits at this browser has come: nowhere (OUT), or which step is next."""

    step: str
    progress: Progress | None = None
    invitation: Invitation | None = None


def where() -> Where:
    """Tell how far this browser has come, by what the casebook says now."""
    parts, kept = office(), carrying.look(ENROL)
    if kept is None:
        return Where(OUT)
    progress = Progress.decode(kept)
    one = parts.invitations.find(progress.row, parts.today())
    if one is None:
        return Where(IN if _believed(progress.sign) else OUT, progress)
    if one.kind == RENEW and not _believed(one.statement.hex()):
        return Where(OUT, progress)  # shut out since
    if one.kind == JOIN and not one.statement:
        return Where(PHRASE, progress, one)
    return Where(FACTORS if progress.proven else UNLOCK, progress, one)


def begin(response: Response, code: str) -> bool:
    """Let a browser go on by a code; False for one that is unknown, used up or too old: these are one state."""
    parts = office()
    one = parts.invitations.find(parts.invitations.row(code), parts.today())
    if one is None:
        return False
    fresh = one.kind == JOIN and not one.statement
    carrying.lay(response, ENROL, Progress(one.id, new_passphrase() if fresh else "").encode())
    return True


def make_key(response: Response, progress: Progress) -> None:
    """Make the newcomer's key under the passphrase that they have typed; raise RefusedActError, ThrottledError."""
    parts = office()
    one = parts.invitations.find(progress.row, parts.today())
    if one is None:
        raise RefusedActError("used")
    identity = new_identity()
    key_file = parts.sign_in.locked(identity, progress.phrase)
    statement = write_person(identity, one.name, one.role, one.municipality, one.agency)
    with parts.casebook.write() as session:
        take_turn(session)
        now = parts.invitations.find_in(session, one.id, parts.today())
        if now is None or now.statement:
            raise RefusedActError("used")
        if parts.register.current().members.by_name(one.name) is not None:
            raise RefusedActError("taken")
        account = parts.accounts.put(session, Details(one.name, one.role, NONE, 0, codes=False), key_file)
        parts.passkeys.forget(session, account)
        parts.invitations.keep(session, one.made(statement, parts.today()))
    carrying.lay(response, ENROL, Progress(one.id, "", proven=True, sign=identity.sign_public.hex()).encode())


def unlock(response: Response, one: Invitation, passphrase: str) -> bool:
    """Let somebody go on whose passphrase opens the key that the invitation is for; ThrottledError.

    To renew, the codes and passkeys of before are gone from here on, and the open sessions with them.
    """
    parts, account = office(), account_of(one)
    identity = parts.sign_in.opens(account, passphrase) if account else None
    if account is None or identity is None or identity.sign_public != _sign(one):
        return False
    if one.kind == RENEW and not _begin_anew(account, identity):
        return False
    progress = Progress(one.id, "", proven=True, sign=identity.sign_public.hex())
    carrying.lay(response, ENROL, progress.encode())
    return True


def keep_codes(one: Invitation, secret: str, step: int) -> bool:
    """Let the codes of a phone in; False if somebody wrote meanwhile."""
    parts, account = office(), account_of(one)
    if account is None:
        return False
    with parts.casebook.write() as session:
        take_turn(session)
        if parts.invitations.find_in(session, one.id, parts.today()) is None:
            return False
        changed = parts.accounts.set_codes(session, account, secret, step)
        if changed and one.kind == RENEW:
            parts.invitations.drop(session, one.id)
        return changed


def keep_passkey(one: Invitation, known: Known) -> None:
    """Keep a passkey; raise PasskeyError."""
    parts = office()
    with parts.casebook.write() as session:
        take_turn(session)
        if parts.invitations.find_in(session, one.id, parts.today()) is None:
            raise PasskeyError("gone")
        parts.passkeys.add(session, known)
        if one.kind == RENEW:
            parts.invitations.drop(session, one.id)


def done() -> None:
    """Forget who has come in by this browser, once somebody signs in: the next newcomer begins with their own code."""
    if where().step == IN:
        carrying.take(ENROL)


def account_of(one: Invitation) -> Account | None:
    """Give the account that an invitation is for; None if another key has the name by now."""
    account = office().accounts.find(one.name)
    with suppress(DamagedKeyFileError):
        if account is not None and public_halves(account.key_file)[1] == _sign(one):
            return account
    return None


def digits(one: Invitation) -> str:
    """Give the fingerprint to read aloud, or nothing where none is asked for."""
    return fingerprint(one.member) if one.member else ""


def _begin_anew(account: Account, identity: Identity) -> bool:
    """Take the codes and passkeys of before away from somebody who works here; False if they no longer do."""
    parts, person = office(), guard.person_of(identity)
    if person is None:
        return False
    with parts.casebook.write() as session:
        parts.audit.about_me(session, person, "factors_gone", parts.now())
        parts.accounts.set_codes(session, account, "")
        parts.passkeys.forget(session, account.id)
    parts.casebook.settle()
    parts.sessions.end(identity.box_public)
    return True


def _sign(one: Invitation) -> bytes:
    """Give the Ed25519 key that an invitation is for."""
    return one.statement if one.kind == RENEW else one.member.sign_public if one.member else b""


def _believed(sign: str) -> bool:
    member = office().register.current().members.by_sign(bytes.fromhex(sign)) if sign else None
    return member is not None and member.role not in LEFT
