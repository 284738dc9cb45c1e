"""What has become of a case: a pure function of its trusted entries, in the order of their numbers.

Nothing is stored but entries. A kind that is not known here (another package's that is not loaded, or a later
version's) changes nothing but the time of the last change. Other packages add their kinds with `extend` when they are
imported; what they fold they keep in `CaseState.extras` under their own name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from staff.cases import steps, work
from staff.cases.model import CaseState
from staff.cases.steps import Step
from staff.entry import Entry

__all__ = ["QUIET", "CaseState", "Entry", "extend", "fold", "known"]

QUIET = frozenset({"shared", "unshared", "rekeyed"})  # the folder's own: they leave the last change alone
_KNOWN: dict[str, Step] = {**steps.STEPS, **work.STEPS}


def extend(kinds: Mapping[str, Step]) -> None:
    """Add the steps of another package's kinds of entries; ValueError if one is taken by another step.

    A step takes the state and an entry and gives the state after it. It must never raise, whatever the entry's fields
    hold: whoever holds the case's key could have signed anything.
    """
    taken = [kind for kind, step in kinds.items() if _KNOWN.get(kind, step) is not step]
    if taken:
        raise ValueError(f"taken: {taken}")
    _KNOWN.update(kinds)


def known() -> frozenset[str]:
    """List the kinds of entries that change a case."""
    return frozenset(_KNOWN)


def fold(entries: Iterable[Entry]) -> CaseState:
    """Return the state that the entries amount to."""
    state = CaseState()
    for entry in entries:
        step = _KNOWN.get(entry.kind)
        if step is not None:
            state = step(state, entry)
        if entry.kind not in QUIET:
            state = replace(state, changed_at=entry.when, changed_by=entry.who)
    return state
