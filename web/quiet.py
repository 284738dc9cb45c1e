"""What Python itself prints of a failure: the failure's class and where in the program, never a trace.

A trace ends with the error's own words, and those may be a limiter's key, a row or what was typed; it would stand in
the journal at its second. Requests have their own walls (`web.app`, `web.headers`); this is for what runs beside them.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

from web.late import LATE

log = logging.getLogger("utvag.web")


def hush() -> None:
    """Let threads, destructors, the log itself and the end of the program say class and place alone, from now on.

    What fails in a thread may be of a request that came just before: where a portal serves it is said later
    (`web.late`), like all that somebody may have caused.
    """
    logging.raiseExceptions = False  # a line of the log that cannot be written is dropped, not printed with its words
    threading.excepthook = lambda failure: _say("a thread", failure.exc_type, failure.exc_traceback, LATE)
    sys.unraisablehook = lambda failure: _say("what nobody waits for", failure.exc_type, failure.exc_traceback, LATE)
    sys.excepthook = lambda kind, _error, trace: _say("the program", kind, trace, {})


def _say(who: str, kind: type[BaseException] | None, trace: TracebackType | None, when: dict[str, bool]) -> None:
    last = traceback.extract_tb(trace)[-1:]
    place = "".join(f" at {frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in last)
    log.error("failed: %s: %s%s", who, kind.__name__ if kind else "unknown", place, extra=when)
