"""The portal's figures: which requests are of which kind, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deaddrop.schema import engine
from portal.access import ACCESS
from portal.figures import KINDS, board_of, figures, kind
from portal.heartbeat import Heartbeat
from portal.settings import PortalSettings, SettingsError
from portal.views import Portal
from tests.portal.world import Phone, World
from web.metrics.board import Board
from web.metrics.coarse import FLOOR
from web.metrics.requests import Counted

HEART = Heartbeat(engine("nowhere.sqlite"), "north")


@pytest.fixture
def portal(world: World) -> Portal:
    """Give a portal that serves."""
    found = world.app(posts_per_prefix=2, posts_in_all=2).extensions["utvag"]
    assert isinstance(found, Portal)
    return found


@pytest.fixture
def board(portal: Portal) -> Iterator[Board]:
    """Give what its one worker shows."""
    made = board_of(portal)
    yield made
    made.close()


def values(portal: Portal, board: Board, heart: Heartbeat = HEART) -> dict[str, float]:
    """Give each line's value by its name."""
    found = figures(portal, board, heart)
    return {sample.name + "".join(sample.labels.values()): sample.value for one in found for sample in one.samples}


def test_every_route_has_a_kind_and_a_monitor_s_has_none() -> None:
    """The kinds are five words; no path, no form and no language is among them."""
    found = {
        (path, method): kind({"PATH_INFO": path, "REQUEST_METHOD": method})
        for path, access in ACCESS.items()
        for method in access.methods
    }
    assert {path for (path, _), one in found.items() if one is None} == {"/healthz", "/readyz"}
    assert {one for one in found.values() if one} == set(KINDS)
    assert found["/me", "POST"] == found["/other", "POST"] == found["/code", "POST"] == "post"
    assert kind({"PATH_INFO": "/nowhere", "REQUEST_METHOD": "GET"}) == "page"


def test_a_visit_is_counted_and_not_shown(world: World, portal: Portal, board: Board) -> None:
    """Somebody reads, sends and is refused: counted in memory by five words, and nothing of it is served."""
    app = world.app(posts_per_prefix=1, posts_in_all=1)
    app.wsgi_app = Counted(app.wsgi_app, board.counters, kind)  # type: ignore[method-assign]  # as the portal does
    phone = Phone(app)
    phone.get("/me")
    for _ in range(3):
        phone.post("/me", {"message": "hej"})
    counted = dict(board.counters._counted)
    assert counted["requests", "page", "2xx"] == 1
    assert counted["requests", "post", "3xx"] == 3
    assert counted["refused",] == 2
    board.publish()
    told = values(portal, board)
    assert [name for name, value in told.items() if value and not name.endswith(("_ready", "_left", "_drop"))] == []


def test_a_crowd_is_shown(portal: Portal, board: Board) -> None:
    """More than any noise can hide."""
    for _ in range(2 * FLOOR):
        board.counters.add(("requests", "envelope", "2xx"))
    assert values(portal, board)["utvag_portal_requests_totalenvelope2xx"] == 0
    board.publish()
    assert values(portal, board)["utvag_portal_requests_totalenvelope2xx"] > 0


def test_how_it_stands_is_told_without_delay(world: World, portal: Portal, board: Board) -> None:
    """The roster's days and whether a request can be taken: no visitor changes them."""
    told = values(portal, board)
    assert told["utvag_portal_roster_days_left"] == 60
    assert told["utvag_portal_ready"] == 1
    world.roster.unlink()
    portal.ready._until = 0.0
    told = values(portal, board)
    assert told["utvag_portal_roster_days_left"] == -1
    assert told["utvag_portal_ready"] == 0


def test_the_desk_is_blurred_and_shown_once_in_an_interval(portal: Portal, board: Board) -> None:
    """A full desk is told; between two intervals nothing is, whoever lays a row on it."""
    for number in range(64):
        portal.handover._drafts.put(bytes([number]), str(number), b"x" * (2**18 - 256), 60)
    assert values(portal, board)["utvag_portal_desk_class"] == 0
    board.publish()
    assert values(portal, board)["utvag_portal_desk_class"] == 3


def test_the_spool_is_blurred_and_the_beat_tells_that_the_store_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sends while the store is away is not told by the figures; the beat, which comes anyway, is."""
    portal = world.app(spool=world.folder / "spool").extensions["utvag"]
    made = board_of(portal)
    for waiting, told in ((1, 0), (700, 0), (1300, 1), (5300, 2), (9300, 3)):
        monkeypatch.setattr(portal.intake.delivery._spool, "waiting", lambda waiting=waiting: waiting)
        made.publish()
        assert values(portal, made)["utvag_portal_spool_class"] == told
    heart = Heartbeat(engine(world.folder / "away.sqlite"), "north")
    assert values(portal, made, heart)["utvag_portal_dead_drop"] == 1
    heart.beat()
    assert values(portal, made, heart)["utvag_portal_dead_drop"] == 0
    made.close()
    portal.intake.delivery.end()


def test_a_public_address_for_figures_is_refused() -> None:
    """The portal does not start with its counters on the internet."""
    with pytest.raises(SettingsError) as refused:
        PortalSettings.from_env({"UTVAG_PORTAL_METRICS": "0.0.0.0:9301"})
    assert any(fault.startswith("UTVAG_PORTAL_METRICS: must be a loopback") for fault in refused.value.faults)
    with pytest.raises(SettingsError) as refused:
        PortalSettings.from_env({"UTVAG_PORTAL_METRICS": "127.0.0.1:9301"})
    assert not any("METRICS" in fault for fault in refused.value.faults)
