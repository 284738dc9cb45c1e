"""What the portal has acknowledged is on disk, even if the process is killed in the same millisecond."""

import http.client
import itertools
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from command.demo import draw_cast, prepare
from command.processes import claim_port, start, utvag, wait_until_answers
from command.stage import Stage
from crypto.opening.identity import Identity
from crypto.opening.unseal import unseal
from crypto.sealing.roster import Roster, verify
from crypto.sealing.seal import seal
from crypto.submission import Submission, new_try
from deaddrop import schema
from deaddrop.collect import Collect
from tests.road import FORM

WRITERS = 6


class Writers:
    """Many people who send at once; each text is sent once, and those acknowledged are remembered.

    Every other phone seals by itself; for the rest the portal does.
    """

    def __init__(self, origin: str, roster: Roster) -> None:
        self.origin, self.roster = origin, roster
        self.acknowledged: set[str] = set()
        self.sent: set[str] = set()
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Let everybody begin."""
        self._stopping.clear()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait until nobody has a request under way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()

    def _write(self) -> None:
        while not self._stopping.is_set():
            number = next(self._numbers)
            text, road = f"request {number}", self._seal if number % 2 else self._post
            self.sent.add(text)
            try:
                if road(text):
                    self.acknowledged.add(text)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)

    def _post(self, text: str) -> bool:
        body = urlencode({"message": text, "municipality": "ekstad"}).encode()
        status, location = self._send("/me", body, FORM)
        return status == 303 and location == "/done?m=sent"  # it keeps no cookies

    def _seal(self, text: str) -> bool:
        now = datetime.now(UTC).replace(microsecond=0)
        made = Submission(new_try(), now, "me", "ekstad", "sv", {"message": text}, "page")
        return self._send("/envelope", seal(made, self.roster), "application/octet-stream")[0] == 201

    def _send(self, path: str, body: bytes, kind: str) -> tuple[int, str | None]:
        parts = urlsplit(self.origin)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request("POST", path, body, {"Content-Type": kind, "Sec-Fetch-Site": "same-origin"})
            answer = connection.getresponse()
            return answer.status, answer.getheader("Location")
        finally:
            connection.close()


class Collector:
    """The staff side while all this happens: copies, keeps, erases; opens with the recovery key."""

    def __init__(self, path: str, reader: Identity) -> None:
        self._half = Collect(schema.engine(path))
        self._reader = reader
        self._seen: set[bytes] = set()
        self.texts: Counter[str] = Counter()

    def collect(self) -> None:
        """Collect what waits, once."""
        for waiting in self._half.waiting():
            assert waiting.intact
            if waiting.id not in self._seen:
                self._seen.add(waiting.id)
                answers = Submission.decode(unseal(waiting.sealed, self._reader)).answers
                self.texts[str(answers["message"])] += 1
        self._half.erase(self._seen)

    def collect_all(self) -> None:
        """Collect until nothing waits."""
        while self._half.count():
            self.collect()


@contextmanager
def portal(stage: Stage, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run the portal until the block kills it."""
    child = start("The portal", utvag("portal"), environment, stage.folder / "portal.log")
    try:
        wait_until_answers(child, f"{stage.portal}/healthz")
        yield child.process
    finally:
        child.process.kill()
        child.process.wait()


def kill_under_load(folder: Path, rounds: int) -> tuple[Writers, Collector]:
    """Kill the portal again and again while people write and the staff side collects."""
    stage = Stage(folder, claim_port(0), claim_port(0))
    cast = draw_cast(stage)
    prepare(stage, cast, datetime.now(UTC).date())
    root = Identity.from_seed(bytes.fromhex(cast.root)).sign_public
    environment = stage.portal_environment(root.hex())
    roster = verify(Path(stage.path("roster")).read_bytes(), root, minimum_epoch=1, today=None)
    writers = Writers(stage.portal, roster)
    collector = Collector(stage.path("deaddrop.sqlite"), Identity.from_seed(bytes.fromhex(cast.recovery)))
    dice = random.Random(rounds)  # noqa: S311  # when to kill; the same moments each time
    for _ in range(rounds):
        with portal(stage, environment) as process:
            before = len(writers.acknowledged)
            writers.start()
            while len(writers.acknowledged) < before + 5:
                time.sleep(0.01)
            collector.collect()
            time.sleep(dice.uniform(0.05, 0.4))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            writers.stop()
    collector.collect_all()
    return writers, collector


def check(writers: Writers, collector: Collector) -> None:
    """Nothing acknowledged is lost, nothing is doubled, and nothing is there that nobody sent."""
    assert writers.acknowledged <= set(collector.texts)
    assert set(collector.texts) <= writers.sent
    assert max(collector.texts.values()) == 1
    assert len(writers.acknowledged) > 20


def test_five_kills_lose_nothing(tmp_path: Path) -> None:
    """The portal is killed five times under load; whoever read that it was received, was received, once."""
    check(*kill_under_load(tmp_path, 5))


@pytest.mark.long
def test_fifty_kills_lose_nothing(tmp_path: Path) -> None:
    """The same, fifty times."""
    check(*kill_under_load(tmp_path, 50))
