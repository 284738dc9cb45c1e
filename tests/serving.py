"""An app served for as long as a block lasts, by the server that serves it in production too."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from command.processes import HOST
from web.serve import CONNECTIONS, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PATIENCE = 10  # seconds for what is being answered


@contextlib.contextmanager
def serving(
    app: WSGIApplication, port: int = 0, *, threads: int = 2, connections: int = CONNECTIONS
) -> Iterator[Any]:  # Any: the stubs leave out its port, `effective_port`
    """Serve an app on a port, or a free one, and give the server; it has ended when the block ends."""
    server: Any = make_server(app, HOST, port, threads=threads, connections=connections)  # Any: as above
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):  # an answer's own pull may have closed it just before ours
            server.trigger.pull_trigger(server.close)  # in its own thread: a file closed under select() is a fault
        thread.join(PATIENCE)
    assert not thread.is_alive()
