"""What a monitor is told: one word, whoever asks, at next to no cost, and never out of a visitor's budget."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from portal import delivery
from tests.portal.world import Phone, World
from web.ready import SECONDS, Ready

PATHS = ("/healthz", "/readyz")


def told(answer: TestResponse) -> tuple[int, str]:
    """Give status and word."""
    return answer.status_code, answer.text.strip()


def test_a_monitor_is_told_one_word_and_leaves_nothing(world: World) -> None:
    """No cookie, no cache, no detail, and a signed-in look makes no difference: there is none."""
    phone = Phone(world.app())
    for path, word in zip(PATHS, ("ok", "ready"), strict=True):
        answer = phone.get(path)
        assert told(answer) == (200, word)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype == "text/plain"


def test_without_a_roster_the_process_is_alive_and_not_ready(world: World) -> None:
    """The roster goes: a service manager need not end the process, a load balancer leads visitors elsewhere."""
    app = world.app()
    assert told(Phone(app).get("/readyz")) == (200, "ready")
    world.roster.unlink()
    app.extensions["utvag"].ready._until = 0.0
    assert told(Phone(app).get("/readyz")) == (503, "unready")
    assert told(Phone(app).get("/healthz")) == (200, "ok")


@pytest.mark.sqlite
def test_without_a_store_it_is_not_ready(world: World) -> None:
    """The dead drop's file is moved away: told, and no empty one is made in its place."""
    app = world.app()
    drop = world.folder / "deaddrop.sqlite"
    drop.rename(world.folder / "elsewhere")
    assert told(Phone(app).get("/readyz")) == (503, "unready")
    assert not drop.exists()
    drop.write_bytes(b"this is no database, it only lies in its place " * 100)
    app.extensions["utvag"].ready._until = 0.0
    assert told(Phone(app).get("/readyz")) == (503, "unready")


def test_questions_cost_no_visitor_anything(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A monitor, or a flood, asks from a visitor's own network: they still get pages, and the store was asked once."""
    asked: list[Engine] = []
    monkeypatch.setattr(delivery, "ask", asked.append)
    app = world.app(posts_per_prefix=1, posts_in_all=1)
    phone = Phone(app)
    for _ in range(1500):
        assert phone.client.get("/readyz").status_code == 200
    assert len(asked) == 1
    assert phone.get("/").status_code == 200


class Store:
    """A store that fails or hangs as a test wants, on a clock that the test turns."""

    def __init__(self) -> None:
        self.now, self.looks, self.fault = 0.0, 0, False
        self.hangs, self.may_go, self.inside = False, threading.Event(), threading.Event()

    def look(self) -> None:
        """Look once."""
        self.looks += 1
        if self.hangs:
            self.inside.set()
            self.may_go.wait(10)
        if self.fault:
            raise OSError("a secret path")


def test_it_looks_again_only_after_a_while(caplog: pytest.LogCaptureFixture) -> None:
    """A fault is told some seconds late, once in the log and by its class; so is its end."""
    store = Store()
    ready = Ready(store.look, lambda: store.now)
    assert ready()
    store.fault = True
    assert ready()
    store.now += SECONDS
    assert [ready() for _ in range(5)] == [False] * 5
    store.now += SECONDS
    assert not ready()
    assert store.looks == 3
    assert [record.message for record in caplog.records] == ["not ready: OSError"]
    store.fault = False
    store.now += SECONDS
    assert ready()


def test_a_store_that_hangs_holds_one_thread() -> None:
    """While one monitor waits for the store, a hundred others are told what was last known."""
    store = Store()
    ready = Ready(store.look, lambda: store.now)
    assert ready()
    store.now += SECONDS
    store.hangs = True
    first = threading.Thread(target=ready)
    first.start()
    assert store.inside.wait(10)
    assert [ready() for _ in range(100)] == [True] * 100
    store.may_go.set()
    first.join(10)
    assert store.looks == 2
