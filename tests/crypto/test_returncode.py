"""The return code: read in any script, wrong digits found, each key for one purpose. docs/envelope.md section 7."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import MalformedError
from crypto.returncode import derive, new_code, parse_code, show_code

SALT = bytes(range(16))
CODES = st.integers(0, 10**22 - 1).map(lambda drawn: f"{drawn:022d}{98 - drawn * 100 % 97:02d}")
SCRIPTS = {"arabic": 0x0660, "persian": 0x06F0, "full-width": 0xFF10, "devanagari": 0x0966}


@given(CODES)
def test_a_shown_code_is_read_back(code: str) -> None:
    """As shown, run together, or with dashes of any kind: the same code."""
    assert parse_code(show_code(code)) == code
    assert parse_code(code) == code
    assert parse_code(f" {code[:4]}-{code[4:8]}–{code[8:]}\n") == code


@pytest.mark.parametrize("first", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_digits_of_every_script_are_read(first: int) -> None:
    """A phone with an Arabic or Persian number pad writes the same code, direction marks and all."""
    code = new_code()
    assert parse_code("\u200f" + "".join(chr(first + int(digit)) for digit in show_code(code).replace(" ", ""))) == code


@given(CODES, st.integers(0, 23), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(code: str, position: int, change: int) -> None:
    """A slip of the finger is told before anything is looked up."""
    wrong = code[:position] + str((int(code[position]) + change) % 10) + code[position + 1 :]
    with pytest.raises(MalformedError):
        parse_code(wrong)


@given(CODES, st.integers(0, 22))
def test_two_swapped_digits_are_always_found(code: str, position: int) -> None:
    """The commonest slip of all."""
    swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
    if swapped != code:
        with pytest.raises(MalformedError):
            parse_code(swapped)


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever is typed, it is a code or "some digit is wrong"."""
    try:
        assert len(parse_code(text)) == 24
    except MalformedError:
        assert True


def test_codes_are_drawn_from_the_whole_range() -> None:
    """A thousand codes: none twice, each valid, leading zeros and nines among them."""
    codes = [new_code() for _ in range(1000)]
    assert len(set(codes)) == 1000
    assert all(parse_code(code) == code for code in codes)
    assert {code[0] for code in codes} == set("0123456789")


def test_each_key_serves_one_purpose() -> None:
    """Token, reply and thread keys tell nothing of each other; another code or salt gives others."""
    one, same, other, salted = (
        derive(code, salt)
        for code, salt in (("1" * 24, SALT), ("1" * 24, SALT), ("2" * 24, SALT), ("1" * 24, b"s" * 16))
    )
    assert one.mailbox() == same.mailbox()
    secrets = [part for keys in (one, other, salted) for part in (keys.token, keys.reply_secret, keys.thread_seed)]
    assert len(set(secrets)) == 9
    box = one.mailbox()
    assert len({box.address, box.reply_key, box.thread_key, *secrets}) == 12
    assert one.token.hex() not in repr(one)
