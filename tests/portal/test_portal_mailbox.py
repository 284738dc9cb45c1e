"""Phones that keep their code: with the mailbox token, and only with it, four places of one length."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from crypto.errors import Error
from crypto.returncode import Keys, new_code
from crypto.thread import REPLY_SIZE, open_reply, reply_id
from deaddrop.answer import Answer
from deaddrop.errors import UnavailableError
from deaddrop.schema import FIRST_DAY, engine
from portal.mailboxes import ANSWER_SIZE, GIVE, OPENED, QUESTION_SIZE, REMOVE
from tests.portal.test_portal_sealed import BYTES
from tests.portal.world import ORIGIN, OUR_PAGE, World


def question(kind: int, token: bytes, *ids: bytes) -> bytes:
    """Write what a phone sends."""
    named = [*ids, *(os.urandom(16) for _ in range(4 - len(ids)))]
    return b"".join((bytes([kind]), token, *named))


def ask(app: Flask, data: bytes, kind: str = BYTES, **headers: str) -> TestResponse:
    """Post it as the script does."""
    return app.test_client().post("/mailbox", data=data, content_type=kind, headers=headers or OUR_PAGE)


def places(answer: TestResponse) -> list[bytes]:
    """Cut an answer into its places."""
    assert (answer.status_code, answer.mimetype, len(answer.data)) == (200, BYTES, ANSWER_SIZE)
    return [answer.data[start : start + REPLY_SIZE] for start in range(0, ANSWER_SIZE, REPLY_SIZE)]


def opened(answer: TestResponse, keys: Keys) -> dict[bytes, str]:
    """Open what opens, as a phone does: texts by the replies' names."""
    found = {}
    for place in places(answer):
        try:
            found[reply_id(place)] = open_reply(place, keys).text
        except Error:
            continue
    return found


def noted(world: World, *ids: bytes) -> dict[bytes, int]:
    """Return what staff can see of opened replies."""
    return Answer(engine(world.store)).opened(ids)


def test_the_token_alone_fetches_and_the_phone_opens(world: World, app: Flask) -> None:
    """Two replies and two unused places, all of one length; the ticket is renewed, and nothing is noted yet."""
    code = new_code()
    for number in (1, 2):
        world.reply(code, number, f"svar {number}")
    answer = ask(app, question(GIVE, world.keys(code).token))
    found = opened(answer, world.keys(code))
    assert sorted(found.values()) == ["svar 1", "svar 2"]
    assert answer.headers["Set-Cookie"].startswith("t=")
    assert noted(world, *found) == {}


def test_what_the_phone_opened_is_noted_by_day(world: World, app: Flask) -> None:
    """Only what is named and lies under this token; the answer looks like every other."""
    code = new_code()
    world.reply(code, 1, "läst")
    keys = world.keys(code)
    (name,) = opened(ask(app, question(GIVE, keys.token)), keys)
    world.reply(code, 2, "kom sedan")
    places(ask(app, question(OPENED, world.keys(new_code()).token, name)))
    assert noted(world, name) == {}
    found = opened(ask(app, question(OPENED, keys.token, name)), keys)
    today = (datetime.now(UTC).date() - FIRST_DAY).days
    assert noted(world, *found) == {name: today}
    assert len(found) == 2


def test_the_plain_road_notes_what_it_shows(world: World, app: Flask) -> None:
    """Without script the portal opens for the person, and staff see the same."""
    code = new_code()
    world.reply(code, 1, "hej")
    (name,) = opened(ask(app, question(GIVE, world.keys(code).token)), world.keys(code))
    client = app.test_client()
    client.get("/code")
    client.post("/code", data={"code": code}, headers=OUR_PAGE)
    assert noted(world, name) == {}
    assert "hej" in client.get("/code").text
    assert list(noted(world, name)) == [name]


def test_removing_takes_what_was_named_and_no_more(world: World, app: Flask) -> None:
    """Another's token removes nothing; what came meanwhile waits on."""
    code = new_code()
    world.reply(code, 1, "läst")
    keys = world.keys(code)
    (name,) = opened(ask(app, question(GIVE, keys.token)), keys)
    world.reply(code, 2, "kom sedan")
    ask(app, question(REMOVE, world.keys(new_code()).token, name))
    assert len(opened(ask(app, question(GIVE, keys.token)), keys)) == 2
    assert list(opened(ask(app, question(REMOVE, keys.token, name)), keys).values()) == ["kom sedan"]


@pytest.mark.parametrize("kind", [GIVE, OPENED, REMOVE])
def test_every_answer_has_one_form(world: World, app: Flask, kind: int) -> None:
    """Unknown, empty or full: same status, same headers, same length, and no bytes in common."""
    full = new_code()
    for number in (1, 2, 3, 4):
        world.reply(full, number, "ä" * 1500)
    answers = [ask(app, question(kind, world.keys(code).token)) for code in (full, new_code(), new_code())]
    looks = {(one.status_code, tuple((name, len(value)) for name, value in one.headers)) for one in answers}
    assert len(looks) == 1
    assert len({place for answer in answers for place in places(answer)}) == 12


def wrong() -> dict[str, bytes]:
    """Return what is no question."""
    right = question(GIVE, os.urandom(32))
    assert len(right) == QUESTION_SIZE == 97
    return {
        "nothing": b"",
        "short": right[:-1],
        "long": right + b"\0",
        "kind": b"\3" + right[1:],
        "last kind": b"\xff" + right[1:],
        "a code": b"482109375518264077931261",
        "an envelope": bytes(8923),
    }


@pytest.mark.parametrize("fault", list(wrong()))
def test_what_is_no_question_is_refused_in_one_line(app: Flask, fault: str) -> None:
    """Malformed, over-long, of another kind: 400, one line."""
    answer = ask(app, wrong()[fault])
    assert (answer.status_code, answer.text.count("\n")) == (400, 1)


def test_bad_manners_are_refused(world: World, app: Flask) -> None:
    """Another type, a foreign page, too many bytes, another method: 4xx, and never an answer."""
    right = question(REMOVE, os.urandom(32))
    for kind in ("application/x-www-form-urlencoded", "text/plain", "application/json", ""):
        assert ask(app, right, kind).status_code in (400, 415)
    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"X": "y"}):
        answer = ask(app, right, **foreign)
        assert (answer.status_code, answer.text.count("\n")) == (403, 1)
    assert ask(app, right, Origin=ORIGIN).status_code == 200
    assert ask(app, bytes(200_000)).status_code == 413
    assert app.test_client().get("/mailbox").status_code == 405


@pytest.mark.parametrize("way", ["fails", "is gone"])
def test_a_dead_drop_that_is_away_is_told(
    world: World, app: Flask, monkeypatch: pytest.MonkeyPatch, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """503 and one line: never "no reply", which would be a lie. The log names no more than the class."""
    if way == "fails":

        def fail(*_: object) -> None:
            raise UnavailableError("a secret path")

        monkeypatch.setattr("deaddrop.fetch.Fetch.replies", fail)
    else:
        world.lose()
    for kind in (GIVE, OPENED, REMOVE):
        answer = ask(app, question(kind, os.urandom(32)))
        assert (answer.status_code, answer.text.count("\n")) == (503, 1)
    assert "secret" not in caplog.text


def test_a_flood_of_tokens_uses_up_nobodys_sending(world: World) -> None:
    """429, one line, in the counters of the page of the code."""
    client = world.app(posts_per_prefix=4, posts_in_all=1000).test_client()
    there = {"REMOTE_ADDR": "203.0.113.9"}
    statuses = [
        client.post(
            "/mailbox",
            data=question(GIVE, os.urandom(32)),
            content_type=BYTES,
            headers=OUR_PAGE,
            environ_overrides=there,
        ).status_code
        for _ in range(4)
    ]
    assert statuses == [200, 200, 429, 429]
    sent = client.post("/me", data={"message": "hej"}, headers=OUR_PAGE, environ_overrides=there)
    assert sent.headers["Location"].startswith("/done")


def test_a_day_is_noted_and_no_finer_time(world: World, app: Flask) -> None:
    """What stands in the dead drop of an opened reply is its id and a whole day."""
    code = new_code()
    world.reply(code, 1, "hej")
    keys = world.keys(code)
    (name,) = opened(ask(app, question(GIVE, keys.token)), keys)
    ask(app, question(OPENED, keys.token, name))
    with engine(world.store).connect() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM opened")]
    ((found, day),) = rows
    assert found == name
    assert date.fromordinal(FIRST_DAY.toordinal() + day) == datetime.now(UTC).date()
