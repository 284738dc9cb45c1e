from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.submission import FollowUp, Mailbox, Submission, new_try
from crypto.thread import sign_follow_up, verify_follow_up
from staff.casebook import migrate, prepare
from staff.entry import Entry
from staff.inbox import record, summary
from staff.inbox.listing import Listing
from staff.inbox.replies import fold_replies, unfetched
from staff.inbox.request import Request, gather
from staff.inbox.row import Row
from staff.inbox.state import State, fold
from staff.inbox.summary import Summary, facts_of
from staff.inbox.threads import FALSE, UNKNOWN, sort_out
from staff.models import Outgoing
from tests.staff.test_staff_forgeries import rewrite
from tests.staff.test_staff_inbox import HOSTILE, order
from tests.staff.test_staff_replies import answer
from tests.staff.world import Browser, World
from tests.staff.writer import Writer

START = datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_a_signed_message_lands_in_its_thread_in_order_and_makes_it_fresh(
    world: World, owner: Browser, colleague: Browser, kim: Writer
) -> None:
    """Kim writes twice more, the later message comes first: one row, unread again, still Anna's, in Kim's order."""
    row = kim.send(minutes=60, message="första")
    owner.act(row, "take")
    answer(owner, row, "vårt svar")
    assert 'class="unread' not in owner.get("/inbox").text
    kim.again(minutes=1, counter=3000, message="tredje")
    second = kim.again(minutes=2, counter=2000, message="andra")
    page = colleague.get("/inbox").text
    assert order(page) == [row]
    assert 'class="unread' in page
    assert "Har skrivit igen" in page
    assert "tredje" in page
    page = colleague.get(f"/inbox/{second}").text
    assert page.index("första") < page.index("andra") < page.index("tredje")
    assert page.count("skrivet med koden, signerat") == 2
    assert "Hos <bdi>Anna Ek</bdi>" in page
    assert "öppnade ett nytt meddelande i tråden" in page
    assert 'class="unread' not in owner.get("/inbox").text
    assert "vårt svar" in owner.get(f"/inbox/{row}").text


def test_a_message_brings_back_what_was_set_aside(
    world: World, owner: Browser, colleague: Browser, kim: Writer
) -> None:
    """It was set aside; Kim writes again: it stands in the list, and stays there once it was read."""
    row = kim.send(urgency="no", message="test")
    owner.act(row, "set-aside", reason="test")
    assert order(owner.get("/inbox").text) == []
    kim.again(message="jag menar allvar")
    assert order(colleague.get("/inbox").text) == [row]
    colleague.get(f"/inbox/{row}")
    assert order(owner.get("/inbox").text) == [row]
    assert order(owner.get("/inbox?show=aside").text) == []


def test_danger_in_a_later_message_counts_at_once(world: World, owner: Browser, kim: Writer) -> None:
    """Anna has lowered it; then Kim writes that it is now: danger, before and after it was opened."""
    row = kim.send(urgency="soon", message="hej")
    owner.act(row, "lower")
    kim.again(urgency="now", message="nu")
    assert order(owner.get("/inbox?show=danger").text) == [row]
    owner.get(f"/inbox/{row}")
    assert order(owner.get("/inbox?show=danger").text) == [row]


def test_waiting_is_counted_from_what_nobody_has_answered(world: World, owner: Browser, kim: Writer) -> None:
    """An answered request is old, the message after it is not: the list says how long that one has waited."""
    row = kim.send(minutes=600, message="hej")
    answer(owner, row, "svar")
    world.clock.turn(seconds=3)
    kim.again(minutes=0, message="igen")
    world.clock.turn(minutes=7)
    assert "7 min" in owner.get("/inbox").text
    listing = Listing()
    listing.refresh(world.parts.casebook, world.person(world.owner))
    (request,) = listing.requests(listing.batch)
    assert request.again


def test_a_wish_to_have_it_erased_stands_out_until_it_was_answered(world: World, owner: Browser, kim: Writer) -> None:
    """Kim asks for the words to be taken away: list and page say so, nothing is erased by itself."""
    row = kim.send(message="hej")
    kim.again(erase="yes")
    wish = "Vill att vi tar bort det som skrivits"
    assert wish in owner.get("/inbox").text
    page = owner.get(f"/inbox/{row}").text
    assert wish in page
    assert "Svara för hand" in page
    assert "hej" in page
    world.clock.turn(seconds=2)
    answer(owner, row, "Det är gjort.")
    assert wish not in owner.get("/inbox").text
    assert wish in owner.get(f"/inbox/{row}").text


def test_a_message_whose_thread_is_elsewhere_says_so(
    world: World, owner: Browser, stranger: Browser, kim: Writer
) -> None:
    """Kim wrote to Björkby and writes again to Ekstad: shown by itself, with that said, and not answered from there."""
    kim.leave(replace(kim.message(town="bjorkby", message="hej"), mailbox=kim.keys.mailbox()))
    row = kim.again(message="igen")
    page = owner.get("/inbox").text
    assert order(page) == [row]
    assert "Hör till en tråd som inte syns här" in page
    page = owner.get(f"/inbox/{row}").text
    assert "trådens första förfrågan syns inte här" in page
    assert "<textarea" not in page
    assert owner.act(row, "take").status_code == 303


def test_a_message_that_came_before_its_request_finds_it_later(world: World, owner: Browser, kim: Writer) -> None:
    """The first request is held back on its way: the message stands alone until it comes, then in its thread."""
    first = replace(kim.message(minutes=30, message="första"), mailbox=kim.keys.mailbox())
    later = kim.again(message="andra")
    owner.get(f"/inbox/{later}")
    assert "Hör till en tråd som inte syns här" in owner.get("/inbox").text
    row = kim.leave(first)
    page = owner.get("/inbox").text
    assert order(page) == [row]
    assert "andra" in owner.get(f"/inbox/{row}").text


def test_hostile_messages_never_break_the_list(world: World, owner: Browser, kim: Writer) -> None:
    """Nonsense of every kind and a thousand-fold counter beside a true thread: everything is listed and read."""
    row = kim.send(message="hej")
    kim.again(counter=2**53 - 1, message="<script>alert(1)</script>\u202e")
    kim.again(counter=0, erase=("yes", "no"), need="inte en lista", message=("en", "lista"))
    for content in HOSTILE:
        world.leave(world.seal_content(content))
    world.collect()
    page = owner.get("/inbox")
    assert page.status_code == 200
    assert len(order(page.text)) == 1 + len(HOSTILE)
    page = owner.get(f"/inbox/{row}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text
    assert "en, lista" in page.text


def form_1(found: Summary) -> bytes:
    """Write a summary as the first version of the app did."""
    assert found.facts is not None
    facts = [getattr(found.facts, name) for name in found.facts.__dataclass_fields__][:16]
    facts[10] = list(facts[10])
    standing = [found.state.holder, 0, found.state.level, found.state.aside, found.state.cannot]
    return json.dumps([1, facts, found.problem, list(found.flags), standing, found.opened_at]).encode()


def test_what_was_opened_by_the_version_before_is_answered_and_joined_like_the_rest(
    world: World, owner: Browser, colleague: Browser, kim: Writer
) -> None:
    """A request was opened before there were threads: it is listed, takes a message in, and is answered."""
    row = kim.send(message="hej")
    owner.get(f"/inbox/{row}")
    found = record.read(world.parts.casebook, bytes.fromhex(row), world.person(world.owner))
    rewrite(world, found, form_1(found.summary))
    kim.again(message="igen")
    page = colleague.get("/inbox").text
    assert order(page) == [row]
    assert "Har skrivit igen" in page
    answer(colleague, row, "svar")
    assert [one.text for one in kim.replies()] == ["svar"]
    listing = Listing()
    listing.refresh(world.parts.casebook, world.person(world.owner))
    assert [len(one.follow_ups) for one in listing.requests(listing.batch)] == [1]


@pytest.mark.sqlite  # on a server the owner migrates, not the app: tests/older goes there and back with data
def test_the_later_migrations_keep_what_the_first_one_held(world: World, owner: Browser, kim: Writer) -> None:
    """A casebook as the version before left it: after the start everything in it is there and can be answered."""
    row = kim.send(message="hej")
    owner.get(f"/inbox/{row}")
    migrate(world.parts.casebook, "0001")
    prepare(world.open())
    answer(owner, row, "svar")
    assert [one.text for one in kim.replies()] == ["svar"]


def test_only_messages_cost_a_signature(
    world: World, owner: Browser, kim: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full inbox is opened without verifying anything, each message once, and what is known never again."""
    counted: list[Submission] = []
    whole = verify_follow_up

    def count(submission: Submission, first: Mailbox) -> None:
        counted.append(submission)
        whole(submission, first)

    monkeypatch.setattr(summary, "verify_follow_up", count)
    for number in range(30):
        world.leave(world.envelope(message=str(number)))
    kim.send(message="hej")
    kim.again(message="igen")
    for _ in range(3):
        owner.get("/inbox")
    assert len(counted) == 1


PEOPLE = st.sampled_from(["Anna", "Björn"])
NUMBERS = st.sampled_from(["1", "2", "3", "4", "0", "", "x", "٣", "9" * 30, "-1"])
ENTRIES = st.builds(
    Entry,
    PEOPLE,
    st.integers(0, 9).map(lambda minutes: START + timedelta(minutes=minutes)),
    st.sampled_from(["replied", "delivered", "fetched", "gone", "follow_up", "opened", "taken"]),
    st.fixed_dictionaries(
        {"number": NUMBERS},
        optional={"day": NUMBERS, "instead": NUMBERS, "ids": st.text(max_size=40), "why": st.text()},
    ),
)


@given(st.lists(ENTRIES, max_size=12))
def test_both_folds_agree_whatever_the_entries_say(entries: list[Entry]) -> None:
    """The list's state and the page's replies come from the same entries, whatever their order and values."""
    state, sent = fold(entries), fold_replies(entries)
    assert state.replies == max((one.number for one in sent), default=0)
    assert set(state.unsent) == {one.number for one in sent if not one.left}
    assert dict(state.lying) == {one.number: one.left for one in sent if one.lies}
    assert set(state.fetched) == {one.number for one in sent if one.lies and one.fetched}
    assert not unfetched(State(), START.date())


def test_the_list_is_told_of_the_oldest_answer_that_nobody_opened() -> None:
    """A summary has room for one: an opened one stands there only where all are."""
    state = State(replies=2, lying=((1, 10), (2, 20)), fetched=(1,))
    short = Summary.decode(Summary(None, "", (), state).encode()).state
    assert (short.lying, short.fetched) == (((2, 20),), ())
    both = Summary.decode(Summary(None, "", (), dataclasses.replace(state, fetched=(1, 2))).encode()).state
    assert (both.lying, both.fetched) == (((1, 10),), (1,))
    assert Summary.decode(Summary(None, "", (), State()).encode()).state == State()


def row_of(world: World, writer: Writer, number: int, submission: Submission, replies: int = 0) -> Row:
    """Make a row of the list, opened in the order of its number."""
    facts = facts_of(submission, 20_000)
    return Row(bytes([number]) * 16, 1, 1, 20_000, Summary(facts, "", (), State(replies=replies), number))


def test_every_row_stands_in_exactly_one_thread(world: World, kim: Writer, thief: Writer) -> None:
    """Threads, claims and strangers: nothing is lost, nothing stands twice, and order of rows does not matter."""
    first = replace(kim.message(message="1"), mailbox=kim.keys.mailbox())
    stolen = Mailbox(kim.keys.mailbox().address, b"r" * 32, b"t" * 32)
    rows = [
        row_of(world, kim, 9, first, replies=1),
        row_of(world, kim, 2, sign_follow_up(kim.message(message="2"), kim.keys, 1)),
        row_of(world, thief, 1, replace(thief.message(message="3"), mailbox=stolen)),
        row_of(world, thief, 4, replace(thief.message(message="4"), mailbox=stolen, follow_up=FollowUp(1, b"x" * 64))),
        row_of(world, thief, 5, sign_follow_up(thief.message(message="5"), thief.keys, 1)),
        row_of(world, thief, 6, thief.message(message="6")),
    ]
    for turn in range(len(rows)):
        threads = sort_out([*rows[turn:], *rows[:turn]])
        found = {thread.versions[0].id[0]: thread for thread in threads}
        assert sorted(row.id[0] for one in threads for row in (*one.versions, *one.follow_ups)) == [1, 2, 4, 5, 6, 9]
        assert [row.id[0] for row in found[9].follow_ups] == [2]
        assert {number: one.claim for number, one in found.items()} == {9: "", 1: FALSE, 4: FALSE, 5: UNKNOWN, 6: ""}


def test_a_request_without_messages_waits_from_its_first_version() -> None:
    """The time that the list shows is that of the earliest version."""
    closed = Summary(None, "corrupt", (), State())
    rows = tuple(Row(bytes([day % 256]) * 16, 0, 1, day, closed) for day in (20_001, 20_000))
    assert Request(rows, rows[0], State(), 0, fresh=True).sent == 20_000 * 86_400


def test_acts_stay_where_they_were_done_when_a_version_is_opened_in_the_same_second() -> None:
    """Two versions were opened within one second; the acts stand under the first, whatever the ids say."""
    facts = facts_of(Submission(new_try(), START, "me", "ekstad", "sv", {"message": "hej"}), 20_000)
    acted = Row(b"z" * 16, 4, 1, 20_000, Summary(facts, "", (), State(holder="Anna"), 5))
    later = Row(b"a" * 16, 2, 1, 20_000, Summary(facts, "", (), State(), 5))
    (request,) = gather([later, acted])
    assert (request.anchor, request.state.holder) == (acted, "Anna")


def test_what_is_on_its_way_names_no_request() -> None:
    """A copy of the casebook does not tell which request a waiting answer belongs to."""
    assert set(Outgoing.__table__.columns.keys()) == {"id", "address", "sealed", "instead_of", "left"}
