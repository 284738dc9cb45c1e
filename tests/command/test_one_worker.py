"""One portal for one STATE folder: drafts and codes lie in one process's memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from command import serve
from command.serve import portal_application
from tests.portal.world import DEMO, ORIGIN, Phone, World

HOLD = "import sys, command.serve as s; s.portal_application(); print('up', flush=True); sys.stdin.read()"


SAY = """
import logging, sys, threading, command.serve
from web.late import LATE
command.serve.portal_application()
logging.getLogger("utvag.portal").error("not stored: %s", "KeyError", extra=LATE)
sweep = threading.Thread(target=lambda: {}["a limiter's key"])
sweep.start(), sweep.join()
print("served", file=sys.stderr, flush=True)
"""


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The settings of one portal in the environment; what this process holds is let go at the end."""
    world = World(tmp_path)
    world.write_roster()
    told = {
        "ORIGIN": ORIGIN,
        "ROSTER": str(world.roster),
        "ROOT_KEY": world.root.sign_public.hex(),
        "DEADDROP": str(tmp_path / "deaddrop.sqlite"),
        "PROGRAMME": str(DEMO),
        "STATE": str(tmp_path / "state"),
    }
    for name, value in told.items():
        monkeypatch.setenv(f"UTVAG_PORTAL_{name}", value)
    monkeypatch.setattr(serve, "PATIENCE", 0.3)
    monkeypatch.setattr(serve, "settle", lambda: None)  # it freezes what the tests have made
    monkeypatch.setattr("web.quiet.hush", lambda: None)  # the tests' own threads are to be heard
    yield world
    while serve.HELD:
        serve.HELD.pop().close()


@pytest.fixture
def another() -> Iterator[subprocess.Popen[str]]:
    """A worker that serves from the same folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "up\n"
        yield worker
        worker.kill()


def test_a_second_worker_does_not_start(another: subprocess.Popen[str]) -> None:
    """Half of the codes would be lost: it says so, and what to do; once the other is dead it starts."""
    with pytest.raises(click.ClickException, match=r"another portal serves from .* Run one worker"):
        portal_application()
    another.kill()
    another.wait()
    assert portal_application().name == "portal.app"


def test_several_workers_that_say_so_serve_without_codes_and_keep_no_drafts(
    monkeypatch: pytest.MonkeyPatch, environment: World
) -> None:
    """The form offers no code, and a text that cannot be kept is not claimed to be."""
    monkeypatch.setenv("UTVAG_PORTAL_WORKERS", "2")
    phone, second = Phone(portal_application()), portal_application()
    assert second.name == "portal.app"
    page = phone.get("/me").text
    assert "value=code" not in page
    assert phone.post("/me", {"message": "hej", "answer_by": "call"}).headers["Location"] == "/me?m=number"
    answer = phone.post("/me", {"message": "hej", "answer_by": "code"})
    assert answer.headers["Location"].startswith("/done?m=")
    assert [one.mailbox for one in environment.received()] == [None]


def test_one_that_says_it_is_alone_does_not_join_several(
    monkeypatch: pytest.MonkeyPatch, another: subprocess.Popen[str]
) -> None:
    """The one that runs keeps codes: a worker that means to be one of several does not start beside it."""
    monkeypatch.setenv("UTVAG_PORTAL_WORKERS", "2")
    with pytest.raises(click.ClickException, match="another portal serves"):
        portal_application()


def test_a_worker_that_serves_holds_the_lines_of_those_who_come() -> None:
    """As a production server begins it: nothing at that moment; when it ends, what it held is not lost.

    What fails beside the requests is told by its class alone.
    """
    said = subprocess.run([sys.executable, "-c", SAY], check=True, capture_output=True, text=True)
    assert said.stderr == "served\nfailed: a thread: KeyError at <string>:6\nnot stored: KeyError\n"
