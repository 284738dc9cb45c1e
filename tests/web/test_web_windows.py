"""The counters of the limits: one thread at a time, and nothing kept of who counted once it ran out."""

import threading
import time

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from web.windows import SweptMemory

ONE = RateLimitItemPerMinute(5)


class Hooked(dict[str, list[object]]):
    """The counters' table, which lets another thread in just as the sweeping looks a counter up."""

    def __init__(self, content: dict[str, list[object]], meanwhile: threading.Thread) -> None:
        super().__init__(content)
        self.meanwhile = meanwhile

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]  # the types of what it stands in for
        """Look up, and give the other thread a moment."""
        found = super().get(key, default)
        if not self.meanwhile.ident:
            self.meanwhile.start()
            self.meanwhile.join(0.2)
        return found


def sweep(store: SweptMemory) -> None:
    """Sweep now, as the timer would."""
    store._MemoryStorage__expire_events()


def test_a_counter_is_not_taken_from_a_thread_that_has_it_in_hand() -> None:
    """Somebody signs in, which forgives their tries, while the sweeping stands at that very counter."""
    store = SweptMemory()
    counts = MovingWindowRateLimiter(store)
    assert counts.hit(ONE, "a name")
    signed_in = threading.Thread(target=counts.clear, args=(ONE, "a name"))
    store.events = Hooked(store.events, signed_in)  # type: ignore[assignment, arg-type]  # limits' own type is of its entries
    sweep(store)  # limits' own raises KeyError here
    signed_in.join(5)
    assert not store.events
    assert counts.get_window_stats(ONE, "a name").remaining == 5


def test_a_name_goes_with_its_counter() -> None:
    """A flood from many networks leaves nothing in memory a minute later."""
    store = SweptMemory()
    counts = MovingWindowRateLimiter(store)
    for number in range(100):
        counts.hit(ONE, f"network {number}")
    for entries in store.events.values():
        entries[0].expiry = time.time() - 1
    sweep(store)
    assert not store.events
    assert not store.locks


def test_many_threads_are_let_through_exactly_as_often_as_the_window_says() -> None:
    """Eight at once, each counting and now and then sweeping: five get in, and none of them fails."""
    store = SweptMemory()
    counts = MovingWindowRateLimiter(store)
    passed: list[bool] = []

    def knock() -> None:
        for _ in range(50):
            passed.append(counts.hit(ONE, "the door"))
            sweep(store)

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 400
    assert sum(passed) == 5
