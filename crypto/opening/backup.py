"""Open a backup with the offline backup key. Source: docs/envelope.md section 10."""

from collections.abc import Iterator
from typing import BinaryIO

from nacl import bindings
from nacl.exceptions import CryptoError

from crypto.errors import CorruptError
from crypto.opening.identity import Opener
from crypto.primitives import KEY_SIZE, SEAL_SIZE
from crypto.sealing.backup import CHUNK, OVERHEAD, STREAM_HEADER, Looked


def open_backup(file: BinaryIO, looked: Looked, opener: Opener) -> Iterator[bytes]:
    """Give the content of a backup that was looked at whole, a chunk at a time.

    Raises NotARecipientError (sealed to another backup key) before anything is given, CorruptError at the first chunk
    that was changed, moved or is missing. The trap: nothing that was given is whole before the iterator has ended.
    """
    key = opener.open_seal(looked.outside[-(KEY_SIZE + SEAL_SIZE) :])
    return _opened(file, looked, key)


def _opened(file: BinaryIO, looked: Looked, key: bytes) -> Iterator[bytes]:
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    file.seek(len(looked.outside))
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, file.read(STREAM_HEADER), key)
    while (left := looked.end - file.tell()) > 0:
        sealed = file.read(min(left, CHUNK + OVERHEAD))
        chunk, last = _pulled(state, sealed, looked.outside)
        if last != (file.tell() == looked.end):
            raise CorruptError("its last chunk is missing, or stands before others")
        yield chunk


def _pulled(
    state: bindings.crypto_secretstream_xchacha20poly1305_state, sealed: bytes, outside: bytes
) -> tuple[bytes, bool]:
    try:
        chunk, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, sealed, outside)
    except (CryptoError, RuntimeError, ValueError) as error:
        raise CorruptError("a chunk does not open where it stands") from error
    return chunk, tag == bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
