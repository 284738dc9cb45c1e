"""What falls due, and what does not: each decision, clock and hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import given

from programme.erasure import Decision, Erasure
from staff.entry import Entry
from staff.erasure import protocol
from staff.erasure.falling import Due, Hold, Subject, due
from tests.staff.casework import any_entries

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def decision(of: str = "case", starts: str = "closed", months: int = 60, act: str = "erase") -> Decision:
    """Make a decision."""
    return Decision(of, "Avslutade ärenden", "SN 2026/112", date(2026, 3, 1), starts, months, act)


def case(closed: date | None, name: str = "Björk 14", of: str = "case", *, shut: bool = False) -> Subject:
    """Make a case that closed on a day."""
    days = {"closed": closed} if closed else {}
    return Subject(name.encode().ljust(16)[:16], of, name, days, (b"s" * 16,), shut)


def fall(*subjects: Subject, by: Decision | None = None, holds: tuple[Hold, ...] = (), **more: object) -> list[Due]:
    """List what is due today."""
    archived = more.get("archived", frozenset())
    assert isinstance(archived, frozenset)
    return due(subjects, Erasure((by or decision(),)), holds, archived, TODAY, TODAY)


@pytest.mark.parametrize(
    ("closed", "falls"),
    [(date(2021, 11, 23), True), (date(2021, 11, 24), False), (date(2016, 2, 29), True), (None, False)],
)
def test_the_clock_runs_from_the_day_that_the_decision_names(closed: date | None, falls: bool) -> None:
    """Sixty months after the closing, to the day; an open case has no such day."""
    assert bool(fall(case(closed))) == falls


def test_the_months_end_with_the_month_where_it_is_shorter() -> None:
    """A month after the thirty-first of January is the last of February."""
    (found,) = fall(case(date(2026, 1, 31)), by=decision(months=1))
    assert found.day == date(2026, 2, 28)


@pytest.mark.parametrize(
    "by", [decision("aside", "received"), decision(act="keep"), decision(starts="changed")], ids=str
)
def test_without_a_decision_that_fits_everything_is_kept(by: Decision) -> None:
    """Another class's decision, a decision to keep, a clock that has not begun: nothing falls due."""
    assert fall(case(date(2001, 1, 1)), by=by) == []


def test_a_hold_keeps_what_is_due_until_its_last_day() -> None:
    """Held until today: it stays. Held until yesterday: it may go. Held in the case itself: it stays."""
    one = case(date(2001, 1, 1))
    for until, ready in ((TODAY, False), (date(2026, 11, 22), True)):
        (found,) = fall(one, holds=(Hold(one.id, "rättsprocess", until, "Anna"),))
        assert found.ready(TODAY) == ready
    (shut,) = fall(case(date(2001, 1, 1), shut=True))
    assert not shut.ready(TODAY)


def test_a_hold_on_anything_that_would_go_with_it_holds_it_and_a_case_holds_its_copies() -> None:
    """A request of a case, a hand-over made of it: each keeps the case; the case keeps what was made of it."""
    one = replace(case(date(2001, 1, 1)), copies=(b"c" * 16,))
    copy = Subject(b"c" * 16, "case", "", {"closed": date(2001, 1, 1)}, about=one.id)
    for subject, held in ((one, one.parts[0]), (one, copy.id), (copy, one.id)):
        (found,) = fall(subject, holds=(Hold(held, "rättsprocess", TODAY, "Anna"),))
        assert not found.ready(TODAY)
    assert fall(copy, holds=(Hold(b"x" * 16, "rättsprocess", TODAY, "Anna"),))[0].ready(TODAY)


def test_what_goes_to_the_archive_is_not_erased_before_its_file_was_fetched() -> None:
    """Due and unheld, but nobody has fetched the file: not ready; then it is, until somebody writes in it."""
    one = case(date(2001, 1, 1))
    (before,) = fall(one, by=decision(act="archive"))
    (after,) = fall(one, by=decision(act="archive"), archived=frozenset({(one.id, one.mark)}))
    (later,) = fall(replace(one, mark="v2"), by=decision(act="archive"), archived=frozenset({(one.id, one.mark)}))
    assert (before.ready(TODAY), after.ready(TODAY), later.ready(TODAY)) == (False, True, False)


def test_what_falls_due_later_is_listed_but_not_ready() -> None:
    """A preview of the next months shows days to come; nothing of it can be erased today."""
    (later,) = due([case(date(2021, 12, 1))], Erasure((decision(),)), (), frozenset(), TODAY, date(2027, 1, 1))
    assert not later.ready(TODAY)


def test_the_protocol_says_how_many_and_by_what_and_nothing_of_whom() -> None:
    """Two cases go: the protocol has their number and the decision's, and no name or id of theirs."""
    gone = fall(case(date(2001, 1, 1)), case(date(2001, 1, 1), "Ask 3"))
    (entry,) = protocol.erased("Anna Ek", NOW, gone)
    assert (entry.fields["count"], entry.fields["parts"], entry.fields["number"]) == ("2", "2", "SN 2026/112")
    written = repr(entry)
    assert not any(word in written for one in gone for word in (one.subject.name, one.subject.id.hex()))
    (read,) = protocol.protocol([entry])
    assert (read.count, read.who, read.of) == (2, "Anna Ek", "case")


def test_a_hold_can_be_ended_and_set_anew() -> None:
    """The last word about a subject counts."""
    row = b"x" * 16
    first, end = protocol.hold("Anna", NOW, row, "rättsprocess", "2027-01-01"), protocol.release("Björn", NOW, row)
    assert [one.reason for one in protocol.holds([first])] == ["rättsprocess"]
    assert protocol.holds([first, end]) == []
    assert len(protocol.holds([first, end, first])) == 1


@given(any_entries(), st.lists(st.sampled_from(["held", "released", "archived", "erased"]), max_size=8))
def test_whatever_a_colleagues_key_signed_becomes_something_harmless(entries: list[Entry], kinds: list[str]) -> None:
    """Folding the ledger never fails and never makes a hold without an end."""
    told = [Entry(one.who, one.when, kind, one.fields) for one, kind in zip(entries, kinds, strict=False)]
    assert all(len(one.subject) == 16 for one in protocol.holds(told))
    assert protocol.archived(told) >= frozenset()
    assert all(one.count >= 0 for one in protocol.protocol(told))
