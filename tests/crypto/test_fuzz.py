"""The long row of the readers: many more cases than each change waits for."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.errors import Error
from crypto.opening.members import read_person
from crypto.opening.unseal import unseal
from crypto.returncode import parse_code
from crypto.sealing.roster import verify
from crypto.sealing.seal import seal
from crypto.submission import Submission
from tests.crypto import made

MANY = settings(max_examples=20_000, suppress_health_check=list(HealthCheck))
ENVELOPE = seal(made.submission(), made.roster())
ROSTER = made.signed()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(["v", "try", "at", "form", "municipality", "page", "road", "answers", "mailbox", "follow_up"])


@pytest.mark.long
@MANY
@given(st.dictionaries(NAMES, JSON, max_size=10))
def test_no_json_breaks_the_decoder(value: dict[str, object]) -> None:
    """Whatever JSON a stranger seals under the right names, decoding gives a submission or one error."""
    whole = {**json.loads(made.submission().encode()), **value}
    with suppress(Error):
        assert isinstance(Submission.decode(json.dumps(whole).encode("utf-8", "surrogatepass")), Submission)


@pytest.mark.long
@MANY
@given(st.integers(0, len(ENVELOPE)), st.integers(0, len(ENVELOPE)), st.binary(max_size=40))
def test_no_spliced_envelope_opens(start: int, end: int, put: bytes) -> None:
    """Cut out a piece, put in another: it opens only if nothing was changed at all."""
    tried = ENVELOPE[:start] + put + ENVELOPE[max(start, end) :]
    if tried == ENVELOPE:
        return
    with pytest.raises(Error):
        unseal(tried, made.OWNER)


@pytest.mark.long
@MANY
@given(st.integers(0, len(ROSTER)), st.integers(0, len(ROSTER)), st.binary(max_size=40))
def test_no_spliced_roster_is_believed(start: int, end: int, put: bytes) -> None:
    """Cut out a piece, put in another: it is refused unless nothing was changed."""
    tried = ROSTER[:start] + put + ROSTER[max(start, end) :]
    if tried == ROSTER:
        return
    with pytest.raises(Error):
        verify(tried, made.ROOT.sign_public, minimum_epoch=1, today=made.TODAY)


@pytest.mark.long
@MANY
@given(st.binary(max_size=300), st.text(max_size=80))
def test_nothing_breaks_the_small_readers(data: bytes, text: str) -> None:
    """A public file and a code of any origin end in a value or in one of our errors."""
    with pytest.raises(Error):
        read_person(data)
    with suppress(Error):
        assert len(parse_code(text)) == 24
