"""With script on the code stays in the phone: what leaves is a token, names of replies and envelopes, or nothing."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from babel.dates import get_month_names
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from crypto import primitives
from crypto.returncode import new_code, show_code
from crypto.submission import Mailbox
from crypto.thread import HEAD, PADDED_SIZE, Reply, seal_reply
from deaddrop.answer import Answer
from deaddrop.schema import engine
from tests.browser.conftest import Phone
from tests.browser.states import ask_language, speak
from tests.browser.test_code import enter, leave_reply, send
from tests.browser.test_sealing import GONE, broken, watched
from tests.day import keys_of
from tests.road import Demo, Visitor

STORY = "kanariefågeln kommer tillbaka"
ANSWER = "Hej! Vi ses i morgon klockan tio.\nTa bussen, inte bilen."
LOOK = "Visa svar"


def leaked(seen: list[Request], *secrets: str) -> list[str]:
    """Name each request that carried one of these in its body or its address, whatever stood between the digits."""
    found = []
    for one in seen:
        said = one.url.encode() + (one.post_data_buffer or b"")
        plain = re.sub(rb"[\s+-]|%20", b"", said)
        spelt = {form.encode() for secret in secrets for form in (secret, secret.replace(" ", ""))}
        found += [one.url for form in spelt if form in said or form in plain]
    return found


def posts(road: Demo, seen: list[Request]) -> list[tuple[str, int]]:
    """List what was sent: where to, and how many bytes."""
    sent = [one for one in seen if one.method == "POST"]
    return [(one.url.removeprefix(road.portal), len(one.post_data_buffer or b"")) for one in sent]


def put(road: Demo, code: str, sealed: bytes) -> None:
    """Lay bytes into a code's mailbox, as whoever knows its reply key could."""
    address = keys_of(road, code).mailbox().address
    Answer(engine(str(road.said["deaddrop"]))).leave(address, sealed, datetime.now(UTC).date())


def open_request(road: Demo, desk: BrowserContext, story: str) -> Page:
    """Collect until the story stands in the coordinator's list, and open its page."""
    page = desk.new_page()
    page.goto(f"{road.staff}/inbox")
    row = page.locator("tr", has_text=story[:24]).first
    for _ in range(10):
        page.get_by_role("button", name="Hämta nu").click()
        if row.count():
            break
    row.locator("a.open").click()
    return page


@pytest.mark.parametrize("script", [True, False], ids=["script on", "script off"])
def test_an_answer_is_read_and_answered(road: Demo, phone: Phone, desk: BrowserContext, script: bool) -> None:
    """Sent and left; Elsa replies from her page; read with the code, written again: she reads it in the same thread."""
    page = phone(java_script_enabled=script).new_page()
    seen = watched(page)
    story = f"{'på' if script else 'av'}: {STORY}"
    code = send(road, page, story, "Ja, nu")
    page.context.clear_cookies()  # another day
    staff = open_request(road, desk, story)
    staff.locator("#text").fill(ANSWER)
    staff.get_by_role("button", name="Skicka svar").click()
    staff.locator("li.ours").wait_for()
    thread = staff.url.partition("#")[0]
    enter(road, page, code)
    expect(page.locator(".said")).to_have_text(ANSWER)
    expect(page.locator("input[name=municipality]:checked")).to_have_value("ekstad")
    page.locator("#message").fill(f"tack, {story}")
    page.get_by_role("button", name="Skicka svar").tap()
    expect(page.locator("main .note", has_text="Det kom fram.")).to_be_visible()
    open_request(road, desk, story).close()
    staff.goto(thread)
    told = staff.inner_text("main")
    staff.close()
    assert f"tack, {story}" in told
    assert "skrivet med koden, signerat" in told
    assert "öppnat i dag" in told
    if script:
        assert leaked(seen, code, STORY) == []
        assert posts(road, seen) == [("/envelope", 8923), ("/mailbox", 97), ("/mailbox", 97), ("/envelope", 8923)]


def test_on_the_wire_every_visit_is_alike(road: Demo, phone: Phone) -> None:
    """Nobody's code, one reply or four: the same requests in the same order and length, and so the answers."""
    one, four = new_code(), new_code()
    leave_reply(road, one, 1, "hej")
    for number in range(1, 5):
        leave_reply(road, four, number, "å" * 1500)
    visits = set()
    for code, number in ((new_code(), 0), (one, 1), (four, 4)):
        page = phone().new_page()
        seen = watched(page)
        enter(road, page, code)
        expect(page.locator("#message")).to_be_visible()
        expect(page.locator(".said")).to_have_count(number)
        page.wait_for_timeout(200)
        asked = [request for request in seen if request.method == "POST"]
        visits.add(tuple(tuple(sorted(request.sizes().items())) for request in asked))
        assert posts(road, seen) == [("/mailbox", 97), ("/mailbox", 97)]
        assert leaked(seen, code) == []
    assert len(visits) == 1


def pressed(page: Page) -> None:
    """Tap and press everything that might send."""
    for button in page.locator("main button.go").all():
        button.tap()
    page.locator("#code").press("Enter")
    ask_language(page, "en")
    page.wait_for_timeout(300)


@pytest.mark.parametrize("way", ["dropped", "missing", "half", "other hash"])
def test_without_its_script_the_code_goes_nowhere(road: Demo, phone: Phone, way: str) -> None:
    """Whatever is pressed, no digit leaves, they stay in the field, and what is said after six seconds is there."""
    page, code = phone().new_page(), new_code()
    page.route("**/code.js", broken(Visitor(road.portal).send("GET", "/code.js").text.encode())[way])
    seen = watched(page)
    page.goto(f"{road.portal}/code")
    page.locator("#code").fill(show_code(code))
    pressed(page)
    assert posts(road, seen) == []
    assert leaked(seen, code) == []
    expect(page.locator("#code")).to_have_value(show_code(code))
    expect(page.locator("[data-unready]")).to_contain_text("Sidan är inte klar.")  # seen after six seconds
    expect(page.get_by_text("Koden stannar i mobilen.")).to_be_hidden()


@pytest.mark.parametrize("gone", [*GONE, "no subtle"])
def test_a_script_that_fails_keeps_the_code(road: Demo, phone: Phone, gone: str) -> None:
    """A browser that lacks what deriving or fetching needs sends nothing, and the page never claims to work."""
    page, code = phone().new_page(), new_code()
    lacks = "Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})"
    page.add_init_script(GONE.get(gone, lacks))
    seen = watched(page)
    page.goto(f"{road.portal}/code")
    page.locator("#code").fill(code)
    page.get_by_role("button", name=LOOK).tap()
    page.locator("#code").press("Enter")
    page.wait_for_timeout(400)
    assert posts(road, seen) == []
    assert leaked(seen, code) == []
    expect(page.locator("#code")).to_have_value(code)


def test_what_is_written_stays_until_it_is_received(road: Demo, phone: Phone) -> None:
    """No way out for the envelope: said so, nothing in plain text leaves, and the next tap sends the same bytes."""
    page, code = phone().new_page(), new_code()
    enter(road, page, code)
    expect(page.locator("#message")).to_be_visible()
    seen = watched(page)
    page.route("**/envelope", lambda route: route.abort())
    page.locator("#message").fill(STORY)
    for _ in range(2):
        page.locator("#send").tap()
        expect(page.locator("main .err", has_text="Det gick inte just nu.")).to_be_visible()
        expect(page.locator("#message")).to_have_value(STORY)
        page.wait_for_timeout(50)
    page.unroute("**/envelope")
    page.locator("#send").tap()
    expect(page.locator("main .note", has_text="Det kom fram.")).to_be_visible()
    expect(page.locator("#message")).to_have_value("")
    assert leaked(seen, code, STORY) == []
    assert len({request.post_data_buffer for request in seen if request.url.endswith("/envelope")}) == 1


def answering(status: int) -> Callable[[Route], None]:
    """Answer in the portal's place with one line."""
    return lambda route: route.fulfill(status=status, body="-")


def test_a_portal_or_dead_drop_that_is_away_is_said(road: Demo, phone: Phone) -> None:
    """Never "no reply" where nobody could look: the digits stay, and the next tap tries again."""
    page, code = phone().new_page(), new_code()
    leave_reply(road, code, 1, ANSWER)
    for status in (503, 429, 200):
        page.route("**/mailbox", answering(status))
        enter(road, page, code)
        said = "Många är här just nu." if status == 429 else "Det gick inte just nu."
        expect(page.locator("main .err", has_text=said)).to_be_visible()
        page.unroute("**/mailbox")
    page.get_by_role("button", name=LOOK).tap()
    expect(page.locator(".said")).to_have_text(ANSWER)


def test_too_long_is_told_while_typing(road: Demo, phone: Phone) -> None:
    """Counted as it will be sealed, signature and all: nothing is sent, and it fits once so much is gone."""
    page = phone().new_page()
    enter(road, page, new_code())
    page.locator("#message").fill("س" * 4000)
    told = page.locator("main .err", has_text="Texten är för lång.")
    expect(told).to_be_visible()
    over = int(re.sub(r"\D", "", told.inner_text()))
    seen = watched(page)
    page.locator("#send").tap()
    expect(page.locator("#message")).to_be_focused()
    assert posts(road, seen) == []
    page.locator("#message").fill("س" * (4000 - over))
    expect(told).to_have_count(0)
    page.locator("#send").tap()
    expect(page.locator("main .note", has_text="Det kom fram.")).to_be_visible()


def test_a_hostile_reply_is_letters_or_nothing(road: Demo, phone: Phone) -> None:
    """Markup is shown as it is written; what opens to nonsense, or was moved here, is left out and breaks no page."""
    page, code = phone().new_page(), new_code()
    box = keys_of(road, code).mailbox()
    markup = "<img src=x onerror=alert(1)> <b>\u202e</b> {{ 7*7 }}"
    put(road, code, seal_reply(Reply(2, date(2026, 11, 23), "<i>Elsa", markup), box))
    key = b"k" * 32
    outside = HEAD + primitives.seal_to(box.reply_key, key)
    put(road, code, outside + primitives.encrypt(key, b"[" * 3000, PADDED_SIZE, outside + box.address))
    moved = Mailbox(bytes(32), box.reply_key, box.thread_key)
    put(road, code, seal_reply(Reply(1, date(2026, 11, 23), "Elsa", "från en annan låda"), moved))
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    enter(road, page, code)
    expect(page.locator(".said")).to_have_text(markup)
    expect(page.locator("[data-from]")).to_have_text("<i>Elsa")
    expect(page.get_by_text("Svar med nummer 1 ligger inte kvar här.")).to_be_visible()
    assert page.locator("main img, main b:not([data-number], [data-gap])").count() == 0
    assert faults == []


def test_a_slip_of_the_finger_is_told_at_once(road: Demo, phone: Phone) -> None:
    """With the last digit, before anything is tapped; 23 digits are no mistake yet; digits of any script will do."""
    page, code = phone().new_page(), new_code()
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    leave_reply(road, code, 1, ANSWER)
    page.goto(f"{road.portal}/code")
    seen = watched(page)
    told = page.locator("main .err", has_text="Någon siffra är fel.")
    page.locator("#code").fill(show_code(wrong)[:-1])
    expect(told).to_have_count(0)
    page.locator("#code").fill(show_code(wrong))
    expect(told).to_be_visible()
    page.get_by_role("button", name=LOOK).tap()
    expect(page.locator("#code")).to_be_focused()
    assert posts(road, seen) == []
    page.locator("#code").fill(show_code(code).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
    expect(told).to_have_count(0)
    page.get_by_role("button", name=LOOK).tap()
    expect(page.locator(".said")).to_have_text(ANSWER)


def test_the_town_that_answered_is_chosen(road: Demo, phone: Phone) -> None:
    """The newest reply names it; one that no town here has changes nothing."""
    page, code = phone().new_page(), new_code()
    for number, town in ((1, "bjorkby"), (2, "granvik"), (3, "")):
        leave_reply(road, code, number, ANSWER, town)
    enter(road, page, code)
    expect(page.locator("input[value=granvik]")).to_be_checked()
    leave_reply(road, code, 4, ANSWER, "nowhere")
    enter(road, page, code)
    expect(page.locator("input[value=ekstad]")).to_be_checked()


def test_the_language_changes_and_what_was_begun_stays(road: Demo, phone: Phone) -> None:
    """Replies, words and the chosen town stand there in English; the portal hears which language and nothing else."""
    page, code = phone().new_page(), new_code()
    leave_reply(road, code, 1, ANSWER)
    enter(road, page, code)
    page.locator("#message").fill(STORY)
    page.locator("input[value=granvik]").check(force=True)
    seen = watched(page)
    speak(page, "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answer")
    expect(page.locator(".said")).to_have_text(ANSWER)
    expect(page.locator("#message")).to_have_value(STORY)
    expect(page.locator("input[value=granvik]")).to_be_checked()
    assert posts(road, seen) == [("/code", len("lang=en"))]
    assert page.evaluate("document.forms.length") == 0


def test_a_day_is_one_of_the_calendar_on_the_wall(road: Demo, phone: Phone) -> None:
    """A Persian browser counts other months and writes other digits: here a day is Sweden's, in words of the page."""
    page, code = phone(locale="fa-IR").new_page(), new_code()
    leave_reply(road, code, 1, ANSWER)
    page.goto(f"{road.portal}/code")
    expect(page.locator("html")).to_have_attribute("lang", "fa")
    page.locator("#code").fill(code)
    page.locator("#send").tap()
    day = page.locator("[data-day]").inner_text()
    month = "|".join(get_month_names("wide", locale="fa").values())
    assert re.fullmatch(rf"\w+ [0-9]{{1,2}} ({month})", day)


def test_what_the_portal_had_opened_is_opened_by_the_phone_once_script_is_on(road: Demo, phone: Phone) -> None:
    """Script was off when the code was typed: with script on the page asks for it anew, and keeps the words."""
    off, code = phone(java_script_enabled=False), new_code()
    leave_reply(road, code, 1, ANSWER)
    page = off.new_page()
    enter(road, page, code)
    expect(page.locator(".said")).to_have_text(ANSWER)
    on = phone()
    on.add_cookies([{"name": one["name"], "value": one["value"], "url": road.portal} for one in off.cookies()])
    page = on.new_page()
    page.goto(f"{road.portal}/code")
    expect(page.locator("#code")).to_be_visible()
    expect(page.locator(".said")).to_have_count(0)
    assert page.evaluate("document.forms.length") == 0
    page.locator("#code").fill(code)
    page.locator("#code").press("Enter")
    expect(page.locator(".said")).to_have_text(ANSWER)


def test_replies_are_covered_while_the_page_is_hidden(road: Demo, phone: Phone) -> None:
    """Whoever flips through the phone's open apps sees none of it; it is there again with the page."""
    page, code = phone().new_page(), new_code()
    leave_reply(road, code, 1, ANSWER)
    enter(road, page, code)
    expect(page.locator(".said")).to_be_visible()
    for state in ("hidden", "visible"):
        page.evaluate(
            "state => { Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});"
            " document.dispatchEvent(new Event('visibilitychange')) }",
            state,
        )
        expect(page.locator(".said")).to_be_visible(visible=state == "visible")


def test_another_code_leaves_nothing_of_the_first(road: Demo, phone: Phone) -> None:
    """The page is empty at once and asks anew; Back leads to no reply."""
    page, code = phone().new_page(), new_code()
    leave_reply(road, code, 1, ANSWER)
    enter(road, page, code)
    expect(page.locator(".said")).to_have_text(ANSWER)
    page.get_by_role("button", name="Skriv en annan kod").tap()
    expect(page.locator("#code")).to_have_value("")
    expect(page.locator(".said")).to_have_count(0)
    page.go_back()
    assert "bussen" not in page.content()
