"""What an honest portal must answer, rendered here, and the difference to what it answers.

The program that is installed here and the portal's own public settings make every page, script and header anew; the
roster's file is compared as it is. So nothing need be trusted at a first visit, and a new version or a new roster is
put on both machines. Only the values that each visitor gets anew (token, try) are masked, by their exact form.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from command.visiting import HEADERS, Answer, shape
from portal import create_app
from portal.settings import PortalSettings

PAGES = ("/", "/me", "/other", "/code", "/about", "/jobb", "/uppgifter", "/tillganglighet")
FILES = ("/seal.js", "/roster", "/parts", "/code.js")
PATHS = (*PAGES, *FILES)
FOLLOWS_CLOCK = frozenset({"/", "/code", "/parts"})  # some words on them say when somebody reads or has answered
TRIES = 3
MASKS = (
    (re.compile(rb'(name=csrf_token value=")[A-Za-z0-9._-]{40,160}"'), rb'\1"'),
    (re.compile(rb'(name=try value=")[0-9a-f]{32}"'), rb'\1"'),
)
OWN_WAYS = frozenset({"content-length", "date", "server", "connection", "set-cookie", "via"})  # of whichever server
ACTING = frozenset(
    {"refresh", "link", "sourcemap", "x-sourcemap", "service-worker-allowed", "location", "onion-location", "nel"}
)


class Expected:
    """Render what the portal must answer, in a folder of our own: no envelope is left, no state shared."""

    def __init__(self, settings: PortalSettings, folder: Path) -> None:
        alone = 1 if settings.redis else settings.workers  # several that share nothing offer no codes
        private = replace(settings, redis="", redis_password=None, workers=alone, metrics=None, spool=None, proxies=0)
        own = replace(private, state=folder / "state", deaddrop=str(folder / "drop.sqlite"))
        own.state.mkdir(exist_ok=True)
        self._app = create_app(own)
        self._origin = str(settings.origin)

    def get(self, path: str) -> Answer:
        """Render one answer, as to a visitor who comes for the first time."""
        client = self._app.test_client()
        found = client.get(path, base_url=self._origin, headers=HEADERS)
        cookies = frozenset(map(shape, found.headers.getlist("Set-Cookie")))
        headers = {name.lower(): value for name, value in found.headers.items()}
        return Answer(found.status_code, headers, cookies, found.data)


def compare(path: str, get: Callable[[str], Answer], expect: Callable[[str], Answer]) -> str:
    """Compare one page with ours of just before or just after: some words on it follow the clock."""
    said = ""
    for _ in range(TRIES):
        before = expect(path)
        got = get(path)
        for ours in (before, expect(path)):
            said = difference(path, got, ours)
            if not said:
                return ""
        if before.body == ours.body or path not in FOLLOWS_CLOCK:
            break
    return said


def difference(path: str, got: Answer, wanted: Answer) -> str:
    """Say in a line how an answer differs from what it must be; "" if it does not."""
    if got.status != wanted.status:
        return f"{path}: svarade {got.status}, skulle ha svarat {wanted.status}"
    strange = _headers(got.headers, wanted.headers) or got.cookies - wanted.cookies
    if strange:
        return f"{path}: annat huvud: {', '.join(sorted(strange))}"
    ours, theirs = masked(plain(wanted)), masked(plain(got))
    if ours == theirs:
        return ""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))
    return f"{path}: {len(theirs)} byte, skulle ha varit {len(ours)}; skiljer sig från byte {same + 1}"


def plain(answer: Answer) -> bytes:
    """Give a body as the browser sees it; one that is no gzip, though it says so, as it is."""
    if answer.headers.get("content-encoding") != "gzip":
        return answer.body
    try:
        return gzip.decompress(answer.body)
    except (OSError, EOFError, zlib.error):
        return answer.body


def masked(body: bytes) -> bytes:
    """Blank the values that are new for each visitor, where they stand in the form that ours have."""
    for mask, instead in MASKS:
        body = mask.sub(instead, body)
    return body


def _headers(got: Mapping[str, str], wanted: Mapping[str, str]) -> set[str]:
    """Name headers that are missing or other than they must be, and those that make a browser act."""
    changed = {name for name, value in wanted.items() if name not in OWN_WAYS and got.get(name) != value}
    return changed | {name for name in got if name in ACTING and name not in wanted}
