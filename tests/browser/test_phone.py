"""A person on a phone of 360 by 740, with and without JavaScript, and the coordinator who reads what they wrote."""

import time

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Phone
from tests.browser.states import choice, speak
from tests.road import Demo

THUMB = 280  # milliseconds a letter: 43 words a minute, two thumbs that know the keyboard; half of that is slow
GLANCE = 1.2  # seconds until a short question is understood
STORY = "jag sover med skorna på. kan inte vara hemma. hör av er snart"


def tap(page: Page, words: str) -> None:
    """Read, find and tap one answer."""
    time.sleep(GLANCE)
    choice(page, words).tap()


def write(page: Page, name: str, text: str) -> None:
    """Type with two thumbs."""
    field = page.locator(f"#{name}")
    field.tap()
    field.press_sequentially(text, delay=THUMB, timeout=60_000)


def answer_five(page: Page, story: str) -> None:
    """Answer the five questions and send."""
    tap(page, "Kanske snart")
    tap(page, "Att vara trygg")
    tap(page, "Bara prata")
    write(page, "message", story)
    tap(page, "Ring mig")
    write(page, "contact", "070-1740631")
    tap(page, "Ekstad")
    time.sleep(GLANCE)
    page.get_by_role("button", name="Skicka nu").tap()


def read_newest(desk: BrowserContext, road: Demo, story: str) -> str:
    """Return what the coordinator reads on the page of the request that holds the story."""
    page = desk.new_page()
    try:
        for _ in range(20):
            page.goto(f"{road.staff}/inbox")
            row = page.locator("tr", has_text=story[:24])
            if row.count():
                row.first.locator("a.open").click()
                return page.inner_text("main")
            page.wait_for_timeout(500)
        raise AssertionError("the story did not reach the list")
    finally:
        page.close()


def journey(road: Demo, page: Page, desk: BrowserContext, story: str) -> float:
    """Walk from the start page to the confirmation and on to the coordinator; return the seconds spent on the form."""
    page.goto(road.portal)
    expect(page).to_have_title("Utväg")
    page.get_by_role("link", name="Jag vill ha hjälp").tap()
    started = time.monotonic()
    answer_five(page, story)
    page.wait_for_url("**/done")
    took = time.monotonic() - started
    expect(page.get_by_role("heading", level=1)).to_have_text("Tack. Det kom fram.")
    read = read_newest(desk, road, story)
    assert story in read
    assert "070-1740631" in read
    return took


def test_five_questions_at_thumb_speed(road: Demo, phone: Phone, desk: BrowserContext) -> None:
    """Read, tapped and typed as a person does, the five questions take less than a minute, without a script."""
    assert 20 < journey(road, phone(java_script_enabled=False).new_page(), desk, f"i lugn takt: {STORY}") < 60


def test_five_questions_with_script_on(
    road: Demo, phone: Phone, desk: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same road with a script, for a robot that needs no time to think."""
    monkeypatch.setattr("tests.browser.test_phone.THUMB", 0)
    monkeypatch.setattr("tests.browser.test_phone.GLANCE", 0.0)
    journey(road, phone().new_page(), desk, f"i hast: {STORY}")


def test_a_number_is_asked_for_only_where_one_is_needed(road: Demo, phone: Phone) -> None:
    """Whoever does not want a call sees no question about one."""
    page = phone().new_page()
    page.goto(f"{road.portal}/me")
    expect(page.locator("#contact")).to_be_hidden()
    choice(page, "Ring mig").tap()
    expect(page.locator("#contact")).to_be_visible()
    expect(page.locator("#code_word")).to_be_visible()


def test_danger_is_answered_at_once(road: Demo, phone: Phone) -> None:
    """ "Yes, now" shows the number to call on the same screen, without a script."""
    page = phone(java_script_enabled=False).new_page()
    page.goto(f"{road.portal}/me")
    advice = page.get_by_text("Ring 112 nu om du kan.")
    expect(advice).to_be_hidden()
    choice(page, "Ja, nu").tap()
    expect(advice).to_be_visible()


def test_a_refused_form_keeps_every_word(road: Demo, phone: Phone) -> None:
    """A call without a number comes back with all that was typed, and is sent once the number is there."""
    page = phone(java_script_enabled=False).new_page()
    page.goto(f"{road.portal}/me")
    page.locator("#message").fill(STORY)
    choice(page, "Ring mig").tap()
    page.get_by_role("button", name="Skicka nu").tap()
    expect(page.locator("#message")).to_have_value(STORY)
    expect(page.locator("#contact")).to_be_visible()
    page.locator("#contact").fill("070-1740632")
    page.get_by_role("button", name="Skicka nu").tap()
    page.wait_for_url("**/done")


def test_changing_the_language_keeps_every_word(road: Demo, phone: Phone) -> None:
    """The page turns English, the text stays, and the address tells nothing."""
    page = phone(java_script_enabled=False).new_page()
    page.goto(f"{road.portal}/me")
    page.locator("#message").fill(STORY)
    choice(page, "Kanske snart").tap()
    speak(page, "en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#message")).to_have_value(STORY)
    expect(page.locator("input[name=urgency][value=soon]")).to_be_checked()
    assert page.url == f"{road.portal}/me"


def test_enter_sends_and_does_not_change_the_language(road: Demo, phone: Phone) -> None:
    """Without a script the keyboard's own send key sends."""
    page = phone(java_script_enabled=False).new_page()
    page.goto(f"{road.portal}/me")
    choice(page, "Ring mig").tap()
    page.locator("#contact").fill("070-1740633")
    page.locator("#contact").press("Enter")
    page.wait_for_url("**/done")
    expect(page.locator("html")).to_have_attribute("lang", "sv")


@pytest.mark.parametrize("script", [True, False], ids=["script on", "script off"])
def test_leaving_shows_a_neutral_page(road: Demo, phone: Phone, script: bool) -> None:
    """One tap leads to the ordinary page that the programme names, and going back shows nothing that was typed."""
    page = phone(java_script_enabled=script).new_page()
    page.goto(road.portal)
    page.goto(f"{road.portal}/me")
    page.locator("#message").fill(STORY)
    # The neutral page lies outside this machine, so the browser's own error page stands in for it.
    with page.expect_event("requestfailed", lambda request: request.url == "https://example.org/"):
        page.get_by_role("link", name="Lämna sidan").first.tap(no_wait_after=True)
    page.wait_for_url("chrome-error://**")
    assert STORY not in page.content()
    page.go_back(wait_until="commit")
    page.wait_for_load_state()
    if script:  # the page's own entry became that of the neutral page
        assert page.url == f"{road.portal}/"
    else:
        assert page.url == f"{road.portal}/me"
        expect(page.locator("#message")).to_have_value("")


@pytest.mark.parametrize(
    "path", ["/", "/me", "/other", "/code", "/done", "/about", "/jobb", "/uppgifter", "/tillganglighet"]
)
def test_nothing_is_wider_than_the_phone(road: Demo, phone: Phone, path: str) -> None:
    """At 320 pixels nobody has to move the page sideways, whatever is opened on it; Somali has the longest words."""
    page = phone(viewport={"width": 320, "height": 640}).new_page()
    for language in ("sv", "so", "ar"):
        page.goto(f"{road.portal}{path}")
        if page.locator("html").get_attribute("lang") != language:
            speak(page, language)
        for answer in page.locator("input[value=call], input[value=under18], input:is([value=now], [value=us])").all():
            answer.check()
        for summary in page.locator("summary").all():
            summary.tap()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_targets_are_large_enough_for_a_thumb(road: Demo, phone: Phone) -> None:
    """Everything to be tapped is at least 48 pixels high, but for links within a sentence."""
    page = phone().new_page()
    for path in ("/", "/me", "/other", "/code", "/done"):
        page.goto(f"{road.portal}{path}")
        for one in page.locator(
            "a.go, a.leave, button:visible:not([aria-hidden]), label:has(input), textarea, summary, "
            "input[maxlength]:visible"
        ).all():
            box = one.bounding_box()
            if box and box["width"] > 1:
                assert box["height"] >= 47.5, one.evaluate("node => node.outerHTML")
