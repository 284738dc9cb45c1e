"""Half-years: the only periods that figures are told for."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from programme.hours import ZONE

SETTLED = timedelta(days=14)  # what came in on the last day must have had its time to be read, answered or set aside
WRITTEN = re.compile(r"(20\d\d)-([12])")


@dataclass(frozen=True, order=True)
class Half:
    """Name a half-year: 1 is January to June, 2 July to December, in Swedish time."""

    year: int
    number: int

    @classmethod
    def of(cls, when: datetime) -> Self:
        """Give the half-year that an aware time lies in."""
        local = when.astimezone(ZONE)
        return cls(local.year, 1 if local.month <= 6 else 2)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2026-1"; raise ValueError."""
        found = WRITTEN.fullmatch(text)
        if not found:
            raise ValueError("a half-year is written as 2026-1 or 2026-2")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year}-{self.number}"

    @property
    def title(self) -> str:
        """Name the half-year for readers."""
        return f"{'Första' if self.number == 1 else 'Andra'} halvåret {self.year}"

    @property
    def months(self) -> tuple[int, ...]:
        """List its months."""
        return tuple(range(1, 7)) if self.number == 1 else tuple(range(7, 13))

    @property
    def before(self) -> "Half":
        """Give the half-year before."""
        return Half(self.year, 1) if self.number == 2 else Half(self.year - 1, 2)

    @property
    def after(self) -> "Half":
        """Give the half-year after."""
        return Half(self.year, 2) if self.number == 1 else Half(self.year + 1, 1)

    @property
    def settled(self) -> datetime:
        """Give the time from which the half-year may be counted."""
        end = date(self.year, 7, 1) if self.number == 1 else date(self.year + 1, 1, 1)
        return datetime(end.year, end.month, end.day, tzinfo=ZONE).astimezone(UTC) + SETTLED

    @property
    def open_day(self) -> date:
        """Give the Swedish day from which the half-year may be counted."""
        return self.settled.astimezone(ZONE).date()

    def holds(self, when: datetime) -> bool:
        """Tell whether an aware time lies in it."""
        return Half.of(when) == self


def newest_settled(now: datetime) -> Half:
    """Give the newest half-year that may be counted."""
    half = Half.of(now).before
    return half if half.settled <= now else half.before
