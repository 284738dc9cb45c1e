"""What travels from the staff app to the root key: each part holds by its own signatures. docs/envelope.md 4.8."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import Error, ForgedError, MalformedError
from crypto.opening.intake import new_intake, read_intake
from crypto.opening.joining import order_leave
from crypto.opening.members import Member
from crypto.opening.orders import read_order
from crypto.opening.parcel import read_parcel, write_parcel
from crypto.primitives import canonical, read_json
from tests.crypto import made

DAY = date(2026, 11, 22)
STATED = [new_intake(one, DAY)[1] for one in (made.OWNER, made.COLLEAGUE)]
BO = Member("Bo", "coordinator", "ekstad", made.COLLEAGUE.box_public, made.COLLEAGUE.sign_public)
ORDER = order_leave(BO, made.OWNER, 1, 1_800_000_000)
PARCEL = write_parcel(STATED, [ORDER])


def changed(**values: object) -> bytes:
    """Write the parcel with other values."""
    return canonical({**read_json(PARCEL), **values})


def test_what_was_put_in_comes_out() -> None:
    """Statements in the order of their signers' keys, whoever unlocked first, and the order as it was signed."""
    found = read_parcel(PARCEL)
    assert set(found.statements) == {read_intake(one) for one in STATED}
    assert [one.sign_public for one in found.statements] == sorted(one.sign_public for one in found.statements)
    assert found.orders == (read_order(ORDER),)
    assert write_parcel(reversed(STATED), [ORDER]) == PARCEL
    assert read_parcel(write_parcel([], [])).statements == ()
    end = f"12:{bytes(32).hex()}"
    assert (found.audit, read_parcel(write_parcel([], [], end)).audit) == ("", end)


def test_another_key_put_in_on_the_way_is_forged() -> None:
    """Somebody swaps the public half in a statement, or whom an order takes out: the signature breaks."""
    value = read_json(PARCEL)
    stranger = made.STRANGER.box_public.hex()
    with pytest.raises(ForgedError):
        read_parcel(changed(statements=[{**value["statements"][0], "box": stranger}]))
    with pytest.raises(ForgedError):
        read_parcel(changed(orders=[{**value["orders"][0], "subject": stranger}]))


@pytest.mark.parametrize(
    "values",
    [
        {"format": "utvag parcel 2"},
        {"more": 1},
        {"audit": "12"},
        {"audit": 12},
        {"statements": {}},
        {"orders": ["x"]},
        {"statements": [read_json(STATED[0])] * 2},
    ],
)
def test_another_form_is_refused(values: dict[str, object]) -> None:
    """Other names, other types, two statements by one person: malformed."""
    with pytest.raises(MalformedError):
        read_parcel(changed(**values))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_parcel_or_an_error_of_ours(data: bytes) -> None:
    """Whatever lies on the stick ends in one of our errors."""
    with pytest.raises(Error):
        read_parcel(data)
