"""What an older portal laid on the desk that portals share is shown by this one, while they are renewed in turn."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.older.desk import REFUSED
from tests.portal.test_portal_shared import code_on
from tests.portal.world import Phone, World
from tests.redis import RedisServer

DESKS = sorted((Path(__file__).parent / "desks").glob("*.json"))
MINUTES = 600_000  # milliseconds that a row has left


def lay(path: Path, redis: RedisServer) -> dict[str, dict[str, str]]:
    """Lay an older portal's rows on the desk, and give the browsers' cookies."""
    kept: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))
    with redis.client() as client:
        for name, value in kept["rows"].items():
            client.set(base64.b64decode(name), base64.b64decode(value), px=MINUTES)
    return kept


@pytest.mark.parametrize("path", DESKS, ids=[path.stem for path in DESKS])
def test_what_an_older_portal_laid_on_the_desk_is_shown(path: Path, tmp_path: Path, redis: RedisServer) -> None:
    """The code is shown to who sent, the refused words to who wrote them, and neither to anybody else."""
    kept = lay(path, redis)
    world = World(tmp_path)
    world.write_roster()
    app = world.app(redis=redis.url)
    pages = {}
    for who, where in (("sender", "/done"), ("refused", "/me"), ("stranger", "/done")):
        phone = Phone(app)
        for name, value in kept.get(who, {}).items():
            phone.client.set_cookie(name, value, domain="localhost")
        pages[who] = phone.get(where).text
    code = str(kept["code"])
    assert len(code) == 24
    assert code_on(pages["sender"]) == code
    assert REFUSED in pages["refused"]
    assert code_on(pages["stranger"]) == ""
