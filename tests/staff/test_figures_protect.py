"""Small counts stay hidden from somebody who has every table, every period and the rule itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings

from staff.figures.count import CaseFact, Facts, RequestFact
from staff.figures.half import Half
from staff.figures.protect import LEAST, Range, cover, listing, split, together
from tests.staff.made_figures import (
    ANSWERED,
    KNOWN,
    World,
    account,
    accounts,
    case,
    published,
    request,
    true_counts,
    worlds,
)


def spread(total: int, places: int) -> Iterator[tuple[int, ...]]:
    """List every way to spread a total over places."""
    if places == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in spread(total - first, places - 1):
            yield (first, *rest)


@pytest.mark.parametrize("places", [2, 3, 4])
def test_whoever_knows_the_rule_cannot_tell_which_hidden_count_is_small(places: int) -> None:
    """For every total up to 22 and every table shown, each hidden count may be small and may be five or more.

    This is the whole truth for one breakdown: all tables that the rule turns into what is shown are tried.
    """
    for total in range(LEAST, 23 if places < 4 else 17):
        behind = defaultdict(list)
        for counts in spread(total, places):
            table = split({"x": {str(place): count for place, count in enumerate(counts)}})
            behind[tuple(table.parts["x"].values())].append(counts)
        for shown, truths in behind.items():
            for place, count in enumerate(shown):
                if count is None:
                    possible = {truth[place] for truth in truths}
                    assert min(possible) < LEAST <= max(possible), (total, shown)


def test_a_small_total_hides_everything_under_it() -> None:
    """A figure of four tells nothing but that it is under five."""
    table = split({"x": {"a": 4, "b": 0}, "y": {"c": 2, "d": 2}})
    assert (table.total, set(table.parts["x"].values()), set(table.parts["y"].values())) == (None, {None}, {None})
    assert table.part("x", "b") == table.whole() == Range(0, 4)


def test_breakdowns_that_do_not_belong_together_are_refused() -> None:
    """Two breakdowns of one figure must be of the same people: else what one hides the other could tell."""
    with pytest.raises(ValueError, match="different totals"):
        split({"x": {"a": 9}, "y": {"b": 10}})


def test_equals_of_the_smallest_are_hidden_with_it() -> None:
    """The smallest count that is not small goes with all its equals, so that the order of the parts tells nothing."""
    assert cover({"a": 1, "b": 7, "c": 7, "d": 9}) == {"a": None, "b": None, "c": None, "d": 9}
    assert cover({"a": 5, "b": 7}) == {"a": 5, "b": 7}
    assert listing({"x": {"a": 4, "b": 5}}).parts["x"] == {"a": None, "b": 5}


@given(worlds())
@settings(max_examples=60)
def test_no_count_under_five_is_ever_shown(world: World) -> None:
    """What is shown of a municipality is true, and none of it is under five."""
    for (town, half), told in accounts(world).items():
        truth = true_counts(world[(town, half)], half)
        for name, table in told.tables.items():
            assert table.total is None or table.total >= LEAST
            for breakdown, parts in table.parts.items():
                for part, count in parts.items():
                    true = truth.get((name, breakdown, part), 0)
                    assert count in (None, true)
                    assert count is None or count >= LEAST
                    known = table.part(breakdown, part)
                    assert known.low <= true <= known.high


@given(worlds())
@settings(max_examples=25)
def test_another_world_looks_the_same_for_each_hidden_count(world: World) -> None:
    """Who has all tables of all teams, months and half-years, exports and common reports cannot pin one hidden count.

    The proof is a witness: for each hidden count of the world there is another world, with another number there, of
    which the very same is published. No subtraction, between tables or periods, tells the two apart.
    """
    told = accounts(world)
    seen = published(told)
    for at, one in told.items():
        for name, table in one.tables.items():
            for breakdown, parts in table.parts.items():
                hidden = [part for part, count in parts.items() if count is None]
                for part in hidden if breakdown in MADE else ():
                    cell = (name, breakdown, part)
                    witness = _witness(world[at], at[1], cell, hidden)
                    assert true_counts(witness, at[1])[cell] != true_counts(world[at], at[1])[cell], cell
                    assert account(*at, witness) == one, cell
    # What is published is made of the accounts alone: equal accounts give equal bytes.
    assert published(accounts(world)) == seen


MADE = {"answered", "source", "outcome", "months", "need"}


def _witness(facts: Facts, half: Half, cell: tuple[str, str, str], hidden: list[str]) -> Facts:
    """Find facts that differ in a cell: two hidden parts changed for each other, or one person more or less."""
    truth = true_counts(facts, half)
    name, breakdown, part = cell
    if name != "needs":
        for other in hidden:
            if truth[(name, breakdown, other)] != truth[cell]:
                return _swapped(facts, half, (name, breakdown), (part, other))
    return _one_more_or_less(facts, half, cell)


def _swapped(facts: Facts, half: Half, where: tuple[str, str], two: tuple[str, str]) -> Facts:
    """Let two parts of one breakdown change names, and everything else be."""
    change = {two[0]: two[1], two[1]: two[0]}
    requests = [_request(one, half, where, change) for one in facts.requests]
    return Facts(requests, [_case(one, half, where, change) for one in facts.cases])


def _request(one: RequestFact, half: Half, where: tuple[str, str], change: dict[str, str]) -> RequestFact:
    if where == ("requests", "months"):
        month = half.months.index(int(change.get(str(one.came.month), str(one.came.month))))
        return replace(one, came=request(half, month, "h2").came)
    if where == ("requests", "answered"):
        names = {hours: name for name, hours in ANSWERED.items()}
        name = names[int(one.answered.total_seconds() / 3600)] if one.answered else "none"
        return replace(one, answered=request(half, 0, change.get(name, name)).answered)
    return one


def _case(one: CaseFact, half: Half, where: tuple[str, str], change: dict[str, str]) -> CaseFact:
    assert one.opened is not None
    when, source = one.opened
    if where == ("persons", "months"):
        month = half.months.index(int(change.get(str(when.month), str(when.month))))
        return replace(one, opened=(request(half, month, "h2").came, source))
    if where == ("persons", "source"):
        return replace(one, opened=(when, change.get(source, source)))
    if where == ("outcomes", "outcome") and one.closed:
        return replace(one, closed=((one.closed[0][0], change.get(one.closed[0][1], one.closed[0][1])),))
    return one


def _one_more_or_less(facts: Facts, half: Half, cell: tuple[str, str, str]) -> Facts:
    """Make a cell of a figure whose total is hidden, or of a list, another small number."""
    name, breakdown, part = cell
    some = true_counts(facts, half)[cell] > 0
    month = half.months.index(int(part)) if breakdown == "months" else 0
    if name == "requests":
        new = request(half, month, part if breakdown == "answered" else "h2")
        return replace(facts, requests=[] if some else [new])
    if name == "needs":
        without = [replace(one, needs=one.needs - {part}) for one in facts.cases]
        needy = CaseFact(None, (), (), (), case(half, 0, "", "").assessed, frozenset({part}))
        return replace(facts, cases=without if some else [*facts.cases, needy])
    if name == "outcomes":
        without = [replace(one, closed=()) for one in facts.cases]
        return replace(facts, cases=without if some else [*without, CaseFact(None, (), case(half, 0, "", part).closed)])
    without = [replace(one, opened=None) for one in facts.cases]
    new_case = CaseFact(case(half, month, part if breakdown == "source" else "call", "").opened)
    return replace(facts, cases=without if some else [*without, new_case])


def test_what_is_added_up_is_added_up_from_what_is_shown() -> None:
    """A sum over municipalities reaches from the least to the most that its parts allow."""
    assert together([Range(7, 7), Range(0, 4)]) == Range(7, 11)
    assert KNOWN.version == 1
