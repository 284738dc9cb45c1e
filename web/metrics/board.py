"""What one worker counts, and what it shows once in an interval."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric

from web.metrics.coarse import INTERVAL, Counters, Draw, draw, fullness
from web.metrics.requests import cells, families
from web.metrics.workers import Workers

Used = Callable[[], tuple[int, int]]  # what is taken of a room, and the room

log = logging.getLogger("utvag.web")


class Board:
    """Count requests of these kinds, and show them and how full each room is, an interval late.

    `folder` is where the workers of one machine add up. The trap: what a room holds must never be shown outside of
    `publish`, since a row more or less on the desk is somebody.
    """

    def __init__(self, folder: Path, kinds: Sequence[str], rooms: Mapping[str, Used], draw: Draw = draw) -> None:
        self._workers = Workers(folder)
        self._kinds = kinds
        self._rooms = rooms
        self._draw = draw
        self._levels = dict.fromkeys(rooms, 0)
        self.counters = Counters(cells(kinds), self._workers.before(), draw)

    @property
    def first(self) -> bool:
        """Tell whether this worker serves the figures of all."""
        return self._workers.number == 0

    def publish(self) -> None:
        """End an interval: show what was counted in it, and how full each room is now."""
        levels = {name: fullness(*used(), self._draw()) for name, used in self._rooms.items()}
        self._levels = levels
        try:
            self._workers.write(self.counters.publish())
        except OSError as error:
            log.error("figures not kept: %s", type(error).__name__)

    def collect(self, prefix: str) -> Iterator[Metric]:
        """Write what all workers show."""
        yield from families(prefix, self._kinds, self._workers.sums())
        for name, level in self._levels.items():
            words = f"How full the {name} is: 0 below a tenth, 1 below half, 2 below nine tenths, 3."
            yield GaugeMetricFamily(f"{prefix}_{name}_class", words, level)

    def close(self) -> None:
        """Give the worker's place back."""
        self._workers.leave()


def every_interval(job: Callable[[], None]) -> None:
    """Do a job at the end of each interval of the clock, in a thread that lives as long as the process.

    Never at a request: what is shown would else change when somebody comes.
    """

    def loop() -> None:
        while True:
            time.sleep(INTERVAL - time.time() % INTERVAL)
            try:
                job()
            except Exception as error:  # noqa: BLE001  # whatever it was, the next interval tries again
                log.error("no figures: %s", type(error).__name__)

    threading.Thread(target=loop, name="figures", daemon=True).start()
