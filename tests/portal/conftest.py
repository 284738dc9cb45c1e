"""What the portal's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

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
