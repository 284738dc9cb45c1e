from __future__ import annotations

import contextlib
import re
import statistics
import time
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

import pyotp
import pytest

from crypto.opening.keyfile import FAST, write_key_file
from crypto.opening.members import LEFT
from staff import create_app
from staff.accounts import enrol
from staff.accounts.signin import PARALLEL, QUEUE
from staff.accounts.store import Details
from staff.accounts.throttle import Door
from staff.accounts.views import request_id
from staff.errors import EnrolError, RegisterError, ThrottledError
from staff.register import Register
from tests.staff import world as world_module
from tests.staff.world import ORIGIN, Browser, Human, World


def test_a_coordinator_gets_in_with_name_passphrase_and_code(world: World) -> None:
    """Anna types what is hers and lands in the inbox, her name in any case."""
    answer = Browser(world).sign_in(world.owner, name="  ANNA   ek ")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/today"
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("staff="))
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Ingen Alls"}, {"passphrase": "fel fel fel"}, {"otp": "000000"}, {"name": ""}, {"otp": "\u0660" * 6}],
)
def test_every_kind_of_wrong_is_answered_with_the_same_bytes(world: World, wrong: dict[str, str]) -> None:
    """Somebody guesses: a wrong name, phrase or code cannot be told apart by status, headers or body."""
    ours, theirs = Browser(world), Browser(world)
    right = theirs.sign_in(world.owner, passphrase="fel från början")
    answer = ours.sign_in(world.owner, **wrong)
    assert (answer.status, answer.data) == (right.status, right.data)
    assert [pair for pair in answer.headers if pair[0] != "Set-Cookie"] == [
        pair for pair in right.headers if pair[0] != "Set-Cookie"
    ]
    assert not any(value.startswith("staff=") for value in answer.headers.getlist("Set-Cookie"))
    assert "Det stämde inte" in ours.get(answer.headers["Location"]).text


def test_an_unknown_name_costs_the_same_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock beside the sign-in page does not tell who works here: both kinds of wrong cost one key file's work."""
    for human in (world.owner, world.colleague, world.stranger):
        world.enrol(human, FAST)  # as costly as in the demo, so that the key file is what takes the time
    monkeypatch.setattr(world.parts.throttle, "count", lambda _tag: None)
    browser, token = Browser(world), ""
    token = browser.token()
    taken: dict[str, list[float]] = {world.owner.name: [], "Ingen Alls": []}
    for _ in range(12):
        for name, times in taken.items():
            form = {"csrf_token": token, "name": name, "passphrase": "fel", "otp": "000000"}
            started = time.process_time()
            browser.client.post("/login", data=form, base_url=ORIGIN)
            times.append(time.process_time() - started)
    known, unknown = (statistics.median(times) for times in taken.values())
    assert 0.7 < unknown / known < 1.4


def test_a_code_works_once(world: World) -> None:
    """Somebody who reads Anna's code over her shoulder comes too late."""
    code = pyotp.TOTP(world.owner.totp).at(world.clock.now())
    assert Browser(world).sign_in(world.owner, otp=code).headers["Location"] == "/today"
    assert "again" in Browser(world).sign_in(world.owner, otp=code).headers["Location"]
    world.clock.turn(seconds=30)
    assert Browser(world).sign_in(world.owner).headers["Location"] == "/today"


def test_of_two_uses_of_one_code_at_once_one_wins(world: World) -> None:
    """Two requests carry the same fresh code in the same moment; the second swap finds another value and fails."""
    account = world.parts.accounts.find(world.owner.name)
    assert account is not None
    assert world.parts.accounts.use_code(account, 1000)
    assert not world.parts.accounts.use_code(account, 1000)


def test_an_old_code_is_refused(world: World) -> None:
    """A code from two minutes ago opens nothing."""
    code = pyotp.TOTP(world.owner.totp).at(world.clock.now())
    world.clock.turn(minutes=2)
    assert "again" in Browser(world).sign_in(world.owner, otp=code).headers["Location"]


def test_somebody_who_left_the_register_stays_out(world: World) -> None:
    """Anna has left: her account still stands in the casebook, but the signed register no longer names her."""
    world.sign([world.colleague, world.stranger], epoch=2)
    assert "again" in Browser(world).sign_in(world.owner).headers["Location"]


def test_leaving_the_register_ends_an_open_session(world: World, owner: Browser) -> None:
    """Anna is signed in when a new register without her is put in place; her next click meets the door."""
    assert owner.get("/inbox").status_code == 200
    world.sign([world.colleague, world.stranger], epoch=2)
    assert owner.get("/inbox").headers["Location"].startswith("/login")


def test_an_older_register_lets_nobody_back_in(world: World) -> None:
    """Somebody with the disk puts back the register that still named Anna, alone or with its roster: nobody gets in."""
    older = {name: (world.folder / name).read_bytes() for name in ("members", "roster")}
    world.sign([world.colleague, world.stranger], epoch=2)
    assert "again" in Browser(world).sign_in(world.owner).headers["Location"]
    for name, content in older.items():
        (world.folder / name).write_bytes(content)
        assert Browser(world).sign_in(world.owner).status_code == 503
        assert Browser(world).sign_in(world.colleague).status_code == 503
    with pytest.raises(RegisterError):
        Register(world.folder / "roster", world.folder / "members", world.root.sign_public, minimum_epoch=2).current()


def test_an_older_register_put_back_before_a_start_is_refused(world: World) -> None:
    """The file beside the casebook remembers how far the epochs had come: a start does not forget it."""
    older = {name: (world.folder / name).read_bytes() for name in ("members", "roster")}
    world.sign([world.colleague, world.stranger], epoch=2)
    create_app(world.settings, background=False)
    for name, content in older.items():
        (world.folder / name).write_bytes(content)
    with pytest.raises(RegisterError):
        create_app(world.settings, background=False)


def test_police_get_in_to_what_is_handed_over_and_no_further(world: World) -> None:
    """Petra signs in and meets no inbox; a row slipped into the casebook that calls her coordinator helps nothing."""
    officer, row = world.officer, world.send(message="hej")
    world.enrol(officer)
    world.parts.accounts.add(Details(officer.name, "coordinator", officer.totp), world.key_file(officer))
    browser = world.browser(officer)
    for path in ("/inbox", f"/inbox/{row}", "/inbox/new"):
        assert browser.get(path).status_code == 404


@pytest.mark.parametrize("role", ["recovery", *sorted(LEFT)])
def test_who_has_left_and_the_recovery_key_never_sign_in(world: World, role: str) -> None:
    """The register names them so that what they granted is believed, and no page is theirs."""
    human = Human("Ture", role, "ekstad")
    world.others.append(human)
    world.sign([world.owner, world.stranger], 2)
    with pytest.raises(EnrolError):
        world.enrol(human)
    world.parts.accounts.add(Details(human.name, "coordinator", human.totp), world.key_file(human))
    assert "again" in Browser(world).sign_in(human).headers["Location"]


def test_a_key_of_ones_own_under_anothers_name_is_refused(world: World) -> None:
    """Somebody writes their own key file into Anna's row of the database; the register names another key."""
    mallory = Human(world.owner.name, "coordinator", "ekstad")
    world.parts.accounts.add(Details(mallory.name, "coordinator", mallory.totp), world.key_file(mallory))
    assert "again" in Browser(world).sign_in(mallory).headers["Location"]
    with pytest.raises(EnrolError):
        enrol(world.settings, world.owner.name, world.key_file(mallory), mallory.totp)
    with pytest.raises(EnrolError):
        enrol(world.settings, "Ingen Alls", world.key_file(mallory), mallory.totp)


def test_a_damaged_key_file_is_refused_like_any_wrong(world: World) -> None:
    """A flipped byte in the casebook's key file gives no other answer than a wrong passphrase."""
    account = world.parts.accounts.find(world.owner.name)
    assert account is not None
    details = world.parts.accounts.details(account)
    world.parts.accounts.add(details, account.key_file.replace(b"ops", b"opz"))
    assert "again" in Browser(world).sign_in(world.owner).headers["Location"]
    other_pepper = write_key_file(world.owner.identity, world.owner.passphrase, pepper=b"q" * 32)
    world.parts.accounts.add(details, other_pepper)
    assert "again" in Browser(world).sign_in(world.owner).headers["Location"]


def test_many_tries_at_one_name_wait_a_while_and_shut_nobody_out(world: World) -> None:
    """A guesser uses up the minute of Anna's name; she and Björn get in meanwhile, and the page says when to try."""
    guesser = at("192.0.2.7", Browser(world))
    for _ in range(5):
        assert "again" in guesser.sign_in(world.owner, passphrase="fel").headers["Location"]
    answer = guesser.sign_in(world.owner)
    assert answer.status_code == 303
    assert "wait=" in answer.headers["Location"]
    page = guesser.get(answer.headers["Location"]).text
    assert "försök igen" in page
    assert "Inget är spärrat" in page
    assert Browser(world).sign_in(world.colleague).headers["Location"] == "/today"
    assert at("198.51.100.7", Browser(world)).sign_in(world.owner).headers["Location"] == "/today"


def test_behind_our_own_front_the_address_that_it_names_is_believed_and_no_other(world: World) -> None:
    """A guesser elsewhere uses up nobody's minute who comes through the same front; without one, all are one."""
    for proxies, kept_apart in ((1, True), (0, False)):
        world.settings = replace(world.settings, proxies=proxies)
        world.app = world.start()
        guesser, anna = through("192.0.2.7", Browser(world)), through("198.51.100.7", Browser(world))
        for _ in range(5):
            guesser.sign_in(world.owner, passphrase="fel")
        assert (anna.sign_in(world.owner).headers["Location"] == "/today") is kept_apart


def through(address: str, browser: Browser) -> Browser:
    """Let a browser come through the front, and claim another address besides."""
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.9, {address}"
    return browser


def at(address: str, browser: Browser) -> Browser:
    """Let a browser knock from an address."""
    browser.client.environ_base["REMOTE_ADDR"] = address
    return browser


def test_guesses_from_annas_own_network_do_not_shut_out_the_browser_she_always_uses(world: World) -> None:
    """Somebody inside the town hall tries Anna's name every few seconds, day after day: her own browser gets in."""
    anna = world.browser(world.owner)
    anna.post("/lock")
    guesser = Browser(world)
    places = [guesser.sign_in(world.owner, passphrase="fel").headers["Location"] for _ in range(7)]
    assert "wait=" in places[-1]
    world.clock.turn(seconds=60)
    assert "wait=" in Browser(world).sign_in(world.owner).headers["Location"]
    assert anna.sign_in(world.owner).headers["Location"] == "/today"


def test_the_cookie_of_a_known_browser_names_nobody_and_helps_with_no_other_name(world: World) -> None:
    """Björn's browser is known as his: in it, Anna's name counts as anywhere else, and so does a cookie made up."""
    known = world.browser(world.colleague)
    known.post("/lock")
    cookie = known.client.get_cookie("staff-known", domain="127.0.0.1")
    assert cookie is not None
    assert re.fullmatch("[0-9a-f]{96}", cookie.value)
    anna = world.parts.accounts.tag(world.owner.name)
    made_up = ("", "x", "f" * 96, cookie.value[:-1], cookie.value + "0", "\u0660" * 96)
    for value in (cookie.value, *made_up):
        assert world.parts.browsers.door(anna, value, "127.0.0.1").known == ""
    bjorn = world.parts.accounts.tag(world.colleague.name)
    assert world.parts.browsers.door(bjorn, cookie.value, "192.0.2.7").known == cookie.value[:32]


def test_a_known_browser_is_held_to_its_own_count(world: World) -> None:
    """A thief of Anna's locked laptop guesses in her own browser: five tries, then a wait, like anybody."""
    browser = world.browser(world.owner)
    browser.post("/lock")
    places = [browser.sign_in(world.owner, passphrase="fel").headers["Location"] for _ in range(6)]
    assert ["wait=" in place for place in places] == [False] * 5 + [True]


def test_a_flood_over_many_names_is_slowed_and_shuts_out_no_known_browser(world: World) -> None:
    """Many names are tried from many networks: new browsers wait, and those that have signed in before do not."""
    anna = world.browser(world.owner)
    anna.post("/lock")
    world.clock.turn(seconds=60)
    for number in range(59):
        world.parts.throttle.count(Door(str(number), str(number)))
    assert "wait=" in Browser(world).sign_in(world.owner).headers["Location"]
    assert anna.sign_in(world.owner).headers["Location"] == "/today"


def test_one_network_does_not_use_up_what_all_share(world: World) -> None:
    """One machine tries a hundred names a minute: from elsewhere a new browser still gets in."""
    for number in range(100):
        with contextlib.suppress(ThrottledError):
            world.parts.throttle.count(Door(str(number), "one network"))
    assert Browser(world).sign_in(world.owner).headers["Location"] == "/today"


def test_signing_in_leads_back_to_the_request_that_was_asked_for(world: World) -> None:
    """Anna follows a link, signs in, and lands where the link led; no other address is ever followed."""
    row = world.send(message="hej")
    browser = Browser(world)
    location = browser.get(f"/inbox/{row}").headers["Location"]
    assert location == f"/login?to={row}"
    assert f'name="to" value="{row}"' in browser.get(location).text
    assert browser.sign_in(world.owner, to=row).headers["Location"] == f"/inbox/{row}"
    assert 'name="to"' not in Browser(world).get("/login?to=//evil.example").text
    world.clock.turn(seconds=60)
    assert Browser(world).sign_in(world.owner, to="//evil.example").headers["Location"] == "/today"


def test_an_id_that_begins_like_a_case_s_address_is_still_a_request_s() -> None:
    """One id in sixteen begins with a c: it leads back as any other does; what is neither leads nowhere."""
    assert request_id("c" + "a" * 31) == "c" + "a" * 31
    assert request_id("c" * 33) == "c" * 33
    for wrong in ("c" + "a" * 30, "c" * 34, "d" * 33, "x" * 32, ""):
        assert request_id(wrong) == ""


def test_a_clock_that_is_days_behind_lets_everybody_in_with_a_fresh_roster(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The staff machine's clock stands five days back when a roster for 120 days is signed: it is believed."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Later:
            return super().now(tz) + timedelta(days=5)

    with monkeypatch.context() as patch:
        patch.setattr(world_module, "datetime", Later)
        world.sign([world.owner, world.colleague, world.stranger], epoch=2, days=120)
    browser = world.browser(world.owner)
    assert browser.get("/inbox").status_code == 200
    assert browser.get("/readyz").status_code == 200


def test_a_forged_register_lets_nobody_in(world: World) -> None:
    """The register on disk is not signed by the root key: 503, and no word of what is wrong."""
    path = world.settings.members
    path.write_bytes(path.read_bytes().replace(b"coordinator", b"coordinatoR"))
    browser = Browser(world)
    assert browser.sign_in(world.owner).status_code == 503
    assert browser.get("/readyz").status_code == 503
    assert browser.get("/healthz").status_code == 200


def test_a_queue_at_the_door_does_not_hold_the_whole_house(world: World, owner: Browser) -> None:
    """Four guesses are being computed or waiting: the fifth is told to come back, and Anna's list still answers."""
    held = [world.parts.sign_in._places.acquire(blocking=False) for _ in range(PARALLEL + QUEUE)]
    assert all(held)
    assert "wait=5" in Browser(world).sign_in(world.colleague).headers["Location"]
    assert owner.get("/inbox").status_code == 200


def test_a_code_secret_that_no_phone_could_read_is_refused_at_enrolment(world: World) -> None:
    """A slip at enrolment is told then, not at the first sign-in."""
    with pytest.raises(EnrolError):
        enrol(world.settings, world.owner.name, world.key_file(world.owner), "not base32!")


def test_a_key_made_without_the_pepper_is_refused_at_enrolment(world: World) -> None:
    """Its passphrase could never open it here: told then, not by a sign-in that says no for ever."""
    for pepper in (None, bytes(32)):
        data = write_key_file(world.owner.identity, world.owner.passphrase, pepper=pepper, cost=FAST)
        with pytest.raises(EnrolError, match="--pepper"):
            enrol(world.settings, world.owner.name, data, world.owner.totp)
