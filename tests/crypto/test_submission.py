"""The content: what goes in comes out, and nothing of any origin breaks the reader. docs/envelope.md section 2."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import MalformedError
from crypto.returncode import derive, new_code
from crypto.submission import Submission, whole
from tests.crypto import made

GOOD = json.loads(made.submission(message="hej", need=("a",)).encode())
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50)
NAMES = st.from_regex(r"[a-z_]{1,32}", fullmatch=True)
ANSWERS = st.dictionaries(NAMES, TEXT | st.lists(TEXT, min_size=1, max_size=5).map(tuple), max_size=8)


@given(ANSWERS)
@settings(max_examples=100)
def test_what_is_written_is_what_is_read(answers: dict[str, str | tuple[str, ...]]) -> None:
    """Any answers in any script come back as they were."""
    sent = made.submission(**answers)
    assert Submission.decode(sent.encode()) == sent


def test_a_mailbox_travels_inside() -> None:
    """A request with a code carries three public halves and nothing of the code."""
    code = new_code()
    box = derive(code, b"s" * 16).mailbox()
    sent = Submission("0" * 32, made.NOW, "other", "ekstad", "en", {"message": "hej"}, "page", box)
    assert Submission.decode(sent.encode()).mailbox == box
    assert code.encode() not in sent.encode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 2), ("v", True), ("v", "1"), ("try", "0"), ("try", "G" * 32), ("try", None),
        ("at", "2026-13-01T00:00:00Z"), ("at", "igår"), ("at", 5), ("form", "they"),
        ("form", ["me"]), ("municipality", "Ekstad"), ("municipality", ""),
        ("page", "<sv>"), ("road", "sky"), ("answers", []), ("answers", {"a": 1}), ("answers", {"A": "x"}),
        ("answers", {"a": [1]}), ("answers", {"a": {"b": "c"}}), ("answers", {"a": ["x"] * 41}),
        ("answers", {chr(97 + i // 26) + chr(97 + i % 26): "x" for i in range(41)}), ("mailbox", {}), ("extra", 1),
        ("mailbox", {"address": "00" * 32, "reply": "00" * 32, "thread": "zz" * 32}),
    ],
)  # fmt: skip
def test_each_wrong_value_is_refused(name: str, value: object) -> None:
    """A hostile content with one wrong value is told from a request, whichever it is."""
    with pytest.raises(MalformedError):
        Submission.decode(json.dumps({**GOOD, name: value}).encode())


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"1", b"{}", b"\xff", b'{"v":1,"v":1}', b"[" * 4000, b"9" * 8000, b"NaN", b'{"v":' * 1500]
)
def test_nonsense_is_refused_in_one_way(data: bytes) -> None:
    """Empty, nested, endless and broken JSON all end in the same error."""
    with pytest.raises(MalformedError):
        Submission.decode(data)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=200)
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    """Whatever a stranger seals, decoding gives a submission or one error."""
    with pytest.raises(MalformedError):
        Submission.decode(data)


def test_half_characters_become_whole_ones() -> None:
    """A lone surrogate, which no page can show, is replaced; the words around it are kept."""
    raw = json.dumps({**GOOD, "answers": {"message": "hej \ud800 du", "need": ["\udfff"]}}).encode()
    read = Submission.decode(raw)
    assert read.answers == {"message": "hej \ufffd du", "need": ("\ufffd",)}
    assert whole("😀") == "😀"
    assert "\ufffd".encode() in made.submission(message="\ud800").encode()
