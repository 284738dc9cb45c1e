"""The whole road for tests: a demo of real processes, and someone who walks its pages as a browser would."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import html5lib
import pyotp

ROOT = Path(__file__).resolve().parent.parent
STEP = 30  # seconds that a sign-in code holds
REQUEST = re.compile(r"/inbox/[0-9a-f]{32}")
FORM = "application/x-www-form-urlencoded"

Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Person:
    """A demo coordinator, as demo.json describes one."""

    name: str
    role: str
    passphrase: str
    totp_secret: str
    key_file: str


@dataclass(frozen=True)
class Demo:
    """A running demo: its process, its folder and what demo.json says."""

    process: subprocess.Popen[bytes]
    folder: Path
    said: Mapping[str, Any]  # Any: JSON's values

    @property
    def portal(self) -> str:
        """Address of the public pages."""
        return str(self.said["portal"])

    @property
    def staff(self) -> str:
        """Address of the coordinators' app."""
        return str(self.said["staff"])

    @property
    def people(self) -> list[Person]:
        """The coordinators; the first reads what goes to the town that the form has chosen."""
        return [Person(**one) for one in self.said["people"]]

    def child(self, command: str) -> int:
        """Return the process id of the app whose command line holds these words."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii").split()
        lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in listed}
        return next(int(pid) for pid, line in lines.items() if f"command {command}" in line)


def command(*options: str) -> list[str]:
    """Return the command line of a demo on free ports."""
    return [sys.executable, "-m", "command", "demo", "--portal-port", "0", "--staff-port", "0", *options]


@contextmanager
def demo(folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[Demo]:
    """Run a demo in the folder, its output in `folder/../demo.out`; it has ended when the block ends."""
    said = folder.parent / f"{folder.name}.out"
    with said.open("ab") as output:
        process = subprocess.Popen(
            command("--dir", str(folder), *options),
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=output,
        )
    try:
        yield Demo(process, folder, wait_for_contract(process, folder / "demo.json", said))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def wait_for_contract(process: subprocess.Popen[bytes], path: Path, said: Path) -> dict[str, Any]:  # Any: JSON's
    """Return demo.json as soon as it is there; fail with what the demo said if it ends first."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the demo ended: {said.read_text('utf-8')}")
        if path.exists():
            read: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return read
        time.sleep(0.1)
    raise AssertionError("the demo wrote no demo.json")


@dataclass(frozen=True)
class Answer:
    """One answer: status, headers in lower case, and the body as text."""

    status: int
    headers: Mapping[str, str]
    text: str
    url: str

    @property
    def tree(self) -> ET.Element:
        """The page, parsed strictly: whatever a browser would have to mend is an error."""
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        parsed: ET.Element = parser.parse(self.text)
        return parsed

    def hidden(self, action: str = "") -> dict[str, str]:
        """Return the hidden fields of the form that posts to the path, or of the only form."""
        forms = [one for one in self.tree.iter("form") if one.get("method", "").lower() == "post"]
        if action:
            forms = [one for one in forms if one.get("action", self.url) == action]
        if not forms:
            raise AssertionError(f"{self.url}: no form posts to {action or 'anything'}")
        inputs = [one for one in forms[0].iter("input") if one.get("type") == "hidden"]
        return {one.get("name", ""): one.get("value", "") for one in inputs}

    def texts(self) -> str:
        """Return what can be read on the page."""
        body = self.tree.find("body")
        return " ".join("".join(body.itertext()).split()) if body is not None else ""


@dataclass
class Visitor:
    """A browser without a window: keeps cookies, follows what it is told, comes from an address of its own."""

    origin: str
    address: str = "127.0.0.1"
    keeps_cookies: bool = True
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept-Language": "sv"})
    cookies: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send one request and keep the cookies of its answer."""
        parts = urlsplit(self.origin)
        connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=30, source_address=(self.address, 0)
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            named["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, {**self.headers, **named})
            got = connection.getresponse()
            answer = Answer(
                got.status,
                {name.lower(): value for name, value in got.getheaders()},
                got.read().decode("utf-8"),
                path,
            )
            self._keep(got.headers.get_all("Set-Cookie") or [])
        finally:
            connection.close()
        return answer

    def _keep(self, lines: list[str]) -> None:
        for line in lines if self.keeps_cookies else []:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    def get(self, path: str) -> Answer:
        """Fetch a page; a redirect is followed once, as after a POST."""
        answer = self.send("GET", path)
        return self.send("GET", answer.headers["location"]) if answer.status in (302, 303) else answer

    def post(self, path: str, fields: Fields, **headers: str) -> Answer:
        """Post a form; the answer is not followed."""
        return self.send("POST", path, urlencode(fields, doseq=True).encode(), Content_Type=FORM, **headers)

    def fill_in(self, path: str, fields: Fields, page: str | None = None) -> Answer:
        """Open a page and post its form with these fields, hidden ones too."""
        opened = self.get(page or path)
        return self.post(path, {**opened.hidden(path), **fields})


used_steps: dict[str, int] = {}


def fresh_code(person: Person, *, lasting: bool = False) -> str:
    """Return a sign-in code that was not used before, waiting for one if need be.

    `lasting` gives the newest one that is welcome, good for a minute at least: where a browser must start first.
    """
    while True:
        now, into = divmod(int(time.time()), STEP)
        oldest = now - 1 if into < STEP - 5 else now  # a code about to go stale may not arrive in time
        step = max(now + 1 if lasting else oldest, used_steps.get(person.totp_secret, 0) + 1)
        if step <= now + 1:
            used_steps[person.totp_secret] = step
            return pyotp.TOTP(person.totp_secret).generate_otp(step)
        time.sleep(1)


def sign_in(staff: str, person: Person) -> Visitor:
    """Return a visitor whom the staff app has let in."""
    visitor = Visitor(staff)
    claim = {"name": person.name, "passphrase": person.passphrase, "otp": fresh_code(person)}
    answer = visitor.fill_in("/login", claim)
    if answer.status != 303 or "/login" in answer.headers["location"]:
        raise AssertionError(f"{person.name} was not let in: {answer.status}")
    return visitor


def listed(visitor: Visitor) -> set[str]:
    """Return the paths of the requests that stand in the inbox now."""
    return set(REQUEST.findall(visitor.get("/inbox").text))


def wait_for_new(visitor: Visitor, before: Set[str] = frozenset(), seconds: float = 20) -> set[str]:
    """Return the requests that have come since, as soon as there are any; fail if none comes."""
    until = time.monotonic() + seconds
    while not (new := collected(visitor) - before):
        if time.monotonic() > until:
            raise AssertionError("nothing new came into the inbox")
        time.sleep(0.2)
    return new


def collected(visitor: Visitor) -> set[str]:
    """Press the button that collects now, and return what then stands in the inbox."""
    visitor.fill_in("/inbox/collect", {}, page="/inbox")
    return listed(visitor)
