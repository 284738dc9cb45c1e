"""What several portal processes share: a Redis or Valkey that keeps nothing on disk, and may be gone at any moment."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection, ConnectionPool
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError
from redis.exceptions import ConnectionError as CutError
from redis.retry import Retry

from portal.agreed import AwayError
from web.late import LATE

PATIENCE = 0.25  # seconds that one question may take
IN_ALL = 0.5  # seconds that a request has waited in all when it asks nothing more
PAUSE = 2.0  # seconds after a failure in which nobody asks; then one request tries
TOLD = 60.0  # seconds between two lines of the log, however often it fails
CONNECTIONS = 64
# What the server must be set to, and the cure. `noeviction`: a desk that is full refuses, and takes nobody's text away.
WANTED = {
    "save": ("", 'it keeps snapshots on disk: set `save ""`'),
    "appendonly": ("no", "it keeps a log on disk: set `appendonly no`"),
    "maxmemory-policy": ("noeviction", "it throws rows away when it is full: set `maxmemory-policy noeviction`"),
}

T = TypeVar("T")
log = logging.getLogger("utvag.portal")


class UnfitError(CutError):
    """The server is there, and set so that it must not be used; the text names the first fault and its cure."""


class Shared:
    """The one way to the server that portals share. Safe in threads.

    Nobody waits for it longer than PATIENCE for one question, and no request for much longer in all; after a failure
    one request in PAUSE seconds tries again, so that it is used again by itself. Each connection looks first whether
    the server keeps anything on disk: it may have been started anew with other settings.
    """

    def __init__(self, address: str, password: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        # One more try where a connection was cut (the server was started anew), none where the time is up.
        again = Retry(NoBackoff(), 1, supported_errors=(CutError,))
        self.pool = ConnectionPool.from_url(
            address,
            password=password,
            protocol=2,
            max_connections=CONNECTIONS,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=again,
            driver_info=None,
            redis_connect_func=_meet,
        )
        self.client = Redis(connection_pool=self.pool)
        self._clock = clock
        self._lock = threading.Lock()
        self._well = True  # whether the last question was answered
        self._away_until = 0.0
        self._tell_from = 0.0
        self._request = threading.local()

    def begin(self) -> None:
        """Begin a new request in this thread: nothing has been waited for yet. Threads that never do may wait on."""
        self._request.waited = 0.0

    def ask(self, question: Callable[[], T]) -> T:
        """Return what the server answers; raise AwayError if it does not in time, or will not do."""
        waited: float | None = getattr(self._request, "waited", None)
        if (waited or 0.0) >= IN_ALL or not self._may_ask():
            raise AwayError
        started = self._clock()
        try:
            answer = question()
        except ResponseError as error:  # it answered: full, or a command that its rules forbid
            self._tell(_why(error))
            raise AwayError from error
        except (RedisError, OSError) as error:
            self._fail(_why(error))
            raise AwayError from error
        finally:
            if waited is not None:
                self._request.waited = waited + self._clock() - started
        self._answered()
        return answer

    def fault(self) -> str:
        """Name what keeps the server from being used, with the cure, or ""; raise AwayError if it does not answer."""
        try:
            self.client.ping()
        except (UnfitError, AuthenticationError, ResponseError) as error:
            return _why(error)
        except (RedisError, OSError) as error:
            self._fail(_why(error))
            raise AwayError from error
        return ""

    def _may_ask(self) -> bool:
        """Tell whether it is worth while: while it is away one request in PAUSE seconds tries, and nobody else."""
        now = self._clock()
        with self._lock:
            if self._well:
                return True
            if now < self._away_until:
                return False
            self._away_until = now + PAUSE
            return True

    def _answered(self) -> None:
        if self._well:
            return
        with self._lock:
            self._well, self._tell_from = True, 0.0
        log.info("Redis is used again", extra=LATE)

    def _fail(self, why: str) -> None:
        with self._lock:
            self._well = False
            self._away_until = self._clock() + PAUSE
        self._tell(why)

    def _tell(self, why: str) -> None:
        now = self._clock()
        with self._lock:
            if now < self._tell_from:
                return
            self._tell_from = now + TOLD
        log.error("Redis is not used: %s", why, extra=LATE)


def _meet(connection: AbstractConnection) -> None:
    """Begin a connection, and refuse a server that keeps anything; raises UnfitError, ResponseError."""
    connection.on_connect()  # type: ignore[no-untyped-call]  # redis gives it no annotations
    connection.send_command("CONFIG", "GET", *WANTED)  # type: ignore[no-untyped-call]  # as above
    told = [_text(one) for one in connection.read_response()]
    found = dict(zip(told[::2], told[1::2], strict=True))
    for name, (wanted, cure) in WANTED.items():
        if found.get(name) != wanted:
            raise UnfitError(cure)


def _why(error: Exception) -> str:
    """Say what is wrong in words that hold nothing of a visitor: our own, or the name of the class."""
    if isinstance(error, AuthenticationError):
        return "it does not take this user and password"
    if isinstance(error, NoPermissionError):
        return "it forbids what a portal asks (deploy/redis/redis.conf names the commands, `+config|get` among them)"
    return str(error) if isinstance(error, UnfitError) else type(error).__name__


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
