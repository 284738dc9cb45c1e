"""A case's history as the page shows it: newest first, by day, with questions beside their entries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from crypto.opening.members import Members
from programme.casework import Casework
from programme.hours import ZONE
from staff.audit import Seen
from staff.cases.model import CaseState, Question
from staff.cases.phrases import Told
from staff.cases.sources import rests_on_protected
from staff.cases.telling import tell
from staff.cases.values import write_items
from staff.cases.work import named_tasks
from staff.entry import Read
from staff.folders.folder import SHARED, mark

VISIT = timedelta(minutes=20)  # openings closer than this are one visit
QUIET = frozenset({"shared", "rekeyed", "unshared"})
UNSHOWN = frozenset({"shared", "rekeyed"})  # rows of the audit by whoever gave it, or gave it another key, unread
ENDING = frozenset({"task_done", "task_dropped", "task_undone"})
LOUD = frozenset({"forward", "back", "close", "reopen", "opened"})


@dataclass(frozen=True)
class Item:
    """Hold one entry in words; `old` says that a newer version of the same form stands above it.

    `relative` says that it is drawn from a relative's words, `shut` that nobody has tested these: it is not printed.
    `reopen` names the tasks that it ended and that can be opened again.
    """

    number: int
    who: str
    when: datetime
    kind: str
    told: Told = field(repr=False)
    trusted: bool = True
    fresh: bool = False
    old: bool = False
    questions: tuple[Question, ...] = ()
    relative: bool = False
    shut: bool = False
    reopen: str = ""

    @property
    def loud(self) -> bool:
        """Tell whether it moved the case."""
        return self.kind in LOUD


def days(
    entries: Sequence[Read], state: CaseState, casework: Casework, seen: int, me: str
) -> list[tuple[date, list[Item]]]:
    """Group the entries by Swedish day, newest first; those above number `seen` by others are marked fresh."""
    asked: dict[str, list[Question]] = defaultdict(list)
    for question in state.questions.values():
        asked[question.about].append(question)
    found: dict[date, list[Item]] = {}
    newer: set[str] = set()
    later: set[str] = set()
    for one in reversed(entries):
        entry = one.entry
        if entry.kind in QUIET or (entry.kind == "question" and entry.fields.get("id") in state.questions):
            continue
        form = entry.fields.get("form", "") if entry.kind == "form" else ""
        item = Item(
            one.number,
            entry.who,
            entry.when,
            entry.kind,
            tell(entry, casework),
            one.trusted,
            fresh=one.number > seen and entry.who != me,
            old=bool(form) and form in newer,
            questions=tuple(asked.get(str(one.number), ())),
            relative="drawn" in entry.fields,
            shut=rests_on_protected(entry.fields, state.links),
            reopen=_ended(one, state, later),
        )
        newer.add(form)
        found.setdefault(entry.when.astimezone(ZONE).date(), []).append(item)
    return list(found.items())


def _ended(one: Read, state: CaseState, later: set[str]) -> str:
    """Name the tasks that an entry ended for good; `later` collects those that a newer entry has spoken of."""
    if not one.trusted or one.entry.kind not in ENDING:
        return ""
    named = [task for task in named_tasks(state, one.entry) if task.id not in later]
    later.update(task.id for task in named)
    return write_items(task.id for task in named if not task.open) if one.entry.kind != "task_undone" else ""


def seen_before(rows: Sequence[Seen], me: str) -> int:
    """Give the number of the newest entry that this person had seen when their visit before this one ended.

    Openings that follow each other closely are one visit, so that what is new stays marked while they work. On a first
    visit nothing is marked but what others write meanwhile: all of it is new.
    """
    mine = [row for row in rows if row.trusted and row.who == me]
    later: Seen | None = None
    for row in reversed(mine):
        if later is not None and later.when - row.when > VISIT:
            return _version(row)
        later = row
    return _version(later) if later is not None else 0


def _version(row: Seen) -> int:
    text = row.fields.get("v", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def openers(rows: Sequence[Seen]) -> list[tuple[str, datetime, int]]:
    """List who has opened the case, the latest first: name, when last, how many times.

    Whoever only gave it to somebody, or sealed it under another key, was shown nothing of it.
    """
    found: dict[str, tuple[datetime, int]] = {}
    for row in rows:
        if row.trusted and row.what not in UNSHOWN:
            _, times = found.get(row.who, (row.when, 0))
            found[row.who] = row.when, times + 1
    return sorted(((who, when, times) for who, (when, times) in found.items()), key=lambda one: one[1], reverse=True)


def gifts(entries: Sequence[Read], members: Members) -> list[tuple[str, str, datetime]]:
    """List who gave the case to whom since it was opened, the latest first.

    To whom is said by the keys that were given, found in the register: never by the names that stand beside them.
    """
    names = {mark(one.box_public): one.name for one in members.members}
    given = [one.entry for one in entries if one.trusted and one.entry.kind == SHARED and members.insider(one.by)]
    told = [(one.who, [names.get(code, code) for code in one.fields.get("to", "").split()], one.when) for one in given]
    return [(who, ", ".join(to), when) for who, to, when in reversed(told[1:])]  # the first came with the case
