"""What the doctor's file keeps of each page: everything but the clock's words."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from command.checks.expecting import fingerprint
from command.watching import FOLLOWS_CLOCK, PATHS, Expected, masked, plain
from portal.settings import PortalSettings
from tests.command.test_doctor_outside import settled

# Who lets somebody else answer the telephone, read what is written or say when to leave is seen on such pages too.
STRANGERS = {
    "/": [(b"tel:07", b"tel:08"), (b"<header", b"<img src=/seen><header")],
    "/code": [(b"tel:07", b"tel:08"), (b"data-seal", b"data-seal data-mailboxes=/theirs"), (b"data-leave", b"data-l")],
    "/parts": [(b"data-code", b"data-cod"), (b"</template>", b""), (b"<h1>", b"<h1 style=display:none>")],
}


def test_only_pages_that_follow_the_clock_are_let_off_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve days in steps of five hours: what an expectation keeps of a page is the same on each of them."""
    settings = PortalSettings.from_env(settled(tmp_path, "https://utvag.example"))
    (tmp_path / "ours").mkdir()
    portal, begun = Expected(settings, tmp_path / "ours"), datetime.now(UTC)
    bodies, prints = {path: set[bytes]() for path in PATHS}, {path: set[str]() for path in PATHS}
    for step in range(58):
        now = begun + timedelta(hours=5 * step)
        monkeypatch.setattr("portal.views.now", lambda now=now: now)
        for path in PATHS:
            answer = portal.get(path)
            assert answer.status == 200, path
            bodies[path].add(masked(plain(answer)))
            prints[path].add(fingerprint(path, answer))
    assert {path for path, seen in bodies.items() if len(seen) > 1} == FOLLOWS_CLOCK
    assert {path for path, seen in prints.items() if len(seen) > 1} == set()
    for path in FOLLOWS_CLOCK:
        answer = portal.get(path)
        for old, new in STRANGERS.get(path, ()):
            assert old in plain(answer), (path, old)
            led = replace(answer, body=gzip.compress(plain(answer).replace(old, new)))
            assert fingerprint(path, led) not in prints[path], (path, new)
