"""A phone that was lost, another role, and the ceremonies of docs/operations.md on people, followed word by word."""

from __future__ import annotations

import re
from pathlib import Path

from tests.staff.joiner import SECRET, House, Newcomer, agree, asked, buttons, second, told
from tests.staff.softkey import SoftKey
from tests.staff.world import Browser, Human

OPERATIONS = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")


def test_a_lost_phone_is_replaced_by_a_code_and_the_passphrase(house: House, lena: Browser) -> None:
    """Anna's phone is gone: Lena gives her a code, her passphrase opens the rest, and what the phone had is no good."""
    anna = house.browser(house.owner)
    page = lena.get("/people").text
    path = buttons(page.partition("Anna Ek")[2], "/renew")[0]
    lena.post(path)
    shown = SECRET.search(lena.get("/people").text)
    assert shown
    new = Newcomer.at(house)
    new.type_code(shown[1])
    assert new.post("/enrol/passphrase", passphrase="fel") == "/enrol?again=1"
    assert anna.get("/today").status_code == 200
    assert new.post("/enrol/passphrase", passphrase=house.owner.passphrase) == "/enrol"
    assert anna.get("/today").headers["Location"].startswith("/login")
    house.clock.turn(seconds=30)
    assert "again" in Browser(house).sign_in(house.owner).headers["Location"]
    assert new.scan() == "/login?renewed=1"
    assert "Logga in med ditt lösenfras och det nya" in new.page("/login?renewed=1")
    house.clock.turn(seconds=30)
    house.owner.totp = new.totp
    assert Browser(house).sign_in(house.owner).headers["Location"] == "/today"
    assert Newcomer.at(house).type_code(shown[1]) == "/enrol?again=1"
    assert ("renewed", "Anna Ek") in told(house, house.lead)
    assert ("factors_gone", "") in told(house, house.owner)


def test_a_newer_code_for_a_lost_phone_takes_the_older_ones_place(house: House, lena: Browser) -> None:
    """Lena presses twice: only the newest code serves. For herself she is sent to her own page."""
    codes = []
    for _ in range(2):
        path = buttons(lena.get("/people").text.partition("Anna Ek")[2], "/renew")[0]
        lena.post(path)
        shown = SECRET.search(lena.get("/people").text)
        assert shown
        codes.append(shown[1])
    assert Newcomer.at(house).type_code(codes[0]) == "/enrol?again=1"
    assert Newcomer.at(house).type_code(codes[1]) == "/enrol"
    member = house.person(house.lead).member_tag(house.lead.identity.sign_public)[:16].hex()
    lena.post(f"/people/{member}/renew")
    assert "Byt dina egna koder" in lena.get("/people").text


def unseen(house: House, ceremony: str) -> set[str]:
    """List the words that a ceremony's page says stand on a page, and that nobody was shown."""
    section = OPERATIONS.partition(f"### {ceremony}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    said = set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", section))
    assert len(said) > 3
    return {words for words in said if not any(words in page for page in house.seen)}


def test_enrolling_somebody_is_followed_word_by_word(house: House, lena: Browser) -> None:
    """Each word that the page of the ceremony quotes stands on a page, in a story that goes through all of it."""
    nils = Newcomer.at(house)
    nils.page("/login")
    nils.type_code(house.invite(lena))
    nils.page()
    nils.page("/enrol?type=1")
    nils.learn()
    nils.add(SoftKey())
    nils.scan()
    agree(lena, nils.digits)
    second(house.browser(house.second))
    nils.page()
    assert unseen(house, "Enrol somebody") == set()


def test_changing_a_passphrase_is_followed_word_by_word(house: House) -> None:
    """As above."""
    anna = house.browser(house.owner)
    for path in ("/me/keys", "/me/passphrase"):
        anna.get(path)
    anna.post("/me/passphrase/begin")
    anna.get("/me/passphrase")
    anna.get("/me/passphrase?type=1")
    assert unseen(house, "Somebody changes their passphrase") == set()


def test_losing_a_phone_is_followed_word_by_word(house: House, lena: Browser) -> None:
    """As above, for whoever has another device and for whoever has none."""
    anna = house.browser(house.owner)
    options = asked(anna, "/me/keys/options", "/me/keys")
    anna.post("/me/keys/passkey", passkey=SoftKey().create(options))
    anna.get("/me/keys")
    path = buttons(lena.get("/people").text.partition("Anna Ek")[2], "/renew")[0]
    lena.post(path)
    shown = SECRET.search(lena.get("/people").text)
    assert shown
    new = Newcomer.at(house)
    new.page("/login")
    new.type_code(shown[1])
    new.post("/enrol/passphrase", passphrase=house.owner.passphrase)
    new.page(new.scan())
    assert unseen(house, "A phone is lost") == set()


def member(house: House, human: Human) -> str:
    """Give what names somebody in an address."""
    return house.person(house.lead).member_tag(human.identity.sign_public)[:16].hex()


def test_another_role_takes_two_too(house: House, lena: Browser) -> None:
    """Aron is to lead: Lena signs, Siv signs, and from his next click on Aron leads with the keys he has."""
    aron = house.browser(house.auditor)
    lena.post(f"/people/{member(house, house.auditor)}/role", role="lead")
    assert aron.get("/load").status_code == 404
    siv = house.browser(house.second)
    assert "Får en annan roll" in siv.get("/people").text
    assert re.search(r'href="/people"[^>]*>Medarbetare <i>1</i>', siv.get("/load").text)
    assert "Underskrivet av två" in second(siv)
    assert aron.get("/load").status_code == 200
    assert ("asked_role", "Aron Dahl") in told(house, house.lead)
    assert unseen(house, "Somebody gets another role") == set()


def test_a_role_that_nobody_has_seconded_is_taken_back(house: House, lena: Browser) -> None:
    """Lena changes her mind, or asks twice: one order stands at a time, and none once it is taken back."""
    path = f"/people/{member(house, house.auditor)}/role"
    lena.post(path, role="lead")
    lena.post(path, role="coordinator")
    assert "Någon hann före" in lena.get("/people").text
    lena.post(buttons(lena.get("/people").text, "/drop")[0])
    assert "Tillbakatagen" in lena.get("/people").text
    assert house.parts.orders.all() == []


def test_a_role_that_a_key_cannot_get_is_never_asked_for(house: House, lena: Browser) -> None:
    """A coordinator takes no keys along, nor does an agency's; nobody asks for themselves, or for what is no role."""
    told_apart = (
        (house.lead, "auditor", "Din egen roll ändrar någon annan"),
        (house.owner, "coordinator", "Den rollen kan nyckeln inte få"),
        (house.owner, "lead", "Den rollen kan nyckeln inte få"),
        (house.owner, "police", "Den rollen kan nyckeln inte få"),
        (house.officer, "coordinator", "Den rollen kan nyckeln inte få"),
        (house.auditor, "recovery", "Den rollen kan nyckeln inte få"),
    )
    for human, role, said in told_apart:
        lena.post(f"/people/{member(house, human)}/role", role=role)
        assert said in lena.get("/people").text
    assert house.parts.orders.all() == []
