"""An older portal and this one serve side by side on one dead drop, as they do while several are renewed in turn."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from command.processes import claim_port
from crypto.returncode import show_code
from tests.older.version import VERSIONS, tree
from tests.road import ROOT, Visitor
from tests.staff.world import Browser, World

# Those before read no reply that names its town, as every reply has since: docs/envelope.md section 8.
READING = [path for path in VERSIONS if path.stem >= "0004"]
CODE = re.compile(r"<bdi>(\d{4})</bdi>")
PATIENCE = 60  # seconds for a portal to come up


@contextmanager
def serving(program: Path, world: World, name: str) -> Iterator[Visitor]:
    """Serve the portal of a tree over the world's roster and dead drop; lend somebody who visits it."""
    port = claim_port(0)
    state = world.folder / f"state-{name}"
    state.mkdir()
    programme = world.folder / f"{name}.toml"
    demo = (program / "programme" / "demo.toml").read_text("utf-8")
    programme.write_text(re.sub(r'(?s)\[\[municipality\]\]\nid = "granvik".*?\n\n', "", demo), "utf-8")
    values = {
        "ORIGIN": f"http://127.0.0.1:{port}",
        "ROSTER": world.folder / "roster",
        "ROOT_KEY": world.root.sign_public.hex(),
        "DEADDROP": world.deaddrop,
        "PROGRAMME": programme,
        "STATE": state,
        "PORT": port,
        "DEMO": "1",
    }
    environment = {**os.environ, **{f"UTVAG_PORTAL_{key}": str(value) for key, value in values.items()}}
    with (world.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "command", "portal"], cwd=program, env=environment, stdout=log, stderr=log
        )
    try:
        visitor = Visitor(f"http://127.0.0.1:{port}")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and process.poll() is None:
            with suppress(OSError, http.client.HTTPException):  # a port that nobody has yet may answer itself
                if visitor.send("GET", "/me").status == 200:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError((world.folder / f"{name}.log").read_text("utf-8"))
        yield visitor
    finally:
        process.terminate()
        process.wait(30)


def sent(visitor: Visitor, text: str) -> str:
    """Send a request with a code, as a browser without script does; give the code."""
    answer = visitor.fill_in("/me", {"message": text, "answer_by": "code", "municipality": "ekstad"})
    assert (answer.status, answer.headers["location"]) == (303, "/done"), answer.text
    return "".join(CODE.findall(visitor.get("/done").text))


def read(visitor: Visitor, code: str) -> str:
    """Type a code, and give the page behind it."""
    reader = Visitor(visitor.origin)
    assert reader.fill_in("/code", {"code": show_code(code)}).status == 303
    return reader.get("/code").text


def answered(anna: Browser, text: str, reply: str) -> None:
    """Find a request by its words, and answer it."""
    for row in sorted(set(re.findall(r"/inbox/([0-9a-f]{32})", anna.get("/inbox").text))):
        if text in anna.get(f"/inbox/{row}").text:
            assert anna.act(row, "reply", **{"text": reply, "from": "samordnarna"}).status_code == 303
            return
    raise AssertionError(f"nobody collected: {text}")


@pytest.mark.long
@pytest.mark.parametrize("path", READING, ids=[path.stem for path in READING])
def test_old_and_new_portal_serve_side_by_side(path: Path, tmp_path: Path) -> None:
    """Each is sent to; this version's staff collect and answer both; either answer is read through either portal."""
    world = World(tmp_path)
    program = tree(path, tmp_path / "program")
    with serving(ROOT, world, "new") as new, serving(program, world, "old") as old:
        codes = {"old": sent(old, "genom den gamla"), "new": sent(new, "genom den nya")}
        world.collect()
        anna = world.browser(world.owner)
        answered(anna, "genom den gamla", "svar på den gamla")
        answered(anna, "genom den nya", "svar på den nya")
        for visitor in (old, new):
            assert "svar på den gamla" in read(visitor, codes["old"])
            assert "svar på den nya" in read(visitor, codes["new"])
    world.close()
