"""Count one half-year from facts that hold no names: pure functions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from programme.hours import ZONE
from staff.figures.definitions import Breakdown, Definitions
from staff.figures.half import Half
from staff.figures.protect import Table, listing, split, typical

ANSWERED = (("h2", timedelta(hours=2)), ("h8", timedelta(hours=8)), ("h24", timedelta(hours=24)))
DAYS = (("d7", 7), ("d30", 30), ("d90", 90), ("d180", 180))
UNSAID = "unsaid"


@dataclass(frozen=True)
class RequestFact:
    """Hold what figures need of a request: when it came, and after how much office time it was first answered."""

    came: datetime
    answered: timedelta | None


@dataclass(frozen=True)
class Stay:
    """Hold one stay in a stage that ended by going on to the next."""

    stage: int
    since: datetime
    until: datetime


@dataclass(frozen=True)
class CaseFact:
    """Hold what figures need of a case; every time is aware.

    `opened` holds the opening with its source, `reopened` each time that it was opened again, `closed` each outcome,
    `assessed` when the first assessment was made, `followups` what each follow-up that was done showed.
    """

    opened: tuple[datetime, str] | None
    reopened: tuple[datetime, ...] = ()
    closed: tuple[tuple[datetime, str], ...] = ()
    stays: tuple[Stay, ...] = ()
    assessed: datetime | None = None
    needs: frozenset[str] = frozenset()
    followups: tuple[tuple[datetime, Mapping[str, str]], ...] = ()


@dataclass(frozen=True)
class Facts:
    """Hold everything that is counted; requests that were set aside are left out by whoever collects these."""

    requests: Sequence[RequestFact]
    cases: Sequence[CaseFact]


def count(facts: Facts, half: Half, known: Definitions, needs: Mapping[str, str]) -> dict[str, Table]:
    """Count a half-year and protect it; `needs` gives the needs of the settings, code to word.

    Nothing of the true counts leaves this function but what `staff.figures.protect` lets through.
    """
    again = [when for case in facts.cases for when in case.reopened]
    return {
        "requests": split(_requests(facts.requests, half, known)),
        "persons": split(_events(known, half, "persons", (case.opened for case in facts.cases if case.opened))),
        "reopened": listing({"again": {"reopened": sum(map(half.holds, again))}}),
        "outcomes": split(_events(known, half, "outcomes", (one for case in facts.cases for one in case.closed))),
        "needs": listing({"need": _needs(facts.cases, half, needs)}),
        "stages": _stages(facts.cases, half, known),
        "followups": split(_followups(facts.cases, half, known)),
    }


def _requests(requests: Iterable[RequestFact], half: Half, known: Definitions) -> dict[str, dict[str, int]]:
    inside = [one for one in requests if half.holds(one.came)]
    answered = Counter(_answered(one.answered) for one in inside)
    parts = _breakdown(known, "requests", "answered").parts
    return {"months": _months((one.came for one in inside), half), "answered": {name: answered[name] for name in parts}}


def _answered(after: timedelta | None) -> str:
    if after is None:
        return "none"
    return next((name for name, limit in ANSWERED if after <= limit), "later")


def _months(times: Iterable[datetime], half: Half) -> dict[str, int]:
    found = Counter(when.astimezone(ZONE).month for when in times)
    return {str(month): found[month] for month in half.months}


def _events(
    known: Definitions, half: Half, figure: str, events: Iterable[tuple[datetime, str]]
) -> dict[str, dict[str, int]]:
    """Divide events by what they were, and by month if the figure says so; one that is not known is "other"."""
    inside = [(when, what) for when, what in events if half.holds(when)]
    result = {}
    for breakdown in known.figure(figure).breakdowns:
        if breakdown.id == "months":
            result["months"] = _months((when for when, _ in inside), half)
        else:
            found = Counter(what if what in breakdown.parts else "other" for _, what in inside)
            result[breakdown.id] = {name: found[name] for name in breakdown.parts}
    return result


def _needs(cases: Iterable[CaseFact], half: Half, needs: Mapping[str, str]) -> dict[str, int]:
    assessed = [case for case in cases if case.assessed and half.holds(case.assessed)]
    return {need: sum(need in case.needs for case in assessed) for need in needs}


def _stages(cases: Iterable[CaseFact], half: Half, known: Definitions) -> Table:
    breakdown = _breakdown(known, "stages", "stage")
    stays: dict[str, list[str]] = {part: [] for part in breakdown.parts}
    for stay in (stay for case in cases for stay in case.stays if half.holds(stay.until)):
        stays.get(str(stay.stage), []).append(_class((stay.until - stay.since).days))
    return typical({"stage": stays}, breakdown.classes)


def _class(days: int) -> str:
    return next((name for name, limit in DAYS if days <= limit), "more")


def _followups(cases: Iterable[CaseFact], half: Half, known: Definitions) -> dict[str, dict[str, int]]:
    done = [results for case in cases for when, results in case.followups if half.holds(when)]
    return {
        breakdown.id: _results((results.get(breakdown.id, UNSAID) for results in done), breakdown)
        for breakdown in known.figure("followups").breakdowns
    }


def _results(found: Iterable[str], breakdown: Breakdown) -> dict[str, int]:
    counted = Counter(one if one in breakdown.parts else UNSAID for one in found)
    return {name: counted[name] for name in breakdown.parts}


def _breakdown(known: Definitions, figure: str, name: str) -> Breakdown:
    return {one.id: one for one in known.figure(figure).breakdowns}[name]
