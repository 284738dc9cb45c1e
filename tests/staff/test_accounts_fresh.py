"""Dangerous acts ask again who sits there; sessions are listed and ended; a passphrase is changed in one commit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from staff.accounts.boxes import LIVES, PHRASE
from tests.canaries import canary, files, search
from tests.staff.dealing import Case
from tests.staff.joiner import SECRET, House, asked, with_passkey
from tests.staff.softkey import SoftKey
from tests.staff.test_accounts_passkeys import acts, add
from tests.staff.world import Browser, World


def prove(browser: Browser, to: str = "", **form: str) -> str:
    """Answer the page that asks again, and give where it leads."""
    token = browser.token(f"/fresh?to={to}")
    answer = browser.client.post("/fresh", data={"csrf_token": token, "to": to, **form}, base_url=browser.world.origin)
    return answer.headers["Location"]


def test_a_dangerous_act_asks_again_after_five_minutes(house: House, lena: Browser) -> None:
    """Lena left her desk: what whoever sits there now presses is not done before her passphrase is typed."""
    form = {"name": "Nils Ny", "role": "coordinator"}
    house.clock.turn(minutes=4, seconds=50)
    assert lena.post("/people/invite", **form).headers["Location"] == "/people"
    house.clock.turn(minutes=1)
    member = {**form, "name": canary(7)}
    assert lena.post("/people/invite", **member).headers["Location"] == "/fresh?to=/people"
    assert len(house.parts.invitations.all(house.parts.today())) == 1
    assert prove(lena, "/people", passphrase="fel") == "/fresh?again=1&to=/people"
    assert "Inget är gjort" in lena.get("/fresh?again=1&to=/people").text
    assert prove(lena, "/people", passphrase=house.lead.passphrase) == "/people"
    page = lena.get("/people").text
    assert f'value="{canary(7)}"' in page  # what was typed waits, to be sent now
    assert "proved" in acts(house, house.lead)
    assert lena.post("/people/invite", **member).headers["Location"] == "/people"
    assert len(house.parts.invitations.all(house.parts.today())) == 2


DANGEROUS = (
    ("GET", "/me/keys/new"),
    ("GET", "/me/passphrase"),
    ("POST", "/me/keys/options"),
    ("POST", "/me/keys/passkey"),
    ("POST", "/me/keys/remove"),
    ("POST", "/me/keys/codes"),
    ("POST", "/me/keys/otp"),
    ("POST", "/me/passphrase"),
    ("POST", "/me/passphrase/begin"),
    ("POST", "/people/invite"),
    ("POST", f"/people/invitations/{'0' * 32}/agree"),
    ("POST", f"/people/invitations/{'0' * 32}/withdraw"),
    ("POST", f"/people/orders/{'0' * 32}/second"),
    ("POST", f"/people/{'0' * 32}/renew"),
    ("POST", "/people/anew"),
    ("POST", f"/people/anew/{'0' * 32}/second"),
)


def test_every_dangerous_act_asks(house: House, lena: Browser) -> None:
    """Each of them leads to the page that asks, and none does anything before."""
    house.clock.turn(minutes=6)
    for method, path in DANGEROUS:
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = lena.client.open(path, method=method, headers=headers, base_url=house.origin)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/fresh"), path


def test_one_s_own_passkey_proves_it_too_and_another_s_does_not(house: House, lena: Browser) -> None:
    """Lena touches her key; Björn's, or an answer for the door, is refused."""
    own, other = SoftKey(), SoftKey()
    add(lena, own)
    add(house.browser(house.colleague), other)
    house.clock.turn(minutes=6)
    options = asked(lena, "/fresh/options", "/fresh")
    assert len(options["allowCredentials"]) == 1  # type: ignore[arg-type]  # a list, as WebAuthn has it
    assert "again" in prove(lena, "/people", passkey=other.get(options))
    at_the_door = own.get(asked(lena, "/login/options", "/keys"))
    assert "again" in prove(lena, "/people", passkey=at_the_door)
    assert prove(lena, "/people", passkey=own.get(asked(lena, "/fresh/options", "/fresh"))) == "/people"


def test_a_copied_passkey_proves_nothing(house: House, lena: Browser) -> None:
    """Its counter went backwards: refused, and told to the auditor."""
    key = SoftKey(count=7)
    add(lena, key)
    house.clock.turn(minutes=6)
    key.count = 3
    assert "again" in prove(lena, "/people", passkey=key.get(asked(lena, "/fresh/options", "/fresh")))
    assert "passkey_back" in acts(house, house.lead)


def test_no_other_address_is_ever_followed(house: House, lena: Browser) -> None:
    """Somebody sends Lena a link that leads elsewhere after she has proven herself: it leads to her own first page."""
    for to in ("//evil.example", "http://evil.example", "/nowhere", "people", "/people?x=1", "/\\evil"):
        house.clock.turn(minutes=6)
        assert prove(lena, to, passphrase=house.lead.passphrase) == "/load"


def test_guesses_at_the_page_that_asks_are_slowed(house: House, lena: Browser) -> None:
    """A thief of an unlocked laptop has five tries a minute, as at the door."""
    house.clock.turn(minutes=6)
    places = [prove(lena, passphrase="fel") for _ in range(6)]
    assert ["wait=" in place for place in places] == [False] * 5 + [True]
    assert "Inget är spärrat" in lena.get(places[-1]).text


def test_a_page_without_token_proves_nothing(house: House, lena: Browser) -> None:
    """A foreign page posts for Lena: led to the page again, without the body that held a passphrase."""
    house.clock.turn(minutes=6)
    answer = lena.client.post("/fresh", data={"passphrase": house.lead.passphrase}, base_url=house.origin)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/fresh?old=1")


def test_one_s_own_sessions_are_listed_and_ended(house: House) -> None:
    """Anna forgot to lock at the office: from home she sees two sessions and ends the other one, then all others."""
    office = house.browser(house.owner)
    house.clock.turn(minutes=14)
    home = house.browser(house.owner)
    page = home.get("/sessions").text
    assert page.count("för 14 min sedan") == 2
    assert "den här" in page
    (other,) = re.findall(r'name="id" value="([0-9a-f]{16})"', page)
    home.post("/sessions/end", id=other)
    assert office.get("/today").headers["Location"].startswith("/login")
    assert home.get("/today").status_code == 200
    house.clock.turn(minutes=1)
    third = house.browser(house.owner)
    home.post("/sessions/end")
    assert third.get("/today").status_code == 303
    assert "ended" in acts(house, house.owner)


def test_nobody_ends_another_s_session_by_its_number(house: House) -> None:
    """Björn posts the number of Anna's session: it is not his, and stays."""
    anna, bjorn = house.browser(house.owner), house.browser(house.colleague)
    (number,) = [one.id for one in house.parts.sessions.of(house.owner.identity.box_public)]
    bjorn.post("/sessions/end", id=number)
    assert anna.get("/today").status_code == 200


def test_a_lead_ends_a_colleagues_sessions_and_no_other_town_s(house: House, lena: Browser) -> None:
    """Lena ends Anna's sessions from her list; Cilla's, of another town, are not hers to end."""
    anna, cilla = house.browser(house.owner), house.browser(house.stranger)
    ids = {
        human.name: house.person(house.lead).member_tag(human.identity.sign_public)[:16].hex()
        for human in (house.owner, house.stranger)
    }
    page = lena.get("/people").text
    assert f"/people/{ids['Anna Ek']}/sessions" in page
    assert "Cilla" not in page
    lena.post(f"/people/{ids['Anna Ek']}/sessions")
    assert "Avslutade inloggningar: 1" in lena.get("/people").text
    assert anna.get("/today").status_code == 303
    assert lena.post(f"/people/{ids['Cilla Björk']}/sessions").status_code == 404
    assert cilla.get("/today").status_code == 200


def test_another_passphrase_locks_the_key_anew(house: House, tmp_path: Path) -> None:
    """Anna draws six new words and types them: the old ones open nothing, and all that she reads stays."""
    row = house.send(message="hej")
    anna = house.browser(house.owner)
    key_file = find(house)
    anna.post("/me/passphrase/begin")
    shown = SECRET.search(anna.get("/me/passphrase").text)
    assert shown
    assert anna.post("/me/passphrase", passphrase="något annat").headers["Location"] == "/me/passphrase?type=1"
    assert "Den gamla gäller än" in anna.get("/me/passphrase?type=1").text
    assert find(house) == key_file
    assert anna.post("/me/passphrase", passphrase=shown[1]).headers["Location"] == "/me/keys"
    assert "Den nya lösenfrasen gäller" in anna.get("/me/keys").text
    assert search(files(tmp_path), [shown[1], key_file[60:120]]) == []
    house.clock.turn(seconds=30)
    assert "again" in Browser(house).sign_in(house.owner).headers["Location"]
    house.clock.turn(seconds=30)
    there = Browser(house)
    assert there.sign_in(house.owner, passphrase=shown[1]).headers["Location"] == "/today"
    assert there.get(f"/inbox/{row}").status_code == 200
    assert "passphrase" in acts(house, house.owner)


def find(house: House) -> bytes:
    """Give Anna's key file as it stands."""
    account = house.parts.accounts.find(house.owner.name)
    assert account is not None
    return account.key_file


def test_a_passphrase_that_waits_too_long_or_dies_with_the_app_changes_nothing(house: House) -> None:
    """Half an hour later, or after a restart, the drawn words are gone, and the old ones hold."""
    anna = house.browser(house.owner)
    anna.post("/me/passphrase/begin")
    shown = SECRET.search(anna.get("/me/passphrase").text)
    assert shown
    before = find(house)
    house.parts.boxes._clock = lambda: house.clock.ticks() + LIVES[PHRASE]
    anna.post("/me/passphrase", passphrase=shown[1])
    assert "hann bli för gammal" in anna.get("/me/passphrase").text
    assert find(house) == before


def test_two_changes_of_a_passphrase_at_once_are_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another session changes it while this one computes: told, and the first change stands."""
    anna = house.browser(house.owner)
    anna.post("/me/passphrase/begin")
    shown = SECRET.search(anna.get("/me/passphrase").text)
    assert shown
    real = house.parts.sign_in.locked

    def meanwhile(*arguments: object) -> bytes:
        account = house.parts.accounts.find(house.owner.name)
        assert account is not None
        with house.parts.casebook.write() as session:
            house.parts.accounts.relock(session, account, b"another key file")
        return real(*arguments)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(house.parts.sign_in, "locked", meanwhile)
    anna.post("/me/passphrase", passphrase=shown[1])
    assert "byttes just i en annan inloggning" in anna.get("/me/passphrase").text
    assert find(house) == b"another key file"


def test_a_changed_passphrase_ends_the_other_sessions(house: House) -> None:
    """Whoever sits in another session with the old passphrase is out."""
    key = SoftKey()
    anna = house.browser(house.owner)
    add(anna, key)
    other = Browser(house)
    assert with_passkey(other, house.owner, key) == "/today"
    anna.post("/me/passphrase/begin")
    shown = SECRET.search(anna.get("/me/passphrase").text)
    assert shown
    anna.post("/me/passphrase", passphrase=shown[1])
    assert other.get("/today").status_code == 303
    assert anna.get("/today").status_code == 200


def test_the_list_of_people_says_how_each_gets_in(world: World) -> None:
    """Anna sees her town's people, who has a key here and by what they sign in; no buttons, and no other town."""
    page = world.browser(world.owner).get("/people").text
    assert "Björn Lind" in page
    assert "engångskod" in page
    assert "har ingen nyckel här" in page  # those who never enrolled
    assert "Cilla" not in page
    assert "Återhämtning" not in page
    assert "/sessions" not in page.partition("<main")[2]
    assert "/renew" not in page


def test_what_leaves_a_case_or_is_erased_asks_too(world: World) -> None:
    """Anna left her desk: nothing is handed over, put on paper, extracted, offered or erased before."""
    case = Case(world)
    world.clock.turn(minutes=6)
    headers = {"Sec-Fetch-Site": "same-origin"}
    acts = [f"{case.base}/do/{name}" for name in ("handover", "paper", "extract", "transfer")]
    pages = [f"{case.base}/new/{name}" for name in ("handover", "paper", "extract", "transfer")]
    for path in pages:
        answer = case.reader.client.get(path, base_url=world.origin)
        assert answer.headers["Location"] == f"/fresh?to={path}"
    for path in acts:
        answer = case.reader.client.post(path, headers=headers, base_url=world.origin)
        assert answer.headers["Location"].startswith(f"/fresh?to={case.base}/new/"), path
    form = {"sure": "yes", "subject": case.id.hex()}
    answer = case.reader.client.post("/erasure/erase", data=form, headers=headers, base_url=world.origin)
    assert answer.headers["Location"] == "/fresh?to=/erasure"
