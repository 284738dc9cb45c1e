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
    of submissions that go with it, `copies` those of hand-overs and transfers made of it; `about` is the case that it
    is itself a copy of. `shut` says that the case itself is held. `mark` changes with whatever its file would hold.
    """

    id: bytes
    of: str
    name: str
    days: Mapping[str, date]
    parts: tuple[bytes, ...] = ()
    shut: bool = False
    copies: tuple[bytes, ...] = ()
    about: bytes = b""
    mark: str = ""

    @property
    def ids(self) -> tuple[bytes, ...]:
        """List everything that goes."""
        return tuple(dict.fromkeys((self.id, *self.parts, *self.copies)))

    def held_by(self, standing: Mapping[bytes, "Hold"]) -> "Hold | None":
        """Give the hold that keeps it: on itself, on anything that would go with it, or on what it is a copy of."""
        return next((standing[one] for one in (*self.ids, self.about) if one in standing), None)


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


def live(holds: Sequence[Hold], today: date) -> dict[bytes, Hold]:
    """Give the holds that stand on a day, by what they hold."""
    return {hold.subject: hold for hold in holds if hold.until >= today}


def due(
    subjects: Iterable[Subject],
    erasure: Erasure,
    holds: Sequence[Hold],
    archived: frozenset[tuple[bytes, str]],
    today: date,
    until: date,
) -> list[Due]:
    """List what falls due until a day, the earliest first.

    What nobody decided about, or decided to keep, never does. A hold counts as long as its last day has not passed.
    `archived` are the ids whose file was fetched, each with the mark of what it held then.
    """
    standing = live(holds, today)
    found = []
    for subject in subjects:
        decision = erasure.decision(subject.of)
        if decision is None or decision.act == KEEP or decision.starts not in subject.days:
            continue
        day = months_after(subject.days[decision.starts], decision.months)
        if day <= until:
            fetched = (subject.id, subject.mark) in archived
            found.append(Due(subject, decision, day, subject.held_by(standing), fetched))
    return sorted(found, key=lambda one: (one.day, one.subject.name, one.subject.id))
