"""A line between two programs that a test cuts, silences or slows: TCP on loopback, bytes untouched."""

import contextlib
import selectors
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from command.processes import HOST, claim_port

CHUNK = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset, as a firewall does


class Line:
    """Listens at `port` and passes on to another; what it does to the bytes is changed while it runs.

    `silent`: takes what is sent and passes nothing on, in neither direction. `mute`: swallows answers alone. `delay`:
    seconds before each piece. `room`: how many bytes may still be asked before the line is cut; None is any number.
    """

    def __init__(self, to: int) -> None:
        self.port, self._to = claim_port(0), to
        self.silent, self.mute, self.delay = False, False, 0.0
        self.room: int | None = None
        self._open = True
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._far: set[socket.socket] = set()
        self._ended: set[socket.socket] = set()  # hung up while nobody could hear it
        self._selector = selectors.DefaultSelector()
        self._listener = self._listen()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _listen(self) -> socket.socket:
        listener = socket.create_server((HOST, self.port))
        self._selector.register(listener, selectors.EVENT_READ)
        return listener

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self._open = False

    def mend(self) -> None:
        """Let everything through again."""
        self.silent, self.mute, self.delay, self.room, self._open = False, False, 0.0, None, True

    def close(self) -> None:
        """End."""
        self._to = 0
        self._thread.join(10)
        for one in (*self._pairs, self._listener):
            one.close()
        self._selector.close()

    def _run(self) -> None:
        while self._to:
            if not self._open:
                for one in list(self._pairs):
                    self._drop(one)
            for one in [] if self.silent or self.mute else list(self._ended):
                self._drop(one)
            for key, _events in self._selector.select(0.02):
                if key.fileobj is self._listener:
                    self._accept()
                elif isinstance(key.fileobj, socket.socket) and key.fileobj in self._pairs:
                    self._pass_on(key.fileobj)

    def _accept(self) -> None:
        near, _address = self._listener.accept()
        if not self._open:
            _reset(near)
            return
        try:
            far = socket.create_connection((HOST, self._to))
        except OSError:
            _reset(near)
            return
        self._far.add(far)
        for one, other in ((near, far), (far, near)):
            self._pairs[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _pass_on(self, one: socket.socket) -> None:
        try:
            piece = one.recv(CHUNK)
            if piece and not self.silent and not (self.mute and one in self._far):
                time.sleep(self.delay)
                self._pairs[one].sendall(self._within_room(one, piece))
        except OSError:
            piece = b""
        if not piece and (self.silent or (self.mute and one in self._far)):
            self._ended.add(one)
            self._selector.unregister(one)
        elif not piece:
            self._drop(one)

    def _within_room(self, one: socket.socket, piece: bytes) -> bytes:
        if self.room is None or one in self._far:
            return piece
        piece, self.room = piece[: self.room], max(0, self.room - len(piece))
        self._open = self._open and self.room > 0
        return piece

    def _drop(self, one: socket.socket) -> None:
        other = self._pairs.pop(one, None)
        for end in (one, other):
            if end is not None:
                self._pairs.pop(end, None)
                self._far.discard(end)
                self._ended.discard(end)
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(end)
                _reset(end)


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    one.close()


@contextmanager
def line(to: int) -> Iterator[Line]:
    """Lend a line to a port."""
    made = Line(to)
    try:
        yield made
    finally:
        made.close()
