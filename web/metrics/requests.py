"""Count an app's requests by kind, outcome and time taken: no path, no form, no language, no town, no address."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from web.metrics.coarse import LIMITED, Cell, Counters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

STATUS = ("2xx", "3xx", "4xx", "5xx")
SECONDS = ("0.1", "0.5", "2", "10", "+Inf")  # of an answer, on the server
REQUESTS, TOOK, REFUSED = "requests", "seconds", "refused"

Kind = Callable[["WSGIEnvironment"], str | None]


def cells(kinds: Sequence[str]) -> list[Cell]:
    """List all that is counted of an app whose requests are of these kinds."""
    by_kind = [(REQUESTS, kind, status) for kind in kinds for status in STATUS]
    return [*by_kind, *((TOOK, bound) for bound in SECONDS), (REFUSED,)]


class Counted:
    """Stand before an app and count; `kind` gives a request's kind, or None for what nobody counts."""

    def __init__(
        self, app: WSGIApplication, counters: Counters, kind: Kind, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._counters = counters
        self._kind = kind
        self._clock = clock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        kind = self._kind(environ)
        if kind is None:
            return self._app(environ, start_response)
        began, outcome = self._clock(), "5xx"

        def start(status: str, headers: list[tuple[str, str]], *rest: object) -> object:
            nonlocal outcome
            outcome = f"{status[:1]}xx"
            return start_response(status, headers, *rest)  # type: ignore[arg-type]  # passed on as it came

        try:
            return self._app(environ, start)  # type: ignore[arg-type]  # the write callable is never used by Flask
        finally:
            self._note(environ, kind, outcome, self._clock() - began)

    def _note(self, environ: WSGIEnvironment, kind: str, outcome: str, took: float) -> None:
        bound = next(bound for bound in SECONDS if took <= float(bound))
        refused: list[Cell] = [(REFUSED,)] if environ.get(LIMITED) else []
        self._counters.add((REQUESTS, kind, outcome), (TOOK, bound), *refused)


def families(prefix: str, kinds: Sequence[str], shown: Mapping[Cell, int]) -> Iterator[Metric]:
    """Write what is shown as Prometheus reads it.

    No sum of seconds and no time of making: both would tell when a single request came.
    """
    requests = CounterMetricFamily(
        f"{prefix}_requests", "Requests by kind and status, of crowds only.", labels=["kind", "status"]
    )
    for kind in kinds:
        for status in STATUS:
            requests.add_metric([kind, status], shown.get((REQUESTS, kind, status), 0))
    yield requests
    counts = [shown.get((TOOK, bound), 0) for bound in SECONDS]
    upto = [(bound, float(sum(counts[: place + 1]))) for place, bound in enumerate(SECONDS)]
    yield HistogramMetricFamily(f"{prefix}_request_seconds", "Time to an answer, of crowds only.", upto)
    refused = shown.get((REFUSED,), 0)
    yield CounterMetricFamily(f"{prefix}_refused_by_limits", "Requests refused by limits, of crowds only.", refused)
