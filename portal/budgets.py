"""Limits on how often one network may send, without knowing or keeping its address."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import threading
import time
from collections.abc import Callable

from flask import Flask
from flask_limiter import Limiter
from limits.limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage

HOUR = 3600
SWEEP_SECONDS = 5
GETS_PER_PREFIX = 1200  # a minute: pages are cheap, and a mobile carrier puts thousands behind one prefix
CODES_SHARE = 2  # of what may be sent; a limit for the machine, since 73 random bits need none against guessing


class SweptMemory(MemoryStorage):
    """limits' memory storage that looks for expired counters every five seconds, not every ten milliseconds.

    The original walks all counters a hundred times a second from a new thread: with a flood from many networks that
    walk is itself the attack.
    """

    STORAGE_SCHEME = ["swept"]  # noqa: RUF012  # the type that limits declares

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802  # the one private method that sets the pace
        if not self.timer.is_alive():
            self.timer = threading.Timer(SWEEP_SECONDS, self._MemoryStorage__expire_events)  # type: ignore[attr-defined]  # as above
            self.timer.daemon = True
            self.timer.start()


class Buckets:
    """Turn an address into the name of its rate bucket: an HMAC of its /24 or /56, under a secret that lives an hour.

    Safe: neither address nor prefix leaves this method, the secret is in memory only, and after the hour nobody, we
    included, can tell which prefix a name stood for.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._secret = secrets.token_bytes(32)
        self._ends = clock() + HOUR

    def name(self, address: str | None) -> str:
        """Return the bucket's name, 16 hex digits; what is no address (a socket file) shares one bucket."""
        return hmac.digest(self._current(), prefix(address), hashlib.sha256)[:8].hex()

    def _current(self) -> bytes:
        with self._lock:
            if self._clock() >= self._ends:
                self._secret = secrets.token_bytes(32)
                self._ends = self._clock() + HOUR
            return self._secret


def prefix(address: str | None) -> bytes:
    """Return the network part of an address: 3 bytes of IPv4, 7 of IPv6, none of anything else."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return b""
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    return parsed.packed[:3] if parsed.version == 4 else parsed.packed[:7]


class Budgets:
    """The budgets of one portal: per prefix first, then one for all that a single prefix cannot use up."""

    def __init__(self, app: Flask, posts_per_prefix: int, posts_in_all: int) -> None:
        # The key function is never used: every hit names its bucket. Flask-Limiter keeps the windows.
        self._limiter = Limiter(lambda: "", app=app, storage_uri="swept://", strategy="fixed-window")
        self._post = RateLimitItemPerMinute(posts_per_prefix)
        self._posts_in_all = RateLimitItemPerMinute(posts_in_all)
        self._code = RateLimitItemPerMinute(max(1, posts_per_prefix // CODES_SHARE))
        self._codes_in_all = RateLimitItemPerMinute(max(1, posts_in_all // CODES_SHARE))
        self._get = RateLimitItemPerMinute(max(GETS_PER_PREFIX, 10 * posts_per_prefix))

    def may_send(self, bucket: str) -> bool:
        """Count a POST and tell whether it is within both budgets; what a prefix is refused costs others nothing."""
        hit = self._limiter.limiter.hit
        return hit(self._post, "post", bucket) and hit(self._posts_in_all, "all")

    def may_use_code(self, bucket: str) -> bool:
        """Count a POST to the page of the code, in counters of its own: a flood of codes uses up nobody's sending."""
        hit = self._limiter.limiter.hit
        return hit(self._code, "code", bucket) and hit(self._codes_in_all, "codes")

    def may_read(self, bucket: str) -> bool:
        """Count a GET and tell whether it is within the prefix's budget."""
        return self._limiter.limiter.hit(self._get, "get", bucket)
