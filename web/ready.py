"""What a monitor asks: whether the process answers, and whether it can do its work; one word, whoever asks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from flask import Response

SECONDS = 5.0  # that an answer is given again without looking: a flood of questions costs one look in so long
PLAIN = "text/plain; charset=utf-8"

log = logging.getLogger("utvag.web")


class Ready:
    """Look whether an app can do its work, at most once in SECONDS, and never two at a time.

    `check` returns if it can, and raises whatever it likes if not. While one thread looks, as at a store that hangs,
    all others are told what the look before found: so a monitor never holds more than one thread.
    """

    def __init__(self, check: Callable[[], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._check = check
        self._clock = clock
        self._turn = threading.Lock()
        self._until = float("-inf")
        self._found = False

    def __call__(self) -> bool:
        """Tell whether the app can do its work, as of a few seconds ago at most."""
        if self._clock() >= self._until and self._turn.acquire(blocking=False):
            try:
                self._found = self._look()
                self._until = self._clock() + SECONDS
            finally:
                self._turn.release()
        return self._found

    def _look(self) -> bool:
        try:
            self._check()
        except Exception as error:  # noqa: BLE001  # whatever it is, the app cannot do its work; the answer names nothing
            if self._found:
                log.error("not ready: %s", type(error).__name__)
            return False
        return True


def alive() -> Response:
    """Say that the process answers: it looks at nothing, so that a fault elsewhere does not have it ended."""
    return Response("ok\n", content_type=PLAIN)


def told(*, ready: bool) -> Response:
    """Say whether the app can do its work; why not is for the log of the one who runs it."""
    return Response("ready\n", content_type=PLAIN) if ready else Response("unready\n", 503, content_type=PLAIN)
