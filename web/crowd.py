"""Connections make room for each other: who holds most gives way, and a request that never ends is cut."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import Any

from waitress.channel import HTTPChannel

from web.network import prefix

HEADER_SECONDS = 10.0  # from a connection, or the first byte of its next request, to the end of the header
REQUEST_SECONDS = 120.0  # to the end of the body: a long text on a slow phone
QUIET_SECONDS = 60.0  # without a byte either way: kept open for a next request, or an answer that nobody takes
STACKED = 4  # requests sent without waiting for an answer; no browser does, and each answer would lie in memory
MARGIN = 8  # connections below the server's limit at which room is made: beyond the limit it no longer listens


class FairChannel(HTTPChannel):
    """A connection that counts for its network (/24 or /48), and gives way when the server is nearly full.

    Safe for everybody else: room is made by the network that holds most connections, from its oldest, and never by
    one whose request is being answered. Behind a proxy or Tor all share one network, and the oldest gives way.
    """

    def __init__(self, server: Any, sock: Any, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002  # Any and `map`: waitress's own signature
        self.network = prefix(addr[0] if addr else None, v6=48)
        self.begun = time.monotonic()
        self.fresh = True  # no request has begun yet
        self.gives_way = False
        super().__init__(server, sock, addr, adj, map)
        self.requests_lock: Any = threading.RLock()  # waitress's own, but one that `received` may hold around it
        make_room(
            [one for one in vars(self)["_map"].values() if isinstance(one, FairChannel)], adj.connection_limit - MARGIN
        )

    def received(self, data: bytes) -> bool:
        """Take in bytes; the clock of a request starts with its first, and more than a few at once are dropped.

        No thread answers any of them before it is known how many came: under load that were some more.
        """
        if self.request is None:
            self.begun = time.monotonic()
            self.fresh = False
        waiting: Any = self  # Any: the stubs leave out that the list can be cut
        with self.requests_lock:
            taken = bool(super().received(data))
            self.gives_way = self.gives_way or len(waiting.requests) > STACKED
            del waiting.requests[STACKED:]
        return taken

    def readable(self) -> bool:
        """Close what gives way or is overdue, before the server waits for it again.

        Closed here and now, not when it can be written to: whoever never reads would stay for ever.
        """
        if self.connected and not self.requests and (self.gives_way or self._overdue()):
            self.handle_close()
        return self.connected and bool(super().readable())

    def writable(self) -> bool:
        """Want nothing more once closed: `readable` may just have closed what waitress marked to be closed as well.

        Its loop would else wait for a number that no longer is a socket, and end the whole server.
        """
        return self.connected and bool(super().writable())

    def _overdue(self) -> bool:
        if time.time() - self.last_activity > QUIET_SECONDS:
            return True
        taken = time.monotonic() - self.begun
        if self.request is None:
            return self.fresh and taken > HEADER_SECONDS
        return taken > (REQUEST_SECONDS if self.request.headers_finished else HEADER_SECONDS)


def make_room(channels: list[FairChannel], limit: int) -> None:
    """Mark one connection to give way if there are more than the limit: the oldest of the network that holds most."""
    staying = [one for one in channels if not one.gives_way]
    if len(staying) <= limit:
        return
    networks = defaultdict(list)
    for one in staying:
        networks[one.network].append(one)
    idle = [one for one in max(networks.values(), key=len) if not one.requests]
    if idle:
        min(idle, key=lambda one: one.begun).gives_way = True
