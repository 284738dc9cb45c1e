"""What there is to choose from in a case: its forms, measures and follow-ups, and the submissions tied to it.

An item knows what the rules ask of it: in which stage it was written, what kind of information it holds, whether it is
a submission, and whether it rests on a protected source that nobody has tested. Everything else in a case (questions
among colleagues, tasks, who took it, who looked) is never let out and stands in no list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from staff.cases.model import CaseState, Link
from staff.cases.sources import rests_on_protected
from staff.cases.state import fold
from staff.entry import Entry, Read

OF_FORMS: Mapping[str, tuple[int, str]] = {
    "talk": (2, "needs"),
    "assessment": (3, "needs"),
    "mapping": (4, "plan"),
    "safety": (5, "safety"),
    "plan": (6, "plan"),
}
OF_KINDS: Mapping[str, tuple[int, str]] = {
    "attempt": (1, "contact"),
    "contact": (6, "contact"),
    "real_name": (6, "identity"),
    "measure": (6, "plan"),
    "follow_up": (6, "plan"),
}
PLANNING = 4  # from here on notes are about the plan
PLACES = frozenset({"opened", "forward", "back", "close", "reopen"})  # what moves a case between stages


@dataclass(frozen=True)
class Item:
    """Hold one thing that may be chosen; `key` is `e` and an entry's number, or `s` and a submission's id in hex."""

    key: str
    kind: str
    who: str
    when: datetime
    stage: int
    information: str
    fields: Mapping[str, str] = field(repr=False)
    submission: str = ""
    source: str = ""
    protected: bool = False

    @property
    def name(self) -> str:
        """Name what it is, as the words of a page know it."""
        return self.fields.get("form", "") if self.kind == "form" else self.kind


def items(entries: Iterable[Read], state: CaseState) -> list[Item]:
    """List what may be chosen, in the order of the entries, then the submissions; `state` is what they amount to."""
    found: list[Item] = []
    moves: list[Entry] = []
    stage = 1
    for one in entries:
        if one.trusted and one.entry.kind in PLACES:
            moves.append(one.entry)
            stage = int(fold(moves).position.stage)
        elif one.trusted:
            item = _item(one, stage, state)
            found += [item] if item else []
    return found + [_submission(link) for link in state.links.values()]


def _item(one: Read, stage: int, state: CaseState) -> Item | None:
    entry = one.entry
    of_form, information = _place(entry)
    if entry.kind == "note":
        of_form, information = stage, "plan" if stage >= PLANNING else "needs"
    if not information:
        return None
    return Item(
        key=f"e{one.number}",
        kind=entry.kind,
        who=entry.who,
        when=entry.when,
        stage=min(of_form, stage),  # an entry belongs to its form's stage and to that in which it was written
        information=information,
        fields=entry.fields,
        protected=rests_on_protected(entry.fields, state.links),
    )


def _submission(link: Link) -> Item:
    return Item(
        f"s{link.submission}",
        "submission",
        "",
        link.since,
        1,
        "needs",
        {},
        link.submission,
        link.source,
        link.protected,
    )


def _place(entry: Entry) -> tuple[int, str]:
    if entry.kind == "form":
        return OF_FORMS.get(entry.fields.get("form", ""), (1, ""))
    return OF_KINDS.get(entry.kind, (1, ""))
