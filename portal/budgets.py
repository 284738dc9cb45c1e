"""Limits on how often one network may send, without knowing or keeping its address."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from flask import Flask
from flask_limiter import Limiter
from limits.limits import RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter

from portal.agreed import AwayError, SharedSecret
from web.network import is_circuit, is_crowd, prefix
from web.windows import SWEPT

if TYPE_CHECKING:
    from portal.shared import Shared

HOUR = 3600.0
V4, V6 = ((0, 24), (2, 16)), ((0, 56), (1, 48), (2, 32))  # level and bits of the networks that an address lies in
CIRCUIT = ((0, 128),)  # a circuit through Tor has no neighbours: it is a network by itself
SHARES = (0, 16, 4)  # a network of the wider levels may use up one part in so many of what all may send
GETS_PER_PREFIX = 1200  # a minute: pages are cheap, and a mobile carrier puts thousands behind one prefix
CODES_SHARE = 2  # of what may be sent; a limit for the machine, since 73 random bits need none against guessing


T = TypeVar("T")
Networks = tuple[tuple[int, str], ...]  # level and name, the nearest first; none where everybody may stand behind


class Buckets:
    """Turn an address into names of its networks: HMACs under a secret that lives an hour.

    Safe: neither address nor prefix leaves this class, the secret is in memory only (with several portals in the
    memory of the server that they share, too), and after the hour nobody, we included, can tell which prefix a name
    stood for.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, shared: Shared | None = None) -> None:
        self._secret = SharedSecret("buckets", HOUR, shared, clock)

    def networks(self, address: str | None) -> Networks:
        """Name the networks of an address, each by 16 hex digits.

        Loopback and socket files have none: behind them stand all who came through Tor or an unnamed proxy, and to
        count them as one person would let any of them shut out the others.
        """
        if is_crowd(address):
            return ()
        secret = self._secret.current()
        return tuple((level, _name(secret, level, prefix(address, bits, bits))) for level, bits in _levels(address))


def _levels(address: str | None) -> tuple[tuple[int, int], ...]:
    if is_circuit(address):
        return CIRCUIT
    return V6 if len(prefix(address, 32, 128)) > 4 else V4


def _name(secret: bytes, level: int, network: bytes) -> str:
    return hmac.digest(secret, bytes([level]) + network, hashlib.sha256)[:8].hex()


def desk_bucket(networks: Networks) -> str:
    """Return the network that owns what is laid on the desk: a /24, a /48, a circuit, or "" for the crowd."""
    return networks[-2:][0][1] if networks else ""


@dataclass(frozen=True)
class Windows:
    """How much of one kind may be sent in a minute: by a network of each level, and by all."""

    kind: str
    networks: tuple[RateLimitItemPerMinute, ...]
    in_all: RateLimitItemPerMinute

    @classmethod
    def make(cls, kind: str, per_prefix: int, in_all: int) -> Windows:
        """Return windows in which no single network, however wide, uses up what all may send."""
        wider = (max(per_prefix, in_all // share) for share in SHARES[1:])
        return cls(kind, tuple(map(RateLimitItemPerMinute, (per_prefix, *wider))), RateLimitItemPerMinute(in_all))


class Budgets:
    """The budgets of one portal: per network first, then one for all, which refuses nobody's first in a minute.

    Portals that share a server count together; while it is away each counts for itself, by the whole budgets: so many
    portals, so many times may be sent. Flask-Limiter's own fallback looks at its own hooks only, so it is done here.
    """

    def __init__(self, app: Flask, posts_per_prefix: int, posts_in_all: int, shared: Shared | None = None) -> None:
        # The key function is never used: every hit names its bucket. Flask-Limiter keeps the windows.
        self._own = Limiter(lambda: "", app=app, storage_uri=SWEPT, strategy="fixed-window")
        self._shared = shared
        self._together: RateLimiter = self._own.limiter
        if shared:
            store = RedisStorage("redis://", connection_pool=shared.pool, key_prefix="utvag:limits")
            self._together = FixedWindowRateLimiter(store)
        self._posts = Windows.make("post", posts_per_prefix, posts_in_all)
        self._codes = Windows.make("code", max(1, posts_per_prefix // CODES_SHARE), max(1, posts_in_all // CODES_SHARE))
        self._get = RateLimitItemPerMinute(max(GETS_PER_PREFIX, 10 * posts_per_prefix))

    def may_send(self, networks: Networks) -> bool:
        """Count a POST and tell whether it is within the budgets; what a network is refused costs others nothing."""
        return self._within(self._posts, networks)

    def may_use_code(self, networks: Networks) -> bool:
        """Count a POST to the page of the code, in counters of its own: a flood of codes uses up nobody's sending."""
        return self._within(self._codes, networks)

    def may_read(self, networks: Networks) -> bool:
        """Count a GET and tell whether it is within the nearest network's budget; the crowd has none."""
        return not networks or self._hit(self._get, "get", networks[0][1])

    def _within(self, windows: Windows, networks: Networks) -> bool:
        if not all(self._hit(windows.networks[level], windows.kind, name) for level, name in networks):
            return False
        return self._hit(windows.in_all, windows.kind) or self._is_first(windows, networks)

    def _is_first(self, windows: Windows, networks: Networks) -> bool:
        """Tell whether the nearest network has sent nothing else this minute: a flood of others stops it not."""
        if not networks:
            return False
        nearest = windows.networks[0]
        left = self._ask(lambda limiter: limiter.get_window_stats(nearest, windows.kind, networks[0][1]).remaining)
        return left == nearest.amount - 1

    def _hit(self, item: RateLimitItemPerMinute, *names: str) -> bool:
        return self._ask(lambda limiter: limiter.hit(item, *names))

    def _ask(self, question: Callable[[RateLimiter], T]) -> T:
        """Ask the counters that portals share, or our own while those are away."""
        if self._shared:
            with contextlib.suppress(AwayError):
                return self._shared.ask(lambda: question(self._together))
        return question(self._own.limiter)
