"""What the portal's tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any  # what a way to Redis is made of

import pytest
from flask import Flask

from portal import agreed, shared
from portal.shared import Shared
from tests.portal.world import Phone, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A programme whose roster is in order."""
    made = World(tmp_path)
    made.write_roster()
    return made


@pytest.fixture
def app(world: World) -> Flask:
    """That programme's portal."""
    return world.app()


@pytest.fixture
def phone(app: Flask) -> Phone:
    """A visitor who has opened no page yet."""
    return Phone(app)


@pytest.fixture(autouse=True)
def all_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close every connection that a portal of the test has opened; a real one keeps them until its process ends."""
    made: list[Shared] = []
    make = Shared.__init__

    def note(self: Shared, *arguments: Any) -> None:
        make(self, *arguments)
        made.append(self)

    monkeypatch.setattr(Shared, "__init__", note)
    yield
    for one in made:
        one.pool.disconnect()


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again soon after a failure, and bear with a busy machine: what hangs is told from what is slow elsewhere."""
    monkeypatch.setattr(shared, "PATIENCE", 2.0)
    monkeypatch.setattr(shared, "IN_ALL", 4.0)
    monkeypatch.setattr(shared, "PAUSE", 0.2)
    monkeypatch.setattr(agreed, "LOOK", 0.1)
