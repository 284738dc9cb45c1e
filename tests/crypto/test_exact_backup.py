"""A backup taken apart by hand, the root key's pin and a certificate: each byte and border written here once more.

Found by mutation testing: each of these could be changed without a quick test that failed.
"""

import hashlib
import hmac
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from nacl import bindings

from crypto.certificate import Certificate, read_certificate
from crypto.errors import CorruptError, MalformedError
from crypto.opening.identity import new_identity
from crypto.primitives import canonical
from crypto.sealing.backup import CHUNK, KINDS, OVERHEAD, Head, Looked, look, pieces, read_head, seal_backup
from crypto.sealing.pin import is_of_a_demo, read_pin
from tests.crypto import made

KEY = new_identity()
HEAD = Head("sqlite", date(2026, 11, 22), date(2026, 12, 22), KEY.box_public, "0.1.0")
SAID = {
    "kind": "sqlite",
    "day": "2026-11-22",
    "expires": "2026-12-22",
    "key": KEY.box_public.hex(),
    "version": "0.1.0",
}


def prove(said: str) -> bytes:
    """Prove as the app's pepper does."""
    return hmac.digest(b"p" * 32, said.encode(), "sha256")


def front(said: bytes) -> bytes:
    """Write what stands before the sealed stream key."""
    return b"UTVB\x01\x01" + len(said).to_bytes(2, "big") + said


def ended(before: bytes) -> bytes:
    """Put the sum and the proof behind."""
    summed = hashlib.sha256(b"utvag/1/backup\0" + before)
    return before + summed.digest() + prove(summed.hexdigest())


def test_a_backup_is_what_the_format_says() -> None:
    """Head, sealed key, two chunks with their tags, sum and proof: opened by libsodium alone, without our reader."""
    data = b"".join(seal_backup(HEAD, [b"a" * CHUNK, b"b" * 5], prove))
    start = front(canonical(SAID))
    outside, stream = data[: len(start) + 80], data[len(start) + 80 : -64]
    assert outside.startswith(start)
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    key = KEY.open_seal(outside[len(start) :])
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, stream[:24], key)
    pull = bindings.crypto_secretstream_xchacha20poly1305_pull
    assert pull(state, stream[24 : 24 + 65_553], outside) == (b"a" * 65_536, 0)
    assert pull(state, stream[24 + 65_553 :], outside) == (b"b" * 5, 3)
    assert data == ended(data[:-64])
    assert look(io.BytesIO(data), prove) == Looked(HEAD, outside, len(data) - 64, True)
    assert look(io.BytesIO(data)) == Looked(HEAD, outside, len(data) - 64, False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_is_read_as_it_was_written(kind: str) -> None:
    """Each kind, and a head of just the longest size; one byte more is none."""
    around = len(canonical({**SAID, "kind": kind, "version": ""}))
    head = Head(kind, HEAD.day, HEAD.expires, HEAD.key, "x" * (4096 - around))
    data = front(head.to_bytes()) + bytes(80)
    assert read_head(io.BytesIO(data + b"more")) == (head, data)
    longer = Head(kind, HEAD.day, HEAD.expires, HEAD.key, "x" * (4097 - around))
    with pytest.raises(MalformedError, match="too long"):
        read_head(io.BytesIO(front(longer.to_bytes()) + bytes(80)))


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "tar"},
        {"version": 5},
        {"day": 5},
        {"day": "20261122"},
        {"day": "2026-02-31"},
        {"expires": "2026-12"},
        {"key": "ab" * 31},
        {"more": "x"},
    ],
)
def test_a_head_of_another_form_is_refused(values: dict[str, object]) -> None:
    """A kind, a version, a day or a key of another form, a name too many, a space: malformed."""
    for said in (canonical({**SAID, **values}), canonical(SAID).replace(b":", b": ", 1)):
        with pytest.raises(MalformedError):
            read_head(io.BytesIO(front(said) + bytes(80)))


def test_a_file_that_ends_in_its_head_is_torn() -> None:
    """In the length, in the words or in the sealed key; and what begins otherwise is no backup."""
    data = front(canonical(SAID)) + bytes(80)
    assert read_head(io.BytesIO(data))
    for cut in (b"UTVB\x01\x01", b"UTVB\x01\x01\0", data[:-1]):
        with pytest.raises(CorruptError, match="in its head"):
            read_head(io.BytesIO(cut))
    for other in (b"", b"UTVB\x01", b"UTVB\x02\x01" + data[6:], b"utvb" + data[4:]):
        with pytest.raises(MalformedError, match="another version"):
            read_head(io.BytesIO(other))


@pytest.mark.parametrize(
    ("length", "whole"),
    [
        (OVERHEAD - 1, False),
        (OVERHEAD, True),
        (CHUNK + OVERHEAD, True),
        (CHUNK + OVERHEAD + 1, False),
        (CHUNK + 2 * OVERHEAD - 1, False),
        (CHUNK + 2 * OVERHEAD, True),
    ],
)
def test_a_stream_ends_where_a_chunk_may_end(length: int, whole: bool) -> None:
    """Every chunk has seventeen bytes of its own: fewer at the end are torn, even if sum and proof hold."""
    before = front(canonical(SAID)) + bytes(80 + 24 + length)
    if whole:
        assert look(io.BytesIO(ended(before)), prove).end == len(before)
    else:
        with pytest.raises(CorruptError, match="no backup ends"):
            look(io.BytesIO(ended(before)), prove)


def test_a_file_is_read_a_chunk_at_a_time() -> None:
    """From where it stands to the end that was asked for; a file that grew shorter meanwhile is torn."""
    file = io.BytesIO(b"x" * (CHUNK + 9))
    file.seek(2)
    assert [len(one) for one in pieces(file, CHUNK + 5)] == [CHUNK, 3]
    assert file.tell() == CHUNK + 5
    with pytest.raises(CorruptError, match="while it was read"):
        list(pieces(io.BytesIO(b"abc"), 4))


def test_a_pin_is_somebodys_public_key() -> None:
    """Sixty-four digits of a key that can be; what cannot be one is told apart from what is no hex."""
    assert read_pin(made.ROOT.sign_public.hex()) == made.ROOT.sign_public
    for text in ("", "zz" * 32, made.ROOT.sign_public.hex()[:-2], made.ROOT.sign_public.hex() + "00"):
        with pytest.raises(ValueError, match=r"^must be 64 hex digits$"):
            read_pin(text)
    for text in ("00" * 32, "ff" * 32, "01" + "00" * 31):
        with pytest.raises(ValueError, match="is nobody's public key"):
            read_pin(text)


def test_a_demos_roster_is_known_by_its_salt() -> None:
    """A roster whose salt follows from its root key is none of a demo's; under any other root key it would be."""
    assert is_of_a_demo(made.roster(), made.ROOT.sign_public) is False
    assert is_of_a_demo(made.roster(), made.STRANGER.sign_public) is True


def test_a_certificate_says_its_key_its_issuer_and_its_end() -> None:
    """The hash is of the key's SPKI, so that it stays when a certificate is renewed; anything else is malformed."""
    key = Ed25519PrivateKey.generate()
    public, name = key.public_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "utvag.example")])
    ends = datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, public, 7, ends - timedelta(days=90), ends)
    der = builder.sign(key, None).public_bytes(serialization.Encoding.DER)
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert read_certificate(der) == Certificate(hashlib.sha256(spki).hexdigest(), "CN=utvag.example", ends)
    with pytest.raises(MalformedError):
        read_certificate(der[:-1])
