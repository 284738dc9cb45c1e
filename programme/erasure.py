"""The municipality's erasure decisions: what may go, when, and how. What no decision names is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from programme.reader import Table

# What can be decided about, and from which day its time may run.
CLASSES = {
    "case": ("closed", "changed"),
    "aside": ("received",),
    "request": ("received",),
    "handover": ("ended",),
    "transfer": ("answered", "offered"),
}
ERASE, ARCHIVE, KEEP = "erase", "archive", "keep"
ACTS = (ERASE, ARCHIVE, KEEP)
ARCHIVED = ("case",)  # a request alone has no file to be archived as


@dataclass(frozen=True)
class Decision:
    """One class of an erasure decision: by which decision, from what day so many months run, and what is done then."""

    of: str
    name: str
    number: str
    decided: date
    starts: str
    months: int
    act: str


@dataclass(frozen=True)
class Erasure:
    """Every class that has been decided about."""

    decisions: tuple[Decision, ...] = ()

    def decision(self, of: str) -> Decision | None:
        """Return the decision about a class, or None: then it is kept."""
        return next((one for one in self.decisions if one.of == of), None)


NO_DECISION = Erasure()


def read_erasure(table: Table) -> Erasure:
    """Read `[[casework.erasure]]` of the table `casework`; missing is no decision at all."""
    if not table.has("erasure"):
        return NO_DECISION
    decisions = tuple(_decision(one) for one in table.tables("erasure"))
    if len({one.of for one in decisions}) < len(decisions):
        table.fault("erasure", "two decisions about one class")
    return Erasure(decisions)


def _decision(table: Table) -> Decision:
    of = _one_of(table, "class", tuple(CLASSES))
    starts = _one_of(table, "starts", CLASSES.get(of, ()))
    act = _one_of(table, "act", ACTS)
    if act == ARCHIVE and of not in ARCHIVED:
        table.fault("act", f"only {', '.join(ARCHIVED)} can be archived")
    if not table.has("months"):
        table.fault("months", "must be a whole number from 1 to 1200")
    found = Decision(
        of=of,
        name=table.text("name"),
        number=table.text("number"),
        decided=table.day("decided"),
        starts=starts,
        months=table.number("months", 1, 1, 1200),
        act=act,
    )
    table.done()
    return found


def _one_of(table: Table, key: str, known: tuple[str, ...]) -> str:
    found = table.text(key)
    if found and found not in known:
        table.fault(key, f"must be one of {', '.join(known)}")
    return found
