"""A person's key: one seed, an X25519 half that opens and an Ed25519 half that signs.

Source: docs/envelope.md section 4.
"""

import secrets

from nacl import bindings
from nacl.exceptions import CryptoError

from crypto.errors import NotARecipientError
from crypto.primitives import KEY_SIZE, derive

SIGNED_SIZE = 64


class Opener:
    """Hold an X25519 key whose secret half opens what was sealed to it; `repr` shows none of it."""

    __slots__ = ("box_public", "box_secret")

    def __init__(self, box_secret: bytes) -> None:
        self.box_secret = box_secret
        self.box_public = bindings.crypto_scalarmult_base(box_secret)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.box_public.hex()[:8]}…)"

    def open_seal(self, sealed: bytes) -> bytes:
        """Open what was sealed to this key; raise NotARecipientError."""
        try:
            return bindings.crypto_box_seal_open(sealed, self.box_public, self.box_secret)
        except (CryptoError, TypeError, ValueError) as error:
            raise NotARecipientError("not sealed to this key") from error


class Identity(Opener):
    """Hold a person's secret halves in memory. Never log, pickle or keep one."""

    __slots__ = ("_sign_secret", "seed", "sign_public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_SIZE:
            raise ValueError("a seed has 32 bytes")
        super().__init__(derive(seed, "utvag/1/key/box"))
        self.seed = seed
        self.sign_public, self._sign_secret = bindings.crypto_sign_seed_keypair(derive(seed, "utvag/1/key/sign"))

    @classmethod
    def from_seed(cls, seed: bytes) -> "Identity":
        """Make the identity that a 32-byte seed gives."""
        return cls(seed)

    def sign(self, message: bytes) -> bytes:
        """Sign; 64 bytes. The trap: sign only labelled bytes, never what somebody else composed. Source: RFC 8032."""
        return bindings.crypto_sign(message, self._sign_secret)[:SIGNED_SIZE]


def new_identity() -> Identity:
    """Draw a new identity."""
    return Identity(secrets.token_bytes(KEY_SIZE))
