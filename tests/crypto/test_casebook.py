"""Sealed values stand where they were put; grants are believed from the register only.

docs/envelope.md sections 5 and 6.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import cookiebox
from crypto.errors import CorruptError, ForgedError, MalformedError, NotARecipientError
from crypto.opening import pepper
from crypto.opening.casebook import (
    GRANT_SIZE,
    SIZES,
    Place,
    accept_grant,
    check_grant,
    claimed_granter,
    grant,
    key_commitment,
    new_key,
    open_many,
    open_value,
    seal_value,
    verify_grant,
)
from tests.crypto import made

KEY, ROW, OTHER_ROW = new_key(), b"r" * 16, b"o" * 16
HERE = Place("entries", ROW, 3, 2)
GRANT = grant(KEY, ROW, made.COLLEAGUE.box_public, made.OWNER)


@given(st.sampled_from(sorted(SIZES)), st.binary(max_size=600))
@settings(max_examples=60)
def test_a_value_has_its_class_s_size_and_comes_back(size: str, content: bytes) -> None:
    """A value's length tells its class, never its content."""
    if len(content) >= SIZES[size]:
        with pytest.raises(ValueError, match="do not fit"):
            seal_value(KEY, HERE, content, size)
        return
    sealed = seal_value(KEY, HERE, content, size)
    assert len(sealed) == SIZES[size] + 41
    assert open_value(KEY, HERE, sealed) == content


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("summary", ROW, 3, 2),
        Place("entries", OTHER_ROW, 3, 2),
        Place("entries", ROW, 4, 2),
        Place("entries", ROW, 3),
    ],
)
def test_a_value_moved_or_rolled_back_does_not_open(elsewhere: Place) -> None:
    """Someone with write access to the casebook cannot put one entry in another's place or bring an old one back."""
    with pytest.raises(CorruptError):
        open_value(KEY, elsewhere, seal_value(KEY, HERE, b"samtal", "1k"))


def test_a_changed_value_does_not_open() -> None:
    """Any byte, the suite's included, and a cut one."""
    sealed = seal_value(KEY, HERE, b"samtal", "1k")
    for position in (0, 1, 30, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(CorruptError):
            open_value(KEY, HERE, bytes(changed))
    for cut in (b"", sealed[:10], sealed[:-1]):
        with pytest.raises(CorruptError):
            open_value(KEY, HERE, cut)


def test_a_colleague_accepts_what_the_owner_grants() -> None:
    """The row's key reaches the colleague it was sealed to, and nobody else."""
    assert len(GRANT) == GRANT_SIZE == 176
    assert claimed_granter(GRANT) == made.OWNER.sign_public
    assert accept_grant(GRANT, ROW, made.COLLEAGUE, made.OWNER.sign_public) == KEY
    with pytest.raises(NotARecipientError):
        accept_grant(GRANT, ROW, made.STRANGER, made.OWNER.sign_public)


def test_each_forged_grant_is_refused() -> None:
    """Signed by a stranger, moved to another row, of another version, cut or changed: the key is never used."""
    forged = grant(KEY, ROW, made.COLLEAGUE.box_public, made.STRANGER)
    with pytest.raises(ForgedError):
        accept_grant(forged, ROW, made.COLLEAGUE, made.OWNER.sign_public)
    borrowed = forged[:80] + made.OWNER.sign_public + forged[112:]
    for row, version, data in ((ROW, 1, borrowed), (OTHER_ROW, 1, GRANT), (ROW, 2, GRANT)):
        with pytest.raises(ForgedError):
            accept_grant(data, row, made.COLLEAGUE, made.OWNER.sign_public, version)
    other_key = grant(new_key(), ROW, made.COLLEAGUE.box_public, made.STRANGER)[:80] + GRANT[80:]
    with pytest.raises(ForgedError):
        accept_grant(other_key, ROW, made.COLLEAGUE, made.OWNER.sign_public)
    with pytest.raises(MalformedError):
        accept_grant(GRANT[:-1], ROW, made.COLLEAGUE, made.OWNER.sign_public)


def test_a_grant_to_somebody_else_is_checked_without_opening_it() -> None:
    """By who holds the key, and by who holds its commitment only: granter, row, key, reader and version must agree."""
    box, granter = made.COLLEAGUE.box_public, made.OWNER.sign_public
    second = grant(KEY, ROW, box, made.OWNER, 2)
    check_grant(GRANT, ROW, KEY, box, granter)
    check_grant(second, ROW, KEY, box, granter, 2)
    verify_grant(GRANT, ROW, key_commitment(KEY, ROW), box, granter)
    verify_grant(second, ROW, key_commitment(KEY, ROW), box, granter, 2)
    borrowed = grant(KEY, ROW, box, made.STRANGER)[:80] + granter + GRANT[:64]
    for data, row, key, reader, by, version in (
        (GRANT, OTHER_ROW, KEY, box, granter, 1),
        (GRANT, ROW, new_key(), box, granter, 1),
        (GRANT, ROW, KEY, made.STRANGER.box_public, granter, 1),
        (GRANT, ROW, KEY, box, made.STRANGER.sign_public, 1),
        (GRANT, ROW, KEY, box, granter, 2),
        (second, ROW, KEY, box, granter, 1),
        (borrowed, ROW, KEY, box, granter, 1),
    ):
        with pytest.raises(ForgedError):
            check_grant(data, row, key, reader, by, version)
        with pytest.raises(ForgedError):
            verify_grant(data, row, key_commitment(key, row), reader, by, version)
    with pytest.raises(MalformedError):
        check_grant(GRANT[:-1], ROW, KEY, box, granter)


def test_numbers_have_four_bytes_and_no_sign() -> None:
    """The last entry and the last version that a row can have are sealed, granted and opened like the first."""
    last = 2**32 - 1
    place = Place("entries", ROW, last, last)
    assert open_value(KEY, place, seal_value(KEY, place, b"hej", "1k")) == b"hej"
    summary = seal_value(KEY, Place("folder", ROW, 0, last), b"hej", "summary")
    assert list(open_many("folder", [(KEY, ROW, last, summary)])) == [b"hej"]
    granted = grant(KEY, ROW, made.COLLEAGUE.box_public, made.OWNER, last)
    assert accept_grant(granted, ROW, made.COLLEAGUE, made.OWNER.sign_public, last) == KEY


def test_a_commitment_tells_keys_and_rows_apart() -> None:
    """Two keys, or two rows, never share a commitment."""
    assert len({key_commitment(KEY, ROW), key_commitment(KEY, OTHER_ROW), key_commitment(new_key(), ROW)}) == 3


def test_the_pepper_locks_details_to_their_row() -> None:
    """Without the pepper, in another row or for another purpose, nothing opens; a name is found by its tag."""
    one, two = pepper.new_pepper(), pepper.new_pepper()
    locked = pepper.lock(one, "account", ROW, b"secret")
    assert len(locked) == 552
    assert pepper.unlock(one, "account", ROW, locked) == b"secret"
    for wrong in ((two, "account", ROW), (one, "other", ROW), (one, "account", OTHER_ROW)):
        with pytest.raises(CorruptError):
            pepper.unlock(*wrong, locked)
    assert pepper.tag(one, "name", "alma") == pepper.tag(one, "name", "alma")
    assert pepper.tag(one, "name", "alma") not in {pepper.tag(two, "name", "alma"), pepper.tag(one, "names", "alma")}


def test_only_the_cookie_opens_a_row() -> None:
    """Memory alone holds locked rows; the ticket in the cookie opens its own and no other purpose's."""
    ticket, stranger = cookiebox.new_ticket(), cookiebox.new_ticket()
    locked = cookiebox.lock(ticket, "draft", b"x" * 3000)
    assert cookiebox.unlock(ticket, "draft", locked) == b"x" * 3000
    for wrong, purpose in ((stranger, "draft"), (ticket, "code"), (b"short", "draft")):
        with pytest.raises(CorruptError):
            cookiebox.unlock(wrong, purpose, locked)
    rows = {cookiebox.row_key(one, purpose) for one in (ticket, stranger) for purpose in ("draft", "code")}
    assert len(rows) == 4
    assert ticket not in locked


def test_a_locked_row_hides_its_length() -> None:
    """Rows are rounded up, so the desk's memory does not tell short texts apart."""
    ticket = cookiebox.new_ticket()
    assert len({len(cookiebox.lock(ticket, "draft", b"x" * length)) for length in (0, 1, 500, 1023)}) == 1
