"""A person writes and sends in a real Chromium with script on; only envelopes ever leave the page. design.md 4 to 6."""

import json
import re
import threading

from playwright.sync_api import Page, expect

from crypto.opening.unseal import unseal
from crypto.returncode import derive, parse_code
from crypto.submission import Submission
from tests.client.stand import CREATED, Arrival, Reply, Stand
from tests.crypto import made

STORY = "KANARIEFAGEL sover med skorna på"
SALT = made.roster().salt


def visit(page: Page, portal: Stand) -> None:
    """Open the form and wait until the script has taken it over."""
    page.goto(f"{portal.origin}/me")
    expect(page.get_by_text("låses i din mobil")).to_be_visible()


def write(page: Page, story: str = STORY) -> None:
    """Answer two questions."""
    page.get_by_label("Bara prata").check()
    page.locator("#message").fill(story)


def send(page: Page) -> None:
    """Press the button."""
    page.get_by_role("button", name="Skicka nu").click()


def opened(arrival: Arrival) -> Submission:
    """Read an envelope as a coordinator does."""
    return Submission.decode(unseal(arrival.body, made.OWNER))


def nothing_left(portal: Stand) -> bool:
    """Tell whether nothing of the story reached the portal, in a body, an address or a header."""
    seen = [f"{one.path} {one.headers}".encode() + one.body for one in portal.arrivals]
    return not any(b"KANARIE" in one or b"talk" in one for one in seen)


def test_a_request_leaves_the_phone_sealed_and_the_code_stays(page: Page, portal: Stand) -> None:
    """The coordinator reads what was typed, the person sees the code to its mailbox, and the form is gone."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    visit(page, portal)
    write(page)
    send(page)
    expect(page.get_by_role("heading", name="Tack. Det kom fram.")).to_be_focused()
    (sent,) = portal.sent()
    assert (sent.method, sent.path, len(sent.body)) == ("POST", "/envelope", 8923)
    assert sent.headers["Content-Type"] == "application/octet-stream"
    assert sent.headers["Origin"] == portal.origin
    assert sent.headers["Sec-Fetch-Site"] == "same-origin"
    assert "Referer" not in sent.headers
    read = opened(sent)
    assert (read.form, read.municipality, read.page_language, read.road) == ("me", "ekstad", "sv", "page")
    assert read.answers == {"need": ("talk",), "message": STORY, "answer_by": "code", "municipality": "ekstad"}
    assert read.mailbox == derive(parse_code(page.locator("[data-code]").inner_text()), SALT).mailbox()
    assert page.url == f"{portal.origin}/done"
    assert page.locator("form, textarea, input, template").count() == 0
    expect(page.get_by_text("måndag klockan 8")).to_be_visible()
    assert page.get_by_text("Vi ringer").count() == page.get_by_text("ingen kod").count() == 0
    assert nothing_left(portal)
    assert complaints == []


def test_who_wants_a_call_gets_no_code(page: Page, portal: Stand) -> None:
    """A number is asked for once, kindly; then no mailbox is made and no code is shown."""
    visit(page, portal)
    page.get_by_label("Ring").check()
    page.get_by_label("Vet inte").check()
    write(page, f"{STORY}\x07\x7f\n")
    send(page)
    expect(page.get_by_text("Skriv ett nummer.").first).to_be_visible()
    expect(page.locator("#contact")).to_be_focused()
    page.locator("#contact").fill(" 070-1740631 ")
    send(page)
    expect(page.get_by_text("Vi ringer den tid du valde.")).to_be_visible()
    read = opened(portal.sent()[0])
    assert read.mailbox is None
    assert read.answers["message"] == STORY
    assert (read.municipality, read.answers["municipality"], read.answers["contact"]) == (
        "ekstad",
        "unknown",
        "070-1740631",
    )
    assert page.locator("[data-code]").count() == 0


def test_nothing_said_is_told_kindly(page: Page, portal: Stand) -> None:
    """What the page chose by itself is no request; one tick is enough."""
    visit(page, portal)
    send(page)
    expect(page.get_by_text("Skriv en rad eller kryssa i något.").first).to_be_visible()
    assert portal.sent() == []
    page.get_by_label("Ja, nu").check()
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    assert opened(portal.sent()[0]).answers["urgency"] == "now"


def test_a_text_too_long_is_told_while_typing(page: Page, portal: Stand) -> None:
    """The page counts the bytes as they will be sealed, says about how many characters must go, and sends nothing."""
    visit(page, portal)
    page.locator("#message").fill("\u0633" * 4100)
    expect(page.locator("[data-say=message]")).to_contain_text(re.compile(r"ungefär \d+0 tecken"))
    send(page)
    expect(page.locator("#message")).to_be_focused()
    assert portal.sent() == []
    number = int(re.sub(r"\D", "", page.locator("[data-say=message]").inner_text()))
    page.locator("#message").fill("\u0633" * (4100 - number))
    expect(page.locator("[data-say=message]")).to_be_empty()
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()


def test_short_and_long_texts_look_alike_on_the_wire(page: Page, portal: Stand) -> None:
    """Five characters and five thousand: the same headers, the same number of bytes."""
    seen = []
    for text in ("x" * 5, "x" * 5000):
        visit(page, portal)
        page.locator("#message").fill(text)
        send(page)
        expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
        seen.append((len(portal.sent()[-1].body), portal.sent()[-1].headers))
    assert seen[0] == seen[1]


def test_an_envelope_is_kept_until_it_arrived(page: Page, portal: Stand) -> None:
    """A dropped connection: the text stays, the page says so, and the next tap sends the very same bytes."""
    portal.envelope = lambda _arrival: Reply(0)
    visit(page, portal)
    write(page)
    send(page)
    expect(page.get_by_text("Det gick inte fram.").first).to_be_visible()
    assert page.locator("#message").input_value() == STORY
    send(page)
    expect(page.get_by_text("Det gick inte fram.").first).to_be_visible()
    page.wait_for_function("() => document.activeElement.id === 'send'")
    page.locator("#message").fill(STORY + "!")
    expect(page.get_by_text("Det gick inte fram.")).to_have_count(0)
    portal.envelope = lambda _arrival: CREATED
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    # Chromium itself tries a dropped connection once more; what counts is which bytes were ever sent.
    bodies = list(dict.fromkeys(one.body for one in portal.sent()))
    assert len(bodies) == 2
    first, second = (Submission.decode(unseal(body, made.OWNER)) for body in bodies)
    assert (first.try_id, first.mailbox) == (second.try_id, second.mailbox)
    assert (first.answers["message"], second.answers["message"]) == (STORY, STORY + "!")


def test_a_new_roster_is_sealed_to_unseen(page: Page, portal: Stand) -> None:
    """409 brings the roster of now: the script seals to it by itself, and the person notices nothing."""
    new = made.signed(made.draft(epoch=2))
    portal.envelope = lambda arrival: CREATED if arrival.body[7:11] == b"\0\0\0\2" else Reply(409, new)
    visit(page, portal)
    write(page)
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    before, after = portal.sent()
    assert (before.body[10], after.body[10]) == (1, 2)
    assert opened(before).answers == opened(after).answers
    assert opened(before).try_id == opened(after).try_id


def test_no_answer_but_201_is_a_receipt(page: Page, portal: Stand) -> None:
    """Whatever else comes back, from the portal or from something in between, the text stays and nobody is deceived."""
    visit(page, portal)
    write(page)
    refusals = {
        "Det gick inte fram.": [200, 204, 303, 400, 403, 409, 413, 503],
        "Många skriver just nu.": [429],
    }
    for words, statuses in refusals.items():
        for status in statuses:
            portal.envelope = lambda _arrival, status=status: Reply(status, b"" if status in (204, 303) else b"Tack!")  # type: ignore[misc]  # mypy sees no default argument here
            page.locator("#contact").fill(f"{status}")
            send(page)
            expect(page.get_by_text(words).first).to_be_visible()
            assert page.locator("#message").input_value() == STORY
            assert page.locator("h1").inner_text() == "Skriv till oss"
    assert nothing_left(portal)


def test_a_roster_that_comes_late_is_fetched_again(page: Page, portal: Stand) -> None:
    """No roster, no envelope: but the next tap asks for it again."""
    good = portal.roster
    portal.roster = good[:-40]
    visit(page, portal)
    write(page)
    send(page)
    expect(page.get_by_text("Det gick inte fram.").first).to_be_visible()
    assert portal.sent() == []
    portal.roster = good
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()


def test_two_taps_send_one_envelope(page: Page, portal: Stand) -> None:
    """A nervous thumb makes one request, not two."""
    visit(page, portal)
    write(page)
    came = threading.Event()
    portal.envelope = lambda _arrival: CREATED if came.wait(5) else Reply(0)
    page.get_by_role("button", name="Skicka nu").dblclick()
    expect(page.get_by_text("Skickar").first).to_be_visible()
    send(page)
    page.wait_for_timeout(400)
    came.set()
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    assert len(portal.sent()) == 1


def test_leaving_empties_the_page_and_back_shows_nothing(page: Page, portal: Stand) -> None:
    """One tap: a neutral page, no way back to what was typed."""
    page.goto(f"{portal.origin}/about")
    visit(page, portal)
    write(page)
    page.get_by_text("Lämna sidan").click()
    expect(page.get_by_role("heading", name="Kommunen")).to_be_visible()
    assert page.url == f"{portal.origin}/exit"
    assert page.evaluate("history.length") == 3  # the empty tab, the page before, and the exit in the form's place
    page.go_back()
    assert page.url == f"{portal.origin}/about"
    assert nothing_left(portal)


def test_the_page_is_empty_from_the_tap_on(page: Page, portal: Stand) -> None:
    """However slow the next page comes, nothing is left to see meanwhile, and nothing names the one that was."""
    visit(page, portal)
    write(page)
    tap = "() => { document.querySelector('[data-leave]').click();"
    assert page.evaluate(tap + " return [document.title, document.body.childNodes.length]; }") == ["Start", 0]
    expect(page.get_by_role("heading", name="Kommunen")).to_be_visible()


def test_the_code_is_covered_while_the_page_is_hidden(page: Page, portal: Stand) -> None:
    """Whoever flips through the phone's open apps sees dots; a tap shows the code again."""
    visit(page, portal)
    write(page)
    send(page)
    code = page.locator("[data-code]")
    shown = code.inner_text()
    assert len(parse_code(shown)) == 24
    hide = "(state) => { Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, "hidden")
    assert re.search(r"\d", code.inner_text()) is None
    page.evaluate(hide, "visible")
    assert re.search(r"\d", code.inner_text()) is None
    page.get_by_role("button", name="Visa koden").click()
    assert code.inner_text() == shown


def test_the_tap_after_the_code_replaces_it(page: Page, portal: Stand) -> None:
    """No way back leads to the code: not by a link, not by the browser's own Back."""
    visit(page, portal)
    write(page)
    send(page)
    code = page.locator("[data-code]").inner_text()
    assert len(parse_code(code)) == 24
    page.get_by_text("Så fungerar det").click()
    expect(page.get_by_role("heading", name="En annan sida")).to_be_visible()
    assert page.evaluate("history.length") == 2
    page.goto(f"{portal.origin}/me")
    page.go_back()
    page.go_back()
    assert page.url == "about:blank"
    assert code[:4] not in json.dumps([one.path for one in portal.arrivals])


def test_the_language_changes_and_the_words_stay(page: Page, portal: Stand) -> None:
    """The portal hears which language is wanted and nothing else; no form comes in by that door."""
    english = portal.page.replace('lang="sv" dir="ltr"', 'lang="ar" dir="rtl"').replace("Skriv till oss", "Write to us")
    portal.page = portal.page.replace(
        "<h1>", '<button form="p" name="lang" value="ar" data-lang="ar">عربي</button><h1>'
    )

    def answer(arrival: Arrival) -> Reply:
        source = english if arrival.method == "POST" else portal.page
        return Reply(body=source.replace(' integrity="INTEGRITY"', "").encode())

    portal.rules["/me"] = answer
    visit(page, portal)
    write(page)
    page.get_by_label("Ring").check()
    page.get_by_role("button", name="عربي").click()
    expect(page.get_by_role("heading", name="Write to us")).to_be_visible()
    assert portal.sent()[0].body == b"lang=ar"
    assert page.locator("#message").input_value() == STORY
    assert page.get_by_label("Ring").is_checked()
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.evaluate("document.forms.length") == 0
    assert page.locator("noscript, script").count() == 1  # the running one, in the head
    page.get_by_label("Kod").check()
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    assert opened(portal.sent()[1]).page_language == "ar"
    assert nothing_left(portal)


FEW = """<template><p data-word="failed" data-field="send">Det gick inte fram.</p>
<p data-word="sending">Skickar … Stäng inte sidan.</p></template>"""


def made_small(portal: Stand) -> Reply:
    """Let the portal's page leave out what the first view does not need, and return the page that holds it."""
    start = portal.page.index("<template>")
    parts = "<!doctype html><title>-</title><form id=p></form><noscript><form></form></noscript>" + portal.page[start:]
    portal.page = portal.page[:start].replace("data-done=", 'data-parts="/parts" data-done=') + FEW
    return Reply(body=parts.encode())


def test_a_small_page_has_its_words_brought(page: Page, portal: Stand) -> None:
    """What the first view does not need comes after it; without it nothing is sent, since no receipt could be shown."""
    parts = made_small(portal)
    visit(page, portal)
    write(page)
    for lacking in (Reply(503), Reply(body=b"<!doctype html><title>-</title><p>Something in between")):
        portal.rules["/parts"] = lambda _arrival, lacking=lacking: lacking  # type: ignore[misc]  # as above
        page.locator("#contact").fill(f"{lacking.status}")
        send(page)
        expect(page.get_by_text("Det gick inte fram.").first).to_be_visible()
    assert portal.sent() == []
    portal.rules["/parts"] = lambda _arrival: parts
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    assert len(portal.sent()) == 1
    assert page.locator("form").count() == 0


def test_what_is_tapped_before_the_words_came_is_answered_all_the_same(page: Page, portal: Stand) -> None:
    """On a slow line somebody is quicker than the rest of the page: it says that it sends, then what is missing."""
    parts, come = made_small(portal), threading.Event()

    def late(_arrival: Arrival) -> Reply:
        come.wait(20)
        return parts

    portal.rules["/parts"] = late
    visit(page, portal)
    send(page)
    page.locator("#contact").press("a")  # whatever is said while one types has no words yet either
    come.set()
    expect(page.get_by_text("Skriv en rad eller kryssa i något.").first).to_be_visible()
    come.clear()
    page.reload()
    write(page)
    send(page)
    expect(page.get_by_text("Skickar … Stäng inte sidan.")).to_be_visible()
    assert portal.sent() == []
    come.set()
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    assert len(portal.sent()) == 1


HURRY = """const own = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, "timeout");
Object.defineProperty(XMLHttpRequest.prototype, "timeout", { set(limit) { own.set.call(this, limit / 60); } });"""


def test_words_that_never_come_keep_nobody_waiting_for_ever(page: Page, portal: Stand) -> None:
    """A line that goes silent amid the page's rest: after a while (here sixty times shorter) the page says so."""
    parts, over = made_small(portal), threading.Event()

    def silent(_arrival: Arrival) -> Reply:
        over.wait(20)
        return parts

    portal.rules["/parts"] = silent
    page.add_init_script(HURRY)
    visit(page, portal)
    write(page)
    send(page)
    expect(page.get_by_text("Det gick inte fram.").first).to_be_visible()
    over.set()
    send(page)
    expect(page.get_by_text("Tack. Det kom fram.")).to_be_visible()
    assert len(portal.sent()) == 1
