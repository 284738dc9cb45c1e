"""Somebody new is let in: invited, with a key of their own, digits read aloud, two signatures."""

from __future__ import annotations

from pathlib import Path

import pytest

from crypto.opening.keyfile import new_passphrase
from staff.accounts.invitations import TO_SIGN, TO_USE
from staff.accounts.store import Accounts, Details
from staff.erasure.sweep import sweep
from tests.canaries import canary, files, search
from tests.staff.joiner import SECRET, House, Newcomer, agree, buttons, second, told, with_passkey
from tests.staff.softkey import SoftKey
from tests.staff.world import Browser, Human


def test_somebody_new_is_let_in_by_two(house: House, lena: Browser) -> None:
    """Lena invites Nils, he makes his key, they compare digits, Siv signs too, and he begins his day at once."""
    nils = Newcomer.at(house)
    assert nils.type_code(house.invite(lena).lower().replace("-", " ")) == "/enrol"
    assert nils.learn() == "/enrol"
    assert "Läs upp siffrorna" not in nils.page()
    assert nils.scan() == "/enrol?added=1"
    assert "Ring Lena Holm" in nils.page()
    assert "again" in Browser(house).sign_in(nils.human()).headers["Location"]
    assert "Nu behövs en underskrift till" in agree(lena, nils.digits)
    assert "väntar vi på den andra underskriften" in nils.page()
    house.clock.turn(seconds=30)
    assert "again" in Browser(house).sign_in(nils.human()).headers["Location"]
    siv = house.browser(house.second)
    page = siv.get("/people").text
    assert nils.digits in page
    assert "Underskrivet av två" in second(siv)
    assert "Du är inne" in nils.page()
    house.clock.turn(seconds=30)
    there = Browser(house)
    assert there.sign_in(nils.human()).headers["Location"] == "/today"
    assert "Nils Ny" in there.get("/people").text
    assert told(house, house.lead)[-2:] == [("invited", "Nils Ny"), ("agreed", "Nils Ny")]
    assert told(house, house.second)[-1] == ("seconded", "Nils Ny")


def test_a_passkey_alone_is_enough_to_join(house: House, lena: Browser) -> None:
    """Nils adds two devices and no code app; either lets him in."""
    nils, phone, laptop = Newcomer.at(house), SoftKey(), SoftKey()
    nils.type_code(house.invite(lena))
    nils.learn()
    assert nils.add(SoftKey(origin="http://evil.example")) == "/enrol?passkey=1"
    assert nils.add(phone) == "/enrol?added=1"
    assert nils.add(laptop, "datorn") == "/enrol?added=1"
    agree(lena, nils.digits)
    second(house.browser(house.second))
    for key in (phone, laptop):
        assert with_passkey(Browser(house), nils.human(), key) == "/today"
    assert "again" in Browser(house).sign_in(nils.human()).headers["Location"]  # he has shown no app's secret
    assert "passnyckel (2)" in lena.get("/people").text


def test_every_step_survives_a_restart(house: House, lena: Browser) -> None:
    """The staff app dies after each step: the code leads back, with the passphrase once there is a key."""
    code = house.invite(lena)
    nils = Newcomer.at(house)
    for step in (nils.learn, nils.scan):
        house.app = house.start()
        nils.browser = Browser(house)
        assert "Välkommen" in nils.page()
        nils.type_code(code)
        if step == nils.scan:
            assert "Din nyckel finns" in nils.page()
            assert nils.post("/enrol/passphrase", passphrase="fel fel fel") == "/enrol?again=1"
            assert nils.post("/enrol/passphrase", passphrase=nils.passphrase) == "/enrol"
        step()
    house.app = house.start()
    house.clock.turn(seconds=30)
    agree(house.browser(house.lead))
    house.app = house.start()
    second(house.browser(house.second))
    house.app = house.start()
    house.clock.turn(seconds=30)
    assert Browser(house).sign_in(nils.human()).headers["Location"] == "/today"


def test_dying_while_a_key_is_made_leaves_nothing_half(
    house: House, lena: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write breaks off after the account and before the invitation: neither stands, and the code still serves."""
    nils, code = Newcomer.at(house), house.invite(lena)
    nils.type_code(code)
    with monkeypatch.context() as patch:
        patch.setattr(house.parts.passkeys, "forget", lambda *_: 1 / 0)
        shown = SECRET.search(nils.page())
        assert shown
        token = nils.browser.token("/login")
        form = {"csrf_token": token, "passphrase": shown[1]}
        assert nils.browser.client.post("/enrol/passphrase", data=form, base_url=house.origin).status_code == 503
    assert house.parts.accounts.find("Nils Ny") is None
    assert nils.learn() == "/enrol"
    assert nils.scan() == "/enrol?added=1"


def test_the_passphrase_is_typed_once_more_before_there_is_a_key(house: House, lena: Browser) -> None:
    """Whoever has not written it down is shown it again, and has no key yet."""
    nils = Newcomer.at(house)
    nils.type_code(house.invite(lena))
    assert nils.post("/enrol/passphrase", passphrase="något annat") == "/enrol?type=1&again=1"
    assert "inte orden som visades" in nils.page("/enrol?type=1&again=1")
    assert house.parts.accounts.find("Nils Ny") is None
    assert nils.learn() == "/enrol"


def test_a_wrong_code_of_the_app_lets_nobody_on(house: House, lena: Browser) -> None:
    """The app must be seen to work before it counts."""
    nils = Newcomer.at(house)
    nils.type_code(house.invite(lena))
    nils.learn()
    assert nils.post("/enrol/otp", otp="000000") == "/enrol?otp=1#codes"
    assert "Läs upp siffrorna" not in nils.page()


def test_codes_that_are_unknown_used_up_or_old_are_one_state(house: House, lena: Browser) -> None:
    """Nobody learns whether a code ever existed."""
    code = house.invite(lena)
    assert Newcomer.at(house).type_code("AAAA-BBBB-CCCC-DDDD") == "/enrol?again=1"
    assert Newcomer.at(house).type_code("") == "/enrol?again=1"
    house.clock.turn(days=TO_USE + 1)
    assert Newcomer.at(house).type_code(code) == "/enrol?again=1"
    assert "stämmer inte, eller gäller inte längre" in Newcomer.at(house).page("/enrol?again=1")


def test_guessing_codes_is_slowed(house: House) -> None:
    """Five tries a minute from one network, as at the sign-in."""
    nils = Newcomer.at(house)
    places = [nils.type_code("AAAA-AAAA-AAAA-AAAA") for _ in range(6)]
    assert [place.partition("=")[0] for place in places] == ["/enrol?again"] * 5 + ["/enrol?wait"]
    assert "Inget är spärrat" in nils.page(places[-1])


def test_of_two_browsers_with_one_code_the_first_makes_the_key(house: House, lena: Browser) -> None:
    """Somebody has overheard the code: whoever is second makes no key, and does not go on without the passphrase."""
    code = house.invite(lena)
    nils, thief = Newcomer.at(house), Newcomer.at(house)
    nils.type_code(code)
    thief.type_code(code)
    assert thief.page() != nils.page()
    assert nils.learn() == "/enrol"
    shown = thief.page()
    assert "Din nyckel finns" in shown
    assert thief.post("/enrol/passphrase", passphrase="gissar gissar") == "/enrol?again=1"
    assert thief.post("/enrol/otp", otp="123456") == "/enrol"
    assert thief.post("/enrol/options") == "/enrol"
    assert thief.post("/enrol/passkey", passkey="{}") == "/enrol"


def test_two_keys_made_in_the_same_moment_are_one(house: House, lena: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both browsers have passed the page's own check: inside the write only the first finds the invitation unused."""
    code = house.invite(lena)
    nils, thief = Newcomer.at(house), Newcomer.at(house)
    nils.type_code(code)
    thief.type_code(code)
    shown = SECRET.search(thief.page())
    assert shown
    real = house.parts.sign_in.locked

    def meanwhile(*arguments: object) -> bytes:
        monkeypatch.setattr(house.parts.sign_in, "locked", real)
        assert nils.learn() == "/enrol"
        return real(*arguments)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(house.parts.sign_in, "locked", meanwhile)
    assert thief.post("/enrol/passphrase", passphrase=shown[1]) == "/enrol?used=1"
    assert "har redan gjorts" in thief.page("/enrol?used=1")


def test_digits_that_do_not_match_are_never_signed(house: House, lena: Browser, nils: Newcomer) -> None:
    """What lies in the invitation is changed between the page and the signature: nothing is signed."""
    (path,) = buttons(lena.get("/people").text, "/agree")
    assert lena.post(path, seen="0000 0000 0000 0000 0000 0000").headers["Location"] == "/people"
    assert "Inget är underskrivet" in lena.get("/people").text
    assert house.parts.orders.all() == []


def test_taking_an_invitation_back_takes_the_key_with_it(house: House, lena: Browser, nils: Newcomer) -> None:
    """The digits differ: Lena takes it back, and neither account, passkey nor order is left."""
    nils.add(SoftKey())
    agree(lena)
    (path,) = buttons(lena.get("/people").text, "/withdraw")
    lena.post(path)
    assert "tillbakatagen" in lena.get("/people").text
    assert house.parts.accounts.find("Nils Ny") is None
    assert house.parts.orders.all() == []
    with house.parts.casebook.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM passkeys").scalar() == 0
    assert "gäller inte längre" in nils.page()


def test_what_nobody_signed_in_time_goes(house: House, lena: Browser, nils: Newcomer) -> None:
    """Two weeks later the key that was made is gone, by the day's own turn."""
    house.run_on(days=TO_SIGN + 1)
    sweep(house.parts)
    assert house.parts.accounts.find("Nils Ny") is None
    assert "Nils Ny" not in house.browser(house.lead).get("/people").text


def test_nobody_signs_twice_and_a_stand_in_may_be_the_second(house: House, lena: Browser, nils: Newcomer) -> None:
    """Lena has signed: her page offers her nothing more, and Björn, who stands in, signs."""
    agree(lena)
    page = lena.get("/people").text
    assert buttons(page, "/second") == []
    (path,) = buttons(house.browser(house.second).get("/people").text, "/second")
    assert lena.post(path).status_code == 303
    assert "Den andra underskriften måste vara någon annans" in lena.get("/people").text
    bjorn = house.browser(house.colleague)
    assert 'Nils Ny</bdi></a> <span class="soft">samordnare<' in bjorn.get("/orders").text
    assert "Underskrivet av två" in second(bjorn)
    bjorn.post(path)
    assert "båda underskrifterna finns redan" in bjorn.get("/people").text


def test_a_coordinator_who_stands_in_for_nobody_does_not_sign(house: House, lena: Browser, nils: Newcomer) -> None:
    """Anna sees who is waiting, and no button; pressing it anyway does nothing. Cilla's town sees nothing of it."""
    agree(lena)
    (path,) = buttons(house.browser(house.second).get("/people").text, "/second")
    anna = house.browser(house.owner)
    assert "Nils Ny" in anna.get("/people").text
    assert buttons(anna.get("/people").text, "/second") == []
    anna.post(path)
    assert "Bara en enhetschef eller en utsedd ersättare" in anna.get("/people").text
    cilla = house.browser(house.stranger)
    assert "Nils Ny" not in cilla.get("/people").text
    assert cilla.post(path).status_code == 404
    assert house.parts.register.current().members.by_name("Nils Ny") is None


def test_two_leads_agree_at_once_and_the_one_who_came_second_is_told(
    house: House, lena: Browser, nils: Newcomer
) -> None:
    """Both press the button of the same page: one order, and the other lead signs as the second instead."""
    siv = house.browser(house.second)
    page = siv.get("/people").text
    (path,) = buttons(page, "/agree")
    digits = nils.digits
    agree(lena, digits)
    siv.post(path, seen=digits)
    assert "Någon hann före" in siv.get("/people").text
    assert len(house.parts.orders.all()) == 1
    assert "Underskrivet av två" in second(siv)
    assert siv.post(path, seen=digits).status_code == 404


def test_an_order_from_before_a_new_epoch_is_signed_anew(house: House, lena: Browser, nils: Newcomer) -> None:
    """The root key signs between the two signatures: the first counts no longer, and Lena is asked again."""
    agree(lena)
    siv = house.browser(house.second)
    (path,) = buttons(siv.get("/people").text, "/second")
    house.sign(house.everybody, 3)
    siv.post(path)
    assert "måste göras om" in siv.get("/people").text
    agree(lena)
    assert "Underskrivet av två" in second(siv)


WRONG = (
    ({"name": ""}, "Skriv ett namn"),
    ({"name": "x" * 61}, "Skriv ett namn"),
    ({"name": "Nils\u202eyN"}, "Skriv ett namn"),
    ({"name": "anna EK"}, "Någon har redan det namnet"),
    ({"name": "Cilla Björk"}, "Någon har redan det namnet"),
    ({"name": "Eva", "role": "recovery"}, "Välj en roll"),
    ({"name": "Eva", "role": "former"}, "Välj en roll"),
    ({"name": "Eva", "role": "police"}, "Välj vilken myndighet"),
    ({"name": "Eva", "role": "police", "agency": "x"}, "Välj vilken myndighet"),
)


def test_an_invitation_that_cannot_be_is_refused_and_kept_for_mending(house: House, lena: Browser) -> None:
    """A missing or taken name, a role that nobody is invited to: told in a sentence, and nothing typed is lost."""
    for form, said in WRONG:
        lena.post("/people/invite", **{"role": "coordinator", **form})
        page = lena.get("/people").text
        assert said in page
        if form["name"] and "\u202e" not in form["name"]:
            assert f'value="{form["name"]}"' in page
    assert house.parts.invitations.all(house.parts.today()) == []


def test_one_name_is_invited_once_at_a_time(house: House, lena: Browser) -> None:
    """Two leads invite the same person: the second is told, and the first code still serves."""
    code = house.invite(lena)
    siv = house.browser(house.second)
    siv.post("/people/invite", name="nils NY", role="lead")
    assert "redan inbjuden" in siv.get("/people").text
    assert Newcomer.at(house).type_code(code) == "/enrol"


def test_somebody_of_an_agency_is_invited_for_it(house: House, lena: Browser) -> None:
    """A police officer joins with their authority, as the programme's file names it."""
    name = house.settings.programme.casework.agencies.agencies[0]
    nils = Newcomer.at(house)
    nils.type_code(house.invite(lena, "Nils Ny", "case_officer", agency=name.id))
    nils.learn()
    nils.scan()
    agree(lena, nils.digits)
    second(house.browser(house.second))
    member = house.parts.register.current().members.by_name("Nils Ny")
    assert member is not None
    assert (member.role, member.agency) == ("case_officer", name.name)


def test_a_lead_who_was_let_in_by_an_order_does_not_invite_yet(house: House, lena: Browser) -> None:
    """Nils joins as a lead: until the root key has signed him his signature would not count, and the page says so."""
    nils = Newcomer.at(house)
    nils.type_code(house.invite(lena, role="lead"))
    nils.learn()
    nils.scan()
    agree(lena, nils.digits)
    second(house.browser(house.second))
    house.clock.turn(seconds=30)
    browser = Browser(house)
    browser.sign_in(nils.human(role="lead"))
    assert "Din underskrift räknas inte" in browser.get("/people").text
    browser.post("/people/invite", name="Eva", role="auditor")
    assert "räknas inte förrän rotnyckeln" in browser.get("/people").text
    assert house.parts.invitations.all(house.parts.today()) == []


def test_a_forged_account_or_statement_lets_nobody_in(house: House, lena: Browser, nils: Newcomer) -> None:
    """Somebody with the pepper puts their own key file under Nils's name: two have signed his key, not theirs."""
    agree(lena, nils.digits)
    second(house.browser(house.second))
    mallory = Human("Nils Ny", "coordinator", "ekstad", passphrase=new_passphrase())
    key_file = house.key_file(mallory)
    Accounts(house.parts.casebook, house.settings.pepper).add(Details("Nils Ny", "coordinator", mallory.totp), key_file)
    house.clock.turn(seconds=30)
    assert "again" in Browser(house).sign_in(mallory).headers["Location"]


def test_nothing_typed_while_enrolling_is_readable(house: House, lena: Browser, tmp_path: Path) -> None:
    """Name, code, passphrase, the app's secret, the word for a device, wrong tries: none stands in any file."""
    name, word, wrong = (canary(number) for number in range(3))
    code = house.invite(lena, name)
    nils = Newcomer.at(house)
    nils.type_code(wrong)
    nils.type_code(code)
    nils.post("/enrol/passphrase", passphrase=wrong)
    nils.learn()
    nils.post("/enrol/otp", otp=wrong[:12])
    nils.add(SoftKey(), word)
    nils.scan()
    agree(lena, nils.digits)
    secrets = [code.replace("-", ""), code, nils.passphrase, nils.totp, nils.digits, nils.digits.replace(" ", "")]
    typed = [name, word, wrong, *secrets]
    assert search(files(tmp_path), typed) == []
    second(house.browser(house.second))
    assert search(files(tmp_path), typed) == []
