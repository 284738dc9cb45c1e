"""Who visits: the cells of the measurement, one person each."""

from tests.browser.traces.place import Place
from tests.browser.traces.visit import Outcome, unprotected, visit
from tests.browser.traces.visitor import CHROMIUM, FIREFOX, person

# Browser, form, script on.
CELLS = [
    (CHROMIUM, "/me", True),
    (CHROMIUM, "/me", False),
    (CHROMIUM, "/other", True),
    (FIREFOX, "/me", True),
    (FIREFOX, "/me", False),
]
# Browser, half protected.
CONTROLS = [(CHROMIUM, False), (CHROMIUM, True), (FIREFOX, False), (FIREFOX, True)]


def walk(place: Place, browser: str, form: str, *, script: bool) -> Outcome:
    """Let one person visit our pages."""
    with person() as who:
        return visit(place, who, browser, form, script=script)


def walk_elsewhere(place: Place, browser: str, *, half: bool) -> Outcome:
    """Let one person visit a page without our protection."""
    with person() as who:
        return unprotected(place, who, browser, half=half)
