"""Serve an app with waitress, which logs start, stop and nothing of a visitor."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from web.crowd import QUIET_SECONDS
from web.refusals import PATIENCE, let_app_refuse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

CONNECTIONS = 400  # at a time; select() takes 1,024 files, and each thread's database has its own
SWITCH = 0.0001  # seconds; the thread that takes in and reads waits as long for each that computes, at every call
MAX_HEADER = 16 * 1024  # bytes; an unfinished header is searched again at each receive, and browsers send about one KiB

log = logging.getLogger("utvag.web")


def make_server(
    app: WSGIApplication, host: str, port: int, *, threads: int, connections: int = CONNECTIONS
) -> BaseWSGIServer | MultiSocketServer:
    """Return a waitress that listens already; port 0 takes a free one.

    Bodies stay in memory and within `web.body.MAX_BODY`; `web.crowd` says who keeps a connection. Forwarded headers
    are passed on: an app that stands behind a proxy reads them itself, one that does not looks at none.
    """
    server = create_server(
        app,
        host=host,
        port=port,
        threads=threads,
        ident="",
        max_request_body_size=PATIENCE,
        max_request_header_size=MAX_HEADER,
        clear_untrusted_proxy_headers=False,
        connection_limit=connections,
        channel_timeout=int(QUIET_SECONDS),
        cleanup_interval=10,
        log_socket_errors=False,
    )
    let_app_refuse(server)
    return server


def serve(app: WSGIApplication, host: str, port: int, *, threads: int, name: str = "utvag") -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    for noisy in ("waitress", "waitress.queue", "flask_wtf.csrf"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)  # lines with addresses and traces, or one for each visitor
    sys.setswitchinterval(SWITCH)
    server = make_server(app, host, port, threads=threads)
    signal.signal(signal.SIGTERM, _stop)
    log.info("%s started", name)
    try:
        server.run()
    finally:
        server.close()
        log.info("%s stopped", name)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
