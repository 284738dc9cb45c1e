"""What the page of figures shows: each figure of a half-year with its picture and table, and the years as lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from staff.figures.account import Account
from staff.figures.definitions import LIST, TYPICAL, Breakdown, Definitions, Figure
from staff.figures.half import Half
from staff.figures.picture import Point, bars, line
from staff.figures.words import HIDDEN, said

MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
TRENDS = ("requests", "persons", "outcomes", "followups")


@dataclass(frozen=True)
class Divided:
    """Hold one breakdown as it is shown; `points` are its bars and its table's rows."""

    title: str
    picture: Markup | None
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Told:
    """Hold one figure as it is shown; `total` is "" for what has none."""

    title: str
    text: str
    total: str
    parts: tuple[Divided, ...]


def told(account: Account, known: Definitions) -> list[Told]:
    """Give every figure of an account."""
    return [_figure(account, figure, known) for figure in known.figures]


def _figure(account: Account, figure: Figure, known: Definitions) -> Told:
    total = "" if figure.kind in (LIST, TYPICAL) else said(account.whole(figure.id, known))
    parts = tuple(_divided(account, figure, one) for one in figure.breakdowns)
    return Told(figure.title, figure.text, total, parts)


def _divided(account: Account, figure: Figure, one: Breakdown) -> Divided:
    table = account.tables[figure.id]
    if figure.kind == TYPICAL:
        found = table.classes.get(one.id, {})
        points = tuple(
            Point(word, table.whole(), one.classes.get(found.get(code) or "", HIDDEN))
            for code, word in one.parts.items()
        )
        return Divided(one.title, None, points)
    points = tuple(
        Point(word, table.part(one.id, code), said(table.part(one.id, code), hidden=True))
        for code, word in _words(account, one)
        if code in table.parts.get(one.id, {})
    )
    name = f"{figure.id}-{one.id}"
    return Divided(one.title, bars(name, f"{figure.title}: {one.title}", points) if points else None, points)


def _words(account: Account, one: Breakdown) -> Sequence[tuple[str, str]]:
    if one.settings:
        return list(account.needs.items())
    if one.id == "months":
        return [(str(month), MONTHS[month - 1]) for month in account.half.months]
    return list(one.parts.items())


def trends(accounts: Mapping[Half, Account], known: Definitions) -> list[Divided]:
    """Give a line through the half-years for the figures that are followed over time."""
    halves = sorted(accounts)
    found = []
    for name in TRENDS:
        figure = known.figure(name)
        ranges = [accounts[half].whole(name, known) for half in halves]
        points = tuple(Point(str(half), known_, said(known_)) for half, known_ in zip(halves, ranges, strict=True))
        found.append(Divided(figure.title, line(f"line-{name}", f"{figure.title}, halvår för halvår", points), points))
    return found
