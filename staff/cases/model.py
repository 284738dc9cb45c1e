"""What a case amounts to: the values that `staff.cases.state.fold` makes of its entries.

Everything that entries make and later entries name (a task, a flag, a question, a measure) carries an id that its first
entry drew at random. An id is only ever looked up within one case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from staff.cases.stages import Position

ORDINARY, SOON, DANGER = 0, 1, 2
TASK_KINDS = ("task", "meeting", "review", "follow_up", "measure", "application", "contact")
MEASURE_STATES = ("planned", "going", "done", "stopped")
SOURCES = ("person", "relative", "other")
T = TypeVar("T")


@dataclass(frozen=True)
class Version:
    """Hold one saving of a form: who and when, the id of its entry, and what was filled in."""

    id: str
    who: str
    when: datetime
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Task:
    """Hold one planned date; without `done` and `dropped` it is still to be done.

    `owner` is "" for whoever holds the case, `agency` names who is waited for, `seed` the stage that planned it.
    """

    id: str
    title: str
    due: date | None
    kind: str = "task"
    owner: str = ""
    agency: str = ""
    seed: int = 0
    done: date | None = None
    done_by: str = ""
    line: str = ""
    dropped: bool = False

    @property
    def open(self) -> bool:
        """Tell whether it is still to be done."""
        return self.done is None and not self.dropped


@dataclass(frozen=True)
class Flag:
    """Hold a warning that everybody should see until a day; None never runs out."""

    id: str
    text: str
    until: date | None
    who: str
    lifted: bool = False

    def live(self, today: date) -> bool:
        """Tell whether it still holds."""
        return not self.lifted and (self.until is None or self.until >= today)


@dataclass(frozen=True)
class Question:
    """Hold a question attached to one entry (its id), open until somebody answers."""

    id: str
    about: str
    text: str
    who: str
    when: datetime
    answer: str = ""
    answered_by: str = ""

    @property
    def open(self) -> bool:
        """Tell whether nobody has answered."""
        return not self.answered_by


@dataclass(frozen=True)
class Measure:
    """Hold one measure of the joint plan."""

    id: str
    what: str
    owner: str
    agency: str
    due: date | None
    status: str = "planned"
    line: str = ""
    drawn: str = ""


@dataclass(frozen=True)
class Link:
    """Hold a submission (its id in hex) that belongs to the case; all but the person's own stay shut until tested.

    `source` is "other" where nobody can tell: a message that stands alone says nothing of who wrote the first.
    """

    submission: str
    source: str
    since: datetime
    tested_by: str = ""
    test: str = ""

    @property
    def protected(self) -> bool:
        """Tell whether it must be left out of whatever leaves the case."""
        return self.source != "person" and not self.tested_by


@dataclass(frozen=True)
class Window:
    """Hold when somebody may be called: weekdays (0 is Monday), minutes of the day in Swedish time."""

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Contact:
    """Hold the card of safe contact, as it was last written."""

    how: str = ""
    number: str = ""
    when: str = ""
    windows: tuple[Window, ...] = ()
    word: str = ""
    call_name: str = ""
    sees: str = ""
    never: str = ""
    language: str = ""
    drawn: str = ""


@dataclass(frozen=True)
class Moved:
    """Hold one change of stage or status, for the history and the figures."""

    act: str
    stage: int
    when: datetime
    who: str
    reason: str


@dataclass(frozen=True)
class Attempt:
    """Hold one attempt to reach the person: `again` is when to try next, at their safe time."""

    id: str
    who: str
    when: datetime
    how: str
    result: str
    again: datetime | None = None


@dataclass(frozen=True)
class CaseState:
    """Hold what a case's trusted entries amount to. `real_name` is opened by a logged act only, never listed.

    `danger` is 0 to 2 as in the inbox. `extras` holds what other packages fold of their own kinds, by package.
    """

    working: str = ""
    real_name: str = field(default="", repr=False)
    position: Position = field(default_factory=Position)
    how: str = ""
    opened_at: datetime | None = None
    opened_by: str = ""
    stage_since: datetime | None = None
    holder: str = ""
    helpers: tuple[str, ...] = ()
    danger: int = ORDINARY
    under18: bool = False
    collected_at: datetime | None = None
    same_day_done: bool = False
    protected: bool = False
    named: tuple[str, ...] = ()
    contact: Contact = field(default_factory=Contact)
    reached_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    forms: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    flags: Mapping[str, Flag] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    follow_ups: tuple[Version, ...] = ()
    planned: bool = False
    waiting: str = ""
    waiting_since: datetime | None = None
    moves: tuple[Moved, ...] = ()
    changed_at: datetime | None = None
    changed_by: str = ""
    extras: Mapping[str, object] = field(default_factory=dict)

    @property
    def open_tasks(self) -> list[Task]:
        """List what is still to be done, by date; what has no date comes last."""
        return sorted((task for task in self.tasks.values() if task.open), key=due_order)

    @property
    def open_questions(self) -> list[Question]:
        """List the questions that nobody has answered."""
        return [question for question in self.questions.values() if question.open]

    @property
    def again(self) -> datetime | None:
        """Give when to try to reach the person again, if the last attempt says so."""
        return self.attempts[-1].again if self.attempts else None

    @property
    def closed_at(self) -> datetime | None:
        """Give when a closed case was closed last."""
        closings = [moved.when for moved in self.moves if moved.act == "close"]
        return closings[-1] if closings and not self.position.open else None

    def live_flags(self, today: date) -> list[Flag]:
        """List the flags that hold on a day."""
        return [flag for flag in self.flags.values() if flag.live(today)]

    def form(self, name: str) -> Version | None:
        """Give the newest version of a form."""
        versions = self.forms.get(name, ())
        return versions[-1] if versions else None

    def keeping(self, package: str, value: object) -> "CaseState":
        """Give the state with what another package has folded."""
        return replace(self, extras=put(self.extras, package, value))


def due_order(task: Task) -> tuple[bool, date, str]:
    """Give a task's place among its like."""
    return task.due is None, task.due or date.max, task.title


def put(known: Mapping[str, T], key: str, value: T) -> Mapping[str, T]:
    """Give a mapping with one value more or changed."""
    return {**known, key: value}
