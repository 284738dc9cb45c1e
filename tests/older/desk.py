"""Keep what this version lays on the desk that portals share: `python -m tests.older.desk NAME FILE`, at each release.

Old and new portals stand behind one address while they are renewed in turn: whoever sends through the one may be shown
the code, or the words that were refused, by the other.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any  # JSON's values; redis names no type of what it answers

from tests.portal.world import Phone, World
from tests.redis import RedisServer, redis_server

REFUSED = "Det här kom tillbaka"
ALL = "on nopass ~* &* +@all"  # a portal may not list what others laid there; whoever keeps it here must


def text(data: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(data).decode()


def rows(server: RedisServer) -> dict[str, str]:
    """Give every value that stands under a name of its own; what counts them is made anew."""
    with server.client() as client:
        client_any: Any = client  # Any: as above
        found = {name: client_any.get(name) for name in client_any.scan_iter() if client_any.type(name) == b"string"}
    return {text(name): text(value) for name, value in found.items()}


def cookies(phone: Phone) -> dict[str, str]:
    """Give what this browser keeps: the ticket that opens its rows, and the form's token."""
    return {one.key: one.value for one in (phone.client._cookies or {}).values()}


def made(name: str, folder: Path) -> dict[str, object]:
    """Send with a code through one portal, and have a form refused; keep what both left on the desk."""
    world = World(folder)
    world.write_roster()
    with redis_server() as server:
        server.rights = ALL
        server.restart()
        app = world.app(redis=server.url)
        sender, refused = Phone(app), Phone(app)
        for phone in (sender, refused):
            phone.get("/me")
        assert sender.post("/me", {"message": "hej", "answer_by": "code"}).headers["Location"] == "/done"
        assert refused.old_post("/me", {"message": REFUSED}).headers["Location"] == "/me"
        shown = sender.get("/done").text
        return {
            "comment": f"what version {name} laid on the desk",
            "sender": cookies(sender),
            "refused": cookies(refused),
            "code": "".join(re.findall(r"<bdi>(\d{4})</bdi>", shown)),
            "rows": rows(server),
        }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as here:
        kept = made(sys.argv[1], Path(here))
    Path(sys.argv[2]).write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")
