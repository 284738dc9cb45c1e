"""The way back on a phone: the code is shown, the answer read, and the person writes again."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from crypto.returncode import derive, new_code
from crypto.thread import Reply, seal_reply
from deaddrop.answer import Answer
from deaddrop.schema import engine
from tests.browser.conftest import Phone
from tests.browser.faces import awake
from tests.browser.states import choice
from tests.browser.test_pages import findings, wide
from tests.road import Demo

ANSWER = "Hej! Vi ses i morgon klockan tio.\nTa bussen, inte bilen."


def leave_reply(road: Demo, code: str, number: int, text: str, town: str = "") -> None:
    """Leave a reply in a code's mailbox, as staff would."""
    roster = json.loads(Path(road.said["roster"]).read_bytes().split(b"\n")[2])
    mailbox = derive(code, bytes.fromhex(roster["salt"])).mailbox()
    sealed = seal_reply(Reply(number, date(2026, 11, 23), "Elsa", text, town), mailbox)
    Answer(engine(str(road.said["deaddrop"]))).leave(mailbox.address, sealed, datetime.now(UTC).date())


def send(road: Demo, page: Page, story: str = "kan någon svara här?", urgency: str = "Vet inte") -> str:
    """Write with a wish for a code, and return the code from the confirmation."""
    page.goto(f"{road.portal}/me")
    choice(page, urgency).tap()
    page.locator("#message").fill(story)
    choice(page, "Ekstad").tap()
    page.locator("#send").tap()
    page.wait_for_url("**/done")
    code = re.sub(r"\D", "", page.locator("p.code").inner_text())
    assert len(code) == 24
    return code


def enter(road: Demo, page: Page, code: str) -> None:
    """Type the code where it belongs."""
    page.goto(road.portal)
    page.get_by_role("link", name="Jag har en kod").tap()
    page.wait_for_url("**/code")
    awake(page)
    page.locator("#code").fill(" ".join(re.findall("....", code)))
    page.get_by_role("button", name="Visa svar").tap()


@pytest.mark.parametrize("script", [True, False], ids=["script on", "script off"])
def test_a_person_comes_back_reads_and_writes_again(road: Demo, phone: Phone, script: bool) -> None:
    """Sent, left, come back with the code, answered, written again, removed."""
    page = phone(java_script_enabled=script).new_page()
    code = send(road, page)
    page.context.clear_cookies()  # another day
    leave_reply(road, code, 1, ANSWER)
    enter(road, page, code)
    expect(page.get_by_role("heading", level=1)).to_have_text("Svar till dig")
    expect(page.locator(".said")).to_have_text(ANSWER)
    page.locator("#message").fill("tack. jag kommer")
    page.get_by_role("button", name="Skicka svar").tap()
    expect(page.locator(".note").first).to_contain_text("Det kom fram.")
    page.get_by_role("button", name="Ta bort svaret härifrån").tap()
    expect(page.locator(".note").first).to_have_text("Svaret är borta härifrån.")
    expect(page.locator(".said")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False], ids=["script on", "script off"])
def test_after_leaving_nobody_can_go_back_to_the_answer(road: Demo, phone: Phone, script: bool) -> None:
    """One tap on the bar, and Back shows the blank page."""
    page = phone(java_script_enabled=script).new_page()
    code = new_code()
    leave_reply(road, code, 1, ANSWER)
    enter(road, page, code)
    expect(page.locator(".said")).to_have_text(ANSWER)
    with page.expect_event("requestfailed", lambda request: request.url == "https://example.org/"):
        page.get_by_role("link", name="Lämna sidan").first.tap(no_wait_after=True)
    page.wait_for_url("chrome-error://**")
    for _ in range(2):
        page.go_back(wait_until="commit")
        page.wait_for_load_state()
        assert "bussen" not in page.content()
        assert code not in re.sub(r"\D", "", page.content())


def test_the_answer_can_be_read_by_everybody(road: Demo, phone: Phone, shelf: Path) -> None:
    """With replies and a gap between them: usable, without an error, no wider than the phone."""
    page = phone().new_page()
    code = new_code()
    for number, text in ((1, "Vi har läst."), (3, ANSWER + " " + "lång" * 60)):
        leave_reply(road, code, number, text)
    enter(road, page, code)
    expect(page.get_by_text("Svar med nummer 2 ligger inte kvar här.")).to_be_visible()
    assert findings(page) == []
    assert wide(page) == 0
    (shelf / "code-answered.html").write_text(page.context.request.get(page.url).text(), "utf-8")
