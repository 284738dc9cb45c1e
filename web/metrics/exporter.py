"""Serve an app's figures to Prometheus, on a port of a private address and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from web.metrics.address import Address

log = logging.getLogger("utvag.web")


class Figures(Collector):
    """Give an app's figures when they are asked for: its own alone.

    prometheus_client's own of the process are left out: processor time tells each single request.
    """

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        """Give each family."""
        return self._collect()


def serve(address: Address, collect: Callable[[], Iterable[Metric]]) -> None:
    """Serve figures for as long as the process lives.

    An address that cannot be had is told in the log: visitors are not kept out for the sake of figures.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(collect))
    try:
        start_http_server(address[1], address[0], registry)
    except OSError as error:
        log.error("no figures: %s:%s cannot be had: %s", *address, error.strerror)
