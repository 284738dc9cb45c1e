"""A flood is set aside in one act and taken back in one; people among it are told of before."""

from __future__ import annotations

import re

import pytest

from crypto.envelope import envelope_id
from staff.audit import Audit
from staff.diary import lines
from staff.entry import Entry
from staff.errors import MeanwhileError
from staff.inbox import record as records
from staff.inbox.opening import open_new
from staff.inbox.phrases import not_ours
from tests.staff.world import ORIGIN, Browser, World
from tests.staff.writer import Writer


def listed(browser: Browser, show: str = "all") -> set[str]:
    """List the requests in a view."""
    return set(re.findall(r'class="open" href="/inbox/([0-9a-f]{32})"', browser.get(f"/inbox?show={show}").text))


def choose(browser: Browser, which: str, *ticked: str) -> str:
    """Choose in the list and give the page that asks for the reason."""
    form = {"csrf_token": browser.held(), "which": which, "row": list(ticked)}
    answer = browser.client.post("/inbox/aside", data=form, base_url=ORIGIN)
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).text


def flood(world: World, number: int) -> list[str]:
    """Send so many requests of no sense."""
    sealed = [world.envelope(message=f"skräp {one}") for one in range(number)]
    for envelope in sealed:
        world.leave(envelope)
    world.collect()
    return sorted(envelope_id(one).hex() for one in sealed)


def test_all_that_the_list_holds_is_set_aside_and_taken_back(world: World, owner: Browser) -> None:
    """Sixty came at once: one act sets them aside, each with its own entry, and one brings them back."""
    rows = flood(world, 60)
    assert "Lägg undan 60 förfrågningar" in choose(owner, "all")
    assert owner.post("/inbox/aside/do", reason="hostile", line="samma avsändare").headers["Location"] == "/inbox"
    page = owner.get("/inbox").text
    assert "60 undanlagda." in page
    assert not listed(owner)
    assert "samma avsändare" in owner.get(f"/inbox/{rows[0]}").text
    assert owner.post("/inbox/aside/undo").status_code == 303
    assert "60 är framme i listan igen" in owner.get("/inbox").text
    assert len(listed(owner)) == 50
    assert owner.post("/inbox/aside/undo").status_code == 303
    assert "0 är framme" in owner.get("/inbox").text


def test_only_what_was_ticked_or_shown_is_chosen(world: World, owner: Browser) -> None:
    """Two of fifty-three are ticked; the page that is shown holds fifty; nothing chosen says so."""
    rows = flood(world, 53)
    assert "Lägg undan 2 förfrågningar" in choose(owner, "ticked", rows[0], rows[1], "0" * 32, "hej")
    assert "Lägg undan 50 förfrågningar" in choose(owner, "shown")
    assert "Välj minst en rad först" in choose(owner, "ticked")
    assert owner.get("/inbox/aside").headers["Location"] == "/inbox"


def test_who_is_in_danger_or_a_child_is_named_before(world: World, owner: Browser) -> None:
    """Among the flood somebody says that they are in danger, and a child has written: the page says so first."""
    world.send(message="hjälp", urgency="now")
    world.send(message="hej", age="under18")
    world.send(message="skräp")
    page = choose(owner, "all")
    assert "1 av dem säger fara nu" in page
    assert "1 av dem är från någon under 18" in page


def test_each_refusal_says_why_and_loses_nothing(world: World, owner: Browser) -> None:
    """No reason, a reason that is none, a line too long: the choice stands and nothing was done."""
    rows = flood(world, 2)
    choose(owner, "all")
    for form in ({}, {"reason": "x"}, {"reason": "hostile", "line": "å" * 121}):
        assert owner.post("/inbox/aside/do", **form).headers["Location"] == "/inbox/aside"
        assert "Inget lades undan" in owner.get("/inbox/aside").text
    assert listed(owner) == set(rows)


def test_what_a_colleague_did_meanwhile_is_left_alone(world: World, owner: Browser, colleague: Browser) -> None:
    """Björn takes one and sets another aside while Anna chooses a reason: hers does not lie on top of his."""
    rows = flood(world, 3)
    choose(owner, "all")
    colleague.act(rows[0], "set-aside", reason="test")
    colleague.act(rows[1], "take")
    owner.post("/inbox/aside/do", reason="hostile")
    page = owner.get("/inbox").text
    assert "1 undanlagd. 2 lämnades kvar" in page
    assert rows[1] in listed(owner)


def test_another_version_or_message_is_opened_with_care(world: World, owner: Browser) -> None:
    """One request came in two versions: both are read and one decision is made about them."""
    first = world.send(message="a", try_id="ab" * 16)
    owner.get(f"/inbox/{first}")
    world.send(message="b", try_id="ab" * 16)
    choose(owner, "all")
    owner.post("/inbox/aside/do", reason="duplicate")
    assert "1 undanlagd" in owner.get("/inbox").text
    assert not listed(owner)


def test_whoever_has_a_code_may_be_answered_too(world: World, owner: Browser, kim: Writer) -> None:
    """Two wrote, one with a code: the ready reply goes to that one, and both are set aside."""
    world.send(message="skräp")
    row = kim.send(message="fel plats")
    assert "Svara de 1 som har kod" in choose(owner, "all")
    owner.post("/inbox/aside/do", reason="elsewhere", reply="yes")
    assert [one.text for one in kim.replies()] == [not_ours("sv")]
    assert row in listed(owner, "aside")
    assert not listed(owner)


def test_another_team_s_requests_cannot_be_chosen(world: World, stranger: Browser) -> None:
    """Cilla names Ekstad's ids: for her there are none."""
    rows = flood(world, 2)
    assert "Välj minst en rad först" in choose(stranger, "ticked", *rows)
    stranger.post("/inbox/aside/do", reason="hostile")
    assert listed(world.browser(world.owner)) == set(rows)


def test_of_two_who_write_at_once_the_second_leaves_that_one_alone(world: World) -> None:
    """Anna has read three when Björn sets one of them aside: hers are written into the other two, in one commit."""
    rows = [bytes.fromhex(one) for one in flood(world, 3)]
    anna, casebook, now = world.person(world.owner), world.parts.casebook, world.clock.now()
    opened = [records.first_of(one) for one in open_new(casebook, rows, anna, now)]
    stored = records.read_many(casebook, rows, anna)
    assert [one.summary for one in opened] == [stored[one.row].summary for one in opened]
    wish = Entry(anna.name, now, "set_aside", {"reason": "test"})
    ready = [records.seal_next(one, wish, anna) for one in opened]
    taken = Entry("Björn Lind", now, "taken")
    records.append(casebook, rows[1], world.person(world.colleague), lambda _record: taken)
    assert records.write_many(casebook, ready, anna, now) == {rows[0], rows[2]}
    found = records.read_many(casebook, rows, anna)
    assert [bool(found[row].state.aside) for row in rows] == [True, False, True]
    assert all(one.whole for one in found.values())
    seen = [Audit(casebook).of(found[row].key, anna.papers.members) for row in rows]
    assert [[(one.k, one.what, one.trusted) for one in each] for each in seen] == [
        [(1, "first_opened", True), (2, "wrote", True)]
    ] * 3
    with casebook.read() as session:
        assert [line.number for line in lines(session, anna.team)] == [1, 2, 3]


def test_where_the_turn_does_not_hold_nothing_half_is_written(world: World) -> None:
    """A row moves though nobody's turn says so: the whole commit is taken back, and its rows of the audit with it."""
    rows = [bytes.fromhex(one) for one in flood(world, 2)]
    anna, casebook, now = world.person(world.owner), world.parts.casebook, world.clock.now()
    opened = [records.first_of(one) for one in open_new(casebook, rows, anna, now)]
    ready = [records.seal_next(one, Entry(anna.name, now, "taken"), anna) for one in opened]
    moved = ready[1]._replace(written=ready[1].written._replace(after=7))
    with pytest.raises(MeanwhileError), casebook.write() as session:
        records._put(casebook, session, [ready[0], moved], anna, now)
    found = records.read_many(casebook, rows, anna)
    assert [one.version for one in found.values()] == [1, 1]
    assert [len(Audit(casebook).of(one.key)) for one in opened] == [1, 1]
