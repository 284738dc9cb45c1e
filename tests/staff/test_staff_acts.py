from __future__ import annotations

import re
import threading

import pytest

from staff.errors import RefusedActError
from staff.inbox.acts import Wish, do
from staff.inbox.listing import Listing
from tests.staff.test_staff_inbox import order
from tests.staff.world import ORIGIN, Browser, Human, World


def test_reading_never_claims_taking_does(world: World, owner: Browser, colleague: Browser) -> None:
    """Anna reads: it is nobody's. Anna takes: Björn sees that it is hers, in the list and on the page."""
    row = world.send(message="hej")
    assert "Ingen har tagit det än" in owner.get(f"/inbox/{row}").text
    answer = owner.act(row, "take")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/inbox/{row}")
    assert "Hos dig" in owner.get(f"/inbox/{row}").text
    assert "Hos <bdi>Anna Ek</bdi>" in colleague.get(f"/inbox/{row}").text
    assert "Anna Ek" in colleague.get("/inbox").text
    assert order(owner.get("/inbox?show=mine").text) == [row]
    assert order(colleague.get("/inbox?show=free").text) == []


def test_taking_is_undone_for_ten_seconds_and_handed_back_later(world: World, owner: Browser) -> None:
    """A slip of the hand leaves "ångrade sig"; letting go later leaves "lämnade tillbaka"; neither is an error."""
    row = world.send(message="hej")
    owner.act(row, "take")
    assert "Ångra" in owner.get(f"/inbox/{row}").text
    owner.act(row, "hand-back")
    assert "ångrade sig" in owner.get(f"/inbox/{row}").text
    owner.act(row, "take")
    world.clock.turn(seconds=13)
    page = owner.get(f"/inbox/{row}").text
    assert "Ångra" not in page
    assert "Lämna tillbaka" in page
    owner.act(row, "hand-back")
    page = owner.get(f"/inbox/{row}").text
    assert "lämnade tillbaka" in page
    assert "Ingen har tagit det än" in page


def test_the_second_of_two_is_told_who_was_first(world: World, owner: Browser, colleague: Browser) -> None:
    """Both have the free row on screen; Anna is faster, and Björn's tap changes nothing but tells him so."""
    row = world.send(message="hej")
    seen = re.search(r'name="seen" value="(\d+)"', colleague.get(f"/inbox/{row}").text)
    assert seen is not None
    owner.act(row, "take")
    colleague.post(f"/inbox/{row}/take", seen=seen[1])
    page = colleague.get(f"/inbox/{row}").text
    assert "Anna Ek hann före" in page
    assert "Hos <bdi>Anna Ek</bdi>" in page


def test_taking_over_names_from_whom(world: World, owner: Browser, colleague: Browser) -> None:
    """Anna is ill: Björn takes over, which the history shows; undoing it gives it back to her."""
    row = world.send(message="hej")
    owner.act(row, "take")
    assert "Ta över från Anna Ek" in colleague.get(f"/inbox/{row}").text
    colleague.act(row, "take", holder="Anna Ek")
    assert "Hos dig" in colleague.get(f"/inbox/{row}").text
    colleague.act(row, "hand-back")
    assert "Hos dig" in owner.get(f"/inbox/{row}").text


def test_two_in_the_same_moment_leave_one_holder_and_two_whole_histories(world: World) -> None:
    """Twenty rows, two people, one moment each: exactly one holds it, the other is told, no entry is lost."""
    people = (world.owner, world.colleague)
    for number in range(20):
        row = bytes.fromhex(world.send(message=str(number)))
        start = threading.Barrier(2)
        told: list[str] = []

        def take(human: Human, row: bytes = row, start: threading.Barrier = start, told: list[str] = told) -> None:
            start.wait()
            try:
                wish = Wish("taken", 0)
                do(world.parts.casebook, Listing(), row, wish, world.person(human), world.clock.now())
            except RefusedActError as error:
                told.append(error.who)

        threads = [threading.Thread(target=take, args=(human,)) for human in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        listing = Listing()
        listing.refresh(world.parts.casebook, world.person(world.owner))
        request = listing.find(row)
        assert request is not None
        assert told == [request.state.holder]
        assert request.anchor.version == 2


def test_urgency_is_lowered_and_raised_step_by_step(world: World, owner: Browser) -> None:
    """Anna has called: the danger is over. Danger, soon, ordinary, and back; the sender's own answer stays visible."""
    row = world.send(urgency="now", message="hej")
    other = world.send(urgency="soon", message="du", minutes=60)
    assert order(owner.get("/inbox").text) == [row, other]
    owner.act(row, "lower")
    assert order(owner.get("/inbox").text) == [other, row]
    owner.act(row, "lower")
    page = owner.get(f"/inbox/{row}").text
    assert 'data-key="d"' not in page
    assert "”ja, nu”" in page
    assert "sänkte till vanlig" in page
    owner.post(f"/inbox/{row}/lower", seen="9")
    assert "redan det lägsta" in owner.get("/inbox").text
    owner.act(row, "raise")
    owner.act(row, "raise")
    assert order(owner.get("/inbox").text) == [row, other]


def test_setting_aside_needs_a_reason_and_keeps_the_line(world: World, owner: Browser, colleague: Browser) -> None:
    """Anna sets aside with a reason and a line: out of the list, under its own view, and back with one tap."""
    row = world.send(message="hej")
    owner.act(row, "set-aside", reason="")
    assert "Välj en anledning" in owner.get(f"/inbox/{row}").text
    owner.act(row, "set-aside", reason="no such reason", line="behåll mig")
    assert 'value="behåll mig"' in owner.get(f"/inbox/{row}").text
    owner.act(row, "set-aside", reason="press", line="x" * 121)
    page = owner.get(f"/inbox/{row}").text
    assert "högst 120 tecken" in page
    assert "x" * 121 in page
    owner.act(row, "set-aside", reason="press", line="<b>ringde</b> växeln")
    assert order(owner.get("/inbox").text) == []
    assert order(colleague.get("/inbox?show=aside").text) == [row]
    page = colleague.get(f"/inbox/{row}").text
    assert "Journalist eller forskare" in page
    assert "&lt;b&gt;ringde&lt;/b&gt; växeln" in page
    colleague.act(row, "put-back")
    assert order(owner.get("/inbox").text) == [row]


def test_what_cannot_be_answered_is_a_state_and_goes_last(world: World, owner: Browser) -> None:
    """No number, no code: it stays in the list, last, with its reason, and can be answered again."""
    row = world.send(urgency="now", message="hej")
    other = world.send(urgency="no", message="du")
    owner.act(row, "cannot-answer", reason="no_way")
    page = owner.get("/inbox").text
    assert order(page) == [other, row]
    assert "Ingen väg till personen" in page
    assert order(owner.get("/inbox?show=cannot").text) == [row]
    owner.act(row, "can-answer")
    assert order(owner.get("/inbox").text) == [row, other]


def test_a_judgement_on_an_old_page_is_asked_for_again(world: World, owner: Browser, colleague: Browser) -> None:
    """Björn set the page aside in his mind while Anna raised the danger: he is told first, and his line is kept."""
    row = world.send(urgency="no", message="hej")
    seen = re.search(r'name="seen" value="(\d+)"', colleague.get(f"/inbox/{row}").text)
    assert seen is not None
    owner.act(row, "raise")
    colleague.post(f"/inbox/{row}/set-aside", seen=seen[1], reason="empty", line="inget att gå på")
    page = colleague.get(f"/inbox/{row}").text
    assert "Anna Ek gjorde något med det medan du läste" in page
    assert 'value="inget att gå på"' in page
    assert order(owner.get("/inbox").text) == [row]
    colleague.act(row, "set-aside", reason="empty", line="inget att gå på")
    assert order(owner.get("/inbox").text) == []


def test_acting_from_the_list_opens_first_and_returns_to_the_same_place(world: World, owner: Browser) -> None:
    """Anna presses t on an unread row: it is opened and taken in her name, and she stays where she was."""
    row = world.send(message="hej")
    answer = owner.post(f"/inbox/{row}/take", seen="0", back="list", show="free", page="1", upto="1")
    assert answer.headers["Location"] == f"/inbox?show=free&page=1&upto=1#r-{row}"
    page = owner.get(f"/inbox/{row}").text
    assert page.index("öppnade") < page.index("tog det")
    page = owner.get("/inbox").text
    assert 'data-key="z"' in page


@pytest.mark.parametrize("act", ["destroy", "undone", "opened", "take/x"])
def test_there_are_no_other_acts(world: World, owner: Browser, act: str) -> None:
    """Only the acts of the list exist."""
    row = world.send(message="hej")
    assert owner.post(f"/inbox/{row}/{act}").status_code == 404


@pytest.mark.parametrize("seen", ["", "-1", "x", "٣", "9" * 30, "1.5"])
def test_a_strange_number_does_no_harm(world: World, owner: Browser, seen: str) -> None:
    """The hidden field says nonsense; the act is judged as from a page that knew nothing."""
    row = world.send(message="hej")
    assert owner.post(f"/inbox/{row}/take", seen=seen).status_code == 303
    assert "Hos dig" in owner.get(f"/inbox/{row}").text


def test_every_act_needs_the_token_or_the_origin(world: World, owner: Browser) -> None:
    """A foreign page makes Anna's browser post: refused, and nothing is done."""
    row = world.send(message="hej")
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elak.example"}):
        for path in (f"/inbox/{row}/take", "/lock", "/inbox/collect", "/inbox/search"):
            answer = owner.client.post(path, data={}, headers=headers, base_url=ORIGIN)
            assert answer.status_code == 400
    assert "Ingen har tagit det än" in owner.get(f"/inbox/{row}").text
    same = {"Sec-Fetch-Site": "same-origin"}
    assert owner.client.post(f"/inbox/{row}/take", data={}, headers=same, base_url=ORIGIN).status_code == 303
    assert "Hos dig" in owner.get(f"/inbox/{row}").text
