"""The desk that several portals share: bounded, never evicting, atomic."""

from __future__ import annotations

import itertools
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import shared
from portal.agreed import AwayError
from portal.shared import Shared
from portal.shareddesk import ROW_COST, SharedDesk
from tests.redis import RedisServer

NUMBERS = itertools.count()
KEYS = st.sampled_from([b"\x0a", b"\x0b", b"\x0c"])
ACTS = st.one_of(
    st.tuples(st.just("put"), KEYS, st.sampled_from(["aa", "bb"]), st.integers(0, 3000)),
    st.tuples(st.just("drop"), KEYS, st.just(""), st.just(0)),
)


@given(st.lists(ACTS, max_size=25))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_shared_desk_holds_what_a_plain_model_holds(
    redis: RedisServer, acts: list[tuple[str, bytes, str, int]]
) -> None:
    """Whatever is laid down and dropped: never more bytes than allowed, never a row too few or too many."""
    total, own = 6000, 4000
    desk = SharedDesk(Shared(redis.url), f"model{next(NUMBERS)}", total, own)
    rows: dict[bytes, tuple[str, int]] = {}

    def used(bucket: str = "") -> int:
        return sum(size + ROW_COST for owner, size in rows.values() if bucket in ("", owner))

    for act, key, bucket, size in acts:
        rows.pop(key, None)
        if act == "drop":
            desk.drop(b"\x0d", key)
            continue
        fits = used() + size + ROW_COST <= total and used(bucket) + size + ROW_COST <= own
        assert desk.put(key, bucket, bytes(size), 60) == fits
        if fits:
            rows[key] = (bucket, size)
        assert {one for one in (b"\x0a", b"\x0b", b"\x0c") if desk.get(one) is not None} == set(rows)
        assert desk.size == used() <= total
        assert desk.room("bb", 100) == (used() + 100 + ROW_COST <= total and used("bb") + 100 + ROW_COST <= own)


def test_a_shared_row_ends_by_itself_and_makes_room(redis: RedisServer) -> None:
    """A row's time is kept by the server, and its bytes are given back; a row put again counts once."""
    desk = SharedDesk(Shared(redis.url), "ends", 2000, 2000)
    for _ in range(5):
        assert desk.put(b"a", "aa", bytes(1200), 0.1)
    assert desk.size == 1200 + ROW_COST
    assert not desk.put(b"b", "aa", bytes(1200), 60)
    time.sleep(0.12)
    assert desk.get(b"a") is None
    assert desk.size == 0
    assert desk.put(b"b", "aa", bytes(1200), 60)


def test_a_row_that_ended_a_moment_before_its_time_counts_once(redis: RedisServer) -> None:
    """The server may let a row go before the list of endings says so: laid down again, its bytes count once."""
    way = Shared(redis.url)
    desk = SharedDesk(way, "moment", 2000, 2000)
    for _ in range(3):
        assert desk.put(b"a", "aa", bytes(100), 60)
        way.client.delete("utvag:desk:moment:61")
    assert desk.size == 100 + ROW_COST


def test_one_senders_flood_leaves_room_on_a_shared_desk(redis: RedisServer) -> None:
    """A bucket that is full refuses, the crowd fills half, another bucket's row still fits; nothing is evicted."""
    desk = SharedDesk(Shared(redis.url), "flood", 100_000, 20_000)
    taken = sum(desk.put(bytes([number]), "aa", bytes(1000), 60) for number in range(30))
    assert taken == 20_000 // (1000 + ROW_COST)
    crowd = sum(desk.put(bytes([100 + number]), "", bytes(1000), 60) for number in range(40))
    assert crowd == 50_000 // (1000 + ROW_COST)
    assert desk.put(b"person", "bb", bytes(1000), 60)
    assert desk.get(b"\0") == bytes(1000)


def test_eight_at_once_never_overfill_a_shared_desk(redis: RedisServer) -> None:
    """Eight threads lay rows down at the same moment: exactly as many fit as have room."""
    desk = SharedDesk(Shared(redis.url), "many", 20_000, 20_000)
    taken: list[bool] = []

    def lay(start: int) -> None:
        taken.extend(desk.put(bytes([start + number]), "aa", bytes(1000), 60) for number in range(8))

    threads = [threading.Thread(target=lay, args=(8 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 20_000 // (1000 + ROW_COST)
    assert desk.size == sum(taken) * (1000 + ROW_COST)


def test_who_serves_nobody_may_ask_for_ever(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request stops asking when it has waited long enough in all; what runs beside requests does not."""
    monkeypatch.setattr(shared, "IN_ALL", 0.5)
    clock = [0.0]
    way = Shared(redis.url, None, lambda: clock[0])

    def slowly() -> int:
        clock[0] += 0.2
        return 1

    assert [way.ask(slowly) for _ in range(5)] == [1] * 5
    way.begin()
    assert [way.ask(slowly) for _ in range(3)] == [1] * 3
    with pytest.raises(AwayError):
        way.ask(slowly)
    way.begin()
    assert way.ask(slowly) == 1
