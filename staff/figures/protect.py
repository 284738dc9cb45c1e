"""Hide small counts so that nothing that is shown can be used to find them again (docs/adr, "Figures").

A count under five is hidden, and the total of a figure too if it is one. In a breakdown that hides anything, the
smallest count that is not small is hidden as well, with all that equal it: any hidden count may then be that one, so
that nobody can tell which of them is small, also who knows this rule. Breakdowns of one figure share nothing but its
total, half-years and municipalities share nothing at all, and whatever is added up is added up from what is shown: so
there is nothing to subtract.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

LEAST = 5  # the smallest count that may be shown
Parts = Mapping[str, int]
Shown = Mapping[str, int | None]


@dataclass(frozen=True)
class Range:
    """Hold what may be known of a number: it lies from `low` to `high`."""

    low: int
    high: int

    @property
    def exact(self) -> bool:
        """Tell whether it is one number."""
        return self.low == self.high

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.high + other.high)


UNDER = Range(0, LEAST - 1)


@dataclass(frozen=True)
class Table:
    """Hold a figure as it may be shown; None is hidden. A list has no total and `adds_up` is False."""

    total: int | None
    parts: Mapping[str, Shown]
    adds_up: bool = True
    classes: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    def whole(self) -> Range:
        """Give what is known of the total."""
        return UNDER if self.total is None else Range(self.total, self.total)

    def part(self, breakdown: str, name: str) -> Range:
        """Give what anybody may reckon of one part."""
        shown = self.parts[breakdown]
        count = shown[name]
        if count is not None:
            return Range(count, count)
        if not self.adds_up or self.total is None:
            return UNDER
        return Range(0, self.total - sum(known for known in shown.values() if known is not None))


def split(breakdowns: Mapping[str, Parts]) -> Table:
    """Protect a figure whose breakdowns each add up to its total; ValueError if they do not."""
    totals = {sum(parts.values()) for parts in breakdowns.values()}
    if len(totals) != 1:
        raise ValueError("the breakdowns of a figure add up to different totals")
    total = totals.pop()
    if total < LEAST:
        return Table(None, {name: dict.fromkeys(parts) for name, parts in breakdowns.items()})
    return Table(total, {name: cover(parts) for name, parts in breakdowns.items()})


def cover(parts: Parts) -> Shown:
    """Hide the small counts of a breakdown whose total is known, and the smallest of the others with its equals."""
    if all(count >= LEAST for count in parts.values()):
        return dict(parts)
    edge = min((count for count in parts.values() if count >= LEAST), default=0)
    return {name: count if count >= LEAST and count != edge else None for name, count in parts.items()}


def listing(breakdowns: Mapping[str, Parts]) -> Table:
    """Protect counts that add up to nothing that is shown: each stands for itself."""
    shown = {
        name: {part: count if count >= LEAST else None for part, count in parts.items()}
        for name, parts in breakdowns.items()
    }
    return Table(None, shown, adds_up=False)


def typical(breakdowns: Mapping[str, Mapping[str, Iterable[str]]], order: Iterable[str]) -> Table:
    """Give the class in which the middle one lies, where there are enough of them; no count is told."""
    place = {name: number for number, name in enumerate(order)}
    classes = {
        name: {part: _middle(sorted(found, key=place.__getitem__)) for part, found in parts.items()}
        for name, parts in breakdowns.items()
    }
    return Table(None, {}, adds_up=False, classes=classes)


def _middle(found: list[str]) -> str | None:
    return found[(len(found) - 1) // 2] if len(found) >= LEAST else None


def together(ranges: Iterable[Range]) -> Range:
    """Add up what is known, and nothing else."""
    return sum(ranges, Range(0, 0))
