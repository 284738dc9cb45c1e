"""Say at the end of ten minutes what failed for somebody who came: a line of its own moment would tell when that was.

A journal keeps the second of each line. Beside a list of whose phone was on the network then, the line of one sending
that failed would name who sent. So such lines are marked (`extra=LATE`), held while the app serves, and told together
when ten minutes end by the clock: each words once, without a number. docs/threat-model.md, "What the log tells".
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Sequence

INTERVAL = 600  # seconds, as the figures have it (web/metrics/coarse.py)
MARK = "of_somebody"
LATE = {MARK: True}  # for `extra` of a line that a visitor's request causes
LOGS = ("utvag.portal", "utvag.web")


class Held(logging.Filter):
    """Hold back the lines that are marked, until `tell`."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._held: dict[tuple[str, str], logging.LogRecord] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a line pass, or keep it; the same words are kept once."""
        if not getattr(record, MARK, False):
            return True
        with self._lock:
            self._held.setdefault((record.getMessage(), record.name), record)
        return False

    def tell(self) -> None:
        """Say what was held, in no order in which it came, as of now."""
        with self._lock:
            held, self._held = self._held, {}
        for _, record in sorted(held.items()):
            record.created = time.time()
            logging.getLogger(record.name).callHandlers(record)


def hold(logs: Sequence[str] = LOGS) -> Held:
    """Hold such lines of this process from now on; what is held when it ends is told then."""
    held = Held()
    for name in logs:
        logging.getLogger(name).addFilter(held)
    atexit.register(held.tell)
    threading.Thread(target=_run, args=(held,), name="late", daemon=True).start()
    return held


def _run(held: Held) -> None:
    while True:
        time.sleep(INTERVAL - time.time() % INTERVAL)
        held.tell()
