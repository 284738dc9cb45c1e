from __future__ import annotations

import pytest

from crypto.opening.identity import new_identity
from staff.accounts.session import IN_ALL, PER_PERSON, Sessions
from tests.staff.world import ORIGIN, Browser, World


def is_out(browser: Browser) -> bool:
    """Tell whether the next click meets the door."""
    answer = browser.get("/inbox")
    return answer.status_code == 303 and answer.headers["Location"].startswith("/login")


def test_fifteen_idle_minutes_lock(world: World, owner: Browser) -> None:
    """Anna goes for coffee; after fourteen minutes she still reads, after sixteen more she does not."""
    world.clock.turn(minutes=14)
    assert not is_out(owner)
    world.clock.turn(minutes=16)
    assert is_out(owner)
    assert len(world.parts.sessions) == 0


def test_ten_hours_lock_whatever_is_done(world: World, owner: Browser) -> None:
    """Anna clicks every ten minutes all day; after ten hours she signs in again."""
    for _ in range(59):
        world.clock.turn(minutes=10)
        assert not is_out(owner)
    world.clock.turn(minutes=11)
    assert is_out(owner)


def test_the_pages_own_questions_keep_no_session_awake(world: World, owner: Browser) -> None:
    """An open page asks for news every few seconds, but nobody sits there: the session still runs out."""
    world.clock.turn(minutes=14)
    assert owner.get("/inbox/new?upto=0").status_code == 200
    world.clock.turn(minutes=2)
    answer = owner.get("/inbox/new?upto=0")
    assert (answer.status_code, answer.json) == (401, {"locked": True})


def test_lock_drops_everything(world: World, owner: Browser) -> None:
    """Anna locks: the row is gone from memory with all that was decrypted, and the cookie is taken away."""
    cookie = owner.client.get_cookie("staff", domain="127.0.0.1")
    assert cookie is not None
    answer = owner.post("/lock")
    assert answer.headers["Location"] == "/login?locked=1"
    assert len(world.parts.sessions) == 0
    assert is_out(owner)
    owner.client.set_cookie("staff", cookie.value, domain="127.0.0.1")
    assert is_out(owner)


def test_the_row_in_memory_does_not_open_without_the_cookie(world: World, owner: Browser) -> None:
    """Whoever reads the server's memory of sessions finds no seed; whoever has a cookie of another row, nothing."""
    (row,) = world.parts.sessions._rows.values()
    assert world.owner.identity.seed not in row.locked
    assert world.parts.sessions.unlock("A" * 43 + "=") is None
    assert world.parts.sessions.unlock("not base64 ö") is None
    assert world.owner.identity.seed.hex() not in repr(row)


def test_a_new_sign_in_makes_a_new_ticket(world: World, owner: Browser) -> None:
    """A cookie that was planted or copied before a sign-in is worth nothing after it."""
    before = owner.client.get_cookie("staff", domain="127.0.0.1")
    owner.post("/lock")
    world.clock.turn(seconds=30)
    owner.sign_in(world.owner)
    after = owner.client.get_cookie("staff", domain="127.0.0.1")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_sessions_are_bounded_per_person_and_in_all() -> None:
    """A stolen passphrase or a flood of sign-ins cannot fill the memory: the longest unused rows go first."""
    time = [0.0]
    sessions = Sessions(clock=lambda: time[0])
    anna = new_identity()
    tickets = []
    for _ in range(PER_PERSON + 1):
        time[0] += 1
        tickets.append(sessions.open(anna))
    assert sessions.unlock(tickets[0]) is None
    assert sessions.unlock(tickets[1]) is not None
    for _ in range(IN_ALL + 5):
        sessions.open(new_identity())
    assert len(sessions) <= IN_ALL
    time[0] += 901
    sessions.purge()
    assert len(sessions) == 0


@pytest.mark.parametrize("path", ["/inbox", "/inbox/new", "/keys", "/inbox/" + "0" * 32])
def test_signed_out_reads_nothing(world: World, path: str) -> None:
    """A browser without a session is sent to the door from everywhere."""
    answer = Browser(world).get(path)
    assert answer.status_code in (303, 401)
    assert "Anna" not in answer.text


def test_two_tabs_share_one_session(world: World, owner: Browser) -> None:
    """The sign-in page leads a person who is signed in back to the list, so that an idle tab wakes into it."""
    assert owner.client.get("/login", base_url=ORIGIN).headers["Location"] == "/today"
