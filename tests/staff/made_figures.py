"""Made-up facts to count, and everything that an attacker gets to see of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import hypothesis.strategies as st

from programme.hours import ZONE
from staff.figures.account import Account
from staff.figures.common import common
from staff.figures.count import CaseFact, Facts, RequestFact, count
from staff.figures.definitions import definitions
from staff.figures.half import Half

KNOWN = definitions()
NEEDS = {"housing": "Boende", "debt": "Skuld", "work": "Arbete"}
HALVES = (Half(2026, 1), Half(2026, 2))
ANSWERED = {"h2": 1, "h8": 5, "h24": 20, "later": 30}  # office hours
SOURCES = tuple(part for one in KNOWN.figure("persons").breakdowns for part in one.parts)
OUTCOMES = tuple(KNOWN.figure("outcomes").breakdowns[0].parts)


def day(half: Half, month: int) -> datetime:
    """Give some time in a month of a half-year (0 to 5)."""
    return datetime(half.year, half.months[month], 15, 12, tzinfo=ZONE)


def request(half: Half, month: int, answered: str) -> RequestFact:
    """Make a request by its two parts."""
    hours = ANSWERED.get(answered)
    return RequestFact(day(half, month), timedelta(hours=hours) if hours else None)


def case(half: Half, month: int, source: str, outcome: str) -> CaseFact:
    """Make a case that began, was assessed and perhaps closed in one month."""
    when = day(half, month)
    return CaseFact((when, source), (), ((when, outcome),) if outcome else (), (), when, frozenset())


def facts(half: Half) -> st.SearchStrategy[Facts]:
    """Make the facts of one municipality's half-year: mostly small numbers, unevenly spread."""
    month = st.sampled_from([0, 0, 0, 1, 2, 5])
    requests = st.builds(
        lambda m, a: request(half, m, a), month, st.sampled_from(["h2", "h2", "h2", "h8", "later", "none"])
    )
    cases = st.builds(
        lambda m, s, o: case(half, m, s, o),
        month,
        st.sampled_from(["request", "request", "call", "transfer"]),
        st.sampled_from(["", "completed", "completed", "moved", "died"]),
    )
    needs = st.frozensets(st.sampled_from(sorted(NEEDS)))
    needy = st.builds(lambda one, ticks: replace(one, needs=ticks), cases, needs)
    return st.builds(Facts, st.lists(requests, max_size=30), st.lists(needy, max_size=20))


World = Mapping[tuple[str, Half], Facts]


def worlds() -> st.SearchStrategy[World]:
    """Make two municipalities with two half-years each."""
    return st.fixed_dictionaries({(town, half): facts(half) for town in ("ekstad", "granvik") for half in HALVES})


def published(told: Mapping[tuple[str, Half], Account]) -> str:
    """Give everything that anybody gets to see: teams' tables with their months, exports, common reports."""
    outside = {key: account.for_others(KNOWN) for key, account in told.items()}
    reports = [common([outside[(town, half)] for town in ("ekstad", "granvik")], KNOWN) for half in HALVES]
    return "\n".join([*(account.encode() for account in told.values()), *map(repr, reports)])


def account(town: str, half: Half, known: Facts) -> Account:
    """Count one half-year of one municipality, as its own team sees it."""
    return Account(town, half, KNOWN.version, count(known, half, KNOWN, NEEDS), NEEDS)


def accounts(world: World) -> dict[tuple[str, Half], Account]:
    """Count each half-year of each municipality."""
    return {(town, half): account(town, half, known) for (town, half), known in world.items()}


def true_counts(known: Facts, half: Half) -> dict[tuple[str, str, str], int]:
    """Count the true cells by hand, in another way than the code does."""
    found: dict[tuple[str, str, str], int] = {}
    names = {hours: name for name, hours in ANSWERED.items()}
    for month in half.months:
        found[("requests", "months", str(month))] = sum(one.came.month == month for one in known.requests)
        found[("persons", "months", str(month))] = [one.opened[0].month for one in known.cases if one.opened].count(
            month
        )
    for name in KNOWN.figure("requests").breakdowns[1].parts:
        said = [names[int(one.answered.total_seconds() / 3600)] if one.answered else "none" for one in known.requests]
        found[("requests", "answered", name)] = said.count(name)
    for name in SOURCES:
        found[("persons", "source", name)] = [one.opened[1] for one in known.cases if one.opened].count(name)
    for name in OUTCOMES:
        found[("outcomes", "outcome", name)] = sum(bool(one.closed) and one.closed[0][1] == name for one in known.cases)
    for name in NEEDS:
        found[("needs", "need", name)] = sum(name in one.needs for one in known.cases)
    return found
