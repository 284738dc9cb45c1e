"""The return code: 24 digits that lead back to the answers, and all keys that follow from them.

Source: docs/envelope.md section 7.
"""

import secrets
import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from nacl import bindings

from crypto.errors import MalformedError
from crypto.primitives import derive as derive_key
from crypto.primitives import sha256
from crypto.submission import Mailbox

DIGITS = 24
RANDOM_DIGITS = 22
ROUNDS = 4000


def new_code() -> str:
    """Draw a code: 22 uniform random digits (73 bits) and two check digits (ISO 7064 MOD 97-10)."""
    drawn = secrets.randbelow(10**RANDOM_DIGITS)
    return f"{drawn:0{RANDOM_DIGITS}d}{98 - drawn * 100 % 97:02d}"


def parse_code(text: str) -> str:
    """Read a code as people write it: any script's digits, spaces and dashes; raise MalformedError.

    Two swapped or one wrong digit is always found. The trap: a right check says nothing about whether the code exists.
    """
    kept = [char for char in text[:200] if not char.isspace() and unicodedata.category(char) not in {"Pd", "Cf"}]
    try:
        code = "".join(str(unicodedata.decimal(char)) for char in kept)
    except ValueError as error:
        raise MalformedError("something that is not a digit") from error
    if len(code) != DIGITS or int(code) % 97 != 1:
        raise MalformedError("not a code")
    return code


def show_code(code: str) -> str:
    """Write a code in six groups of four, as it is read aloud."""
    return " ".join(code[start : start + 4] for start in range(0, DIGITS, 4))


def mailbox_address(token: bytes) -> bytes:
    """Give the address under which replies wait; it does not lead back to the token, which alone may read or erase."""
    return sha256("utvag/1/mailbox", token)


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Hold what a code gives, one purpose each: mailbox token, reply secret, thread seed, 32 bytes each."""

    token: bytes
    reply_secret: bytes
    thread_seed: bytes

    def mailbox(self) -> Mailbox:
        """Give the public halves, which the submission carries."""
        thread_key, _ = bindings.crypto_sign_seed_keypair(self.thread_seed)
        return Mailbox(mailbox_address(self.token), bindings.crypto_scalarmult_base(self.reply_secret), thread_key)


def derive(code: str, salt: bytes) -> Keys:
    """Derive a code's keys with the roster's salt: cheap by design, since the code's own 73 bits carry the weight."""
    root = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=ROUNDS).derive(code.encode())
    return Keys(*(derive_key(root, f"utvag/1/code/{purpose}") for purpose in ("token", "reply", "thread")))
