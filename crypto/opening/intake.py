"""A coordinator's intake key: what envelopes are sealed to for some months, and then nobody can open them any more.

It follows from no other key, so that destroying it is final. Source: docs/envelope.md section 4.5.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import date

from crypto.errors import CorruptError, MalformedError
from crypto.opening.identity import Identity, Opener
from crypto.opening.keyring import own_key
from crypto.primitives import KEY_SIZE, canonical, check_public, decrypt, derive, encrypt, read_json, unhex
from crypto.sealing.signed import signed_bytes, verify_signature

FORMAT = "utvag intake 1"
PADDED = 64
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Intake:
    """Hold what a person states of their intake key: whose it is (Ed25519), its X25519 public half, since which day."""

    sign_public: bytes
    box_public: bytes
    since: date


def new_intake(identity: Identity, since: date) -> tuple[bytes, bytes]:
    """Draw an intake key; give its sealed secret half (104 bytes, for `open_intake`) and the statement that travels."""
    seed = secrets.token_bytes(KEY_SIZE)
    key = _opener(seed)
    sealed = encrypt(own_key(identity, "intake"), seed, PADDED, _associated(key.box_public))
    value = {
        "format": FORMAT,
        "sign": identity.sign_public.hex(),
        "box": key.box_public.hex(),
        "since": since.isoformat(),
    }
    signature = identity.sign(signed_bytes("intake", canonical(value)))
    return sealed, canonical({**value, "signature": signature.hex()}) + b"\n"


def open_intake(identity: Identity, box_public: bytes, sealed: bytes) -> Opener:
    """Open the secret half of one's own intake key; raise CorruptError if it was changed or is another's."""
    key = _opener(decrypt(own_key(identity, "intake"), sealed, _associated(box_public)))
    if key.box_public != box_public:
        raise CorruptError("its public half does not follow from its seed")
    return key


def read_intake(data: bytes) -> Intake:
    """Read a statement and check that the person it names signed it; raise MalformedError or ForgedError.

    The trap: find the person in the register by `sign_public` before the key is believed.
    """
    value = read_json(data)
    signature = unhex(value.pop("signature", None), 64)
    if value.keys() != {"format", "sign", "box", "since"} or value["format"] != FORMAT:
        raise MalformedError("not the statement of an intake key")
    if not isinstance(value["since"], str) or not _DAY.fullmatch(value["since"]):
        raise MalformedError("since is not a day")
    try:
        since = date.fromisoformat(value["since"])
    except ValueError as error:
        raise MalformedError("since is not a day") from error
    stated = Intake(unhex(value["sign"], KEY_SIZE), unhex(value["box"], KEY_SIZE), since)
    check_public(stated.box_public)
    verify_signature(stated.sign_public, signed_bytes("intake", canonical(value)), signature)
    return stated


def _opener(seed: bytes) -> Opener:
    return Opener(derive(seed, "utvag/1/intake/box"))


def _associated(box_public: bytes) -> bytes:
    return b"utvag/1/intake\0" + box_public
