"""Counters that tell what a crowd does, and never what a person does.

Whoever can read the counters could else tell when somebody came, and, beside a list of who was on the network just
then, who. So what is shown changes every ten minutes and not between, in steps, blurred by noise, and a kind of request
that comes seldom is not shown at all. The argument, and what is left: docs/threat-model.md, "What the counters tell".
"""

from __future__ import annotations

import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

INTERVAL = 600  # seconds; what is shown stands still between
SCALE = 20.0  # of the noise: one request more changes the odds of whatever is shown by at most e^(1/SCALE), 5 per cent
BOUND = 200  # the noise is never larger
FLOOR = 300  # what is less, noise and all, is shown as nothing
STEP = 50
QUIET = FLOOR - BOUND  # fewer than so many of a kind in an interval are never shown, whatever the noise

LIMITED = "utvag.limited"  # in a request's environment, where no client can set it: our own limits refused it
NOISE = range(-BOUND, BOUND + 1)
WEIGHTS = [math.exp(-abs(value) / SCALE) for value in NOISE]  # a discrete Laplace distribution, cut off at its ends

Cell = tuple[str, ...]  # what is counted: words that the program has, never a visitor's
Draw = Callable[[], int]


def draw() -> int:
    """Draw one value of the noise, from the system's own source: who could foresee it could take it away."""
    return random.SystemRandom().choices(NOISE, WEIGHTS)[0]


def shown(count: int, noise: int) -> int:
    """Give what one interval adds to what is shown."""
    blurred = count + noise
    return 0 if blurred < FLOOR else blurred // STEP * STEP


class Counters:
    """Count in memory, and show only what `publish` made of it; safe in threads.

    `cells` are all that will ever be counted: each is shown from the start, since a line that appears would itself
    tell something.
    """

    def __init__(self, cells: Iterable[Cell], before: Mapping[Cell, int] | None = None, draw: Draw = draw) -> None:
        self._draw = draw
        self._lock = threading.Lock()
        self._counted: Counter[Cell] = Counter()
        self._shown = {cell: (before or {}).get(cell, 0) for cell in cells}

    def add(self, *cells: Cell) -> None:
        """Count one request in each of these cells."""
        with self._lock:
            for cell in cells:
                self._counted[cell] += 1

    def publish(self) -> Mapping[Cell, int]:
        """End an interval: forget what was counted, and give what is shown from now on."""
        with self._lock:
            counted, self._counted = self._counted, Counter()
            self._shown = {cell: sum_ + shown(counted[cell], self._draw()) for cell, sum_ in self._shown.items()}
            return self._shown

    @property
    def shown(self) -> Mapping[Cell, int]:
        """Give what is shown now."""
        with self._lock:
            return self._shown


CLASSES = (0.1, 0.5, 0.9)


def fullness(used: int, room: int, noise: int) -> int:
    """Give how full something is: 0 below a tenth, 1 below half, 2 below nine tenths, 3; blurred by 2 per cent."""
    part = (used + noise * room / 10_000) / room if room else 0.0
    return sum(part >= one for one in CLASSES)
