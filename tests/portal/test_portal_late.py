"""What failed for somebody who came is said at the end of ten minutes, once: no line of the log tells when that was."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from deaddrop.errors import UnavailableError
from deaddrop.leave import Leave
from tests.portal.test_portal_sealed import envelope, send
from tests.portal.world import World
from tests.test_house import ROOT
from web.late import LATE, LOGS, Held

# Lines that no visitor's request causes: a start, a file that was changed, a thread that looks by the clock.
UNCAUSED = {
    "app.py": {"started without"},
    "delivery.py": {"%d envelopes were dropped", "%d damaged files"},
    "heartbeat.py": {"no sign of life", "a sign of life"},
    "roster.py": {"out of service", "%s not kept"},
    "sound.py": {"sound: "},
}


@pytest.fixture
def held() -> Iterator[Held]:
    """Hold as an app that serves does, but for the thread: the test says when ten minutes are over."""
    made = Held()
    for name in LOGS:
        logging.getLogger(name).addFilter(made)
    yield made
    for name in LOGS:
        logging.getLogger(name).removeFilter(made)


def test_a_sending_that_fails_leaves_no_line_of_its_moment(
    world: World, held: Held, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Three try in vain: nothing is said then; when ten minutes are over, one line, and no number."""
    app = world.app()

    def fail(*_: object) -> None:
        raise UnavailableError("away")

    monkeypatch.setattr(Leave, "leave", fail)
    assert [send(app, envelope(world)).status_code for _ in range(3)] == [503] * 3
    assert caplog.messages == []
    held.tell()
    assert caplog.messages == ["not stored: UnavailableError"]
    held.tell()
    assert len(caplog.messages) == 1


def test_what_nobody_caused_is_said_at_once(held: Held, caplog: pytest.LogCaptureFixture) -> None:
    """A roster that will not do and a store that is away are found by the clock; IT reads of them in time."""
    log = logging.getLogger("utvag.portal")
    log.error("failed: %s", "KeyError", extra=LATE)
    log.error("no sign of life could be left: %s", "UnavailableError")
    assert caplog.messages == ["no sign of life could be left: UnavailableError"]
    held.tell()
    assert caplog.messages[1:] == ["failed: KeyError"]


def test_every_line_that_a_request_may_cause_is_marked() -> None:
    """Whoever writes a new line into the portal's log marks it, or says here why no visitor causes it."""
    loose = [found for path in sorted((ROOT / "portal").glob("*.py")) for found in unmarked(path)]
    assert loose == []


def unmarked(path: Path) -> Iterator[str]:
    """Give each line of the log that is neither marked nor known to be nobody's."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(call, ast.Call) and ast.unparse(call.func).startswith("log.")):
            continue
        words = str(getattr(call.args[0], "value", ""))
        known = any(words.startswith(one) for one in UNCAUSED.get(path.name, ()))
        if not known and not any(one.arg == "extra" and ast.unparse(one.value) == "LATE" for one in call.keywords):
            yield f"{path.name}: {words}"
