"""Where a case stands: the six stages, its status and its erasure state, as one pure machine.

The three are separate things. A stage says how far the work has come and survives closing; a status says whether the
case is worked on; an erasure state says what may become of what is kept. Each act is explicit and carries a reason;
what the machine allows is what the page offers, and `move` refuses everything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from staff.errors import RefusedActError

REASON = 500  # characters


class Stage(IntEnum):
    """Number the six stages of the programme, in their order."""

    CONTACT = 1
    TALK = 2
    ASSESSMENT = 3
    MAPPING = 4
    SAFETY = 5
    PLAN = 6


class Status(StrEnum):
    """Say whether a case is worked on."""

    OPEN = "open"
    CLOSED = "closed"


class Erasure(StrEnum):
    """Say what may become of what is kept: nothing decided, a decision's clock running, or a hold on it."""

    KEPT = "kept"
    DUE = "due"
    HELD = "held"


OUTCOMES = ("completed", "own_wish", "moved", "transferred", "lost_contact", "other_support", "died")
NEEDS_WHERE = frozenset({"other_support"})


@dataclass(frozen=True)
class Position:
    """Hold where a case stands; `outcome` and `where` are "" unless it is closed."""

    stage: Stage = Stage.CONTACT
    status: Status = Status.OPEN
    outcome: str = ""
    where: str = ""
    erasure: Erasure = Erasure.KEPT

    @property
    def open(self) -> bool:
        """Tell whether the case is worked on."""
        return self.status is Status.OPEN

    @property
    def ahead(self) -> tuple[Stage, ...]:
        """List the stages that the case can be moved forward to: a life at risk may skip some."""
        return tuple(stage for stage in Stage if stage > self.stage) if self.open else ()

    @property
    def behind(self) -> tuple[Stage, ...]:
        """List the stages that the case can be moved back to."""
        return tuple(stage for stage in Stage if stage < self.stage) if self.open else ()


@dataclass(frozen=True)
class Move:
    """Hold one act upon a position: `act` is one of ACTS; `to` is a stage's number as text, for forward and back."""

    act: str
    reason: str
    to: str = ""
    outcome: str = ""
    where: str = ""


def offered(position: Position) -> tuple[str, ...]:
    """List the acts that fit a position: what a page may show, and what `move` accepts with a reason."""
    found = ["forward"] if position.ahead else []
    found += ["back"] if position.behind else []
    found += ["close"] if position.open else ["reopen"]
    if position.erasure is Erasure.HELD:
        return (*found, "release")
    return (*found, "hold", *(["keep"] if position.erasure is Erasure.DUE else []), *_may_fall_due(position))


def _may_fall_due(position: Position) -> tuple[str, ...]:
    return ("due",) if not position.open and position.erasure is Erasure.KEPT else ()


def move(position: Position, wish: Move) -> Position:
    """Give the position after an act; raise RefusedActError if the machine forbids it or its reason is missing.

    The error's reason is "not_offered", "reason", "stage", "outcome" or "where".
    """
    if wish.act not in offered(position):
        raise RefusedActError("not_offered")
    if not wish.reason.strip():
        raise RefusedActError("reason")
    return ACTS[wish.act](position, wish)


def _forward(position: Position, wish: Move) -> Position:
    return replace(position, stage=_stage(wish, position.ahead))


def _back(position: Position, wish: Move) -> Position:
    return replace(position, stage=_stage(wish, position.behind))


def _stage(wish: Move, allowed: tuple[Stage, ...]) -> Stage:
    found = next((stage for stage in allowed if str(stage.value) == wish.to), None)
    if found is None:
        raise RefusedActError("stage")
    return found


def _close(position: Position, wish: Move) -> Position:
    if wish.outcome not in OUTCOMES:
        raise RefusedActError("outcome")
    if wish.outcome in NEEDS_WHERE and not wish.where.strip():
        raise RefusedActError("where")
    return replace(position, status=Status.CLOSED, outcome=wish.outcome, where=wish.where.strip())


def _reopen(position: Position, _wish: Move) -> Position:
    """Open a case again where it stood; a clock that was running stops, a hold stays."""
    erasure = Erasure.KEPT if position.erasure is Erasure.DUE else position.erasure
    return replace(position, status=Status.OPEN, outcome="", where="", erasure=erasure)


def _hold(position: Position, _wish: Move) -> Position:
    return replace(position, erasure=Erasure.HELD)


def _kept(position: Position, _wish: Move) -> Position:
    return replace(position, erasure=Erasure.KEPT)


def _due(position: Position, _wish: Move) -> Position:
    return replace(position, erasure=Erasure.DUE)


ACTS: Mapping[str, Callable[[Position, Move], Position]] = {
    "forward": _forward,
    "back": _back,
    "close": _close,
    "reopen": _reopen,
    "hold": _hold,
    "release": _kept,
    "keep": _kept,
    "due": _due,
}
