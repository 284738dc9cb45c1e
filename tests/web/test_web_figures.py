"""Figures for whoever runs a machine: they tell what a crowd does, never that, when or how often a person came."""

from __future__ import annotations

import json
import math
import random
import socket
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response

from command.processes import claim_port
from web.metrics.address import private_address
from web.metrics.board import Board
from web.metrics.coarse import (
    BOUND,
    FLOOR,
    INTERVAL,
    LIMITED,
    NOISE,
    QUIET,
    SCALE,
    STEP,
    WEIGHTS,
    Cell,
    Counters,
    draw,
    fullness,
    shown,
)
from web.metrics.exporter import serve
from web.metrics.requests import SECONDS, Counted
from web.metrics.workers import Workers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DAY = 86_400
SCRAPE = 15
POST: Cell = ("requests", "post", "3xx")


def a_day(times: Sequence[float], draw: Callable[[], int] = lambda: 0) -> list[int]:
    """Give what a monitor reads in a day, every fifteen seconds, if a request comes at each of these seconds."""
    counters, coming, read = Counters([POST], draw=draw), deque(sorted(times)), []
    for now in range(0, DAY, SCRAPE):
        if now and now % INTERVAL == 0:
            counters.publish()
        while coming and coming[0] < now + SCRAPE:
            coming.popleft()
            counters.add(POST)
        read.append(counters.shown[POST])
    return read


@pytest.mark.parametrize("noise", [-BOUND, 0, BOUND])
def test_a_quiet_day_reads_the_same_whoever_came(noise: int) -> None:
    """Nobody came, one came at ten past two at night, ninety-nine came in every ten minutes: the day reads the same."""
    nobody = a_day([], lambda: noise)
    assert set(nobody) == {0}
    assert a_day([7_800], lambda: noise) == nobody
    crowd = [start + second * 5 for start in range(0, DAY, INTERVAL) for second in range(QUIET - 1)]
    assert a_day(crowd, lambda: noise) == nobody


def test_a_busy_day_tells_no_minute() -> None:
    """Five hundred come in ten minutes: whether one of them came in the first or in the ninth reads the same."""
    crowd = [start + second for start in range(0, DAY, INTERVAL) for second in range(500)]
    early, late = a_day([*crowd, 36_001], Fixed(1)), a_day([*crowd, 36_001 + 9 * 60], Fixed(1))
    assert early == late
    assert max(early) > 500


def test_what_is_read_changes_only_at_the_end_of_an_interval() -> None:
    """However many come, a monitor that reads every fifteen seconds sees one change in ten minutes, in steps."""
    read = a_day(range(DAY), Fixed(2))
    changes = [place * SCRAPE for place in range(1, len(read)) if read[place] != read[place - 1]]
    assert len(changes) > 100  # ten-minute spans of a day: 144
    assert {second % INTERVAL for second in changes} == {0}
    assert {value % STEP for value in read} == {0}


class Fixed:
    """The noise, alike in each run."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # a story that tells itself the same each time

    def __call__(self) -> int:
        """Draw."""
        return self._random.choices(NOISE, WEIGHTS)[0]


def odds(count: int) -> Mapping[int, float]:
    """Give how likely each value is to be shown when so many came."""
    whole, found = sum(WEIGHTS), defaultdict[int, float](float)
    for noise, weight in zip(NOISE, WEIGHTS, strict=True):
        found[shown(count, noise)] += weight / whole
    return found


@pytest.mark.parametrize("count", [0, 1, QUIET - 1, QUIET, 250, FLOOR - 1, FLOOR, 324, 325, 349, 350, 1_000, 10_000])
def test_one_request_more_hardly_changes_the_odds(count: int) -> None:
    """Whoever sends all the others, and so knows the count but for one, learns next to nothing of that one.

    Each value is at most e^(1/SCALE) times as likely with as without, but for one chance in a million.
    """
    one, other = odds(count), odds(count + 1)
    for more, less in ((one, other), (other, one)):
        beyond = sum(max(0.0, more[value] - math.exp(1 / SCALE) * less[value]) for value in {*one, *other})
        assert beyond < 2e-6


def test_a_flood_is_seen() -> None:
    """Ten thousand in ten minutes are shown as about ten thousand; nobody is never shown as somebody."""
    counters = Counters([POST])
    for _ in range(10_000):
        counters.add(POST)
    assert abs(counters.publish()[POST] - 10_000) <= BOUND + STEP
    before = counters.shown[POST]
    for _ in range(50):
        assert counters.publish()[POST] == before


def test_the_noise_is_drawn_anew_and_never_beyond_its_bound() -> None:
    """Two intervals are not blurred alike, or the difference between them would be exact."""
    drawn = {draw() for _ in range(200)}
    assert len(drawn) > 20
    assert max(map(abs, drawn)) <= BOUND


def test_fullness_is_told_in_four_words() -> None:
    """Neither a row on the desk nor an envelope in the spool shows: two per cent of noise lie over it."""
    assert [fullness(used, 10_000, 0) for used in (0, 999, 1_000, 4_999, 5_000, 9_000, 10_000)] == [0, 0, 1, 1, 2, 3, 3]
    assert {fullness(used, 10_000, noise) for used in range(800) for noise in (-BOUND, BOUND)} == {0}
    assert fullness(0, 0, 5) == 0


def test_workers_add_up_and_no_sum_falls_when_one_dies(tmp_path: Path) -> None:
    """Two workers show; one dies and another takes its place and goes on from there; no third reads what is finer."""
    first, second = Workers(tmp_path), Workers(tmp_path)
    assert (first.number, second.number) == (0, 1)
    first.write({POST: 400})
    second.write({POST: 350})
    assert first.sums()[POST] == 750
    second.leave()
    assert first.sums()[POST] == 750
    third = Workers(tmp_path)
    assert third.number == 1
    counters = Counters([POST], third.before(), lambda: 0)
    for _ in range(FLOOR):
        counters.add(POST)
    third.write(counters.publish())
    assert first.sums()[POST] == 400 + 350 + FLOOR
    (tmp_path / "1.json").write_text('{"requests po')
    assert first.sums()[POST] == 400
    for worker in (first, third):
        worker.leave()


def test_the_folder_holds_nothing_finer_than_what_is_shown(tmp_path: Path) -> None:
    """Whoever copies the disk after a quiet interval finds zeros."""
    board = Board(tmp_path, ["post"], {"desk": lambda: (3, 1000)})
    for _ in range(QUIET - 1):
        board.counters.add(POST)
    board.publish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.json", "0.lock"]
    assert (tmp_path / "0.lock").read_bytes() == b""
    for path in tmp_path.glob("*.json"):
        assert set(json.loads(path.read_text("utf-8")).values()) == {0}
    assert dict(board._workers.sums())[POST] == 0
    board.close()


class App:
    """An app that answers as told, and takes as long as told on a clock of its own."""

    def __init__(self) -> None:
        self.status, self.took, self.now, self.limited = 200, 0.0, 0.0, False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or fall."""
        self.now += self.took
        environ[LIMITED] = self.limited
        if self.status == 0:
            raise OSError
        return Response("", self.status)(environ, start_response)


def kind(environ: WSGIEnvironment) -> str | None:
    """Tell pages from what nobody counts."""
    return None if environ["PATH_INFO"] == "/healthz" else "page"


def test_a_request_is_counted_by_kind_outcome_and_time_alone() -> None:
    """A page, one that was slow, one over the limit, one that fell, and a monitor's, which nobody counts."""
    app, counters = App(), Counters([])
    counted = Counted(app, counters, kind, lambda: app.now)
    for app.status, app.took, app.limited in (
        (200, 0.05, False),
        (200, 3.0, False),
        (429, 0.0, True),
        (0, 20.0, False),
    ):
        with suppress(OSError):
            run_wsgi_app(counted, create_environ("/me?m=old", headers={"Accept-Language": "so"}))
    app.status = 200
    run_wsgi_app(counted, create_environ("/healthz"))
    assert dict(counters._counted) == {
        ("requests", "page", "2xx"): 2,
        ("requests", "page", "4xx"): 1,
        ("requests", "page", "5xx"): 1,
        ("seconds", "0.1"): 2,
        ("seconds", "10"): 1,
        ("seconds", "+Inf"): 1,
        ("refused",): 1,
    }


def test_what_is_served_is_ours_alone(tmp_path: Path) -> None:
    """A monitor reads every line from the start, zeros too; no processor time, no sum of seconds, no time of making."""
    board, port = Board(tmp_path, ["page", "post"], {"desk": lambda: (0, 1000)}), claim_port(0)
    serve(("127.0.0.1", port), lambda: board.collect("utvag_test"))
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    assert found == {
        "utvag_test_requests_total",
        "utvag_test_request_seconds_bucket",
        "utvag_test_refused_by_limits_total",
        "utvag_test_desk_class",
    }
    assert text.count("utvag_test_requests_total{") == 2 * 4
    assert text.count('le="') == len(SECONDS)
    board.close()


def test_a_port_that_is_taken_is_told_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Another program listens there: the log says so, and visitors are served."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        serve(("127.0.0.1", taken.getsockname()[1]), list)
    assert "no figures: 127.0.0.1:" in caplog.text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9301", ("127.0.0.1", 9301)),
        ("10.3.0.7:9302", ("10.3.0.7", 9302)),
        ("[::1]:9301", ("::1", 9301)),
        ("[fd00::7]:9301", ("fd00::7", 9301)),
    ],
)
def test_figures_are_served_on_an_inner_address(text: str, address: tuple[str, int]) -> None:
    """Loopback and the networks that nobody routes."""
    assert private_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0:9301", "[::]:9301", "192.0.2.7:9301", "8.8.8.8:9301", "[2001:db8::1]:9301", "169.254.0.1:9301"),
        *(
            "localhost:9301",
            "127.0.0.1",
            "127.0.0.1:0",
            "127.0.0.1:70000",
            "127.0.0.1:9301/x",
            "a@127.0.0.1:9301",
            "9301",
        ),
    ],
)
def test_no_other_address_will_do(text: str) -> None:
    """A public one, one that listens everywhere, a name that somebody else may turn, or half of one."""
    with pytest.raises(ValueError, match="loopback or private"):
        private_address(text)
