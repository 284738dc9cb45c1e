from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from staff.entry import Entry
from staff.errors import RefusedActError
from staff.inbox.state import CANNOT_REASONS, SET_ASIDE_REASONS, State, check, fold, may_undo

START = datetime(2026, 11, 23, 8, tzinfo=UTC)
PEOPLE = st.sampled_from(["Anna", "Björn", "Cilla"])


class Desk(RuleBasedStateMachine):
    """Three people act on one request at random; a plain model beside the entries says what must be so."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = [Entry("Anna", START, "opened")]
        self.now = START
        self.holder = ""
        self.before = ""
        self.taken: datetime | None = None
        self.level = 1
        self.aside = ""
        self.cannot = ""

    @property
    def state(self) -> State:
        """Fold what has happened."""
        return fold(self.entries)

    def act(self, who: str, kind: str, **fields: str) -> bool:
        """Try an act; a refused one leaves no entry."""
        entry = Entry(who, self.now, kind, fields)
        try:
            check(self.state, entry, self.level)
        except RefusedActError:
            return False
        self.entries.append(entry)
        return True

    @rule(seconds=st.integers(0, 40))
    def time_passes(self, seconds: int) -> None:
        """Let the clock run."""
        self.now += timedelta(seconds=seconds)

    @rule(who=PEOPLE)
    def open(self, who: str) -> None:
        """Reading never claims."""
        self.entries.append(Entry(who, self.now, "opened"))

    @rule(who=PEOPLE, seen=st.sampled_from(["", "Anna", "Björn", "Cilla"]))
    def take(self, who: str, seen: str) -> None:
        """Take it, or take it over from the one the page named."""
        done = self.act(who, "taken", **({"from": seen} if seen else {}))
        assert done == (self.holder != who and (not self.holder or self.holder == seen))
        if done:
            self.holder, self.before, self.taken = who, self.holder, self.now

    @rule(who=PEOPLE)
    def let_go(self, who: str) -> None:
        """Undo within ten seconds gives it back to whoever had it; later it is free."""
        undo = may_undo(self.state, who, self.now)
        assert undo == (
            self.holder == who and self.taken is not None and self.now - self.taken <= timedelta(seconds=12)
        )
        done = self.act(who, "undone" if undo else "handed_back")
        assert done == (self.holder == who)
        if done:
            self.holder, self.before, self.taken = self.before if undo else "", "", None

    @rule(who=PEOPLE, step=st.sampled_from([-1, 1]))
    def change_urgency(self, who: str, step: int) -> None:
        """Lower or raise by one, within the bounds."""
        to = self.level + step
        done = self.act(who, "lowered" if step < 0 else "raised", to=str(to))
        assert done == (0 <= to <= 2)
        self.level = to if done else self.level

    @rule(who=PEOPLE, reason=st.sampled_from(SET_ASIDE_REASONS))
    def set_aside(self, who: str, reason: str) -> None:
        """Set aside what is open."""
        done = self.act(who, "set_aside", reason=reason)
        assert done == (not self.aside and not self.cannot)
        self.aside = reason if done else self.aside

    @rule(who=PEOPLE, reason=st.sampled_from(CANNOT_REASONS))
    def cannot_answer(self, who: str, reason: str) -> None:
        """Mark what cannot be answered."""
        done = self.act(who, "cannot_answer", reason=reason)
        assert done == (not self.aside and not self.cannot)
        self.cannot = reason if done else self.cannot

    @rule(who=PEOPLE)
    def put_back(self, who: str) -> None:
        """Bring it back."""
        assert self.act(who, "put_back") == bool(self.aside)
        self.aside = ""

    @rule(who=PEOPLE)
    def can_answer(self, who: str) -> None:
        """Take the mark away."""
        assert self.act(who, "can_answer") == bool(self.cannot)
        self.cannot = ""

    @precondition(lambda self: self.aside or self.cannot)
    @rule(who=PEOPLE)
    def a_new_version_comes(self, who: str) -> None:
        """Whoever wrote writes anew: it must be seen again."""
        self.entries.append(Entry(who, self.now, "new_version", {"to": str(self.level)}))
        self.aside = self.cannot = ""

    @invariant()
    def entries_and_model_agree(self) -> None:
        """The folded state is what the model says, however it came about."""
        state = self.state
        assert (state.holder, state.aside, state.cannot) == (self.holder, self.aside, self.cannot)
        assert state.level in (None, self.level)
        assert state.open == (not self.aside and not self.cannot)

    @invariant()
    def folding_is_stepwise(self) -> None:
        """Unknown kinds change nothing, and folding reads every entry in order."""
        assert fold([*self.entries, Entry("Anna", self.now, "of a later version")]) == self.state


TestDesk = Desk.TestCase


def test_a_level_from_elsewhere_is_not_believed() -> None:
    """An entry says level 9: the state keeps what it had."""
    assert fold([Entry("Anna", START, "lowered", {"to": "9"})]).level is None


@pytest.mark.parametrize("kind", ["opened", "of a later version"])
def test_nobody_asks_for_what_is_not_an_act(kind: str) -> None:
    """Only the acts of the list can be asked for."""
    with pytest.raises(RefusedActError):
        check(State(), Entry("Anna", START, kind), 0)
