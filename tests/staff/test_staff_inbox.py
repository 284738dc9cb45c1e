from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any  # for a summary's values, given by name

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from wtforms import SelectField

from crypto.envelope import envelope_id
from crypto.opening.identity import new_identity
from crypto.sealing import seal as sealing
from crypto.sealing.roster import Roster, Team
from portal.forms import FORMS
from programme import Programme
from programme import questions as q
from staff.inbox.shown import is_hidden, visible
from staff.inbox.state import State
from staff.inbox.summary import LIMIT, Facts, Summary, sent_within
from staff.words import WORDS, is_late, moment, roster_warning, waited
from tests.staff.world import PROGRAMME, Browser, World


def order(page: str) -> list[str]:
    """List the ids of a page's rows."""
    return re.findall(r'class="open" href="/inbox/([0-9a-f]{32})"', page)


def test_danger_comes_first_with_its_reason_then_whoever_waited_longest(world: World, owner: Browser) -> None:
    """Four people wrote; the one in danger stands first although others have waited longer."""
    young = world.send(urgency="no", minutes=10, message="a")
    old = world.send(urgency="no", minutes=500, message="b")
    soon = world.send(urgency="soon", minutes=5, message="c")
    danger = world.send(urgency="now", minutes=1, message="d")
    page = owner.get("/inbox").text
    assert order(page) == [danger, soon, old, young]
    assert "Fara nu" in page
    assert "”ja, nu”" in page


def test_a_threat_at_home_is_never_ordinary(world: World, owner: Browser) -> None:
    """A mother answers no to danger now, but ticks that somebody threatens her: she stands above the ordinary."""
    ordinary = world.send(urgency="no", minutes=900)
    threatened = world.send(form="other", urgency="no", own_safety=("threatened",), relation="parent", aware="no")
    page = owner.get("/inbox").text
    assert order(page) == [threatened, ordinary]
    assert "någon hotar mig eller min familj" in page
    assert "Förälder · personen vet inte" in page


def test_an_answer_that_no_form_offers_counts_as_soon(world: World, owner: Browser) -> None:
    """A newer form, or somebody who plays with it, sends another word for danger: it is shown, and not put last."""
    row = world.send(urgency="<b>jättefara</b>", message="x")
    page = owner.get("/inbox").text
    assert order(page) == [row]
    assert "Snart" in page
    assert "&lt;b&gt;jättefara" in page


def test_each_team_sees_its_own(world: World, owner: Browser, stranger: Browser) -> None:
    """A request to Ekstad stands in Ekstad's list only."""
    ours, theirs = world.send("ekstad", message="a"), world.send("bjorkby", message="b")
    assert order(owner.get("/inbox").text) == [ours]
    assert order(stranger.get("/inbox").text) == [theirs]


def test_an_envelope_that_no_team_has_the_tag_of_is_seen_by_all(
    world: World, owner: Browser, stranger: Browser
) -> None:
    """A town has left the roster while an envelope to it was on its way: it must not lie unseen."""
    town = world.roster.team("ekstad")
    lost = Team("granvik", town.contact, town.recovery, town.recipients)
    old = Roster(1, "", world.roster.not_after, world.roster.salt, (1,), world.roster.places, (lost,))
    world.leave(sealing.seal_content(b"{}", "granvik", old))
    world.collect()
    for browser in (owner, stranger):
        page = browser.get("/inbox").text
        assert len(order(page)) == 1
        assert "Okänd ort utanpå" in page


def test_another_town_inside_than_outside_is_flagged(world: World, owner: Browser) -> None:
    """An envelope tagged for Ekstad says Björkby inside."""
    world.send("ekstad", inside="bjorkby", message="hej")
    assert "Annan ort inuti än utanpå" in owner.get("/inbox").text


VIEWS: dict[str, set[str]] = {
    "all": {"danger", "relative", "child", "plain"},
    "danger": {"danger"},
    "relatives": {"relative"},
    "under18": {"child"},
    "free": {"danger", "relative", "child", "plain"},
    "mine": set(),
    "aside": set(),
    "no such view": {"danger", "relative", "child", "plain"},
}


def test_views_hold_what_they_say(world: World, owner: Browser) -> None:
    """Each view shows its kind of request and counts it."""
    rows = {
        world.send(urgency="now", message="a"): "danger",
        world.send(form="other", relation="friend", message="b"): "relative",
        world.send(age="under18", message="c"): "child",
        world.send(message="d"): "plain",
    }
    assert {show: {rows[row] for row in order(owner.get(f"/inbox?show={show}").text)} for show in VIEWS} == VIEWS


def test_pages_hold_fifty_and_strange_addresses_lead_to_the_first(world: World, owner: Browser) -> None:
    """Fifty-three wrote; the second page has three, and no page number breaks the list."""
    for number in range(53):
        world.leave(world.envelope(message=str(number), minutes=number))
    world.collect()
    first = owner.get("/inbox").text
    assert len(order(first)) == 50
    assert "1–50 av 53" in first
    second = order(owner.get("/inbox?page=2&upto=1").text)
    assert len(second) == 3
    assert not set(second) & set(order(first))
    for strange in ("page=0", "page=-1", "page=99999999999", "page=x", "page=%D9%A3", "upto=x", "page=999"):
        assert owner.get(f"/inbox?{strange}").status_code == 200


def test_the_list_never_moves_under_the_hand(world: World, owner: Browser) -> None:
    """Three more write while Anna reads the list: her page stays as it was and says so, until she asks for them."""
    first = world.send(urgency="no", message="a")
    page = owner.get("/inbox").text
    upto = re.search(r"upto=(\d+)", page)
    assert upto is not None
    assert re.search(r'id="new"[^>]* hidden', page)
    for number in range(3):
        world.send(urgency="now", message=str(number))
    assert owner.get(f"/inbox/new?upto={upto[1]}").json == {"new": 3, "left": 900}
    again = owner.get(f"/inbox?upto={upto[1]}").text
    assert order(again) == [first]
    assert "<b>3</b> nya – visa" in again
    assert not re.search(r'id="new"[^>]* hidden', again)
    assert len(order(owner.get("/inbox").text)) == 4


def test_unread_for_more_than_two_office_hours_stands_out() -> None:
    """Friday's last hour and Monday's first are two; a night and a weekend are none."""
    hours = Programme.load(PROGRAMME).hours
    friday = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)  # 15.30 in Sweden, half an hour before closing
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 9.00 in Sweden
    assert not is_late(int(friday.timestamp()), monday, hours)
    assert is_late(int(friday.timestamp()), monday + timedelta(minutes=31), hours)
    assert is_late(0, monday, hours)


def test_a_late_row_is_marked_until_somebody_opens_it(world: World, owner: Browser) -> None:
    """A week went by unread: the row stands out; once Anna has opened it, it does not."""
    row = world.send(message="hej")
    assert "Oläst länge" not in owner.get("/inbox").text
    world.clock.turn(days=9)
    world.sign([world.owner, world.colleague, world.stranger], epoch=1)
    late = world.browser(world.owner)
    assert "Oläst länge" in late.get("/inbox").text
    late.get(f"/inbox/{row}")
    assert "Oläst länge" not in late.get("/inbox").text


def foreign_envelope(world: World) -> bytes:
    """Seal to people who are not there, under Ekstad's tag."""
    keys = tuple(sorted(new_identity().box_public for _ in range(7)))
    team = Team("ekstad", {}, new_identity().box_public, keys)
    roster = Roster(1, "", world.roster.not_after, world.roster.salt, (1,), 8, (team,))
    return sealing.seal_content(b"{}", "ekstad", roster)


def test_an_envelope_that_my_key_does_not_open_says_so_and_stays(world: World, owner: Browser) -> None:
    """Nobody's key opens it: the row says so, its page says what to do, and it is there the next time too."""
    sealed = foreign_envelope(world)
    world.leave(sealed)
    world.collect()
    assert "Öppnas inte med din nyckel" in owner.get("/inbox").text
    page = owner.get(f"/inbox/{envelope_id(sealed).hex()}").text
    assert "Alla platser är prövade" in page
    assert "kollega" in page
    assert order(owner.get("/inbox").text) == [envelope_id(sealed).hex()]
    answer = owner.post(f"/inbox/{envelope_id(sealed).hex()}/take", seen="0")
    assert answer.status_code == 303
    assert "öppnas inte med din nyckel" in owner.get("/inbox").text.lower()


HOSTILE = [
    b"",
    b"{}",
    b"null",
    b"\xff\xfe\x00",
    b"[" * 4000,
    b'{"a":' * 1300 + b"1" + b"}" * 1300,
    b'{"v":1e999}',
    b'{"v":1,"v":1}',
    b"9" * 5000,
    '{"answers":{"message":"<script>alert(1)</script>\u202e"}}'.encode(),
    b'{"v":1,"try":1,"at":2,"form":[],"municipality":{},"page":0,"road":"","answers":[]}',
    b'"\\ud800 \\u0000"',
]


def test_hostile_contents_are_shown_as_what_could_be_saved_and_never_break_the_list(
    world: World, owner: Browser
) -> None:
    """Somebody who follows the outer form only seals nonsense; an honest request beside it is listed as ever."""
    honest = world.send(urgency="no", message="hjälp")
    rows = []
    for content in HOSTILE:
        sealed = world.seal_content(content)
        rows.append(envelope_id(sealed).hex())
        world.leave(sealed)
    world.collect()
    page = owner.get("/inbox")
    assert page.status_code == 200
    assert set(order(page.text)) == {honest, *rows}
    assert page.text.count("Kunde inte läsas") == len(HOSTILE)
    for row in rows:
        shown = owner.get(f"/inbox/{row}")
        assert shown.status_code == 200
        assert "följer inte formen" in shown.text
        assert "<script>alert" not in shown.text
    assert owner.act(rows[0], "set-aside", reason="hostile").status_code == 303
    assert rows[0] not in order(owner.get("/inbox").text)


def test_typed_words_are_never_markup_nor_links_and_hide_nothing(world: World, owner: Browser) -> None:
    """A visitor types markup, an address and direction tricks into every field; the page shows them as text."""
    nasty = '"><img src=x onerror=alert(1)> https://elak.example/ \u202egnp.exe\u200b'
    row = world.send(
        urgency=nasty,
        need=(nasty,),
        message=nasty,
        answer_by=nasty,
        contact=nasty,
        when=nasty,
        avoid=(nasty,),
        avoid_more=nasty,
        code_word=nasty,
        call_name=nasty,
        language="other",
        language_other=nasty,
        age=nasty,
    )
    for path in ("/inbox", f"/inbox/{row}"):
        page = owner.get(path).text
        assert "<img" not in page
        assert 'href="http' not in page
        assert "\u202e" not in page
        assert 'title="U+202E">RLO</span>' in page
        assert '<bdi dir="auto">' in page


@given(st.text(st.characters(codec=None), max_size=60))
def test_visible_leaves_no_control_character(text: str) -> None:
    """Whatever is typed, no control or direction character is left to act, and no tag is made of the words."""
    shown = re.sub(r'<span class="ctl" title="U\+[0-9A-F]{4,6}">[0-9A-Z]+</span>', "", str(visible(text)))
    assert not any(is_hidden(character) for character in shown)
    assert "<" not in shown


def test_search_stays_out_of_the_address_and_dies_with_the_session(world: World, owner: Browser) -> None:
    """Anna looks for a number; the words are in no address, and the next session knows nothing of them."""
    found = world.send(message="a", contact="070-174 06 21", answer_by="call")
    world.send(message="b", contact="070-174 06 22", answer_by="call")
    answer = owner.post("/inbox/search", words="06 21")
    assert answer.headers["Location"] == "/inbox"
    assert order(owner.get("/inbox").text) == [found]
    owner.post("/inbox/search", words="")
    assert len(order(owner.get("/inbox").text)) == 2
    owner.post("/inbox/search", words="06 21")
    owner.post("/lock")
    world.clock.turn(seconds=30)
    assert len(order(world.browser(world.owner).get("/inbox").text)) == 2


def test_names_titles_and_addresses_tell_nothing(world: World, owner: Browser) -> None:
    """The tab, the history and every link hold a neutral word or random digits."""
    row = world.send(message="hemligt", contact="070-174 06 21", answer_by="call")
    for path in ("/login", "/inbox", f"/inbox/{row}", "/keys", "/inbox/" + "0" * 32):
        page = owner.get(path).text
        if page:
            assert "<title>Utväg</title>" in page
        for address in re.findall(r'(?:href|action|src)="([^"]*)"', page):
            assert re.fullmatch(r"#main|/[a-z/.?&;=0-9-]*", address), address


@given(
    text=st.text(max_size=200),
    need=st.lists(st.text(max_size=30), max_size=9),
    holder=st.text(max_size=100),
)
def test_every_summary_fits_its_size_class(text: str, need: list[str], holder: str) -> None:
    """Whatever was answered, and whatever the holder is called, the summary is at most 511 bytes and reads back."""
    words: dict[str, Any] = dict.fromkeys(("contact", "when", "language", "line"), text)
    codes: dict[str, Any] = dict.fromkeys(("page", "urgency", "relation", "aware", "age", "answer_by"), "x" * 20)
    wants = tuple(need[:6])
    town = "m" * 31
    thread: dict[str, Any] = {"box": "b" * 22, "address": "a" * 16, "counter": 2**53 - 1, "signed": True, "erase": True}
    facts = Facts("a" * 32, 2**31, "other", town, threatened=True, need=wants, **codes, **words, **thread)
    then = datetime(2036, 1, 1, tzinfo=UTC)
    state = State(holder, then, level=2, aside="profession", replies=999_999, replied_at=then, unsent=(999_999,))
    state = replace(state, lying=((999_999, 60_000), (7, 20_000)))
    data = Summary(facts, "unreadable", ("damaged", "lost", "town"), state, 2**31).encode()
    assert len(data) <= LIMIT
    read = Summary.decode(data)
    assert read.facts is not None
    assert (read.facts.try_id, read.state.level) == ("a" * 32, 2)
    assert (read.state.replies, read.state.unsent, read.state.lying) == (999_999, (999_999,), ((7, 20_000),))


def test_a_wrong_clock_in_the_phone_changes_little() -> None:
    """A phone believes it is 2003: the request counts as sent at the start of the day it came."""
    day = 20_000
    assert sent_within(datetime(2003, 1, 1, tzinfo=UTC), day) == day * 86_400
    assert sent_within(datetime(2090, 1, 1, tzinfo=UTC), day) == (day + 1) * 86_400 - 1


def test_times_are_said_in_swedish() -> None:
    """Minutes, hours, yesterday, the day, another year."""
    app = Flask("times")
    Babel(app, default_locale="sv")
    now = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    with app.test_request_context():
        said = [waited(int((now - ago).timestamp()), now) for ago in (timedelta(seconds=5), timedelta(minutes=7))]
        said += [waited(int((now - timedelta(minutes=m)).timestamp()), now) for m in (130, 180, 20 * 60, 60 * 24 * 5)]
        said.append(moment(datetime(2025, 11, 3, 8, 5, tzinfo=UTC), now))
    assert said == ["nyss", "7 min", "2 tim 10 min", "3 tim", "i går 16.00", "ons 18 nov 12.00", "mån 3 nov 2025 09.05"]


@pytest.mark.parametrize(("days", "part"), [(31, None), (30, "30 dagar"), (7, "7 dagar"), (1, "nu"), (-1, "gått ut")])
def test_the_roster_is_missed_in_time(world: World, days: int, part: str | None) -> None:
    """Whoever reads is told, gently first, that the list of recipients runs out."""
    with world.app.test_request_context():
        warning = roster_warning(days)
    assert (warning is None) if part is None else (warning is not None and part in warning)


def test_an_expired_roster_still_lets_staff_read(world: World) -> None:
    """Nobody made a new roster in time: nothing new can be sent, but what came must be read."""
    row = world.send(message="hjälp mig")
    world.sign([world.owner, world.colleague, world.stranger], days=0)
    world.clock.turn(days=2)
    page = world.browser(world.owner).get(f"/inbox/{row}").text
    assert "hjälp mig" in page
    assert "gått ut" in page


def test_a_row_lists_what_is_needed_to_choose(world: World, owner: Browser) -> None:
    """Who for, under 18, need, first words, how and when to answer, language: all in one row."""
    world.send(
        form="other",
        urgency="them",
        relation="sibling",
        aware="no",
        age="under18",
        need=("advice",),
        message="Första orden här",
        answer_by="sms",
        contact="070-174 06 44",
        when="före 12",
        language="interpreter",
        page="so",
    )
    page = owner.get("/inbox").text
    for word in (
        "Syskon · personen vet inte",
        "under 18",
        "råd",
        "Första orden här",
        "Sms",
        "070-174 06 44",
        "före 12",
    ):
        assert word in page
    assert "somaliska · tolk önskas" in page


def test_words_know_every_question_and_value_of_the_forms() -> None:
    """No coordinator is shown a code: each field of the forms has its name in words, and each value its word."""
    fields = [field for form in FORMS.values() for field in form() if field.name != "try"]
    assert {field.name for field in fields} - WORDS["field"].keys() == set()
    offered = [(one.name, value) for one in fields if isinstance(one, SelectField) for value in one.choices or ()]
    offered += [("language", value) for value in q.LANGUAGE]
    assert len(offered) > 40
    assert [(name, value) for name, value in offered if value not in WORDS[name]] == []
