from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import staff
from staff.accounts.session import ABSOLUTE, IDLE
from staff.inbox.shown import typed
from staff.words import clock
from tests.staff.world import ORIGIN, Browser, World

EXPECTED = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def test_every_answer_carries_the_headers(owner: Browser) -> None:
    """A page, a redirect, an error and a file all come with the same walls around them."""
    away = "/inbox/" + "0" * 32, "/nowhere"
    for path in ("/", "/login", "/inbox", "/keys", *away, "/static/staff.js", "/healthz", "/readyz"):
        headers = owner.client.get(path, base_url=ORIGIN).headers
        assert {name: headers.get(name) for name in EXPECTED} == EXPECTED, path
        assert "Server" not in headers, path


def test_no_page_has_inline_script_or_style(world: World, owner: Browser) -> None:
    """What the policy forbids is not there to be missed."""
    row = world.send(message="hej")
    for path in ("/inbox", f"/inbox/{row}", "/keys"):
        page = owner.get(path).text
        assert "<style" not in page
        assert "style=" not in page
        assert "<script>" not in page
        assert " on" + "click" not in page


@pytest.mark.parametrize("host", ["elak.example", "127.0.0.1.elak.example", "elak.example:8832"])
def test_another_host_is_refused(world: World, host: str) -> None:
    """A name that an attacker points at us is not ours."""
    answer = Browser(world).client.get("/login", base_url=f"http://{host}")
    assert answer.status_code == 400
    assert "Logga in" not in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"name=%00", "application/x-www-form-urlencoded", 400),
        (b"name=%ff", "application/x-www-form-urlencoded", 400),
        (b"name=%ED%A0%80", "application/x-www-form-urlencoded", 400),
        (b"x" * 200_000, "application/x-www-form-urlencoded", 413),
        (b"&a=b" * 10_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
    ],
)
def test_strange_bodies_get_a_plain_page(world: World, owner: Browser, body: bytes, kind: str, status: int) -> None:
    """Null bytes, broken UTF-8, ten thousand fields, other types: a 4xx page in Swedish, never a 500."""
    for path in ("/login", "/inbox/search", "/inbox/" + "0" * 32 + "/take"):
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = owner.client.post(path, data=body, content_type=kind, headers=headers, base_url=ORIGIN)
        assert answer.status_code == status
        assert '<html lang="sv">' in answer.text


def test_an_old_form_at_the_door_leads_back_to_it(world: World) -> None:
    """The sign-in page lay open over the weekend: it says so, by a redirect, so that no phrase stays in a history."""
    answer = Browser(world).client.post("/login", data={"name": "x"}, base_url=ORIGIN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?old=1")
    assert "Sidan var för gammal" in Browser(world).get("/login?old=1").text


def test_a_failure_is_logged_by_its_class_only(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Something breaks while Anna reads: 503, and neither the log nor the page tells what she was reading."""

    def broken(*_arguments: object) -> None:
        raise ValueError("hemlig text")

    monkeypatch.setattr("staff.inbox.views.read_request", broken)
    answer = owner.get("/inbox/" + "0" * 32)
    assert answer.status_code == 503
    assert "hemlig" not in answer.text
    assert "ValueError" in caplog.text
    assert "hemlig" not in caplog.text


def test_every_post_answers_303_without_a_body(world: World, owner: Browser) -> None:
    """Nothing that was posted is rendered in the answer to the post, so no browser keeps it for going back."""
    row = world.send(message="hej")
    for path in (f"/inbox/{row}/take", f"/inbox/{row}/take", "/inbox/search", "/inbox/collect", "/lock", "/login"):
        answer = owner.client.post(path, headers={"Sec-Fetch-Site": "same-origin"}, base_url=ORIGIN)
        assert (answer.status_code, answer.data) == (303, b"")


def test_the_frame_of_a_page_says_how_long_it_stays_open(world: World, owner: Browser) -> None:
    """Without script a page with nothing to write in leaves when the session has run out, and says when."""
    before = world.clock.now()
    page = owner.get("/keys").text
    assert '<meta http-equiv="refresh" content="905; url=/login">' in page
    assert "Låses om 15 min" in page
    ends = {clock(when + timedelta(seconds=IDLE)) for when in (before, world.clock.now())}
    assert any(f"Sidan lämnas {end}." in page for end in ends)


def test_a_number_among_arabic_letters_keeps_its_order() -> None:
    """Read from right to left the groups would change places, and somebody would call a stranger."""
    said = str(typed("اتصل على 070-174 06 31 من فضلك"))
    assert '<bdi dir="ltr">070-174 06 31</bdi>' in said
    assert str(typed("ring 070-174 06 31")) == '<bdi dir="auto">ring 070-174 06 31</bdi>'
    hostile = str(typed("أ 070\u202e-174 <b>06 31 22 33"))
    assert "<b>" not in hostile
    assert "\u202e" not in hostile


def test_a_page_to_write_in_is_covered_and_not_left(world: World, owner: Browser) -> None:
    """Its style sheet covers it after the seconds that the session has left, warns two minutes before, and says so."""
    page = owner.get("/cases/new").text
    assert "http-equiv" not in page
    assert '<noscript><link rel="stylesheet" href="/cover-900.css"></noscript>' in page
    assert "Det du skriver finns kvar" in page
    sheet = owner.get("/cover-900.css")
    assert sheet.content_type == "text/css; charset=utf-8"
    assert "animation:soon 1s 780s forwards,gone 1s 900s forwards" in sheet.text


def test_no_row_wears_what_the_cover_hides(world: World, owner: Browser) -> None:
    """What is hidden until a page is covered has names of its own: a late row in a list is never one of them."""
    style = owner.get("/static/staff.css").text
    hidden = re.search(r"^([.\w,]+),\.soon,\.printed{display:none}", style, re.MULTILINE)
    assert hidden
    assert set(hidden[1].split(",")) == {".onpaper", ".unlocking", ".cover"}
    templates = (Path(staff.__file__).parents[1] / "templates" / "staff").glob("*.html")
    wearing = [
        path.stem for path in templates if re.search(r'class="[^"]*\b(unlocking|cover)\b', path.read_text("utf-8"))
    ]
    assert wearing == ["base"]


def test_when_the_day_is_out_the_warning_stands_at_once(world: World, owner: Browser) -> None:
    """The last minutes of the ten hours are shorter than any other page's: the cover waits no longer than they do."""
    for _ in range(int(ABSOLUTE / 60 / 14)):
        owner.get("/keys")
        world.clock.turn(minutes=14)
    left = ABSOLUTE - int(ABSOLUTE / 60 / 14) * 14 * 60
    assert f"/cover-{left:.0f}.css" in owner.get("/cases/new").text
    assert "soon 1s 0s forwards" in owner.get("/cover-60.css").text
    assert owner.get("/cover-99999999999.css").text == owner.get("/cover-36000.css").text
