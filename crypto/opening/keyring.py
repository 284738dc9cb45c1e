"""A person's keyring: the keys of all folders that they hold, in one sealed value.

Source: docs/envelope.md section 5.5.
"""

import struct
from collections.abc import Mapping

from crypto.errors import CorruptError
from crypto.opening.identity import Identity
from crypto.primitives import decrypt, derive, encrypt, packed

SUITE = b"\x01"
COUNT = struct.Struct(">I")
SLOT = struct.Struct(">16sI32s")
FEWEST = 64  # slots: a keyring never tells whether somebody holds none or sixty
Keyring = dict[bytes, tuple[int, bytes]]


def seal_keyring(identity: Identity, keys: Mapping[bytes, tuple[int, bytes]], version: int) -> bytes:
    """Seal folder id (16 bytes) -> (key version, key of 32 bytes) for its owner alone.

    The length tells the next power of two above the number of keys and no more. It opens at `version` only.
    """
    slots = b"".join([SLOT.pack(folder, number, key) for folder, (number, key) in keys.items()])
    size = SLOT.size * max(FEWEST, 1 << len(keys).bit_length())
    # Filled with zeros here: taking off a pad of many bytes costs several times what decrypting them does.
    content = COUNT.pack(len(keys)) + slots.ljust(size, b"\0")
    return SUITE + encrypt(_key(identity), content, len(content) + 1, _associated(version))


def open_keyring(identity: Identity, sealed: bytes, version: int) -> Keyring:
    """Open a keyring; raise CorruptError if it was changed, is another's, or was sealed at another version.

    Ten thousand keys take a few milliseconds: one decryption, then slots of one length.
    """
    if sealed[:1] != SUITE:
        raise CorruptError("another suite")
    content = decrypt(_key(identity), sealed[1:], _associated(version))
    (count,) = COUNT.unpack_from(content)
    slots = memoryview(content)[COUNT.size : COUNT.size + SLOT.size * count]
    return {folder: (number, key) for folder, number, key in SLOT.iter_unpack(slots)}


def own_key(identity: Identity, purpose: str) -> bytes:
    """Derive a key, 32 bytes, for what only this person ever reads: "drafts", "audit"."""
    return derive(identity.seed, f"utvag/1/own/{purpose}")


def _key(identity: Identity) -> bytes:
    return derive(identity.seed, "utvag/1/keyring")


def _associated(version: int) -> bytes:
    return b"utvag/1/keyring\0" + packed(">I", version)
