"""The portal's sign of life: each minute it leaves in the dead drop that it is there. It tells nothing of visitors."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine

from deaddrop.beat import beat

SECONDS = 60.0
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

log = logging.getLogger("utvag.portal")


def portal_name(text: str) -> str:
    """Read the name that a portal has on the staff pages; raises ValueError."""
    if not NAME.fullmatch(text):
        raise ValueError("must be letters a to z, digits, points and dashes, 64 at most")
    return text


def host_name() -> str:
    """Give the machine's name, or what can be shown of it."""
    found = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname()).strip("._-")[:64]
    return found or "portal"


class Heartbeat:
    """Beat for as long as the process lives; a store that is away is tried again each minute, and told once."""

    def __init__(self, store: Engine, name: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._name = name
        self._clock = clock
        self._away = False

    @property
    def heard(self) -> bool:
        """Tell whether the last sign of life could be left; no visitor changes that."""
        return not self._away

    def beat(self) -> None:
        """Beat once; never raises."""
        try:
            beat(self._store, self._name, int(self._clock() // 60))
        except Exception as error:  # noqa: BLE001  # whatever it is, the next minute tries again
            if not self._away:
                log.error("no sign of life could be left: %s", type(error).__name__)
            self._away = True
        else:
            if self._away:
                log.info("a sign of life could be left again")
            self._away = False

    def start(self) -> None:
        """Beat now and each minute, in a thread of its own: no request waits for it."""
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def _run(self) -> None:
        while True:
            self.beat()
            time.sleep(SECONDS)
