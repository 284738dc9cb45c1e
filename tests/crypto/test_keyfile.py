"""A key file: its passphrase opens it, and each way of failing is told apart. docs/envelope.md section 4.1."""

import hashlib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import DamagedKeyFileError, PepperError, WrongPassphraseError
from crypto.opening.keyfile import (
    Cost,
    new_passphrase,
    public_halves,
    read_key_file,
    same_passphrase,
    write_key_file,
)
from crypto.primitives import canonical
from tests.crypto import made

CHEAP = Cost(1, 8192)
PEPPER = b"p" * 32
FILE = write_key_file(made.OWNER, "kola bada tepo", cost=CHEAP)
PEPPERED = write_key_file(made.OWNER, "kola bada tepo", pepper=PEPPER, cost=CHEAP)


def test_the_passphrase_opens_it_however_it_is_typed() -> None:
    """Capitals, double spaces and full-width letters are the same passphrase to a person, so also here."""
    for typed in ("kola bada tepo", "  Kola  BADA\ttepo ", "\uff4b\uff4f\uff4c\uff41 bada tepo"):
        assert read_key_file(FILE, typed).seed == made.OWNER.seed
    assert public_halves(FILE) == (made.OWNER.box_public, made.OWNER.sign_public)


def test_a_wrong_passphrase_and_a_damaged_file_are_two_errors() -> None:
    """One is tried again, the other is replaced by the copy that is kept: never mixed up."""
    with pytest.raises(WrongPassphraseError):
        read_key_file(FILE, "kola bada tepu")
    with pytest.raises(DamagedKeyFileError):
        read_key_file(FILE[:-20], "kola bada tepo")


@given(st.integers(0, len(FILE) - 2), st.integers(1, 127))
@settings(max_examples=200)
def test_any_changed_byte_is_a_damaged_file(position: int, change: int) -> None:
    """Whichever byte is changed, the person is not told that the passphrase is wrong."""
    changed = bytearray(FILE)
    changed[position] ^= change
    with pytest.raises(DamagedKeyFileError):
        read_key_file(bytes(changed), "kola bada tepo")


@given(st.binary(max_size=500))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Whatever is given as a key file, the answer is "damaged"."""
    with pytest.raises(DamagedKeyFileError):
        read_key_file(data, "x")


def test_without_the_pepper_the_file_cannot_even_be_tried() -> None:
    """A stolen casebook holds key files; without the pepper no passphrase opens them, not even the right one."""
    assert read_key_file(PEPPERED, "kola bada tepo", pepper=PEPPER).seed == made.OWNER.seed
    for pepper in (None, b"q" * 32):
        with pytest.raises(PepperError):
            read_key_file(PEPPERED, "kola bada tepo", pepper=pepper)
    with pytest.raises(PepperError):
        read_key_file(FILE, "kola bada tepo", pepper=PEPPER)
    forged = json.loads(PEPPERED)
    forged.pop("check")
    forged["pepper"] = ""
    with pytest.raises(WrongPassphraseError):
        read_key_file(checked(forged), "kola bada tepo")


def checked(value: dict[str, object]) -> bytes:
    """Write a key file again with a check that holds, as someone with an editor could."""
    return canonical({**value, "check": hashlib.sha256(canonical(value)).hexdigest()})


@pytest.mark.parametrize(
    ("name", "value"),
    [("ops", 11), ("mem", 2**31), ("ops", 0), ("mem", "9"), ("format", "utvag key 2"), ("salt", "00"), ("extra", 1)],
)
def test_a_file_that_asks_for_too_much_is_refused(name: str, value: object) -> None:
    """A planted file cannot make the staff app spend a gigabyte or a minute."""
    forged = json.loads(FILE)
    forged.pop("check")
    with pytest.raises(DamagedKeyFileError):
        read_key_file(checked({**forged, name: value}), "kola bada tepo")


def test_public_halves_cannot_be_swapped() -> None:
    """A file that names another's public key does not open, though its check was made anew."""
    forged = json.loads(FILE)
    forged.pop("check")
    forged["box"] = made.STRANGER.box_public.hex()
    with pytest.raises(WrongPassphraseError):
        read_key_file(checked(forged), "kola bada tepo")


def test_nothing_secret_stands_in_the_file() -> None:
    """Neither the seed nor the passphrase is in the text, and two files of one key share no secret part."""
    again = write_key_file(made.OWNER, "kola bada tepo", cost=CHEAP)
    assert made.OWNER.seed.hex().encode() not in FILE
    assert b"kola" not in FILE
    assert json.loads(again)["sealed"] != json.loads(FILE)["sealed"]


def test_passphrases_are_drawn() -> None:
    """Six words of two syllables, not the same twice."""
    drawn = {new_passphrase() for _ in range(50)}
    assert len(drawn) == 50
    assert all(re.fullmatch(r"([a-z]{4} ){5}[a-z]{4}", one) for one in drawn)


def test_a_passphrase_is_the_same_however_it_is_written() -> None:
    """Case and spaces do not matter, as when a key file is opened; a letter does."""
    drawn = new_passphrase()
    assert same_passphrase(drawn, f"  {drawn.upper().replace(' ', '   ')}\n")
    assert not same_passphrase(drawn, drawn[:-1])
    assert not same_passphrase(drawn, "")
