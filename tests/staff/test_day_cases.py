"""All cases: views, stages, orders, a list that never moves under the hand, and search in everything one may read."""

from __future__ import annotations

import re

import pytest

from staff.day.gathering import case_doc
from staff.day.index import Doc, Index
from staff.day.lists import SORTS, VIEWS, Asked, natural
from staff.day.today import ORDER
from staff.day.words import WORDS
from staff.folders.skim import Skimmed
from staff.onpaper import written
from tests.staff.manycases import Cases, task
from tests.staff.world import ORIGIN, Browser, World
from tests.staff.writer import Writer


def rows(page: str) -> list[str]:
    """List the names on a page in their order."""
    return re.findall(r'class="open"[^>]*><bdi>([^<]+)</bdi>', page)


def snap(page: str) -> str:
    """Find the number of the list that a page belongs to."""
    found = re.search(r"snap=(\d+)", page)
    assert found, "no list"
    return found[1]


@pytest.fixture
def cases(world: World) -> Cases:
    """Open one case of each kind."""
    made = Cases(world)
    made.open("Björk 14", task("Ring", made.day(days=-2)), danger="2")
    made.open("Lind 3", task("Möte", made.day(days=4)), ("waiting", {"on": "Polisen"}), under18="yes")
    made.open("Ask 1", ("forward", {"to": "3", "reason": "klart"}), by=world.colleague)
    made.open("Alm 2", ("close", {"reason": "klart", "outcome": "completed"}))
    return made


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", ["Björk 14", "Lind 3", "Ask 1"]),
        ("show=mine", ["Björk 14", "Lind 3"]),
        ("show=danger", ["Björk 14"]),
        ("show=under18", ["Lind 3"]),
        ("show=due", ["Björk 14"]),
        ("show=waiting", ["Lind 3"]),
        ("show=aimless", ["Ask 1"]),
        ("show=closed", ["Alm 2"]),
        ("show=all&sort=name", ["Alm 2", "Ask 1", "Björk 14", "Lind 3"]),
        ("stage=3", ["Ask 1"]),
        ("show=no%20such&stage=99&sort=x&page=-1&snap=zzzz", ["Björk 14", "Lind 3", "Ask 1"]),
        ("page=999999&stage=%D9%A3", ["Björk 14", "Lind 3", "Ask 1"]),
    ],
)
def test_each_view_holds_what_it_says(cases: Cases, owner: Browser, address: str, expected: list[str]) -> None:
    """Whatever the address says, the list is the one asked for, or the usual one."""
    assert rows(owner.get(f"/cases?{address}").text) == expected


@pytest.mark.parametrize("sort", SORTS)
def test_each_order_holds_every_case_once(cases: Cases, owner: Browser, sort: str) -> None:
    """No order loses a case, even one without a single date."""
    page = owner.get(f"/cases?show=all&sort={sort}").text
    assert sorted(rows(page)) == ["Alm 2", "Ask 1", "Björk 14", "Lind 3"]


def test_working_names_are_ordered_as_people_count() -> None:
    """Björk 2 stands before Björk 14, and a name without a number among them."""
    names = ["Björk 14", "Björk 2", "Asp", "Björk", "Ö 1"]
    assert sorted(names, key=natural) == ["Asp", "Björk", "Björk 2", "Björk 14", "Ö 1"]


def test_an_address_says_only_what_differs_from_the_usual(world: World) -> None:
    """The usual list has a bare address; nothing in any address tells of a person."""
    with world.app.test_request_context():
        address = "/cases?show=mine&stage=3&sort=name&page=2&snap=7"
        assert Asked().url() == "/cases"
        assert Asked("mine", 3, "name", 2, 7).url(page=2, snap=7) == address


def test_pages_hold_fifty_and_the_list_never_moves(
    world: World, owner: Browser, colleague: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Björn raises one case to danger and opens another while Anna turns the page: her list stays as it was.

    A page has fifty lines and weighs as much, however many cases there are; of many pages any can be turned to.
    """
    cases = Cases(world)
    made = {f"Björk {number}": cases.open(f"Björk {number}") for number in range(53)}
    first = owner.get("/cases?sort=name").text
    assert len(rows(first)) == 50
    assert "1–50 av 53" in first
    assert len(first.encode()) < 50_000
    assert "Gå dit" not in first
    cases.write(made["Björk 52"], "danger", by=world.colleague, to="2")
    cases.open("Alm 1", by=world.colleague)
    second = owner.get(f"/cases?sort=name&page=2&snap={snap(first)}").text
    assert rows(second) == ["Björk 50", "Björk 51", "Björk 52"]
    assert "Fara nu" in second
    assert "<b>1</b> nya – visa" in second
    assert owner.get(f"/cases/fresh?sort=name&snap={snap(first)}").json == {"new": 1, "left": 900}
    assert rows(owner.get("/cases?sort=name").text)[0] == "Alm 1"
    monkeypatch.setattr("staff.day.pages.PAGE", 20)
    page = owner.get(f"/cases?sort=name&show=open&stage=0&snap={snap(first)}&page=3").text
    assert rows(page) == [f"Björk {number}" for number in range(40, 53)]
    assert "av 3" in page.partition('class="goto"')[2]


def test_a_forgotten_list_is_made_anew(cases: Cases, owner: Browser) -> None:
    """The address names a list of another session, or of another view: the page is the list as it stands."""
    for address in ("snap=99", "show=mine&snap=1"):
        assert rows(owner.get(f"/cases?{address}").text)
    assert owner.get("/cases/fresh?snap=99").json == {"new": 0, "left": 900}


def test_asking_for_news_keeps_no_session_awake(world: World, cases: Cases, owner: Browser) -> None:
    """The page's script asks on and on; after fifteen minutes without a hand on the keys it is locked out."""
    owner.get("/cases")
    asked = []
    for _ in range(4):
        world.clock.turn(minutes=4)
        asked.append(owner.client.get("/cases/fresh?snap=1", base_url=ORIGIN).status_code)
    assert asked == [200, 200, 200, 401]


def test_search_finds_words_of_every_kind_of_entry(world: World, owner: Browser, colleague: Browser) -> None:
    """What stands in a note, a task, a form, a flag or an answer is found, in any case and any order, by its team."""
    cases = Cases(world)
    cases.open("Björk 14", ("note", {"text": "Mötte Ärlig Önska vid BIBLIOTEKET"}), task("Köp skor", "2026-12-01"))
    cases.open("Lind 3", ("form", {"form": "talk", "wants": "flytta till Västerås"}), ("flag", {"text": "ring inte"}))
    for words, expected in (
        ("biblioteket önska", ["Björk 14"]),
        ("skor", ["Björk 14"]),
        ("västerås", ["Lind 3"]),
        ("RING INTE", ["Lind 3"]),
        ("biblioteket västerås", []),
        ("björk", ["Björk 14"]),
    ):
        assert colleague.post("/cases/search", words=words).headers["Location"] == "/cases?show=all"
        page = colleague.get("/cases?show=all").text
        assert rows(page) == expected, words
    colleague.post("/cases/search", words="biblioteket västerås")
    assert "Inget ärende som du får läsa innehåller det" in colleague.get("/cases?show=all").text


def test_search_reads_the_requests_that_a_case_names(world: World, owner: Browser) -> None:
    """The person's own words are found in the case that their request belongs to, until the link is undone."""
    row = world.send(message="jag kan bara prata på tisdagar")
    owner.get(f"/inbox/{row}")
    cases = Cases(world)
    case = cases.open("Björk 14", ("linked", {"submission": row, "source": "person"}))
    cases.open("Lind 3")
    owner.post("/cases/search", words="tisdagar")
    assert rows(owner.get("/cases?show=all").text) == ["Björk 14"]
    cases.write(case, "unlinked", submission=row)
    owner.post("/cases/search", words="tisdagar")
    assert rows(owner.get("/cases?show=all").text) == []


def test_search_sees_what_was_written_since(world: World, owner: Browser) -> None:
    """Anna searched once; what Björn writes afterwards is found the next time."""
    cases = Cases(world)
    case = cases.open("Björk 14")
    owner.post("/cases/search", words="gitarr")
    assert rows(owner.get("/cases?show=all").text) == []
    cases.write(case, "note", by=world.colleague, text="spelar gitarr")
    owner.post("/cases/search", words="gitarr")
    assert rows(owner.get("/cases?show=all").text) == ["Björk 14"]


def test_search_finds_neither_others_cases_nor_the_real_name(
    world: World, owner: Browser, colleague: Browser, stranger: Browser
) -> None:
    """A protected case's words are found by its reader alone, another team's never, and the real name by nobody."""
    cases = Cases(world)
    cases.open("Asp 7", ("note", {"text": "kajak"}), ("real_name", {"name": "Kajsa Riktig"}), to=(world.owner,))
    for browser, words, expected in (
        (owner, "kajak", ["Asp 7"]),
        (owner, "riktig", []),
        (colleague, "kajak", []),
        (stranger, "kajak", []),
    ):
        browser.post("/cases/search", words=words)
        assert rows(browser.get("/cases?show=all").text) == expected


def test_a_search_is_in_the_audit_without_its_words_and_dies_with_the_session(world: World, owner: Browser) -> None:
    """That Anna searched and how much she found stands there; the words are in no address and in no later session."""
    Cases(world).open("Björk 14", ("note", {"text": "kajak"}))
    answer = owner.post("/cases/search", words="  kajak ")
    assert "kajak" not in answer.headers["Location"]
    said = [one for one in world.parts.audit.own(world.person(world.owner)) if one.what == "searched"]
    assert [dict(one.fields) for one in said] == [{"cases": "1"}]
    owner.post("/lock")
    world.clock.turn(seconds=30)
    assert "kajak" not in world.browser(world.owner).get("/cases").text


def test_old_keys_and_ids_are_never_words_to_find() -> None:
    """The entry that keeps a case's older key, names' marks and ids are left out of what is searched."""
    entries = [
        Skimmed("rekeyed", {"key": "ab" * 32, "names": "Anna"}),
        Skimmed("real_name", {"name": "Kajsa"}),
        Skimmed("note", {"id": "n1", "text": "Kajak"}),
        Skimmed("linked", {"submission": "ab" * 16}),
        Skimmed("linked", {"submission": "no id"}),
    ]
    assert case_doc(3, entries) == Doc(3, "kajak", (bytes.fromhex("ab" * 16),))


def test_the_search_s_memory_is_bounded_and_says_what_it_left_out() -> None:
    """What has no room is not kept, is counted, and makes room again when something else goes."""
    index = Index(room=10)
    index.cases.put(b"a", Doc(1, "åtta tec"))
    index.cases.put(b"b", Doc(1, "mer än så"))
    assert (index.find("mer", {b"a": "", b"b": ""}, {}), index.left_out) == (set(), 1)
    index.cases.keep_only([b"b"])
    index.cases.put(b"b", Doc(2, "mer än så"))
    assert index.find("mer", {b"a": "", b"b": ""}, {}) == {b"b"}


def test_every_view_and_order_has_its_word(world: World) -> None:
    """No coordinator is shown a code."""
    assert WORDS["show"].keys() == VIEWS.keys()
    assert WORDS["sort"].keys() == SORTS.keys()
    assert WORDS["group"].keys() == set(ORDER)


def test_counts_follow_the_cases(cases: Cases, owner: Browser) -> None:
    """Each chip says how many it holds; closing one moves the numbers."""
    page = owner.get("/cases").text
    assert re.search(r"Öppna <i>3</i>", page)
    assert re.search(r"Avslutade <i>1</i>", page)
    made = re.search(r'href="/cases/([0-9a-f]{32})"', page)
    assert made
    cases.write(made[1], "close", reason="klart", outcome="own_wish")
    page = owner.get("/cases").text
    assert re.search(r"Öppna <i>2</i>", page)
    assert re.search(r"Avslutade <i>2</i>", page)


def test_flags_stand_with_their_last_day_until_it_has_passed(world: World, owner: Browser) -> None:
    """Three flags: the one that runs out first on top, one without an end, and none that has passed or is closed."""
    cases = Cases(world)
    cases.open("Björk 1", ("flag", {"id": "a", "text": "Ring inte", "until": cases.day(days=9)}))
    cases.open("Björk 2", ("flag", {"id": "b", "text": "Tills vidare så"}))
    cases.open("Björk 3", ("flag", {"id": "c", "text": "Snart slut", "until": cases.day(days=1)}))
    cases.open("Björk 4", ("flag", {"id": "d", "text": "Har gått ut", "until": cases.day(days=-1)}))
    page = owner.get("/flags").text
    assert rows(page) == ["Björk 3", "Björk 1", "Björk 2"]
    assert "tills vidare" in page
    world.clock.turn(days=2)
    world.sign([world.owner, world.colleague, world.stranger])
    assert rows(world.browser(world.owner).get("/flags").text) == ["Björk 1", "Björk 2"]


def test_hostile_text_in_a_case_is_text_on_every_list(world: World, owner: Browser) -> None:
    """A colleague's key signed markup and direction tricks as name, task, flag and agency: they are shown as text."""
    nasty = '"><img src=x>\u202e<script>'
    cases = Cases(world)
    named = [("flag", {"text": nasty}), ("waiting", {"on": nasty}), task(nasty, cases.day(days=-1))]
    cases.open(nasty, *named, holder=nasty, danger="2")
    owner.post("/cases/search", words="img")
    for path in ("/today", "/cases?show=all", "/flags", "/shift", "/queue"):
        page = owner.get(path).text
        assert "<img" not in page
        assert "<script>" not in page
        assert "\u202e" not in page


def test_folders_of_other_kinds_are_no_cases(world: World, owner: Browser) -> None:
    """The team's ledger lies on the same shelf: no list takes it for a case."""
    owner.post("/shift", text="till nästa pass")
    assert rows(owner.get("/cases?show=all").text) == []


# What no paper has, and the heading of a list whose day stands above it.
NEAR = re.compile(r"<span class=onscreen>.*?</span>|<ul class=.views.*?</ul>|title=.*?>|Att göra i dag", re.DOTALL)


@pytest.mark.parametrize("path", ["/today", "/cases", "/shift?since=day", "/inbox", "/inbox/{row}", "/queue", "/flags"])
def test_a_printed_list_says_dates(world: World, kim: Writer, path: str) -> None:
    """Read on another day, a list that was printed says on which day it was, and when something is due."""
    made = Cases(world)
    for name, days in (("Björk 14", -1), ("Lind 3", 0), ("Ask 1", 1)):
        flag = ("flag", {"text": "ring inte", "until": made.day(days=max(days, 0))})
        made.open(name, task("Ring", made.day(days=days)), flag, danger="2")
    row = kim.send(message="hej", minutes=1500)
    page = world.browser(world.owner).get(path.format(row=row)).text
    paper = NEAR.sub("", page.partition("<main")[2])
    assert re.findall(r"\bi (?:dag|går|morgon)\b|>nyss<|\b\d+ (?:min|tim)\b", paper) == []
    assert f"<span class=onpaper>{written(world.clock.today())}" in page or path in ("/inbox", "/inbox/{row}")
    assert f"Utskrivet {written(world.clock.today())}" in paper
