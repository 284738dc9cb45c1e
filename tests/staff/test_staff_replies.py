from __future__ import annotations

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from crypto.submission import new_try
from deaddrop.schema import OPENED
from programme import LANGUAGES
from staff.errors import RefusedActError
from staff.inbox import answering, record
from staff.inbox.draft import Draft, excess, size
from staff.inbox.listing import Listing
from staff.inbox.outbox import days
from staff.inbox.phrases import LABELS, NOT_OURS, SWEDISH, not_ours, phrases, spoken
from staff.inbox.replies import LIMIT
from staff.models import Outgoing, StoredEntry
from tests.staff.test_staff_inbox import order
from tests.staff.world import ORIGIN, Browser, World
from tests.staff.writer import Writer
from web.catalogue import load


def answer(browser: Browser, row: str, text: str, **form: str) -> str:
    """Send a reply from a request's page and give the page that follows."""
    done = browser.act(row, "reply", **{"text": text, "from": "samordnarna", **form})
    assert (done.status_code, done.headers["Location"], done.data) == (303, f"/inbox/{row}", b"")
    return browser.get(f"/inbox/{row}").text


def on_screen(page: str) -> str:
    """Give a page as it is shown, without the dates that only paper has."""
    return re.sub(r"<span class=onpaper>.*?</span>|<span class=onscreen>(.*?)</span>", r"\1", page)


def kept(world: World) -> list[Outgoing]:
    """List what is still kept on its way."""
    with world.parts.casebook.read() as session:
        return list(session.scalars(select(Outgoing)))


def test_an_answer_reaches_whoever_has_the_code_numbered_and_kept(
    world: World, owner: Browser, colleague: Browser, kim: Writer
) -> None:
    """Anna replies twice; Kim reads both in order, Björn sees both in the thread, and nothing waits in between."""
    row = kim.send(message="kan någon hjälpa mig?", answer_by="code")
    page = answer(owner, row, "Hej!\r\nVi läste.")
    assert "Svaret ligger i brevlådan." in page
    answer(owner, row, "Ett till <b>åäö</b>", **{"from": "Ekstad"})
    assert [(one.number, one.sender, one.text) for one in kim.replies()] == [
        (1, "samordnarna", "Hej!\nVi läste."),
        (2, "Ekstad", "Ett till <b>åäö</b>"),
    ]
    page = colleague.get(f"/inbox/{row}").text
    assert "Hej!\nVi läste." in page
    assert "Ett till &lt;b&gt;åäö&lt;/b&gt;" in page
    assert on_screen(page).count("väntar i brevlådan sedan i dag") == 2
    assert "Anna Ek" in page
    assert kept(world) == []
    with world.parts.casebook.read() as session:
        sizes = [len(sealed) for sealed in session.scalars(select(StoredEntry.sealed).order_by(StoredEntry.number))]
    assert sorted(set(sizes)) == [1024 + 41, 4096 + 41]
    assert sizes.count(4096 + 41) == 2


def test_a_double_tap_made_two_codes_and_both_get_the_answer(world: World, owner: Browser) -> None:
    """One try was sent twice under two codes: whichever Kim wrote down opens the answer, with the same number."""
    first, second = Writer(world), Writer(world)
    try_id = new_try()
    row = first.send(minutes=6, try_id=try_id, message="hej")
    second.send(minutes=5, try_id=try_id, message="hej")
    assert "Det läggs under 2 koder" in owner.get(f"/inbox/{row}").text
    answer(owner, row, "ett")
    assert [one.text for one in first.replies()] == [one.text for one in second.replies()] == ["ett"]
    assert first.replies()[0].number == second.replies()[0].number == 1


def test_a_code_that_came_late_gets_the_next_answer(world: World, owner: Browser) -> None:
    """The second tap arrives after the first answer: its code opens the second answer, with its own number."""
    first, second = Writer(world), Writer(world)
    try_id = new_try()
    row = first.send(minutes=6, try_id=try_id, message="hej")
    answer(owner, row, "ett")
    second.send(minutes=1, try_id=try_id, message="hej")
    owner.get(f"/inbox/{row}")
    answer(owner, row, "två")
    assert [(one.number, one.text) for one in second.replies()] == [(2, "två")]
    assert [one.number for one in first.replies()] == [1, 2]


def test_what_is_too_long_is_told_before_and_after_and_nothing_is_lost(
    world: World, owner: Browser, kim: Writer
) -> None:
    """Anna writes far too much: nothing is sent, all of it comes back, as often as she looks, until it fits."""
    row = kim.send(message="hej")
    assert "Högst ungefär 3000 tecken" in owner.get(f"/inbox/{row}").text
    words = 'åäö "citat"\n' * 400
    page = answer(owner, row, words)
    assert re.search(r"för långt: ta bort ungefär \d+ tecken", page)
    for _ in range(2):
        found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", owner.get(f"/inbox/{row}").text, re.DOTALL)
        assert found is not None
        assert found[1].replace("&#34;", '"') == words
    assert kim.replies() == []
    assert "ta bort ungefär" not in answer(owner, row, "kort")
    assert "åäö" not in owner.get(f"/inbox/{row}").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": ""}, "Skriv något först"),
        ({"text": " \n "}, "Skriv något först"),
        ({"text": "hej", "from": "  "}, "Skriv vem svaret är från"),
    ],
)
def test_an_empty_reply_is_not_sent(world: World, owner: Browser, kim: Writer, form: dict[str, str], said: str) -> None:
    """Nothing, only space, or from nobody: nothing is sent, and the page says why."""
    row = kim.send(message="hej")
    owner.act(row, "reply", **{"from": "x", **form})
    assert said in owner.get(f"/inbox/{row}").text
    assert kim.replies() == []


@given(st.text(max_size=400).map(lambda text: text * 9))
def test_whatever_fits_by_the_count_fits_when_sealed(text: str) -> None:
    """The count is of bytes in JSON, so that quotes, line ends and Arabic count as they weigh."""
    assert size(text) == len(json_of(text))
    over = excess(text)
    assert (over > 0) == (size(text) > LIMIT)
    assert over <= len(text)


def json_of(text: str) -> bytes:
    """Write a text as JSON has it, without its quotes."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
    return "".join(escapes.get(c, f"\\u{ord(c):04x}" if ord(c) < 32 else c) for c in text).encode()


@pytest.mark.parametrize("letter", ["a", "å", "م", "😀", '"', "\n", "\x01"])
def test_the_longest_reply_of_any_letter_is_sent(world: World, owner: Browser, kim: Writer, letter: str) -> None:
    """Exactly as much as the count allows, from the longest name for work: entry and reply both hold it."""
    row = kim.send(message="hej")
    words = "x" + letter * ((LIMIT - 2) // size(letter)) + "x"
    answer(owner, row, words, **{"from": "ö" * 40})
    assert [one.text for one in kim.replies()] == [words]


def test_a_ready_phrase_is_put_in_without_script_in_the_persons_language(world: World, owner: Browser) -> None:
    """Kim reads English: the button adds the English words after what Anna has typed, and sends nothing."""
    kim = Writer(world)
    row = kim.send(message="hi", page="en")
    owner.act(row, "phrase", **{"text": "Hello!", "from": "x", "phrase": "danger"})
    page = owner.get(f"/inbox/{row}").text
    assert "Hello!\n\nAre you in danger now? Call 112.</textarea>" in page
    assert 'value="x"' in page
    owner.act(row, "phrase", text="orörd", phrase="no such phrase")
    assert "orörd</textarea>" in owner.get(f"/inbox/{row}").text
    assert kim.replies() == []


def test_every_phrase_stands_in_every_language_and_fits() -> None:
    """A phrase that lacks a language, or a label, fails here; one that was not translated too."""
    assert SWEDISH.keys() == LABELS.keys()
    for tag in LANGUAGES:
        words = [one.words for one in phrases(tag)]
        assert spoken(tag) == tag
        assert all(0 < size(text) < LIMIT for text in words)
        assert all("112" in one.words for one in phrases(tag) if one.name == "danger")
        if tag != "sv":
            said, faults = load(tag, name="replies")
            assert faults == []
            assert all(said.gettext(text) != text for text in (*SWEDISH.values(), NOT_OURS))


def test_what_nobody_reads_through_is_not_sent_in_a_draft(world: World) -> None:
    """The reply to many at once is in English for who reads Somali, until somebody stands for the Somali."""
    assert not_ours("so") == not_ours("en") == not_ours("tlh")
    assert not_ours("sv") == NOT_OURS
    assert not_ours("sv-simple") not in (NOT_OURS, not_ours("en"))


def test_phrases_stand_beside_their_swedish(world: World, owner: Browser) -> None:
    """Who answers in Somali sees what each phrase says, and that nobody has read the words; Swedish needs neither."""
    page = owner.get(f"/inbox/{Writer(world).send(message='caawi', page='so')}").text
    assert "Färdiga meningar på somaliska" in page
    assert "utkast</span>" in page
    assert "Låt en tolk läsa" in page
    assert page.index('<span lang="so" dir="ltr">Khatar ma ku jirtaa hadda? Wac 112.') < page.index(SWEDISH["danger"])
    arabic = owner.get(f"/inbox/{Writer(world).send(message='hej', page='ar')}").text
    assert '<span lang="ar" dir="rtl">' in arabic
    swedish = owner.get(f"/inbox/{Writer(world).send(message='hej')}").text
    assert "Färdiga meningar på" not in swedish
    assert "utkast</span>" not in swedish


def test_a_tap_that_came_twice_sends_once(world: World, owner: Browser, kim: Writer) -> None:
    """Anna's mouse taps twice: the same words from the same page are one answer."""
    row = kim.send(message="hej")
    owner.get(f"/inbox/{row}")
    form = {"text": "en gång", "from": "x", "seen": "1"}
    for _ in range(2):
        owner.post(f"/inbox/{row}/reply", **form)
    assert "redan skickat" in owner.get(f"/inbox/{row}").text
    assert [one.number for one in kim.replies()] == [1]
    owner.post(f"/inbox/{row}/reply", **{**form, "text": "ett annat"})
    assert [one.text for one in kim.replies()] == ["en gång", "ett annat"]


def test_of_two_who_answer_at_once_the_second_is_told(
    world: World, owner: Browser, colleague: Browser, kim: Writer
) -> None:
    """Björn writes while Anna sends: nothing of his is sent, his words stay, and he reads hers first."""
    row = kim.send(message="hej")
    colleague.get(f"/inbox/{row}")
    answer(owner, row, "från Anna")
    colleague.post(f"/inbox/{row}/reply", **{"text": "från Björn", "from": "x", "seen": "2"})
    page = colleague.get(f"/inbox/{row}").text
    assert "Anna Ek gjorde något med det medan du skrev" in page
    assert "från Björn</textarea>" in page
    assert [one.text for one in kim.replies()] == ["från Anna"]


def test_two_in_the_same_moment_get_two_numbers_or_one_is_told(world: World, kim: Writer) -> None:
    """Two sessions of Anna's reply in one moment, ten times: every number is there once, none is lost."""
    row = bytes.fromhex(kim.send(message="hej"))
    parts, person = world.parts, world.person(world.owner)
    told: list[str] = []
    for turn in range(2):
        start = threading.Barrier(2)

        def write(name: str, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                draft = Draft(name, "x", seen=999)
                answering.reply(parts.casebook, parts.outbox, Listing(), row, draft, person, world.clock.now())
            except RefusedActError as error:
                told.append(error.reason)

        threads = [threading.Thread(target=write, args=(f"{turn} {number}",)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [one.number for one in kim.replies()] == list(range(1, 5 - len(told)))
    found = record.read(parts.casebook, row, person)
    assert found.whole
    assert found.state.unsent == ()


def test_a_fifth_waiting_answer_takes_the_place_of_a_chosen_one(world: World, owner: Browser, kim: Writer) -> None:
    """Four wait: the fifth is refused until Anna says which it replaces; that one is then shown as replaced."""
    row = kim.send(message="hej")
    for number in range(4):
        answer(owner, row, f"svar {number + 1}")
    page = answer(owner, row, "svar 5")
    assert "Fyra svar väntar redan" in page
    assert "svar 5</textarea>" in page
    assert [one.number for one in kim.replies()] == [1, 2, 3, 4]
    page = answer(owner, row, "svar 5", instead="2")
    assert [one.number for one in kim.replies()] == [1, 3, 4, 5]
    assert page.count("ersatt av ett nyare") == 1
    assert page.count("väntar i brevlådan sedan") == 4


def test_what_the_person_removed_is_shown_by_day(world: World, owner: Browser, kim: Writer) -> None:
    """Kim reads and removes: the thread says so, and the list asks for nothing."""
    row = kim.send(message="hej")
    answer(owner, row, "ett")
    kim.remove()
    page = owner.get(f"/inbox/{row}").text
    assert "hämtat och borttaget av personen, sett i dag" in on_screen(page)
    world.clock.turn(days=8)
    assert "inte hämtat" not in world.browser(world.owner).get("/inbox").text


def test_an_answer_not_fetched_for_seven_days_stands_out_until_it_is(world: World, owner: Browser, kim: Writer) -> None:
    """Six days are patience, the seventh a flag in list and page; once Kim has removed it, the list knows by itself."""
    row = kim.send(message="hej")
    answer(owner, row, "ett")
    world.clock.turn(days=6)
    assert "inte hämtat på 7 dagar" not in world.browser(world.owner).get("/inbox").text
    world.clock.turn(days=1)
    browser = world.browser(world.owner)
    assert "Svar inte hämtat på 7 dagar" in browser.get("/inbox").text
    assert "inte hämtat på 7 dagar" in browser.get(f"/inbox/{row}").text
    kim.remove()
    assert "inte hämtat på 7 dagar" not in browser.get("/inbox").text


def test_what_the_person_has_opened_is_shown_by_day_and_asks_for_nothing(
    world: World, owner: Browser, kim: Writer
) -> None:
    """Kim opens the answer and leaves it there: the thread says on which day, and a week later no mark asks for it."""
    row = kim.send(message="hej")
    answer(owner, row, "ett")
    world.clock.turn(days=1)
    kim.open()
    browser = world.browser(world.owner)
    page = on_screen(browser.get(f"/inbox/{row}").text)
    assert "väntar i brevlådan sedan i går · öppnat i dag" in page
    assert "såg att personen öppnat svar 1" in page
    world.clock.turn(days=8)
    browser = world.browser(world.owner)
    assert "inte hämtat" not in browser.get("/inbox").text + browser.get(f"/inbox/{row}").text
    answer(browser, row, "två")
    world.clock.turn(days=7)
    assert "Svar inte hämtat på 7 dagar" in world.browser(world.owner).get("/inbox").text


def test_the_list_learns_by_itself_that_an_old_answer_was_opened(world: World, owner: Browser, kim: Writer) -> None:
    """Nobody has looked at the request since: the mark would be wrong, and is not shown; once removed it says both."""
    row = kim.send(message="hej")
    answer(owner, row, "ett")
    kim.open()
    world.clock.turn(days=8)
    browser = world.browser(world.owner)
    assert "inte hämtat" not in browser.get("/inbox").text
    kim.remove()
    assert re.search(
        r"hämtat och borttaget av personen, sett i dag · öppnat \w+ \d+ \w+",
        on_screen(browser.get(f"/inbox/{row}").text),
    )


@pytest.mark.parametrize("made_up", [-5, 0, 2**31 - 1])
def test_a_day_that_somebody_made_up_is_kept_to_days_that_can_be(
    world: World, owner: Browser, kim: Writer, made_up: int
) -> None:
    """Whoever writes to the dead drop can say that it was opened, and not when the world ended."""
    row = kim.send(message="hej")
    answer(owner, row, "ett")
    with world.engine.begin() as connection:
        connection.execute(insert(OPENED).values(id=kim.waiting()[0], day=made_up))
    assert "öppnat i dag" in on_screen(owner.get(f"/inbox/{row}").text)


def test_an_answer_says_which_town_it_is_from(world: World, owner: Browser, kim: Writer) -> None:
    """The page that writes again need not ask."""
    answer(owner, kim.send(message="hej"), "ett")
    assert [one.municipality for one in kim.replies()] == ["ekstad"]


def test_without_a_code_the_page_says_how_the_person_wants_to_be_reached(world: World, owner: Browser) -> None:
    """No code, a number to call: no box, but the way that was asked for; nothing at all: that too is said."""
    row = world.send(message="hej", answer_by="call", contact="070-174 06 21", when="före 12")
    page = owner.get(f"/inbox/{row}").text
    assert "<textarea" not in page
    assert 'Så vill personen bli nådd: <bdi dir="auto">Ring, 070-174 06 21, före 12</bdi>' in page
    owner.act(row, "reply", **{"text": "hej", "from": "x"})
    assert "ingen brevlåda att svara till" in owner.get(f"/inbox/{row}").text
    assert "Det finns heller inget nummer" in owner.get(f"/inbox/{world.send(message='du')}").text


def test_the_rules_of_replying_stand_beside_the_box(world: World, owner: Browser, kim: Writer) -> None:
    """Never a new place or number without the word, and every appointment in every answer."""
    page = owner.get(f"/inbox/{kim.send(message='hej')}").text
    assert "Aldrig en ny plats eller ett nytt nummer utan ordet" in page
    assert "Skriv alla tider som gäller i varje svar" in page


def test_the_name_in_the_register_is_not_given_away(world: World, owner: Browser, kim: Writer) -> None:
    """The box proposes the programme's word for its coordinators, and remembers what was chosen instead."""
    row = kim.send(message="hej")
    page = owner.get(f"/inbox/{row}").text
    assert 'name="from" maxlength="40" autocomplete="off" value="samordnarna"' in page
    answer(owner, row, "ett", **{"from": "Linden"})
    assert 'value="Linden"' in owner.get(f"/inbox/{row}").text
    assert all("Anna" not in str(one) for one in kim.replies())


@pytest.mark.parametrize("path", ["reply", "phrase", "deliver"])
def test_another_team_and_whoever_is_signed_out_send_nothing(
    world: World, owner: Browser, stranger: Browser, kim: Writer, path: str
) -> None:
    """Cilla of another town meets nothing there, a browser without a session the door, a foreign page a refusal."""
    row = kim.send(message="hej")
    owner.get(f"/inbox/{row}")
    form = {"text": "falskt", "from": "x", "seen": "9", "phrase": "read"}
    assert stranger.post(f"/inbox/{row}/{path}", **form).status_code == 404
    assert Browser(world).post(f"/inbox/{row}/{path}", **form).headers["Location"].startswith("/login")
    assert owner.client.post(f"/inbox/{row}/{path}", data=form, base_url=ORIGIN).status_code == 400
    assert kim.replies() == []
    assert "falskt" not in owner.get(f"/inbox/{row}").text


def test_a_reply_does_not_move_the_hand_nor_claim(world: World, owner: Browser, kim: Writer) -> None:
    """Answering is not taking: the request stays free until somebody takes it."""
    row = kim.send(message="hej")
    answer(owner, row, "ett")
    assert order(owner.get("/inbox?show=free").text) == [row]
    assert days(world.clock.now().date()) > 20_000
