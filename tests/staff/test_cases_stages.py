from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from staff.cases.stages import ACTS, OUTCOMES, Erasure, Move, Position, Stage, Status, move, offered
from staff.errors import RefusedActError

REASONS = st.text("abc åäö\u202e<", min_size=1).filter(str.strip)


class Case(RuleBasedStateMachine):
    """A case moved about at random, beside a plain account of what must be true."""

    def __init__(self) -> None:
        super().__init__()
        self.at = Position()
        self.stage, self.open, self.held, self.due = 1, True, False, False

    @initialize()
    def begins(self) -> None:
        """A case begins with contact, open, with nothing decided about erasing it."""
        assert self.at == Position(Stage.CONTACT, Status.OPEN, "", "", Erasure.KEPT)

    @precondition(lambda self: self.open and self.stage < 6)
    @rule(data=st.data(), reason=REASONS)
    def forward(self, data: st.DataObject, reason: str) -> None:
        """Any later stage may come next."""
        to = data.draw(st.integers(self.stage + 1, 6))
        self.at, self.stage = move(self.at, Move("forward", reason, str(to))), to

    @precondition(lambda self: self.open and self.stage > 1)
    @rule(data=st.data(), reason=REASONS)
    def back(self, data: st.DataObject, reason: str) -> None:
        """Any earlier stage may come again."""
        to = data.draw(st.integers(1, self.stage - 1))
        self.at, self.stage = move(self.at, Move("back", reason, str(to))), to

    @precondition(lambda self: self.open)
    @rule(outcome=st.sampled_from(OUTCOMES), reason=REASONS)
    def close(self, outcome: str, reason: str) -> None:
        """It can be closed from every stage."""
        self.at = move(self.at, Move("close", reason, outcome=outcome, where="Granvik"))
        self.open = False
        assert self.at.outcome == outcome

    @precondition(lambda self: not self.open)
    @rule(reason=REASONS)
    def reopen(self, reason: str) -> None:
        """It opens again where it stood, and no erasure clock runs on."""
        self.at = move(self.at, Move("reopen", reason))
        self.open, self.due = True, False

    @precondition(lambda self: not self.open and not self.held and not self.due)
    @rule(reason=REASONS)
    def falls_due(self, reason: str) -> None:
        """Only of a closed case that nobody holds can a clock run."""
        self.at, self.due = move(self.at, Move("due", reason)), True

    @precondition(lambda self: not self.held)
    @rule(reason=REASONS)
    def hold(self, reason: str) -> None:
        """A hold stops whatever was running."""
        self.at, self.held, self.due = move(self.at, Move("hold", reason)), True, False

    @precondition(lambda self: self.held)
    @rule(reason=REASONS)
    def release(self, reason: str) -> None:
        """A hold ends in nothing decided, never straight in erasure."""
        self.at, self.held = move(self.at, Move("release", reason)), False

    @precondition(lambda self: self.due)
    @rule(reason=REASONS)
    def keep(self, reason: str) -> None:
        """A clock can be stopped."""
        self.at, self.due = move(self.at, Move("keep", reason)), False

    @rule(act=st.sampled_from(sorted(ACTS)), reason=REASONS)
    def what_is_not_offered_is_refused(self, act: str, reason: str) -> None:
        """The machine refuses exactly what it does not offer."""
        wish = Move(act, reason, str({"forward": 6, "back": 1}.get(act, "")), OUTCOMES[0])
        if act in offered(self.at):
            move(self.at, wish)
        else:
            with pytest.raises(RefusedActError, match="not_offered"):
                move(self.at, wish)

    @rule(act=st.sampled_from(sorted(ACTS)), reason=st.sampled_from(["", " ", "\n\t"]))
    def nothing_happens_without_a_reason(self, act: str, reason: str) -> None:
        """An act without a reason is refused, whatever it is."""
        with pytest.raises(RefusedActError):
            move(self.at, Move(act, reason, "6", OUTCOMES[0]))

    @invariant()
    def three_things_are_kept_apart(self) -> None:
        """Stage, status and erasure agree with the account, and none spills over into another."""
        erasure = Erasure.HELD if self.held else Erasure.DUE if self.due else Erasure.KEPT
        assert (self.at.stage, self.at.open, self.at.erasure) == (self.stage, self.open, erasure)
        assert bool(self.at.outcome) == (not self.open)
        assert self.open or not self.at.ahead + self.at.behind


TestCase = Case.TestCase
TestCase.settings = settings(max_examples=60, stateful_step_count=25)


@pytest.mark.parametrize("to", ["", "0", "1", "7", "x", "٢", "1.5", "-1"])
def test_a_stage_that_is_not_one_is_refused(to: str) -> None:
    """Forward leads to a later stage, not to the same, nor to nonsense."""
    with pytest.raises(RefusedActError, match="stage"):
        move(Position(), Move("forward", "hon är redo", to))


def test_other_support_names_where() -> None:
    """A case closed for other support says where the person went; an outcome that is not on the list is refused."""
    with pytest.raises(RefusedActError, match="where"):
        move(Position(), Move("close", "x", outcome="other_support", where="  "))
    assert move(Position(), Move("close", "x", outcome="other_support", where=" Beroende ")).where == "Beroende"
    with pytest.raises(RefusedActError, match="outcome"):
        move(Position(), Move("close", "x", outcome="forgotten"))


@given(st.sampled_from(list(Stage)))
def test_closing_and_opening_again_keeps_the_stage(stage: Stage) -> None:
    """Whoever comes back does not start over."""
    closed = move(Position(stage), Move("close", "hör inte av sig", outcome="lost_contact"))
    assert move(closed, Move("reopen", "ringde")) == Position(stage)
