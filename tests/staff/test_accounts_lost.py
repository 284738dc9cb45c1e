"""A thief with somebody's passphrase and a lead's code, who is found out: what they had begun leads nowhere."""

from __future__ import annotations

import pytest

from tests.staff.joiner import SECRET, House, Newcomer
from tests.staff.leavers import shut_out
from tests.staff.softkey import SoftKey
from tests.staff.world import Browser


def code_for_bjorn(house: House, lena: Browser) -> str:
    """Give a code for a new phone, as for Björn, and say it to whoever calls."""
    member = house.person(house.lead).member_tag(house.colleague.identity.sign_public)[:16].hex()
    lena.post(f"/people/{member}/renew")
    found = SECRET.search(lena.get("/people").text)
    assert found
    return found[1]


@pytest.fixture
def thief(house: House, lena: Browser) -> Newcomer:
    """Sit down with Björn's passphrase and the code: the browser may add a phone."""
    found = Newcomer.at(house)
    found.type_code(code_for_bjorn(house, lena))
    assert found.post("/enrol/passphrase", passphrase=house.colleague.passphrase) == "/enrol"
    assert "Visa att det är du" in found.page()
    return found


def test_whoever_was_shut_out_adds_nothing_to_the_account_that_follows(
    house: House, lena: Browser, thief: Newcomer
) -> None:
    """Björn is shut out and makes a new key under his name: the thief's browser adds no phone to that account."""
    key = SoftKey()
    thief.page()
    shut_out(house, house.colleague)
    assert "Visa att det är du" not in thief.page()
    bjorn = Newcomer.at(house)
    bjorn.type_code(house.invite(lena, house.colleague.name))
    bjorn.learn()
    thief.post("/enrol/otp", otp="123456")
    answer = thief.browser.client.post(
        "/enrol/options", data={"csrf_token": thief.browser.token("/login")}, base_url=house.origin
    )
    if answer.mimetype == "application/json":
        thief.post("/enrol/passkey", passkey=key.create(dict(answer.get_json())), word="min")
    account = house.parts.accounts.find(house.colleague.name)
    assert account
    assert house.parts.passkeys.of(account.id) == []
    assert not house.parts.accounts.has_codes(account)
    assert "Koden som du har fått" in thief.page()
    with house.parts.casebook.read() as session:
        left = house.parts.invitations.all_in(session, house.parts.today())
    assert [one.kind for one in left] == ["join"]
