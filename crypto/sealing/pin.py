"""The root key that settings pin: what every roster and register is believed by."""

from nacl import bindings

from crypto.primitives import KEY_SIZE, sha256
from crypto.sealing.roster import Roster


def read_pin(text: str) -> bytes:
    """Read a pinned Ed25519 public key from 64 hex digits; raise ValueError for one that pins nobody.

    All zeros, a point of low order and a number that is no point of the group are refused: no key of ours is one, and
    a slip of one digit makes one seven times in eight. Source: RFC 8032 section 5.1.3; libsodium's own check.
    """
    try:
        public = bytes.fromhex(text)
    except ValueError:
        public = b""
    if len(public) != KEY_SIZE:
        raise ValueError("must be 64 hex digits")
    if not bindings.crypto_core_ed25519_is_valid_point(public):
        raise ValueError("is nobody's public key: copy what `utvag keys root` printed, all 64 digits")
    return public


def salt_of(root_public: bytes) -> bytes:
    """Give the programme's salt, 16 bytes: it follows from the root key, so it holds for that key's whole life.

    Source: docs/envelope.md section 3.
    """
    return sha256("utvag/1/salt", root_public)[:16]


def is_of_a_demo(roster: Roster, root_public: bytes) -> bool:
    """Tell whether a roster was made for a demo, whose root key lies in a file beside it.

    A demo draws its salt at random; one that `utvag roster sign` made follows from the root key, as the format demands.
    """
    return roster.salt != salt_of(root_public)
