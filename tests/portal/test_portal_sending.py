"""Sending a form: what is received, what comes back, and that nothing typed is lost."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from flask import Flask

from crypto.returncode import derive, parse_code
from crypto.sealing.pin import salt_of
from deaddrop.errors import UnavailableError
from portal.intake import characters
from portal.views import Portal
from tests.portal.world import OUR_PAGE, Phone, World, inputs

LONG = "å" * 5000  # 5,000 characters as the browser counts, 10,000 bytes as they are sealed


def with_codes(world: World) -> Flask:
    """Return the world's portal with return codes offered."""
    answers = dataclasses.replace(world.programme.answers, code=True)
    return world.app(programme=dataclasses.replace(world.programme, answers=answers))


def cookie(phone: Phone, name: str) -> str | None:
    """Return the value of a cookie that the phone holds."""
    found = phone.client.get_cookie(name, domain="localhost")
    return found.value if found else None


def test_a_filled_form_reaches_the_coordinator_with_every_answer(world: World, phone: Phone) -> None:
    """What was typed is what the coordinator opens, under the contract's names."""
    blank = inputs(phone.get("/me").text)
    told: dict[str, Any] = {
        "urgency": "now",
        "need": ["safety", "talk"],
        "message": "  jag vill bort\r\nsnälla  ",
        "answer_by": "sms",
        "contact": "070-174 06 21",
        "municipality": "granvik",
        "when": "före 12",
        "avoid": ["others_see_phone"],
        "avoid_more": "brorsan",
        "code_word": "pannkaka",
        "call_name": "Kim",
        "language": "other",
        "language_other": "soomaali",
        "age": "under18",
    }
    answer = phone.post("/me", {**told, "try": blank["try"][0]})
    assert (answer.status_code, answer.headers["Location"], answer.data) == (303, "/done", b"")
    (received,) = world.received()
    expected = {**told, "need": ("safety", "talk"), "avoid": ("others_see_phone",), "message": "jag vill bort\nsnälla"}
    assert received.answers == expected
    assert (received.form, received.municipality, received.page_language) == ("me", "granvik", "sv")
    assert (received.road, received.try_id, received.mailbox) == ("portal", blank["try"][0], None)


def test_someone_close_is_asked_other_things(world: World, phone: Phone) -> None:
    """The other form's own answers arrive too."""
    told = {"urgency": "us", "own_safety": "afraid_home", "relation": "parent", "aware": "no", "age": "unknown"}
    assert phone.post("/other", told).headers["Location"].startswith("/done")
    (received,) = world.received()
    assert received.form == "other"
    assert received.answers == {**told, "own_safety": ("afraid_home",)}


@pytest.mark.parametrize("town", ["unknown", ""])
def test_who_does_not_know_the_town_is_read_by_the_first_team(world: World, phone: Phone, town: str) -> None:
    """Not to know, or not to say, loses no request."""
    phone.post("/me", {"message": "hej", "municipality": town})
    (received,) = world.received()
    assert received.municipality == "ekstad"
    assert received.answers.get("municipality", "") == town


@pytest.mark.parametrize("path", ["/me", "/other"])
def test_a_town_that_no_longer_reads_is_never_replaced_by_another(world: World, phone: Phone, path: str) -> None:
    """A page older than the list of towns comes back whole and asks who should read; the choice cannot be skipped."""
    phone.get(path)
    told = {"message": "aldrig till Ekstad", "municipality": "nowhere"}
    assert phone.post(path, told).headers["Location"] == path
    assert world.received() == []
    page = phone.get(path).text
    words = "Den du valde läser inte här längre."
    assert page.count(words) == 2
    assert f'<a href="#municipality">{words}' in page
    assert "id=municipality" in page
    assert re.search(r"<input type=radio form=p name=municipality [^>]*required", page)
    shown = inputs(page)
    assert shown["message"][0].strip() == "aldrig till Ekstad"
    assert "municipality" not in shown
    assert "data-municipality" not in page  # the script does not choose either
    assert phone.post(path, {**shown, "municipality": ["granvik"]}).headers["Location"] == "/done"
    assert [one.municipality for one in world.received()] == ["granvik"]


def test_without_cookies_a_town_that_no_longer_reads_is_refused_too(world: World) -> None:
    """Better not received, and said so, than read by those whom the person keeps away from."""
    phone = Phone(world.app(), cookies=False, language="en")
    answer = phone.post("/me", {"message": "never to Ekstad", "municipality": "nowhere"})
    assert answer.headers["Location"] == "/me?m=town"
    assert "The town you chose no longer reads messages here, and we could not keep" in phone.get("/me?m=town").text
    assert world.received() == []


def test_a_language_written_by_a_tool_is_kept_as_a_language(world: World, phone: Phone) -> None:
    """The contract's `language` may be free text."""
    phone.post("/me", {"message": "hej", "language": "العربية"})
    (received,) = world.received()
    assert (received.answers["language"], received.answers["language_other"]) == ("other", "العربية")


def test_a_value_that_no_page_offers_is_dropped(world: World, phone: Phone) -> None:
    """A made-up choice neither stops a request nor reaches the staff."""
    phone.post("/me", {"message": "hej", "urgency": "apocalypse", "need": ["safety", "gold"], "age": "7"})
    (received,) = world.received()
    assert received.answers == {"message": "hej", "need": ("safety",)}


def test_one_tick_is_enough(world: World, phone: Phone) -> None:
    """Nothing is mandatory but one tick, one sentence or one way to be reached."""
    for told in ({"urgency": "soon"}, {"contact": "070-174 06 21"}, {"age": "unsaid"}, {"call_name": "Kim"}):
        assert phone.post("/me", told).headers["Location"].startswith("/done"), told
    assert len(world.received()) == 4


@pytest.mark.parametrize("told", [{}, {"answer_by": "code", "municipality": "ekstad"}, {"message": " \r\n\t "}])
def test_an_empty_form_is_told_kindly_what_is_enough(world: World, phone: Phone, told: dict[str, str]) -> None:
    """What the page itself chose is no content; the summary links to the field, where the same words stand."""
    phone.get("/me")
    answer = phone.post("/me", told)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    page = phone.get("/me").text
    words = "Skriv en rad eller kryssa i något. Sen kan du skicka."
    assert f'<a href="#message">{words}</a>' in page
    assert page.count(words) == 2
    assert world.received() == []


def test_a_call_without_a_number_comes_back_with_everything(world: World, phone: Phone) -> None:
    """The number is asked for once more, and every other answer stands where it stood."""
    phone.get("/other")
    told = {"need": ["advice", "help_ask"], "message": 'rad 1\n"rad" <2>', "answer_by": "call", "code_word": "ärtsoppa"}
    assert phone.post("/other", told).headers["Location"] == "/other"
    page = phone.get("/other").text
    shown = inputs(page)
    assert "Skriv ett nummer, eller välj att få en kod." in page
    assert (shown["need"], shown["answer_by"], shown["code_word"]) == (["advice", "help_ask"], ["call"], ["ärtsoppa"])
    assert shown["message"][0].strip() == told["message"]
    shown["contact"] = ["070-174 06 21"]
    assert phone.post("/other", shown).headers["Location"] == "/done"
    assert world.received()[0].answers["message"] == told["message"]


def test_a_text_that_is_too_long_says_how_much_must_go(world: World, phone: Phone) -> None:
    """The count is of characters, from bytes as they are sealed; taking that many away is enough."""
    phone.get("/me")
    assert phone.post("/me", {"message": LONG}).headers["Location"] == "/me"
    page = phone.get("/me").text
    told = re.search(r"Ta bort ungefär (\d+) tecken. Inget är borta.", page)
    assert told is not None
    assert inputs(page)["message"][0].strip() == LONG
    over = int(told[1])
    assert 900 <= over < 1200
    assert phone.post("/me", {"message": LONG[:-over]}).headers["Location"] == "/done"
    assert world.received()[0].answers["message"] == LONG[:-over]


@pytest.mark.parametrize(("text", "over", "gone"), [("å" * 50, 20, 10), ("a" * 50, 21, 30), ("\n" * 9, 500, 500)])
def test_characters_are_counted_as_they_are_sealed(text: str, over: int, gone: int) -> None:
    """Two bytes for å, one for a; a text that is shorter than what must go gives the bytes."""
    assert characters(text, over) == gone


def test_the_same_try_keeps_its_name_through_a_refusal(world: World, phone: Phone) -> None:
    """A draft that came back and a double tap are versions of one request."""
    begun = inputs(phone.get("/me").text)["try"][0]
    phone.post("/me", {"try": begun, "answer_by": "call", "message": "hej"})
    again = inputs(phone.get("/me").text)
    assert again["try"] == [begun]
    for _ in range(2):
        phone.post("/me", {"try": begun, "message": "hej"})
    assert [one.try_id for one in world.received()] == [begun, begun]


def test_a_made_up_try_is_replaced(world: World, phone: Phone) -> None:
    """Only what a page of ours draws may name a try."""
    phone.post("/me", {"try": "../../etc", "message": "hej"})
    assert re.fullmatch(r"[0-9a-f]{32}", world.received()[0].try_id)


@pytest.mark.parametrize("failure", [UnavailableError("full"), OSError(28, "No space left"), RuntimeError("bug")])
def test_what_was_not_stored_is_never_acknowledged(
    world: World, app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """Disk full, database locked, a fault of our own: the text comes back with an honest word."""

    class Broken:
        def leave(self, *_: object) -> None:
            raise failure

    monkeypatch.setattr("portal.delivery.Leave", lambda *_: Broken())
    phone = Phone(world.app())
    phone.get("/me")
    assert phone.post("/me", {"message": "jag vill bort"}).headers["Location"] == "/me"
    page = phone.get("/me").text
    assert "Det gick inte fram. Texten finns kvar här." in page
    assert inputs(page)["message"][0].strip() == "jag vill bort"


@pytest.mark.sqlite
def test_a_dead_drop_that_is_no_database_still_leaves_the_pages_up(world: World) -> None:
    """The portal starts, says whom to call, and acknowledges nothing."""
    (world.folder / "deaddrop.sqlite").write_bytes(b"no database " * 100)
    phone = Phone(world.app())
    page = inputs(phone.get("/me").text)
    assert phone.post("/me", {**page, "message": "hej"}).headers["Location"] == "/me"
    assert "Det gick inte fram." in phone.get("/me").text


def test_a_code_is_shown_as_often_as_asked_until_the_person_leaves(world: World) -> None:
    """The code on the page leads to the mailbox in the envelope; leaving takes it away for good."""
    phone = Phone(with_codes(world))
    assert inputs(phone.get("/me").text)["answer_by"] == ["code"]
    assert phone.post("/me", {"message": "hej", "answer_by": "code"}).headers["Location"] == "/done"
    shown = [re.findall(r"<bdi>(\d{4})</bdi>", phone.get("/done").text) for _ in range(3)]
    assert shown[0] == shown[1] == shown[2]
    code = parse_code("".join(shown[0]))
    (received,) = world.received()
    salt = world_salt(world)
    assert received.mailbox == derive(code, salt).mailbox()
    before = cookie(phone, "t")
    answer = phone.post("/exit")
    assert (answer.status_code, answer.headers["Location"]) == (303, world.programme.exit_url)
    assert cookie(phone, "t") not in (None, before)
    assert "<bdi>" not in phone.get("/done").text.split("<h1>")[1].split("Kom inget svar")[0]


def world_salt(world: World) -> bytes:
    """Return the roster's salt."""
    return salt_of(world.root.sign_public)


def test_leaving_by_the_bar_takes_code_and_draft_away(world: World) -> None:
    """GET /exit does what POST does: Back asks the server again and finds nothing."""
    phone = Phone(with_codes(world))
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "code"})
    assert phone.get("/exit").status_code == 303
    assert not re.findall(r"<bdi>\d{4}</bdi>", phone.get("/done").text)
    phone.post("/me", {"message": "kvar?", "answer_by": "call"})
    phone.get("/exit")
    assert "kvar?" not in phone.get("/me").text


def test_who_sent_nothing_is_not_thanked(world: World, phone: Phone) -> None:
    """The confirmation stands only where something was sent; elsewhere the page says what to do when unsure."""
    for path in ("/done", "/done?m=x", "/done?m="):
        page = phone.get(path).text
        assert "Det kom fram." not in page
        assert "Här finns inget att visa" in page
        assert world.programme.telephone.number.replace(" ", "\xa0") in page
    assert "There is nothing to show here" in Phone(world.app(), language="en").get("/done").text
    phone.post("/me", {"message": "hej"})
    assert "<h1>Tack. Det kom fram.</h1>" in phone.get("/done").text
    phone.get("/exit")
    assert "Det kom fram." not in phone.get("/done").text


def test_a_browser_without_cookies_reads_that_it_got_through(world: World) -> None:
    """No receipt can be kept for it, so the address says what happened."""
    phone = Phone(world.app(), cookies=False)
    answer = phone.post("/me", {"message": "hej"})
    assert answer.headers["Location"] == "/done?m=sent"
    assert "<h1>Tack. Det kom fram.</h1>" in phone.get("/done?m=sent").text


def test_another_phone_never_sees_the_code(world: World) -> None:
    """The confirmation without the cookie tells nothing."""
    app = with_codes(world)
    phone = Phone(app)
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "code"})
    assert "Här visas ingen kod nu." in Phone(app).get("/done").text


def test_whoever_wants_a_call_reads_about_the_call(phone: Phone) -> None:
    """Instead of a code stands how we call."""
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "call", "contact": "070-174 06 21"})
    assert "Vi säger ditt ord först." in phone.get("/done").text


def test_a_full_desk_still_receives_and_says_that_there_is_no_code(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The submission counts, without a mailbox that nobody could open, and the page gives the number."""
    monkeypatch.setattr("portal.app.RECEIPTS", (100, 100))
    phone = Phone(with_codes(world))
    phone.get("/me")
    answer = phone.post("/me", {"message": "hej", "answer_by": "code"})
    assert answer.headers["Location"] == "/done?m=nocode"
    page = phone.get("/done?m=nocode").text
    assert "Den här gången får du ingen kod. Det du skrev kom fram ändå." in page
    assert world.received()[0].mailbox is None


def test_a_browser_that_refuses_cookies_gets_through(world: World) -> None:
    """Same origin is proof enough; without a cookie there is no code, and the page says so."""
    phone = Phone(with_codes(world), cookies=False)
    phone.get("/me")
    answer = phone.post("/me", {"message": "hej", "answer_by": "code"})
    assert answer.headers["Location"] == "/done?m=nocode"
    assert world.received()[0].mailbox is None


def test_half_a_request_without_cookies_is_taken_as_it_is(world: World) -> None:
    """Nothing could be handed back, so a call without a number is received rather than lost."""
    phone = Phone(world.app(), cookies=False)
    assert phone.post("/me", {"message": "ring mig", "answer_by": "call"}).headers["Location"] == "/done?m=sent"
    assert world.received()[0].answers["message"] == "ring mig"


@pytest.mark.parametrize(("told", "reason"), [({}, "empty"), ({"message": LONG}, "long")])
def test_without_cookies_the_page_never_claims_to_have_kept_the_text(
    world: World, told: dict[str, str], reason: str
) -> None:
    """What cannot be kept is not said to be kept."""
    phone = Phone(world.app(), cookies=False)
    answer = phone.post("/me", told)
    assert answer.headers["Location"] == f"/me?m={reason}"
    page = re.sub("<template>.*?</template>", "", phone.get(answer.headers["Location"]).text)
    assert "<div class=err" in page
    assert "Inget är borta" not in page
    assert "finns kvar" not in page
    assert world.received() == []


def test_an_address_with_a_made_up_reason_shows_the_blank_form(phone: Phone) -> None:
    """Nobody can send another person a link with words of their own."""
    assert "<div class=err" not in phone.get("/me?m=<script>").text


def test_a_draft_of_one_form_is_not_shown_in_the_other(phone: Phone) -> None:
    """What was written about oneself never stands in the form about someone else."""
    phone.get("/me")
    phone.post("/me", {"message": "mitt eget", "answer_by": "call"})
    assert "mitt eget" not in phone.get("/other").text


def test_every_post_answers_303_without_a_body(phone: Phone) -> None:
    """Whatever was posted, no browser keeps it: success, refusal, language, exit."""
    phone.get("/me")
    for path in ("/", "/me", "/other", "/done", "/code", "/exit", "/about", "/jobb", "/uppgifter", "/tillganglighet"):
        for told in ({}, {"message": "hej"}, {"lang": "en"}, {"lang": "xx"}, {"message": LONG}):
            answer = phone.post(path, told, **OUR_PAGE)
            assert (answer.status_code, answer.data) == (303, b""), (path, told)
            assert "Content-Type" not in answer.headers


def test_the_first_receipt_is_given_only_after_the_envelope_is_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written first, code after: at the moment the receipt is laid on the desk the envelope is already collected."""
    stored: list[int] = []
    confirm = Portal.confirm

    def look(self: Portal, received: Any) -> Any:  # Any: passed on as it is
        stored.append(len(world.received()))
        return confirm(self, received)

    monkeypatch.setattr(Portal, "confirm", look)
    phone = Phone(with_codes(world))
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "code"})
    assert stored == [1]
