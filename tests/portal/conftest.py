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
from tests.postgresql import Cluster

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tell every story of a whole portal on both databases, but for those about SQLite's own file (marked `sqlite`)."""
    if "world" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("sqlite")
        both = [] if only else [pytest.param(POSTGRESQL, marks=pytest.mark.long)]
        metafunc.parametrize("world", [SQLITE, *both], indirect=True)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A programme whose roster is in order, and a dead drop in a file or on a server by production's roles."""
    made = World(tmp_path)
    made.write_roster()
    if request.param == SQLITE:
        yield made
        return
    server: Cluster = request.getfixturevalue("postgresql")
    address = server.database(like=request.getfixturevalue("drop_mould"))
    made.lose = lambda: server.drop(address)
    made.deaddrop, made.drop = (server.by(role, address) for role in ("utvag_portal", "utvag_staff"))
    yield made
    server.drop(address)


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
