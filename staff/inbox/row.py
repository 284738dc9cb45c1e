"""One submission as the list knows it."""

from dataclasses import dataclass

from staff.inbox.summary import DAY, Summary, clamp_day


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one submission; `version` 0 means that nobody has opened it, `batch` when this session first saw it."""

    id: bytes
    version: int
    batch: int
    day: int
    summary: Summary

    @property
    def sent(self) -> int:
        """Give the time of sending in seconds; of what cannot be read, the beginning of the day outside."""
        return self.summary.facts.sent if self.summary.facts else clamp_day(self.day) * DAY

    @property
    def fresh(self) -> bool:
        """Tell whether nobody has opened it."""
        return self.version == 0
