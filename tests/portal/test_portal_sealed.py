"""Phones that seal: the script, the roster, the templates and the door for envelopes."""

from __future__ import annotations

import gzip
import os
import re
import time
from datetime import UTC, datetime

import html5lib
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from crypto.returncode import new_code
from crypto.sealing.roster import verify
from crypto.sealing.seal import seal
from crypto.submission import Submission, new_try
from deaddrop.errors import UnavailableError
from portal.roster import PREVIOUS, WELCOME_SECONDS
from portal.script import Script
from tests.portal.world import ORIGIN, OUR_PAGE, Phone, World

BYTES = "application/octet-stream"


def envelope(world: World, message: str = "hej", roster: bytes = b"", town: str = "ekstad") -> bytes:
    """Seal in a phone's stead, to the world's roster of now or to another."""
    read = verify(roster or world.roster.read_bytes(), world.root.sign_public, minimum_epoch=1, today=None)
    now = datetime.now(UTC).replace(microsecond=0)
    mailbox = world.keys(new_code()).mailbox()
    return seal(Submission(new_try(), now, "me", town, "sv", {"message": message}, "page", mailbox), read)


def send(app: Flask, data: bytes, kind: str = BYTES, **headers: str) -> TestResponse:
    """Post an envelope as the script does."""
    sent = {"Accept-Language": "sv", **(headers or OUR_PAGE)}
    return app.test_client().post("/envelope", data=data, content_type=kind, headers=sent)


def test_an_envelope_is_received_and_only_then_acknowledged(world: World, app: Flask) -> None:
    """201, the next reading in the reader's words, and a fresh ticket; the coordinator opens what was sealed."""
    answer = send(app, envelope(world, "från mobilen"))
    assert (answer.status_code, answer.mimetype) == (201, "application/json")
    assert set(answer.get_json()) <= {"reading", "answer"}
    assert re.fullmatch(r"t=[0-9a-f]{64}; HttpOnly; Path=/; SameSite=Strict", answer.headers["Set-Cookie"])
    (received,) = world.received()
    assert (received.answers, received.road) == ({"message": "från mobilen"}, "page")


def test_the_same_bytes_twice_are_one_request(world: World, app: Flask) -> None:
    """A retry after a lost answer is acknowledged again and stored once."""
    data = envelope(world)
    assert [send(app, data).status_code for _ in range(3)] == [201, 201, 201]
    assert len(world.received()) == 1


def test_the_answer_tells_nothing_of_the_text(world: World, app: Flask) -> None:
    """Five characters or five thousand: the request and the answer have one length."""
    short, long = (envelope(world, "x" * count) for count in (5, 5000))
    assert len(short) == len(long)
    one, two = (send(app, data) for data in (short, long))
    assert one.data == two.data
    lengths = [[(name, len(value)) for name, value in answer.headers] for answer in (one, two)]
    assert lengths[0] == lengths[1]


@pytest.mark.parametrize("proof", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": ORIGIN}])
def test_either_proof_of_origin_is_enough(world: World, app: Flask, proof: dict[str, str]) -> None:
    """Present-day browsers say Sec-Fetch-Site, old ones Origin."""
    assert send(app, envelope(world), **proof).status_code == 201


@pytest.mark.parametrize(
    "foreign",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://evil.example"}, {"X": "y"}],
)
def test_a_foreign_page_sends_nothing(world: World, app: Flask, foreign: dict[str, str]) -> None:
    """Without proof of origin: one line, nothing stored."""
    answer = send(app, envelope(world), **foreign)
    assert (answer.status_code, answer.text.count("\n")) == (403, 1)
    assert world.received() == []


def bent(data: bytes) -> dict[str, bytes]:
    """Return what is no envelope of suite 1."""
    return {
        "nothing": b"",
        "short": data[:-1],
        "long": data + b"\0",
        "magic": b"X" + data[1:],
        "version": data[:4] + b"\2" + data[5:],
        "suite": data[:5] + b"\2" + data[6:],
        "places": data[:6] + b"\7" + data[7:],
        "words": b"message=hej",
    }


@pytest.mark.parametrize("fault", list(bent(b"x" * 100)))
def test_what_is_no_envelope_is_refused_in_one_line(world: World, app: Flask, fault: str) -> None:
    """Malformed, truncated, over-long, wrong suite: 400, and nothing stored."""
    answer = send(app, bent(envelope(world))[fault])
    assert (answer.status_code, answer.text.count("\n")) == (400, 1)
    assert world.received() == []


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "application/json", ""])
def test_only_bytes_come_through_this_door_and_through_no_other(world: World, app: Flask, kind: str) -> None:
    """A form cannot post here, and bytes cannot be posted to a form."""
    assert send(app, envelope(world), kind).status_code in (400, 415)
    assert app.test_client().post("/me", data=b"x", content_type=BYTES, headers=OUR_PAGE).status_code == 415
    assert world.received() == []


def test_too_many_bytes_are_refused(app: Flask) -> None:
    """Beyond the limit nothing is read."""
    assert send(app, bytes(200_000)).status_code == 413


def test_a_flood_of_envelopes_is_told_to_wait(world: World) -> None:
    """429, one line; the script says the rest."""
    client = world.app(posts_per_prefix=2, posts_in_all=1000).test_client()
    there = {"REMOTE_ADDR": "203.0.113.9"}
    data = envelope(world)
    answers = [
        client.post("/envelope", data=data, content_type=BYTES, headers=OUR_PAGE, environ_overrides=there)
        for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 429]
    assert answers[-1].text.count("\n") == 1


@pytest.mark.parametrize("failure", [UnavailableError("disk full"), OSError("away")])
def test_nothing_is_acknowledged_that_is_not_on_disk(
    world: World, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """A store that fails gives no receipt."""

    def fail(*_: object) -> None:
        raise failure

    app = world.app()
    monkeypatch.setattr("deaddrop.leave.Leave.leave", fail)
    assert send(app, envelope(world)).status_code == 503


# --- rosters -------------------------------------------------------------------------------------------------------


def test_the_roster_is_given_as_it_is_signed(world: World, app: Flask) -> None:
    """The script gets the very file; a page that cannot trust one gets none."""
    answer = app.test_client().get("/roster")
    assert (answer.status_code, answer.data) == (200, world.roster.read_bytes())
    world.roster.unlink()
    assert app.test_client().get("/roster").status_code == 503
    assert send(app, b"").status_code in (400, 503)


def test_the_epoch_before_is_welcome_for_two_days(world: World, app: Flask) -> None:
    """A phone that began to write before the change gets through, after a restart too; later it gets the new roster."""
    old = world.roster.read_bytes()
    world.write_roster(2)
    assert send(app, envelope(world, roster=old)).status_code == 201
    assert send(world.app(), envelope(world, roster=old)).status_code == 201
    kept = world.folder / "state" / PREVIOUS
    os.utime(kept, (time.time(), time.time() - WELCOME_SECONDS - 1))
    answer = send(world.app(), envelope(world, roster=old))
    assert (answer.status_code, answer.data) == (409, world.roster.read_bytes())
    assert send(world.app(), envelope(world, roster=answer.data)).status_code == 201


def test_a_revoked_epoch_is_not_welcome_for_a_minute(world: World, app: Flask) -> None:
    """Raising the pinned minimum revokes: the answer is the roster to seal to instead."""
    old = world.roster.read_bytes()
    world.write_roster(2)
    assert send(world.app(minimum_epoch=2), envelope(world, roster=old)).status_code == 409


def test_a_roster_that_revokes_the_one_before_needs_nobody_at_the_portal(world: World, app: Flask) -> None:
    """The root key says so in the roster itself: the epoch before is not welcome from the moment it is read."""
    old = world.roster.read_bytes()
    world.write_roster(2, revokes=True)
    answer = send(app, envelope(world, roster=old))
    assert (answer.status_code, answer.data) == (409, world.roster.read_bytes())
    assert send(app, envelope(world, roster=answer.data)).status_code == 201


def test_a_portal_that_was_down_during_the_change_knows_the_epoch_before(world: World, app: Flask) -> None:
    """What the state folder holds is verified like any other roster, and a forged one is as good as none."""
    old = world.roster.read_bytes()
    world.write_roster(3)
    again = world.app()
    assert send(again, envelope(world, roster=old)).status_code == 201
    (world.folder / "state" / PREVIOUS).write_bytes(old.replace(b"a", b"b"))
    assert send(world.app(), envelope(world, roster=old)).status_code == 409


def test_a_made_up_epoch_or_town_gets_the_roster_of_now(world: World, app: Flask) -> None:
    """Nothing is stored that no team could find."""
    data = envelope(world)
    for wrong in (data[:7] + b"\0\0\0\x63" + data[11:], data[:11] + bytes(8) + data[19:]):
        answer = send(app, wrong)
        assert (answer.status_code, answer.data) == (409, world.roster.read_bytes())
    assert world.received() == []


# --- the page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "script"), [("/me", "/seal.js"), ("/other", "/seal.js"), ("/code", "/code.js")])
def test_the_page_names_the_hash_of_the_script_that_is_served(app: Flask, path: str, script: str) -> None:
    """What SRI asks for is what comes, plain or small, under 20 KB where it was measured."""
    client = app.test_client()
    plain = client.get(script)
    assert plain.mimetype == "text/javascript"
    assert f'<script src={script} integrity="{Script(plain.data).integrity}" defer>' in client.get(path).text
    small = client.get(script, headers={"Accept-Encoding": "gzip, br"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert len(small.data) < 24 * 1024


@pytest.mark.parametrize("path", ["/me", "/other", "/code"])
def test_no_form_exists_while_script_is_on(phone: Phone, path: str) -> None:
    """As a browser with script on sees the page: no form at all, and each field and button belongs to none."""
    page = phone.get(path).text
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(page, scripting=True)
    assert list(tree.iter("form")) == []
    fields = [node for kind in ("input", "textarea", "button") for node in tree.iter(kind)]
    assert len(fields) > (8 if path == "/code" else 35)
    assert [node.attrib for node in fields if node.get("form") != "p"] == []
    assert page.count("<form") == 1
    assert re.search(r"<noscript><form id=p [^>]*>(<input type=hidden [^>]*>)+</form></noscript>", page)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_parts_hold_every_word_that_the_script_says(world: World, language: str) -> None:
    """Between page and parts no word is missing, and the confirmation is whole."""
    phone = Phone(world.app(), language=language)
    both = phone.get("/me").text + phone.get("/parts").text
    words = set(re.findall(r"data-word=(\w+)", both))
    assert words == {"empty", "number", "long", "sending", "slow", "failed", "busy"}
    for mark in ("data-confirmation", "data-code", "data-show hidden", "data-if=code", "data-if=call", "data-n"):
        assert mark in both
    for path in ("/me", "/other"):  # what may have to be said before the rest came
        assert re.findall(r"data-word=(\w+)", phone.get(path).text) == ["failed", "sending"]


def test_no_form_exists_behind_a_code_either(world: World, phone: Phone) -> None:
    """A page that the portal opened, for a phone whose script was off, sends nothing by itself once it is on."""
    code = new_code()
    world.reply(code, 1, "hej")
    phone.get("/code")
    phone.post("/code", {"code": code})
    page = phone.get("/code").text
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(page, scripting=True)
    assert "data-visit" in page
    assert list(tree.iter("form")) == []
    assert [one.attrib for one in tree.iter("button") if one.get("form") != "p"] == []


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_of_the_code_holds_every_word_that_its_script_says(world: World, language: str) -> None:
    """No word is missing, and what stands behind a code is whole."""
    page = Phone(world.app(), language=language).get("/code").text
    words = {"wrong", "empty", "long", "sending", "slow", "failed", "busy", "sent", "asked", "removed"}
    assert set(re.findall(r"data-word=(\w+)", page)) == words
    for mark in ("data-opened", "data-replies", "data-reply", "data-number", "data-from", "data-day", "data-text"):
        assert page.count(f" {mark}") == 1
    assert set(re.findall(r"data-do=(\w+)", page)) == {"look", "write", "remove", "erase", "again"}


def test_each_road_of_the_code_says_which_one_it_is(world: World, phone: Phone) -> None:
    """ "Stays in your phone" is shown by the running script alone; without script the page says "with us"."""
    page = phone.get("/code").text
    assert "<noscript>Vi läser koden bara medan du är här. Slå på skript, så stannar den i mobilen.</noscript>" in page
    assert "<span data-ready hidden>Koden stannar i mobilen.</span>" in page
    assert "Det du skriver låses i din mobil innan det skickas." in page
    phone.post("/code", {"code": new_code()})
    assert "Det du skriver låses hos oss så fort det kommer fram." in phone.get("/code").text
    assert "låses i din mobil" not in phone.get("/code").text


def test_each_road_says_which_one_it_is(phone: Phone) -> None:
    """ "Locked in your phone" is shown by the running script alone; without script the page says "here"."""
    page = phone.get("/me").text
    assert "<span data-ready hidden>Det du skriver låses i din mobil innan det skickas.</span>" in page
    assert "<noscript>Det du skriver låses hos oss så fort det kommer fram." in page
