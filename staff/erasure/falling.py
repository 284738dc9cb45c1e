"""What falls due: a pure function of what is kept, the decisions, and the holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from programme.erasure import ARCHIVE, KEEP, Decision, Erasure
from staff.cases.followup import months_after


@dataclass(frozen=True)
class Subject:
    """Hold one thing that may be erased: its id, its class, a name for work, and the days that its clocks run from.

    `days` gives the day for each of the class's clocks; one that is missing has not begun to run. `parts` are the ids
    of submissions that go with it; `shut` says that the case itself is held.
    """

    id: bytes
    of: str
    name: str
    days: Mapping[str, date]
    parts: tuple[bytes, ...] = ()
    shut: bool = False


@dataclass(frozen=True)
class Hold:
    """Hold why something stays although it is due, and until when."""

    subject: bytes
    reason: str
    until: date
    who: str


@dataclass(frozen=True)
class Due:
    """Hold one subject with the decision about it and the day on which it falls due."""

    subject: Subject
    decision: Decision
    day: date
    hold: Hold | None = None
    archived: bool = False

    @property
    def held(self) -> bool:
        """Tell whether somebody keeps it."""
        return self.hold is not None or self.subject.shut

    def ready(self, today: date) -> bool:
        """Tell whether it may go now: it is due, nobody holds it, and its file for the archive has been fetched."""
        return self.day <= today and not self.held and (self.decision.act != ARCHIVE or self.archived)


def due(
    subjects: Iterable[Subject],
    erasure: Erasure,
    holds: Sequence[Hold],
    archived: frozenset[bytes],
    today: date,
    until: date,
) -> list[Due]:
    """List what falls due until a day, the earliest first.

    What nobody decided about, or decided to keep, never does. A hold counts as long as its last day has not passed.
    """
    standing = {hold.subject: hold for hold in holds if hold.until >= today}
    found = []
    for subject in subjects:
        decision = erasure.decision(subject.of)
        if decision is None or decision.act == KEEP or decision.starts not in subject.days:
            continue
        day = months_after(subject.days[decision.starts], decision.months)
        if day <= until:
            found.append(Due(subject, decision, day, standing.get(subject.id), subject.id in archived))
    return sorted(found, key=lambda one: (one.day, one.subject.name, one.subject.id))
