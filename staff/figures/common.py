"""The municipalities' common figures of one half-year: added up from what each may show, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staff.figures.account import Account
from staff.figures.definitions import LIST, TYPICAL, Breakdown, Definitions, Figure
from staff.figures.half import Half
from staff.figures.picture import Point, bars
from staff.figures.protect import UNDER, Range, together
from staff.figures.words import HIDDEN, said
from web.paper import Drawn, paper


class MergeError(Exception):
    """Say why exports cannot be put together."""


@dataclass(frozen=True)
class Shown:
    """Hold one table of a report with its picture (None where there is nothing to draw)."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    picture: Drawn | None = None


@dataclass(frozen=True)
class Section:
    """Hold one figure of a report."""

    title: str
    text: str
    tables: tuple[Shown, ...]


def report(accounts: Sequence[Account], known: Definitions) -> str:
    """Make the common report: one HTML file. Raises MergeError."""
    half, sections = common(accounts, known)
    towns = sorted(account.municipality for account in accounts)
    values = {"half": half, "sections": sections, "towns": towns, "version": known.version}
    return paper("staff", "figures_report.html", "figures_report.css", values)


def common(accounts: Sequence[Account], known: Definitions) -> tuple[Half, tuple[Section, ...]]:
    """Put exports together; raise MergeError if they tell of different half-years, or twice of one municipality."""
    halves = {account.half for account in accounts}
    towns = [account.municipality for account in accounts]
    if len(halves) != 1:
        raise MergeError("the exports tell of different half-years, or there are none")
    if len(set(towns)) != len(towns):
        raise MergeError("two exports tell of one municipality")
    if {account.definitions for account in accounts} != {known.version}:
        raise MergeError("an export counts by another version of the definitions")
    ordered = sorted(accounts, key=lambda account: account.municipality)
    return halves.pop(), tuple(_section(figure, ordered, known) for figure in known.figures)


def _section(figure: Figure, accounts: Sequence[Account], known: Definitions) -> Section:
    if figure.kind == TYPICAL:
        return Section(figure.title, figure.text, tuple(_classes(figure, one, accounts) for one in figure.breakdowns))
    tables = [_by_town(figure, accounts, known)] if figure.kind != LIST else []
    tables += [_divided(figure, one, accounts) for one in figure.breakdowns if not one.team_only]
    return Section(figure.title, figure.text, tuple(tables))


def _by_town(figure: Figure, accounts: Sequence[Account], known: Definitions) -> Shown:
    each = [(account.municipality, account.whole(figure.id, known)) for account in accounts]
    every = together(found for _, found in each)
    points = [Point(town, found, said(found)) for town, found in each]
    rows = [(town, said(found)) for town, found in each] + [("Alla", said(every))]
    return Shown("Kommun för kommun", ("Kommun", "Antal"), tuple(rows), bars(figure.id, figure.title, points))


def _divided(figure: Figure, one: Breakdown, accounts: Sequence[Account]) -> Shown:
    words = _words(one, accounts)
    each = [(word, together(_part(account, figure.id, one.id, code) for account in accounts)) for code, word in words]
    points = [Point(word, found, said(found)) for word, found in each]
    name = f"{figure.id}-{one.id}"
    picture = bars(name, f"{figure.title}: {one.title}", points) if points else None
    rows = tuple((word, said(found)) for word, found in each)
    return Shown(f"{one.title}, alla kommuner", (one.title, "Antal"), rows, picture)


def _words(one: Breakdown, accounts: Sequence[Account]) -> list[tuple[str, str]]:
    """List a breakdown's parts; needs come from each municipality's settings and are joined by their codes."""
    if not one.settings:
        return list(one.parts.items())
    found: dict[str, str] = {}
    for account in accounts:
        found = {**account.needs, **found}
    return sorted(found.items(), key=lambda pair: pair[1])


def _part(account: Account, figure: str, breakdown: str, code: str) -> Range:
    table = account.tables[figure]
    shown: Mapping[str, int | None] = table.parts.get(breakdown, {})
    if code in shown:
        return table.part(breakdown, code)
    return UNDER if table.total is None and table.adds_up else Range(0, 0)


def _classes(figure: Figure, one: Breakdown, accounts: Sequence[Account]) -> Shown:
    rows = []
    for code, word in one.parts.items():
        found = (account.tables[figure.id].classes.get(one.id, {}).get(code) for account in accounts)
        rows.append((word, *(one.classes.get(name or "", HIDDEN) for name in found)))
    return Shown(one.title, (one.title, *(account.municipality for account in accounts)), tuple(rows))
