"""The page of the code: entered, read, written again, removed; and what nobody may learn from it."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime

import pytest
from flask import Flask

from crypto.returncode import new_code, show_code
from crypto.thread import Reply, verify_follow_up
from deaddrop.errors import UnavailableError
from portal.mailboxes import missing
from portal.pages import OPENED
from tests.portal.test_portal_desk import watch
from tests.portal.world import OUR_PAGE, Phone, World, inputs, seen

NOTHING = "Här finns inget svar just nu."


def entered(phone: Phone, code: str) -> str:
    """Type a code on the page and return the page that follows."""
    page = inputs(phone.get("/code").text)
    answer = phone.post("/code", {**page, "code": show_code(code)})
    assert (answer.status_code, answer.headers["Location"], answer.data) == (303, "/code", b"")
    return seen(phone.get("/code").text)


def pressed(phone: Phone, do: str, **told: str) -> str:
    """Press a button of the page behind the code and return the page that follows."""
    page = inputs(phone.get("/code").text)
    assert phone.post("/code", {**page, "do": do, **told}).headers["Location"] == "/code"
    return seen(phone.get("/code").text)


def replies(page: str) -> list[str]:
    """Return the texts of the replies on a page, in its order."""
    return re.findall(r"<p class=said dir=auto>(.*?)</p>", page, re.DOTALL)


def test_the_code_from_the_confirmation_leads_to_the_answer(world: World, phone: Phone) -> None:
    """Sent, answered, read: the whole way round with what the pages themselves give."""
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "code"})
    code = "".join(re.findall(r"<bdi>(\d{4})</bdi>", phone.get("/done").text))
    phone.get("/exit")
    world.reply(code, 1, "Vi ses i morgon.\nTa bussen.")
    page = entered(phone, code)
    assert "<h1>Svar till dig</h1>" in page
    assert "Från Elsa, måndag 23 november." in page
    assert replies(page) == ["Vi ses i morgon.\nTa bussen."]


def test_replies_stand_highest_number_first_and_a_gap_is_said(world: World, phone: Phone) -> None:
    """Who could hold back a reply, or put an old one back, cannot do it unseen."""
    code = new_code()
    for number in (2, 5, 4):
        world.reply(code, number, f"svar {number}")
    page = entered(phone, code)
    assert replies(page) == ["svar 5", "svar 4", "svar 2"]
    assert "Svar med nummer 1, 3 ligger inte kvar här." in page


@pytest.mark.parametrize(
    ("numbers", "words"),
    [((), ""), ((1,), ""), ((2, 1), ""), ((3,), "1–2"), ((4, 2), "1, 3"), ((999_999, 1), "2–999998")],
)
def test_a_gap_is_named_in_few_words(numbers: tuple[int, ...], words: str, world: World, phone: Phone) -> None:
    """However large the gap is, its name stays short."""
    code = new_code()
    for number in numbers:
        world.reply(code, number, "x")
    assert missing(world_replies(phone, world, code)) == words


def world_replies(phone: Phone, world: World, code: str) -> list[Reply]:
    """Return what the portal opens of a mailbox."""
    entered(phone, code)
    mailboxes = phone.client.application.extensions["utvag"].returning.mailboxes
    found: list[Reply] = mailboxes.replies(world.keys(code), datetime.now(UTC))
    return found


def test_hostile_words_in_a_reply_stay_words(world: World, phone: Phone) -> None:
    """A reply is text, whoever wrote it."""
    code = new_code()
    world.reply(code, 1, "<script>alert(1)</script><TOKEN><TRY>", sender="<b>Elsa")
    page = entered(phone, code)
    assert page.count("<script") == page.count("<script src=/code.js") == 1
    assert "&lt;TOKEN&gt;" in page


def test_a_slip_of_the_finger_is_told_kindly_and_the_digits_stay(phone: Phone) -> None:
    """One digit is mended sooner than 24 are typed again."""
    code = new_code()
    wrong = str((int(code[0]) + 1) % 10) + code[1:]
    page = entered(phone, wrong)
    assert "Någon siffra är fel. Kolla koden och prova igen." in page
    assert inputs(page)["code"] == [show_code(wrong)]
    assert NOTHING in entered(phone, code)


def test_digits_of_any_script_are_read(world: World, phone: Phone) -> None:
    """Arabic-Indic digits and dashes open the same mailbox."""
    code = new_code()
    world.reply(code, 1, "salam")
    page = inputs(phone.get("/code").text)
    phone.post("/code", {**page, "code": "-".join(code).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))})
    assert replies(phone.get("/code").text) == ["salam"]


def test_what_is_written_again_is_signed_with_the_code(world: World, phone: Phone) -> None:
    """Staff can tell that it belongs to the thread; it goes to the town that was chosen."""
    code = new_code()
    entered(phone, code)
    page = pressed(phone, "write", message="  jag kan i morgon  ", municipality="granvik")
    assert "Tack. Det kom fram." in page
    assert inputs(page)["message"][0].strip() == ""
    (received,) = world.received()
    verify_follow_up(received, world.keys(code).mailbox())
    assert (received.answers, received.municipality, received.road) == (
        {"message": "jag kan i morgon"},
        "granvik",
        "portal",
    )


def test_asking_for_erasure_is_a_signed_message_too(world: World, phone: Phone) -> None:
    """Staff read it and answer; nothing is promised here."""
    code = new_code()
    entered(phone, code)
    assert "Vi har fått det du ber om." in pressed(phone, "erase")
    (received,) = world.received()
    verify_follow_up(received, world.keys(code).mailbox())
    assert received.answers == {"erase": "yes"}


def test_removing_takes_the_replies_of_this_code_and_no_other(world: World, phone: Phone) -> None:
    """The bytes are gone for the person; another person's answers wait on."""
    mine, yours = new_code(), new_code()
    for code in (mine, yours):
        world.reply(code, 1, f"till {code}")
    entered(phone, mine)
    page = pressed(phone, "remove")
    assert "Svaret är borta härifrån." in page
    assert replies(page) == []
    assert replies(entered(Phone(phone.client.application), yours)) == [f"till {yours}"]


@pytest.mark.parametrize("message", ["", " \r\n"])
def test_an_empty_line_is_not_sent(world: World, phone: Phone, message: str) -> None:
    """One line is enough, none is too few."""
    entered(phone, new_code())
    assert "Skriv en rad. Sen kan du skicka." in pressed(phone, "write", message=message)
    assert world.received() == []


def test_too_long_comes_back_whole(world: World, phone: Phone) -> None:
    """The page says about how much must go, and every letter is there."""
    entered(phone, new_code())
    page = pressed(phone, "write", message="å" * 5000, municipality="bjorkby")
    assert re.search(r"Ta bort ungefär \d+ tecken", page)
    assert inputs(page)["message"][0].strip() == "å" * 5000
    assert inputs(page)["municipality"] == ["bjorkby"]
    assert world.received() == []


def test_changing_the_language_keeps_code_and_words(world: World, phone: Phone) -> None:
    """The answer turns up again under English words, and the letter that was begun is there."""
    code = new_code()
    world.reply(code, 1, "hej")
    entered(phone, code)
    page = inputs(phone.get("/code").text)
    assert phone.post("/code", {**page, "message": "inte klar", "lang": "en"}).headers["Location"] == "/code"
    after = phone.get("/code").text
    assert "<h1>Your answer</h1>" in after
    assert inputs(after)["message"][0].strip() == "inte klar"


def test_a_store_that_fails_never_takes_the_text(world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is acknowledged that is not on disk, and what was written stands there still."""
    entered(phone, new_code())

    def fail(*_: object) -> None:
        raise UnavailableError("away")

    monkeypatch.setattr("deaddrop.leave.Leave.leave", fail)
    page = pressed(phone, "write", message="viktigt")
    assert "Det gick inte just nu." in page
    assert inputs(page)["message"][0].strip() == "viktigt"
    monkeypatch.setattr("deaddrop.fetch.Fetch.replies", fail)
    answer = phone.get("/code")
    assert answer.status_code == 503
    assert world.programme.telephone.number in answer.text


# --- no trace --------------------------------------------------------------------------------------------------------


def ticket(phone: Phone) -> str:
    """Return the ticket that the phone holds."""
    found = phone.client.get_cookie("t", domain="localhost")
    assert found is not None
    return found.value


def test_a_visit_starts_and_ends_with_fresh_cookies(world: World, phone: Phone) -> None:
    """Neither ticket nor session ties it to a sending, and leaving closes it for good."""
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "code"})
    seen = [ticket(phone)]
    session = phone.client.get_cookie("s", domain="localhost")
    phone.get("/code")
    after = phone.client.get_cookie("s", domain="localhost")
    assert session is not None
    assert after is not None
    assert session.value != after.value
    code = new_code()
    world.reply(code, 1, "hemligt")
    seen.append(ticket(phone))
    assert "hemligt" in entered(phone, code)
    seen.append(ticket(phone))
    pressed(phone, "write", message="mer")
    seen.append(ticket(phone))
    phone.get("/exit")
    seen.append(ticket(phone))
    assert len(set(seen)) == len(seen)
    assert "hemligt" not in phone.get("/code").text


def test_another_code_closes_the_first(world: World, phone: Phone) -> None:
    """The button leads back to the blank page, and the first visit is gone."""
    code = new_code()
    world.reply(code, 1, "hemligt")
    entered(phone, code)
    page = pressed(phone, "again")
    assert "Skriv din kod" in page
    assert "hemligt" not in page


def test_the_desk_holds_neither_code_nor_reply_nor_its_length(
    world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are locked and of one length, whether four replies wait or none."""
    rows = watch(monkeypatch)
    full, empty = new_code(), new_code()
    for number in (1, 2, 3, 4):
        world.reply(full, number, "kanariefågel" * 100)
    for code in (full, empty):
        entered(phone, code)
    assert len({len(row) for row in rows}) == 1
    held = b"".join(rows)
    for secret in (full.encode(), show_code(full).encode(), world.keys(full).token, b"kanarief"):
        assert secret not in held


def test_the_answer_is_as_long_with_replies_as_without(world: World, phone: Phone) -> None:
    """Who counts bytes on the network cannot tell whether an answer waits."""
    full, empty = new_code(), new_code()
    for number in (1, 2, 3, 4):
        world.reply(full, number, "ä" * 1500)
    sizes = {len(entered(phone, code).encode()) for code in (full, empty, new_code())}
    assert sizes == {OPENED}


def test_the_code_is_never_in_an_address_or_a_page(world: World, phone: Phone) -> None:
    """After it was entered right, no page holds it any more."""
    code = new_code()
    page = entered(phone, code)
    assert code not in page
    assert show_code(code) not in page


# --- who may not -----------------------------------------------------------------------------------------------------


def test_another_phone_sees_a_blank_page(world: World, phone: Phone) -> None:
    """Without the ticket there is no visit."""
    code = new_code()
    world.reply(code, 1, "hemligt")
    entered(phone, code)
    assert "hemligt" not in Phone(phone.client.application).get("/code").text


def test_buttons_without_a_visit_do_nothing(world: World, phone: Phone) -> None:
    """Whoever presses after the ten minutes is asked for the code again, and the words are kept for then."""
    phone.get("/code")
    for do in ("write", "remove", "erase", "", "x"):
        phone.post("/code", {"do": do, "message": "kvar"})
        page = phone.get("/code").text
        assert "Skriv koden igen." in page
        assert "kvar" not in inputs(page).get("message", [""])
    assert world.received() == []
    assert inputs(entered_again(phone))["message"][0].strip() == "kvar"


def entered_again(phone: Phone) -> str:
    """Enter a code where the page asks for it once more."""
    phone.post("/code", {**inputs(phone.get("/code").text), "code": new_code()})
    return seen(phone.get("/code").text)


def test_a_browser_without_cookies_is_told_so(world: World) -> None:
    """Nothing could be shown after the 303; the page says what to do."""
    phone = Phone(world.app(), cookies=False)
    answer = phone.post("/code", {"code": new_code()})
    assert answer.headers["Location"] == "/code?m=cookie"
    assert "Mobilen tar inte emot kakor." in phone.get("/code?m=cookie").text


@pytest.mark.parametrize("made_up", ["sent", "asked", "removed", "down", "<b>", ""])
def test_no_link_can_say_that_something_was_received(phone: Phone, made_up: str) -> None:
    """An address with a made-up reason shows the blank page."""
    assert seen(phone.get(f"/code?m={made_up}").text).count("class=note") == 0


def test_an_old_page_keeps_what_was_written(world: World, phone: Phone) -> None:
    """A wrong token costs one more tap; a foreign page's words never enter the visit."""
    entered(phone, new_code())
    told = {"do": "write", "message": "mitt", "csrf_token": "wrong"}
    assert phone.old_post("/code", told).headers["Location"] == "/code"
    page = phone.get("/code").text
    assert "Sidan blev för gammal." in page
    assert inputs(page)["message"][0].strip() == "mitt"
    answer = phone.old_post("/code", {"do": "remove", "message": "ditt"}, **{"Sec-Fetch-Site": "cross-site"})
    assert "Set-Cookie" not in answer.headers
    assert "ditt" not in phone.get("/code").text
    assert world.received() == []


# --- floods ----------------------------------------------------------------------------------------------------------


def test_a_flood_of_codes_uses_up_nobodys_sending(world: World) -> None:
    """The page has counters of its own, and says softly to wait."""
    phone = Phone(world.app(posts_per_prefix=4, posts_in_all=1000))
    for _ in range(12):
        phone.get("/code")
        answer = phone.post("/code", {"code": new_code()})
        assert answer.headers["Location"] == "/code"
    assert "Många är här just nu." in phone.get("/code").text
    assert phone.post("/me", {"message": "hej"}).headers["Location"] == "/done"


def test_only_so_many_derive_at_once(world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """When every turn is taken the page says to wait, and gives the turn back afterwards."""
    monkeypatch.setattr("portal.mailboxes.PATIENCE", 0.01)
    mailboxes = phone.client.application.extensions["utvag"].returning.mailboxes
    turns = mailboxes._turns
    while turns.acquire(blocking=False):
        pass
    assert "Många är här just nu." in entered(phone, new_code())
    turns.release()
    turns.release()
    assert NOTHING in entered(phone, new_code())
    assert turns.acquire(blocking=False)
    turns.release()


def test_a_full_desk_does_not_claim_to_have_kept_anything(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room nothing can be shown; the page says to try again."""
    monkeypatch.setattr("portal.app.DRAFTS", (100, 100))
    phone = Phone(world.app())
    phone.get("/code")
    answer = phone.post("/code", {"code": new_code()}, **OUR_PAGE)
    assert answer.headers["Location"] == "/code?m=full"
    assert "vi kunde inte visa svaret" in phone.get("/code?m=full").text


def test_without_codes_no_page_leads_here(app: Flask, world: World) -> None:
    """Where the programme offers no codes, the start page has no door to them and the form no code to choose."""
    assert "href=/code" in Phone(app).get("/").text
    assert "value=code data-wants=code checked>" in Phone(app).get("/me").text
    answers = dataclasses.replace(world.programme.answers, code=False)
    bare = Phone(world.app(programme=dataclasses.replace(world.programme, answers=answers)))
    assert "href=/code" not in bare.get("/").text
    assert "Jag ringer er i stället" in bare.get("/me").text
    assert "value=code" not in bare.get("/me").text
    bare.post("/me", {"message": "hej", "answer_by": "call"})
    assert "Skriv ett nummer, eller välj något annat än att vi ringer." in bare.get("/me").text
