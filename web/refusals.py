"""Let the app itself answer what waitress refuses: bodies that are too large or in chunks, headers that are not HTTP.

waitress would answer in plain English without our headers, and cut the connection while a large body is still on its
way, so that the sender sees a broken line and no page. Here a body beyond the limit is received and thrown away, in
constant memory, and the app's own error page answers.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import abort, request
from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask
from waitress.utilities import Error, RequestEntityTooLarge

from web.body import MAX_BODY
from web.crowd import FairChannel

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

REFUSED = "utvag.refused"  # a key that no client can set: what clients send becomes HTTP_…
PATIENCE = 32 * 2**20  # bytes of a body that are thrown away before the connection is cut


class ChunkedError(Error):
    """A body comes in chunks of unknown number."""

    code = 411
    reason = "Length Required"


class Bounded(OverflowableBuffer):
    """A buffer that keeps MAX_BODY bytes in memory, never in a file, and drops the rest."""

    def __init__(self) -> None:
        super().__init__(4 * MAX_BODY)
        self.too_large = False

    def append(self, data: bytes) -> None:
        """Keep the bytes if they still fit."""
        self.too_large = self.too_large or len(self) + len(data) > MAX_BODY
        if not self.too_large:
            super().append(data)


class Parser(HTTPRequestParser):
    """A parser that reads a body to its end, keeps what fits, and then says whether it was too large."""

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the header and put our buffer under the body; refuse a body in chunks before any of it is read.

        Safe: no browser's form comes in chunks, and waitress searches the whole of an unfinished control line or
        trailer again at each receive, so that one endless line would keep the server from everybody else.
        """
        super().parse_header(header_plus)
        if self.chunked:
            self.error = ChunkedError("")
            self.body_rcv = None
        elif self.body_rcv is not None:
            self.body_rcv.buf = Bounded()

    def received(self, data: bytes) -> int:
        """Receive a part of the request; return how many bytes were used."""
        used: int = super().received(data)
        kept = self.body_rcv.buf if self.body_rcv else None
        if self.completed and not self.error and isinstance(kept, Bounded) and kept.too_large:
            self.error = RequestEntityTooLarge("")
        return used


class RefusalTask(WSGITask):
    """Ask the app for the page of a refusal; nothing of the broken request reaches it but language and cookies."""

    def get_environment(self) -> WSGIEnvironment:
        """Return the environment of a GET that `answer_refusal` turns into the error page."""
        self.set_close_on_finish()
        asked: Any = self.request  # Any: the stubs take it for the error itself
        server: Any = self.channel.server  # Any: the stubs leave out the port
        headers = asked.headers
        return {
            REFUSED: asked.error.code,
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "SCRIPT_NAME": "",
            "REMOTE_ADDR": self.channel.addr[0],
            "SERVER_NAME": server.server_name,
            "SERVER_PORT": str(server.effective_port),
            "SERVER_PROTOCOL": f"HTTP/{self.version}",
            "HTTP_HOST": headers.get("HOST", ""),
            "HTTP_ACCEPT_LANGUAGE": headers.get("ACCEPT_LANGUAGE", ""),
            "HTTP_COOKIE": headers.get("COOKIE", ""),
            "wsgi.url_scheme": getattr(asked, "url_scheme", "http"),
            "wsgi.version": (1, 0),
            "wsgi.errors": BytesIO(),
            "wsgi.input": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }


class Channel(FairChannel):
    """A connection whose refusals are answered by the app."""

    parser_class = Parser
    error_task_class = RefusalTask  # type: ignore[assignment]  # both are tasks; the stubs name the default one


def let_app_refuse(server: Any) -> None:  # Any: one waitress server, or the holder of several
    """Make a waitress server answer its refusals through the app."""
    servers = [server] if hasattr(server, "channel_class") else list(server.map.values())
    for one in servers:
        one.channel_class = Channel


def answer_refusal() -> None:
    """Turn the environment of a refusal into its error; runs before every request, costs one look-up."""
    code = request.environ.get(REFUSED)
    if code:
        abort(int(code) if code in (400, 411, 413, 431) else 400)
