"""Every route stands in its app's access table, and the table holds nothing else."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from portal.access import ACCESS, PUBLIC
from tests.portal.world import World


def methods_of(app: Flask) -> dict[str, frozenset[str]]:
    """Return each address of an app's URL map with the methods that it answers; HEAD goes with GET."""
    found: dict[str, frozenset[str]] = {}
    for rule in app.url_map.iter_rules():
        assert rule.rule not in found, f"two routes share {rule.rule}"
        found[rule.rule] = frozenset(rule.methods or ()) - {"HEAD"}
    return found


def portal_app(folder: Path) -> Flask:
    """Return a portal."""
    world = World(folder)
    world.write_roster()
    return world.app()


def test_the_portals_routes_are_the_tables(tmp_path: Path) -> None:
    """A route that no access table names fails here, and so does a line without its route."""
    assert methods_of(portal_app(tmp_path)) == {path: access.methods for path, access in ACCESS.items()}


def test_the_portal_has_no_door_of_its_own(tmp_path: Path) -> None:
    """Everything on the portal is public: there is no sign-in to break and no static folder to walk."""
    assert {access.who for access in ACCESS.values()} == {PUBLIC}
    assert portal_app(tmp_path).static_folder is None
