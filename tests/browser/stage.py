"""A portal of its own for looking at: one moment of one week, every language, and replies on demand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

from flask import abort
from playwright.sync_api import Browser, BrowserContext

from crypto.returncode import new_code
from portal import facts as known
from programme.hours import ZONE
from tests.portal.world import World
from tests.serving import serving

NOW = datetime(2026, 11, 22, 19, 30, tzinfo=ZONE)  # a Sunday evening: the next reading is tomorrow
PHONE = {"width": 360, "height": 740}
SHOWN = ("sv", "sv-simple", "en", "ar", "so")  # the languages that are written in full
ERRORS = {"/down": 503, "/tired": 429, "/much": 413, "/odd": 400}
# No picture must depend on when it was taken: the light that a browser leaves for a moment on what was tapped, and what
# the script says after eight seconds, are left out.
STILL = """addEventListener("DOMContentLoaded", () => {
  document.documentElement.style.webkitTapHighlightColor = "transparent";
});
const soon = window.setTimeout;
window.setTimeout = (act, wait, ...more) => wait === 8000 ? 0 : soon(act, wait, ...more);"""
REPLY = (
    "Hej! Vi har läst det du skrev. Kan du ringa i morgon före klockan 12? Säg ordet pannkaka, så vet vi att det är du."
)


@dataclass(frozen=True)
class Stage:
    """Where the portal answers, its keys, and the languages that it speaks among those shown."""

    origin: str
    world: World
    languages: tuple[str, ...]

    def answered(self, *texts: str) -> str:
        """Return a new code behind which these replies wait."""
        code = new_code()
        for number, text in enumerate(texts, 1):
            self.world.reply(code, number, text)
        return code

    def visitor(self, chromium: Browser, language: str, **options: Any) -> BrowserContext:  # Any: Playwright's options
        """Open a phone's browser that asks for one language."""
        given: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "locale": "sv-SE"} | options
        context = chromium.new_context(**given)
        context.add_cookies([{"name": "l", "value": language, "url": self.origin}])
        context.set_default_timeout(15_000)
        context.add_init_script(STILL)
        return context


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Serve it until the end; its words know one moment only, so that a picture of them is the same any day."""
    world = World(folder)
    world.write_roster()

    def still(programme: Any, language: str, _now: datetime) -> known.Facts:  # Any: the programme is passed on
        return known.facts(programme, language, NOW)

    with mock.patch("portal.pages.facts", still):
        app = world.app(demo=True)
        for path, status in ERRORS.items():
            app.add_url_rule(path, path, lambda status=status: abort(status))
        offered = {one.tag for one in app.extensions["utvag"].settings.languages}
        with serving(app, threads=4) as server:
            origin = f"http://127.0.0.1:{server.effective_port}"
            yield Stage(origin, world, tuple(tag for tag in SHOWN if tag in offered))
