"""The desk: bounded, never evicting, and opened by the cookie alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import app
from portal.desk import ROW_COST, MemoryDesk
from portal.handover import DRAFT_SECONDS, RECEIPT_SECONDS, RECEIPT_SIZE, Draft, Receipt
from tests.portal.world import Phone, World
from web.body import MAX_BODY

KEY_SIZE = 16
KEYS = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
BUCKETS = st.sampled_from(["one", "two"])
ACTS = st.one_of(
    st.tuples(st.just("put"), KEYS, BUCKETS, st.integers(0, 3000), st.integers(1, 200)),
    st.tuples(st.just("drop"), KEYS),
    st.tuples(st.just("wait"), st.integers(0, 90)),
)


class Model:
    """What a desk should hold, written as plainly as can be."""

    def __init__(self, total: int, per_bucket: int) -> None:
        self.total, self.per_bucket, self.now = total, per_bucket, 0
        self.rows: dict[bytes, tuple[int, str, int]] = {}

    def sweep(self) -> None:
        """Forget what is over."""
        self.rows = {key: row for key, row in self.rows.items() if row[0] > self.now}

    def used(self, bucket: str = "") -> int:
        """Count bytes, of one bucket or in all."""
        return sum(size + ROW_COST for _, owner, size in self.rows.values() if bucket in ("", owner))

    def put(self, key: bytes, bucket: str, size: int, seconds: int) -> bool:
        """Lay a row down if it fits."""
        self.sweep()
        self.rows.pop(key, None)
        cost = size + ROW_COST
        if self.used() + cost > self.total or self.used(bucket) + cost > self.per_bucket:
            return False
        self.rows[key] = (self.now + seconds, bucket, size)
        return True


@given(st.lists(ACTS, max_size=60))
def test_a_desk_holds_what_a_plain_model_holds(acts: list[tuple[object, ...]]) -> None:
    """Whatever is laid down, dropped and waited for: never more bytes than allowed, never a row too few or too many."""
    model = Model(6000, 4000)
    desk = MemoryDesk(6000, 4000, clock=lambda: float(model.now))
    for act, *arguments in acts:
        if act == "put":
            key, bucket, size, seconds = arguments
            assert isinstance(key, bytes)
            assert isinstance(bucket, str)
            assert isinstance(size, int)
            assert isinstance(seconds, int)
            assert desk.put(key, bucket, bytes(size), seconds) == model.put(key, bucket, size, seconds)
        elif act == "drop":
            desk.drop(arguments[0])  # type: ignore[arg-type]  # a key by construction
            model.rows.pop(arguments[0], None)  # type: ignore[call-overload]  # as above
        else:
            model.now += arguments[0]  # type: ignore[operator]  # seconds by construction
            model.sweep()
        for key in (b"a", b"b", b"c", b"d", b"e"):
            held = desk.get(key)
            assert (held is None) == (key not in model.rows)
        assert desk.size == model.used() <= 6000


def test_one_senders_flood_leaves_room_for_another() -> None:
    """A bucket that is full refuses; another bucket's row still finds room, and nothing is evicted."""
    desk = MemoryDesk(100_000, 20_000)
    taken = sum(desk.put(bytes([number]), "flood", bytes(1000), 60) for number in range(100))
    assert taken == 20_000 // (1000 + ROW_COST)
    assert desk.put(b"person", "another", bytes(1000), 60)
    assert desk.get(b"\0") == bytes(1000)


@pytest.mark.parametrize("size", ["DRAFTS", "RECEIPTS"])
def test_thirty_floods_and_the_crowd_leave_room_for_another(size: str) -> None:
    """Thirty networks that lay down all they may, and everybody behind Tor besides, do not fill a desk."""
    total, per_bucket = getattr(app, size)
    assert per_bucket * 64 <= total
    desk = MemoryDesk(total, per_bucket)
    for bucket in ("", *map(str, range(30))):
        number = 0
        while desk.put(f"{bucket}.{number}".encode(), bucket, bytes(8000), 60):
            number += 1
    assert not desk.room("", 8000)
    assert not desk.room("0", 8000)
    assert desk.room("person", RECEIPT_SIZE)


def test_the_largest_form_finds_room(world: World) -> None:
    """A body as large as may be, in letters that grow most on the desk, comes back to its writer."""
    phone = Phone(world.app())
    phone.get("/me")
    most = "å" * (MAX_BODY // 6 - 100)
    answer = phone.post("/me", {"answer_by": "call", "message": most + "slut"})
    assert answer.headers["Location"] == "/me"
    assert "slut" in phone.get("/me").text


def test_rows_that_are_replaced_leave_nothing_behind() -> None:
    """Ten thousand replacements of one row keep the list of endings short."""
    desk = MemoryDesk(100_000, 100_000)
    for _ in range(10_000):
        assert desk.put(b"same", "one", bytes(10), 60)
        desk.room("one", 10)
    assert len(desk._ends) < 200
    assert desk.size == 10 + ROW_COST


def test_a_row_lies_two_minutes_for_drafts_and_ten_for_codes() -> None:
    """Long enough to write a code down, too short to be found later."""
    assert (DRAFT_SECONDS, RECEIPT_SECONDS) == (120, 600)
    clock = [0.0]
    desk = MemoryDesk(10_000, 10_000, clock=lambda: clock[0])
    desk.put(b"k", "b", b"x", DRAFT_SECONDS)
    clock[0] = 119.9
    assert desk.get(b"k") == b"x"
    clock[0] = 120.0
    assert desk.get(b"k") is None
    assert desk.size == 0


def watch(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return a list that takes key and content of every row laid on a desk."""
    rows: list[bytes] = []
    put = MemoryDesk.put

    def look(self: MemoryDesk, key: bytes, bucket: str, locked: bytes, seconds: float) -> bool:
        rows.append(key + locked)
        return put(self, key, bucket, locked, seconds)

    monkeypatch.setattr(MemoryDesk, "put", look)
    return rows


def test_what_lies_on_the_desk_is_unreadable_without_the_cookie(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither words nor code stand in memory's rows."""
    rows = watch(monkeypatch)
    phone = Phone(world.app())
    phone.get("/me")
    phone.post("/me", {"message": "kanariefågel", "answer_by": "call"})
    phone.post("/me", {"message": "kanariefågel", "answer_by": "call", "contact": "070-174 06 66"})
    assert len(rows) == 2
    ticket = phone.client.get_cookie("t", domain="localhost")
    assert ticket is not None
    for row in rows:
        assert "kanariefågel".encode() not in row
        assert b"070-174" not in row
        assert bytes.fromhex(ticket.value) not in row


def test_a_receipt_always_fits_the_room_that_was_asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place checked before sealing is large enough for any receipt."""
    kept = watch(monkeypatch)
    phone = Phone(world.app())
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "call", "contact": "x"})
    assert [len(row) - KEY_SIZE <= RECEIPT_SIZE for row in kept] == [True]


def test_drafts_and_receipts_are_values() -> None:
    """Two with the same content are equal, so a round trip through JSON is checked by comparison."""
    assert Draft("me", {"a": ["b"]}) == Draft("me", {"a": ["b"]}, None, 0)
    assert Receipt("1", True) != Receipt("1", False)
