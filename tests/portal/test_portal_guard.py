"""Headers, cookies, limits, CSRF and languages: who gets through, and what every answer carries."""

from __future__ import annotations

import logging
import re

import pytest
from flask import Flask

from portal.access import ACCESS
from portal.budgets import Buckets
from portal.sheets import FORM, LATE, READ, csp_hash
from tests.portal.world import OUR_PAGE, Phone, World, inputs
from web.origin import Origin

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW")
CSP = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    f"style-src {csp_hash(FORM)} {csp_hash(READ)} {csp_hash(LATE)}; img-src data:; "
    "script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
)
STANDING = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
PATHS = (*ACCESS, "/no-such-page", "/me/", "/me//x", "/favicon.ico", "/robots.txt")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_every_answer_carries_the_headers(app: Flask, path: str, method: str) -> None:
    """Every route, method and status, each header once; and no answer names a server or its version."""
    answer = app.test_client().open(path, method=method, headers=OUR_PAGE)
    for name, value in STANDING.items():
        assert answer.headers.getlist(name) == [value], (name, answer.status)
    assert "Server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.status_code in (200, 303, 400, 404, 405, 415)


def test_on_https_the_browser_is_told_to_stay_there(world: World) -> None:
    """HSTS, Secure and the __Host- prefix follow from the origin alone."""
    client = world.app(origin=Origin.parse("https://utvag.example")).test_client()
    answer = client.get("/me", base_url="https://utvag.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-s=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))


def test_the_style_in_the_page_is_the_one_that_the_csp_lets_through(phone: Phone) -> None:
    """The hash is over the bytes between the tags, so a changed sheet shows at once."""
    for path, source in (("/", csp_hash(READ)), ("/me", csp_hash(FORM)), ("/code", csp_hash(READ))):
        style = re.search(r"<style>(.*?)</style>", phone.get(path).text, re.DOTALL)
        assert style is not None
        assert csp_hash(style[1]) == source
        assert source in CSP


def test_cookies_say_nothing_and_end_with_the_window(phone: Phone) -> None:
    """HttpOnly, no lifetime, SameSite: the ticket is random, and nothing typed is in a cookie."""
    phone.get("/me")
    answer = phone.post("/me", {"message": "kanariefågel", "answer_by": "call"})
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert re.search("SameSite=(Lax|Strict)", cookie)
        assert not re.search("Expires|Max-Age|Domain", cookie)
    assert re.search(r"^t=[0-9a-f]{64};", answer.headers["Set-Cookie"])


# --- CSRF ----------------------------------------------------------------------------------------------------------


def test_a_wrong_token_brings_the_draft_back_and_one_tap_sends_it(world: World, phone: Phone) -> None:
    """An old page costs one more tap, not the text."""
    phone.get("/me")
    answer = phone.old_post("/me", {"message": "hej", "csrf_token": "wrong"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    assert world.received() == []
    page = phone.get("/me").text
    assert "Sidan blev för gammal. Allt du skrev finns kvar. Tryck Skicka igen." in page
    assert phone.old_post("/me", inputs(page)).headers["Location"] == "/done"
    assert world.received()[0].answers["message"] == "hej"


def test_a_right_token_is_enough_for_an_old_browser(world: World, phone: Phone) -> None:
    """A browser that says nothing of where it comes from sends with the page's token."""
    page = inputs(phone.get("/me").text)
    assert phone.old_post("/me", {**page, "message": "hej"}).headers["Location"] == "/done"
    assert len(world.received()) == 1


@pytest.mark.parametrize("proof", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:8831"}])
def test_same_origin_is_proof_without_cookies(world: World, proof: dict[str, str]) -> None:
    """Either header, which no page can set, lets a browser without cookies through."""
    phone = Phone(world.app(), cookies=False)
    assert phone.old_post("/me", {"message": "hej"}, **proof).headers["Location"] == "/done?m=sent"


@pytest.mark.parametrize(
    "foreign", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_foreign_page_can_neither_send_nor_put_words_into_the_form(
    world: World, phone: Phone, foreign: dict[str, str]
) -> None:
    """Nothing is received, no draft is kept for the visitor to send by mistake, and the visitor's own stays."""
    phone.get("/me")
    phone.post("/me", {"message": "mitt", "answer_by": "call"})
    answer = phone.old_post("/me", {"message": "främmande", "contact": "070-174 06 99"}, **foreign)
    assert (answer.status_code, answer.data) == (303, b"")
    assert "Set-Cookie" not in answer.headers
    assert world.received() == []
    page = phone.get("/me").text
    assert "främmande" not in page
    assert "mitt" in inputs(page)["message"][0]


@pytest.mark.parametrize("path", ["/me", "/other", "/code"])
@pytest.mark.parametrize("silent", [{}, {"Origin": "null"}])
def test_what_comes_without_our_cookie_is_not_kept_as_a_draft(
    world: World, app: Flask, path: str, silent: dict[str, str]
) -> None:
    """A browser that does not say where a POST comes from leaves our cookie out of a foreign page's: nothing is kept.

    The visitor's own ticket stays as well, with whatever it leads to.
    """
    phone = Phone(app)
    phone.get(path)
    phone.client.delete_cookie("s", domain="localhost")
    phone.client.set_cookie("t", "ab" * 32, domain="localhost")
    answer = phone.old_post(path, {"message": "främmande", "contact": "070-174 06 99"}, **silent)
    assert answer.headers["Location"] in (f"{path}?m=old", f"{path}?m=cookie")
    assert "Set-Cookie" not in answer.headers
    assert "främmande" not in phone.get(answer.headers["Location"]).text
    assert "främmande" not in phone.get(path).text
    assert world.received() == []


def test_a_foreign_page_leaves_no_draft_over_the_limit_either(world: World) -> None:
    """The limit is looked at first, and hands back only what our own page sent."""
    phone = Phone(world.app(posts_per_prefix=1, posts_in_all=1000))
    phone.get("/me")
    phone.post("/me", {"message": "mitt", "answer_by": "call"})
    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = phone.old_post("/me", {"message": "främmande"}, **foreign)
        assert (answer.headers["Location"], "Set-Cookie" in answer.headers) == ("/me", False)
    assert "mitt" in inputs(phone.get("/me").text)["message"][0]


def test_a_foreign_page_can_not_take_the_code_away(phone: Phone) -> None:
    """Leaving is never refused, but a foreign page's link does not change the visitor's ticket."""
    phone.get("/me")
    phone.post("/me", {"message": "hej", "answer_by": "call", "contact": "x"})
    for answer in (
        phone.get("/exit", **{"Sec-Fetch-Site": "cross-site"}),
        phone.old_post("/exit", {}, **{"Sec-Fetch-Site": "cross-site"}),
    ):
        assert answer.status_code == 303
        assert "Set-Cookie" not in answer.headers
    assert "Vi säger ditt ord först." in phone.get("/done").text


# --- limits --------------------------------------------------------------------------------------------------------


def from_address(address: str) -> dict[str, dict[str, str]]:
    """Return the environment of a request from an address."""
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def test_a_flood_from_one_prefix_never_stops_another(world: World) -> None:
    """The flood is handed its text back softly; someone else sends at once."""
    client = world.app(posts_per_prefix=5, posts_in_all=1000).test_client()
    flood = [
        client.post("/me", data={"message": "flod"}, headers=OUR_PAGE, **from_address(f"203.0.113.{last}"))
        for last in range(40)
    ]
    assert [answer.headers["Location"] for answer in flood[:5]] == ["/done?m=sent", *["/done"] * 4]
    assert {answer.headers["Location"].partition("?")[0] for answer in flood[5:]} == {"/me"}
    other = client.post("/me", data={"message": "hej"}, headers=OUR_PAGE, **from_address("198.51.100.7"))
    assert other.headers["Location"].startswith("/done")
    assert len(world.received()) == 6


def test_a_person_over_the_limit_keeps_the_text_and_gets_the_number(world: World) -> None:
    """Many write just now: wait a minute, or call."""
    phone = Phone(world.app(posts_per_prefix=1, posts_in_all=1000))
    phone.get("/me")
    phone.post("/me", {"message": "första"})
    assert phone.post("/me", {"message": "andra"}).headers["Location"] == "/me"
    page = phone.get("/me").text
    assert "Många skriver just nu. Texten finns kvar." in page
    assert world.programme.telephone.number in page
    assert inputs(page)["message"][0].strip() == "andra"


def test_what_one_prefix_is_refused_costs_the_others_nothing(world: World) -> None:
    """One prefix cannot use up the budget of all."""
    app = world.app(posts_per_prefix=3, posts_in_all=6)
    client = app.test_client()
    for _ in range(100):
        client.post("/", data={}, headers=OUR_PAGE, **from_address("203.0.113.1"))
    answer = client.post("/me", data={"message": "hej"}, headers=OUR_PAGE, **from_address("198.51.100.7"))
    assert answer.headers["Location"].startswith("/done")


def test_leaving_is_never_limited(world: World) -> None:
    """A person can always leave, however many share the network."""
    phone = Phone(world.app(posts_per_prefix=1, posts_in_all=1))
    assert {phone.post("/exit").headers["Location"] for _ in range(20)} == {world.programme.exit_url}


def test_too_many_pages_are_refused_softly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page tells to wait, or to call."""
    monkeypatch.setattr("portal.budgets.GETS_PER_PREFIX", 1)
    phone = Phone(world.app(posts_per_prefix=1))
    answers = [phone.get("/about") for _ in range(12)]
    assert answers[-1].status_code == 429
    assert world.programme.telephone.number.replace(" ", "\xa0") in answers[-1].text


def test_a_bucket_tells_nothing_of_the_address() -> None:
    """The same network has one name, another has another, and after an hour nobody can tell which was which."""
    clock = [0.0]
    buckets = Buckets(lambda: clock[0])
    first = buckets.networks("203.0.113.9")
    assert first == buckets.networks("::ffff:203.0.113.250")
    assert first[0] != buckets.networks("203.0.114.9")[0]
    assert first[1] == buckets.networks("203.0.114.9")[1]
    assert all(re.fullmatch("[0-9a-f]{16}", name) for _, name in first)
    clock[0] = 3600.0
    assert not set(buckets.networks("203.0.113.9")) & set(first)


@pytest.mark.parametrize(
    ("one", "another", "shared"),
    [
        ("203.0.113.9", "203.0.113.77", 2),
        ("203.0.113.9", "203.0.200.9", 1),
        ("203.0.113.9", "198.51.100.7", 0),
        ("2001:db8:1:2ff::4", "2001:db8:1:200::5", 3),
        ("2001:db8:1:2ff::4", "2001:db8:1:300::5", 2),
        ("2001:db8:1:2ff::4", "2001:db8:2::5", 1),
        ("2001:db8:1:2ff::4", "2001:db9::5", 0),
    ],
)
def test_neighbours_share_their_wider_networks(one: str, another: str, shared: int) -> None:
    """A /24 in a /16; a /56 in a /48 in a /32."""
    buckets = Buckets()
    assert len(set(buckets.networks(one)) & set(buckets.networks(another))) == shared


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "", None, "unix:"])
def test_whoever_stands_behind_our_own_proxy_is_no_single_person(address: str | None) -> None:
    """Tor and an unnamed proxy reach us from this machine: everybody behind them would share one bucket."""
    assert Buckets().networks(address) == ()


def sent(world: World, app: Flask, addresses: list[str]) -> list[str]:
    """Send one form from each address and return where each is led."""
    client = app.test_client(use_cookies=False)
    return [
        client.post("/me", data={"message": "hej"}, headers=OUR_PAGE, **from_address(address)).headers["Location"]
        for address in addresses
    ]


def test_one_network_however_wide_does_not_use_up_the_budget_of_all(world: World) -> None:
    """Every /56 of one /48 sends as much as it may: people elsewhere still send, more than once."""
    app = world.app(posts_per_prefix=4, posts_in_all=160)
    flood = sent(world, app, [f"2001:db8:1:{high:x}00::1" for high in range(64) for _ in range(4)])
    assert sum(answer.startswith("/done") for answer in flood) == 160 // 16
    assert all(answer.startswith("/done") for answer in sent(world, app, ["198.51.100.7"] * 4))
    flood = sent(world, app, [f"2001:db8:{low:x}::1" for low in range(2, 80)])
    assert sum(answer.startswith("/done") for answer in flood) == 160 // 4 - 160 // 16


def test_when_all_is_used_up_who_has_not_sent_yet_still_may(world: World) -> None:
    """A flood from everywhere stops those who took part in it, and nobody's first request of the minute."""
    app = world.app(posts_per_prefix=4, posts_in_all=32)
    sent(world, app, [f"10.{high}.0.1" for high in range(32)])
    assert sent(world, app, ["10.3.0.9"]) == ["/me?m=busy"]
    assert sent(world, app, ["127.0.0.1"]) == ["/me?m=busy"]
    assert [answer[:5] for answer in sent(world, app, ["198.51.100.7"] * 2)] == ["/done", "/me?m"]


def test_one_circuit_through_tor_floods_for_itself_alone(world: World) -> None:
    """Tor numbers circuits in one small network: a flood from many of them leaves every other one its own."""
    app = world.app(posts_per_prefix=2, posts_in_all=40)
    flood = sent(world, app, [f"fc00:dead:beef:4dad::{circuit // 4:x}" for circuit in range(120)])
    assert [answer[:5] for answer in flood[:4]] == ["/done", "/done", "/me?m", "/me?m"]
    assert flood[-4].startswith("/done")
    assert sent(world, app, ["fc00:dead:beef:4dad::1:5"])[0].startswith("/done")


def test_the_crowd_behind_our_own_proxy_is_not_stopped_as_one(world: World) -> None:
    """All onion visitors come from loopback: they write, and read, beyond what one network may."""
    app = world.app(posts_per_prefix=2, posts_in_all=1000)
    assert all(answer.startswith("/done") for answer in sent(world, app, ["127.0.0.1"] * 20))


def test_no_address_is_kept_or_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the limiter's memory nor a log line holds the address or its prefix."""
    caplog.set_level(logging.DEBUG)
    app = world.app()
    client = app.test_client()
    for path in ("/", "/me", "/no-such-page"):
        client.get(path, **from_address("203.0.113.77"))
    client.post("/me", data={"message": "hej"}, headers=OUR_PAGE, **from_address("203.0.113.77"))
    (limiter,) = app.extensions["limiter"]
    kept = repr(limiter.limiter.storage.storage) + caplog.text
    assert "LIMITER" in kept
    assert "203.0" not in kept


# --- languages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("en", "en"),
        ("sv-SE,sv;q=0.9", "sv"),
        ("fr, en;q=0.5", "en"),
        ("en;q=0, sv", "sv"),
        ("fr", "sv"),
        ("\x00;;q=x", "sv"),
        ("*", "sv"),
        ("ar", "sv"),  # a draft
        ("EN-gb-oed", "en"),
        ("-" * 500, "sv"),
    ],
)
def test_the_page_speaks_the_browsers_language(app: Flask, asked: str, spoken: str) -> None:
    """An unknown or broken wish falls back to Swedish."""
    page = app.test_client().get("/", headers={"Accept-Language": asked}).text
    assert f'<html lang="{spoken}" dir="ltr">' in page


def test_changing_the_language_loses_nothing_and_leaves_no_trace_in_the_address(phone: Phone) -> None:
    """The form's own fields travel with the language button, and the same page comes back in English."""
    page = inputs(phone.get("/me").text)
    told = {**page, "message": "inte klar än", "urgency": "soon", "answer_by": "call", "lang": "en"}
    answer = phone.post("/me", told)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    after = phone.get("/me").text
    assert '<html lang="en"' in after
    assert "<div class=err" not in after
    kept = inputs(after)
    assert kept["message"][0].strip() == "inte klar än"
    assert (kept["urgency"], kept["answer_by"], kept["try"]) == (["soon"], ["call"], page["try"])
    assert '<html lang="en"' in phone.get("/about").text


@pytest.mark.parametrize("wish", ["xx", "", "../../etc/passwd", "sv\r\nX: y"])
def test_an_unknown_language_falls_back(phone: Phone, wish: str) -> None:
    """Neither a made-up button nor a made-up cookie changes anything."""
    phone.get("/")
    assert phone.post("/", {"lang": wish}).headers["Location"] == "/"
    phone.client.set_cookie("l", "tlh")
    assert '<html lang="sv"' in phone.get("/").text


def test_every_page_offers_every_other_language_by_its_own_name(phone: Phone) -> None:
    """English stands as English, whatever the page speaks."""
    for path in ("/", "/me", "/other", "/done", "/code", "/about", "/jobb", "/uppgifter", "/tillganglighet"):
        assert re.search(r"<button name=lang value=en lang=en[^>]*>English</button>", phone.get(path).text), path
