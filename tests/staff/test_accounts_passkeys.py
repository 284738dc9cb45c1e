"""Passkeys: the second thing beside the passphrase, and what thieves and strangers try with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any  # what a monkeypatched function is called with

import pyotp
import pytest
import webauthn
from sqlalchemy import update

from staff.accounts.boxes import CHALLENGE, IN_ALL, LIVES
from staff.accounts.passkeys import MOST
from staff.models import Passkey
from tests.staff.joiner import TOTP, House, asked, with_passkey
from tests.staff.softkey import UP, SoftKey
from tests.staff.world import Browser, Human, World


def add(browser: Browser, key: SoftKey, word: str = "telefonen") -> str:
    """Add a passkey on one's own page and give what the next page says."""
    made = key.create(asked(browser, "/me/keys/options", "/me/keys"))
    return browser.get(browser.post("/me/keys/passkey", passkey=made, word=word).headers["Location"]).text


def acts(house: World, human: Human) -> list[str]:
    """List what the audit says of somebody."""
    return [one.what for one in house.parts.audit.own(house.person(human))]


def test_a_passkey_lets_its_owner_in_with_the_passphrase_and_without_a_code(house: House, anna: Browser) -> None:
    """Anna adds her phone and signs in by it; the audit says so, and her page when it was used."""
    key = SoftKey()
    assert "Passnyckeln är tillagd" in add(anna, key, "Annas telefon")
    assert with_passkey(Browser(house), house.owner, key) == "/today"
    assert "passkey_added" in acts(house, house.owner)
    page = anna.get("/me/keys").text
    assert "Annas telefon" in page
    assert "använd" in page


def test_the_passphrase_is_still_needed(house: House, anna: Browser) -> None:
    """Whoever has Anna's phone and not her passphrase stays out: a passkey opens no key."""
    key = SoftKey()
    add(anna, key)
    assert "again" in with_passkey(Browser(house), house.owner, key, passphrase="fel fel fel")


WRONGS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "another name": ({}, {"name": "Ingen Alls"}),
    "a colleague's name": ({}, {"name": "Björn Lind"}),
    "another site": ({"origin": "http://evil.example"}, {}),
    "another host": ({"host": "evil.example"}, {}),
    "nobody touched it": ({"flags": 0}, {}),
    "nobody proved who they are": ({"flags": UP}, {}),
    "not an answer": ({}, {"passkey": "{}"}),
    "nonsense": ({}, {"passkey": "\u2620[" * 400}),
    "an unknown passkey": ({"id": b"x" * 32}, {}),
}


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, SoftKey, Iterator[int]]:
    """Make one world in which Anna has a passkey, for stories that change nothing, and numbers of networks."""
    house, key = House(tmp_path_factory.mktemp("passkeys")), SoftKey()
    add(house.browser(house.owner), key)
    return house, key, count(1)


def elsewhere(house: House, number: int) -> Browser:
    """Sit down at a browser in a network of its own, so that no try is slowed by another's."""
    browser = Browser(house)
    browser.client.environ_base["REMOTE_ADDR"] = f"10.{number}.0.1"
    return browser


@pytest.mark.parametrize(("change", "form"), WRONGS.values(), ids=WRONGS)
def test_every_wrong_passkey_is_answered_like_any_wrong(
    lasting: tuple[House, SoftKey, Iterator[int]], change: dict[str, Any], form: dict[str, str]
) -> None:
    """A passkey of another site, of somebody else, untouched, unknown or garbled: the same bytes as a wrong phrase."""
    house, key, numbers = lasting
    ours, theirs = elsewhere(house, next(numbers)), elsewhere(house, next(numbers))
    right = theirs.sign_in(house.owner, passphrase="fel från början")
    answer = replace(key, **change).get(asked(ours, "/login/options", "/login"))
    claim = {"name": house.owner.name, "passphrase": house.owner.passphrase, "passkey": answer, "otp": "", **form}
    got = ours.post("/login", **claim)
    assert (got.status, got.data) == (right.status, right.data)
    assert got.headers["Location"] == right.headers["Location"]
    assert not any(value.startswith("staff=") for value in got.headers.getlist("Set-Cookie"))


def test_a_signature_by_another_key_is_refused(house: House, anna: Browser) -> None:
    """Somebody knows the id of Anna's passkey and signs with a key of their own."""
    key = SoftKey()
    add(anna, key)
    assert "again" in with_passkey(Browser(house), house.owner, SoftKey(id=key.id))


def test_a_passkey_made_for_another_site_is_not_added(house: House, anna: Browser) -> None:
    """A page elsewhere had the phone make a passkey, or nobody touched it: told plainly, and nothing is added."""
    wrong = (SoftKey(origin="http://evil.example"), SoftKey(host="evil.example"), SoftKey(flags=UP), SoftKey(flags=0))
    for key in wrong:
        assert "svarade inte på den här sidans fråga" in add(anna, key)
    assert "Du har ingen än" in anna.get("/me/keys").text


def test_a_challenge_serves_one_browser_once_for_one_purpose(house: House, anna: Browser) -> None:
    """An answer heard on the way is of no use again, elsewhere, later, or for another question."""
    key = SoftKey()
    add(anna, key)
    human = house.owner
    claim = {"name": human.name, "passphrase": human.passphrase, "otp": ""}
    there, here = Browser(house), Browser(house)
    answer = key.get(asked(there, "/login/options", "/login"))
    assert "again" in here.post("/login", **claim, passkey=answer).headers["Location"]
    assert there.post("/login", **claim, passkey=answer).headers["Location"] == "/today"
    there.post("/lock")
    assert "again" in there.post("/login", **claim, passkey=answer).headers["Location"]
    old = key.get(asked(here, "/login/options", "/login"))
    house.clock.turn(seconds=LIVES[CHALLENGE])
    assert "again" in here.post("/login", **claim, passkey=old).headers["Location"]
    house.clock.turn(minutes=4)
    anna = house.browser(human)
    other = key.get(asked(anna, "/me/keys/options", "/me/keys"))
    anna.post("/lock")
    assert "again" in anna.post("/login", **claim, passkey=other).headers["Location"]


def test_a_counter_that_goes_backwards_is_refused_and_told(house: House, anna: Browser) -> None:
    """Somebody has copied Anna's passkey: both count, and whoever is behind stays out; she is told, and the auditor."""
    key = SoftKey()
    add(anna, key)
    copy = replace(key)
    assert with_passkey(Browser(house), house.owner, key) == "/today"
    assert "again" in with_passkey(Browser(house), house.owner, copy)
    assert "passkey_back" in acts(house, house.owner)
    assert "Kan vara kopierad" in anna.get("/me/keys").text
    assert with_passkey(Browser(house), house.owner, key) == "/today"


def test_a_copied_passkey_without_the_passphrase_tells_nobody_anything(house: House, anna: Browser) -> None:
    """A wrong passphrase with an old counter leaves no row: only whose passphrase is right can be written about."""
    key = SoftKey()
    add(anna, key)
    copy = replace(key)
    assert with_passkey(Browser(house), house.owner, key) == "/today"
    assert "again" in with_passkey(Browser(house), house.owner, copy, passphrase="fel")
    assert "passkey_back" not in acts(house, house.owner)


def test_a_passkey_that_does_not_count_is_welcome(house: House, anna: Browser) -> None:
    """Passkeys that follow their owner from phone to phone always say 0."""
    key = SoftKey(step=0)
    add(anna, key)
    for _ in range(2):
        assert with_passkey(Browser(house), house.owner, key) == "/today"


def test_of_two_uses_of_one_answer_at_once_one_wins(house: House, anna: Browser) -> None:
    """Two requests carry the same checked answer; the second swap finds another value and fails."""
    key = SoftKey()
    add(anna, key)
    account = house.parts.accounts.find(house.owner.name)
    assert account is not None
    challenge, options = house.parts.passkeys.ask()
    proof = house.parts.passkeys.check(account.id, key.get(json.loads(options)), challenge)
    assert proof is not None
    assert house.parts.passkeys.spend(proof, house.clock.now())
    assert not house.parts.passkeys.spend(proof, house.clock.now())


def test_a_passkey_row_moved_to_another_account_lets_nobody_in(house: House, anna: Browser) -> None:
    """Somebody writes Björn's account into the row of a passkey that they hold: what is locked says whose it is."""
    key = SoftKey()
    add(anna, key)
    parts, bjorn = house.parts, house.parts.accounts.find(house.colleague.name)
    account = parts.accounts.find(house.owner.name)
    assert bjorn is not None
    assert account is not None
    with parts.casebook.write() as session:
        session.connection().execute(update(Passkey).values(account=bjorn.id))
    assert parts.passkeys.of(bjorn.id) == []
    assert "again" in with_passkey(Browser(house), house.colleague, key)


def test_an_unknown_passkey_costs_a_signature_too(house: House, anna: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock beside the sign-in page does not tell which passkeys exist: one signature is checked whatever came."""
    checked, real = [], webauthn.verify_authentication_response

    def watched(**arguments: Any) -> object:
        checked.append(arguments["credential_public_key"])
        return real(**arguments)

    key = SoftKey()
    add(anna, key)
    monkeypatch.setattr(webauthn, "verify_authentication_response", watched)
    for human in (house.owner, Human("Ingen Alls", "coordinator", "ekstad")):
        with_passkey(Browser(house), human, SoftKey())
    assert len(checked) == 2


def test_the_questions_at_the_door_are_the_same_for_everybody(house: House, anna: Browser) -> None:
    """What the sign-in page hands to the browser names nobody's passkey."""
    add(anna, SoftKey())
    options = asked(Browser(house), "/login/options", "/login")
    assert options["allowCredentials"] == []
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"


def test_one_network_asks_for_only_so_many_challenges(house: House) -> None:
    """A flood of questions is slowed, and never fills the memory."""
    browser = Browser(house)
    data = {"csrf_token": browser.token()}
    answers = [browser.client.post("/login/options", data=data, base_url=house.origin) for _ in range(61)]
    assert [one.status_code for one in answers] == [200] * 60 + [303]
    assert "wait=" in answers[-1].headers["Location"]
    for _ in range(IN_ALL + 5):
        house.parts.boxes.put(CHALLENGE, b"x")
    assert len(house.parts.boxes) == IN_ALL
    house.clock.turn(seconds=LIVES[CHALLENGE])
    house.parts.boxes.purge()
    assert len(house.parts.boxes) == 0


def test_a_lost_device_is_taken_away_and_the_other_one_serves(house: House, anna: Browser) -> None:
    """Anna loses her phone: with her security key she removes the phone's passkey, and it lets nobody in."""
    phone, spare = SoftKey(), SoftKey()
    add(anna, phone, "telefonen")
    add(anna, spare, "nyckelringen")
    there = Browser(house)
    assert with_passkey(there, house.owner, spare) == "/today"
    lost = next(one for one in keys(house, house.owner) if one.known.word == "telefonen")
    there.post("/me/keys/remove", id=lost.id.hex())
    assert "telefonen" not in there.get("/me/keys").text
    assert "again" in with_passkey(Browser(house), house.owner, phone)
    assert "passkey_removed" in acts(house, house.owner)


def keys(house: House, human: Human) -> list[Any]:
    """List somebody's passkeys as they stand."""
    account = house.parts.accounts.find(human.name)
    assert account is not None
    return house.parts.passkeys.of(account.id)


def test_a_ninth_passkey_and_one_that_is_known_are_refused(house: House, anna: Browser) -> None:
    """There is an end to how many one person has, and one passkey is one row."""
    first = SoftKey()
    add(anna, first)
    assert "finns redan" in add(anna, first)
    for number in range(MOST - 1):
        add(anna, SoftKey(), f"enhet {number}")
    assert "redan åtta" in add(anna, SoftKey())
    assert len(keys(house, house.owner)) == MOST


def without_codes(house: House) -> None:
    """Set that codes let nobody in."""
    programme = house.settings.programme
    casework = replace(programme.casework, totp=False)
    house.settings = replace(house.settings, programme=replace(programme, casework=casework))
    house.app = house.start()


def test_where_the_setting_forbids_codes_only_a_passkey_lets_in(house: House, anna: Browser) -> None:
    """The programme has decided: no code is asked for or taken, and nobody removes their last passkey."""
    key = SoftKey()
    add(anna, key)
    without_codes(house)
    assert 'name="otp"' not in Browser(house).get("/login").text
    house.clock.turn(seconds=30)
    assert "again" in Browser(house).sign_in(house.owner).headers["Location"]
    there = Browser(house)
    assert with_passkey(there, house.owner, key) == "/today"
    there.post("/me/keys/remove", id=keys(house, house.owner)[0].id.hex())
    assert "enda du kan logga in med" in there.get("/me/keys").text
    assert len(keys(house, house.owner)) == 1
    there.post("/me/keys/codes")
    assert "En kodapp" not in there.get("/me/keys/new").text


def test_on_a_bare_address_there_are_no_passkeys_and_codes_always_serve(world: World) -> None:
    """Browsers allow passkeys for names only: on 127.0.0.1 the pages do not offer them, whatever the setting."""
    browser = world.browser(world.owner)
    assert "passkeys.js" not in Browser(world).get("/login").text
    assert "inga passnycklar" in browser.get("/me/keys").text
    programme = world.settings.programme
    casework = replace(programme.casework, totp=False)
    world.settings = replace(world.settings, programme=replace(programme, casework=casework))
    world.app = world.start()
    assert 'name="otp"' in Browser(world).get("/login").text


def test_new_codes_count_from_when_a_code_has_proven_them(house: House, anna: Browser) -> None:
    """Anna has a new phone: until she has typed its code the old one serves, and afterwards only the new one."""
    anna.post("/me/keys/codes")
    shown = TOTP.search(anna.get("/me/keys/new").text)
    assert shown
    anna.post("/me/keys/otp", otp="000000")
    assert "Den gamla appen gäller än" in anna.get("/me/keys/new").text
    house.clock.turn(seconds=30)
    assert Browser(house).sign_in(house.owner).headers["Location"] == "/today"
    house.clock.turn(seconds=30)
    code = pyotp.TOTP(shown[1]).at(house.clock.now())
    assert anna.post("/me/keys/otp", otp=code).headers["Location"] == "/me/keys"
    assert "Den nya kodappen gäller" in anna.get("/me/keys").text
    house.clock.turn(seconds=30)
    assert "again" in Browser(house).sign_in(house.owner).headers["Location"]
    house.owner.totp = shown[1]
    assert Browser(house).sign_in(house.owner).headers["Location"] == "/today"
