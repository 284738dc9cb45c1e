"""What a running portal tells those who run it: figures of crowds, by the argument in docs/threat-model.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask
from prometheus_client.core import GaugeMetricFamily, Metric

from portal.heartbeat import Heartbeat
from portal.roster import OutOfServiceError
from portal.views import Portal
from web.metrics.address import Address
from web.metrics.board import Board, every_interval
from web.metrics.exporter import serve
from web.metrics.requests import Counted

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PREFIX = "utvag_portal"
KINDS = ("page", "post", "envelope", "mailbox", "asset")
BY_ITSELF = {"/envelope": "envelope", "/mailbox": "mailbox"}
ASSETS = frozenset({"/seal.js", "/code.js", "/roster", "/parts", "/sound"})
MONITORS = frozenset({"/healthz", "/readyz"})
FOLDER = "figures"


def show(app: Flask, address: Address, heart: Heartbeat) -> None:
    """Count an app's requests from now on; the first of several workers serves the figures of all at the address."""
    portal = app.extensions["utvag"]
    assert isinstance(portal, Portal)  # noqa: S101  # for the type: create_app put it there
    board = board_of(portal)
    app.wsgi_app = Counted(app.wsgi_app, board.counters, kind)  # type: ignore[method-assign]  # as Flask documents
    every_interval(board.publish)
    if board.first:
        serve(address, lambda: figures(portal, board, heart))


def board_of(portal: Portal) -> Board:
    """Make the board of one worker."""
    rooms = {"desk": portal.handover.used, "spool": portal.intake.delivery.used}
    return Board(portal.settings.state / FOLDER, KINDS, rooms)


def kind(environ: WSGIEnvironment) -> str | None:
    """Tell a request's kind; a monitor's own questions have none."""
    path = environ.get("PATH_INFO", "")
    if path in MONITORS:
        return None
    if environ.get("REQUEST_METHOD") == "POST":
        return BY_ITSELF.get(path, "post")
    return "asset" if path in ASSETS else "page"


def figures(portal: Portal, board: Board, heart: Heartbeat) -> Iterable[Metric]:
    """Give everything that this portal shows."""
    yield from board.collect(PREFIX)
    yield from _standing(portal, heart)


def _standing(portal: Portal, heart: Heartbeat) -> Iterator[Metric]:
    """Tell how it stands, which no visitor changes.

    The trap: that the spool is in use is known from the first who sends, so it is not told; the beat finds out itself.
    """
    today = datetime.now(UTC).date()
    try:
        left = (portal.intake.keeper.current(today).not_after - today).days
    except OutOfServiceError:
        left = -1
    yield GaugeMetricFamily(f"{PREFIX}_roster_days_left", "Days that the roster still holds; -1 without one.", left)
    words = "1 if the last sign of life could be left in the dead drop: it answers, and can be written to."
    yield GaugeMetricFamily(f"{PREFIX}_dead_drop", words, int(heart.heard))
    words = "1 if a request can be taken: roster trusted, store reachable or room in the spool."
    yield GaugeMetricFamily(f"{PREFIX}_ready", words, int(portal.ready()))
