"""No oracle: a code nobody has, one nobody has answered, and one whose answers are gone look alike, in time too."""

from __future__ import annotations

import gc
import random
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest
from flask import Flask

from crypto.returncode import new_code
from deaddrop.answer import Answer
from deaddrop.schema import engine
from portal.mailboxes import GIVE, OPENED
from tests.portal.test_portal_mailbox import question
from tests.portal.test_portal_sealed import BYTES
from tests.portal.world import OUR_PAGE, World

STATES = ("unknown", "empty", "expired")
CODES = 20  # of each state, used in turn
SPREAD = 0.05  # how far medians may lie apart
AUC = (0.45, 0.55)  # how well a rank test may tell two states apart: 0.5 is not at all


Look = Callable[[Flask, str, "Seen"], None]


@dataclass
class Seen:
    """What a stranger sees of one state: answers without what is random in them, and seconds of each request."""

    looks: set[tuple[object, ...]] = field(default_factory=set)
    posts: list[float] = field(default_factory=list)
    gets: list[float] = field(default_factory=list)


def codes(world: World, app: Flask, count: int) -> dict[str, list[str]]:
    """Return codes in the three states; "empty" were sent in, "expired" were answered and their time is up."""
    made = {state: [new_code() for _ in range(count)] for state in STATES}
    client = app.test_client()
    for code in made["empty"]:
        client.get("/me")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("portal.intake.new_code", lambda code=code: code)
            client.post("/me", data={"message": "hej", "answer_by": "code"}, headers=OUR_PAGE)
    for code in made["expired"]:
        world.reply(code, 1, "hej")
    sent = [one.mailbox for one in world.received()]
    assert all(world.keys(code).mailbox() in sent for code in made["empty"])
    Answer(engine(world.store)).expire(date(2027, 1, 1))
    return made


def look(app: Flask, code: str, seen: Seen) -> None:
    """Enter one code as a new visitor, and note what comes back and how long it took."""
    client = app.test_client()
    client.get("/code")
    data = {"code": code}
    started = time.thread_time()
    posted = client.post("/code", data=data, headers=OUR_PAGE)
    between = time.thread_time()
    got = client.get("/code")
    ended = time.thread_time()
    client.get("/exit")  # one address sends them all, and its share of the desk is small
    seen.posts.append(between - started)
    seen.gets.append(ended - between)
    for answer in (posted, got):
        head = [(name, re.sub("[0-9a-f]{64}|(?<=s=)[^;]+", "", value)) for name, value in answer.headers]
        body = re.sub(r'(name=(?:csrf_token|try) value=)"[^"]*"|(?<=klockan )[\d.]+', r"\1", answer.text)
        seen.looks.add((answer.status_code, tuple(head), len(answer.data), body))


def look_by_token(app: Flask, token: bytes, seen: Seen) -> None:
    """Do what a phone with script on does for one code: look, and tell what it opened, which is nothing."""
    client = app.test_client()
    client.get("/code")
    for kind, times in ((GIVE, seen.posts), (OPENED, seen.gets)):
        data = question(kind, token)
        started = time.thread_time()
        answer = client.post("/mailbox", data=data, content_type=BYTES, headers=OUR_PAGE)
        times.append(time.thread_time() - started)
        head = [(name, re.sub("[0-9a-f]{64}", "", value)) for name, value in answer.headers]
        seen.looks.add((answer.status_code, tuple(head), len(answer.data)))


def auc(one: list[float], other: list[float]) -> float:
    """Return the chance that a time of `one` is longer than a time of `other`."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    below = wins = 0
    for _, whose in ranked:
        below += whose
        wins += below if whose == 0 else 0
    return wins / (len(one) * len(other))


def told_apart(seen: dict[str, Seen]) -> list[str]:
    """Name each pair of states that the times tell apart."""
    found = []
    for phase in ("posts", "gets"):
        times = {state: getattr(one, phase) for state, one in seen.items()}
        medians = [statistics.median(one) for one in times.values()]
        if max(medians) > min(medians) * (1 + SPREAD):
            found.append(f"{phase}: medians {medians}")
        for first, second in (("unknown", "empty"), ("unknown", "expired"), ("empty", "expired")):
            chance = auc(times[first], times[second])
            if not AUC[0] <= chance <= AUC[1]:
                found.append(f"{phase}: {first} against {second} {chance:.3f}")
    return found


def by_code(world: World) -> Look:
    """Look as a phone without script does."""
    return look


def by_token(world: World) -> Look:
    """Look as a phone with script does; its own work is not counted."""
    return lambda app, code, seen: look_by_token(app, world.keys(code).token, seen)


def measure(world: World, counts: tuple[int, ...], look: Look) -> tuple[dict[str, Seen], list[str]]:
    """Look at each state so often, interleaved; if chance alone left them apart, go on to the next count.

    With 150 each a rank test strays over 0.05 one time in eight although nothing differs; with 1,000, hardly ever.
    """
    app = world.app()
    made = codes(world, app, CODES)
    seen = {state: Seen() for state in STATES}
    gc.disable()
    try:
        for count in counts:
            while len(seen["unknown"].posts) < count:
                for state in random.sample(STATES, 3):
                    look(
                        app,
                        made[state][len(seen[state].posts) % CODES] if state != "unknown" else new_code(),
                        seen[state],
                    )
            if not told_apart(seen):
                break
    finally:
        gc.enable()
    return seen, told_apart(seen)


@pytest.mark.parametrize(
    ("way", "kinds"),
    [pytest.param(by_code, 2, marks=pytest.mark.long, id="script off"), pytest.param(by_token, 1, id="script on")],
)
def test_nothing_tells_whether_a_code_exists(world: World, way: Callable[[World], Look], kinds: int) -> None:
    """Same status, headers, length, words and time for each of the two requests that a visit is made of."""
    seen, apart = measure(world, (150, 400, 1000), way(world))
    assert apart == []
    assert seen["unknown"].looks == seen["empty"].looks == seen["expired"].looks
    assert len(seen["unknown"].looks) == kinds


@pytest.mark.long
@pytest.mark.parametrize("way", [by_code, by_token], ids=["script off", "script on"])
def test_nothing_tells_in_a_thousand_looks(world: World, way: Callable[[World], Look]) -> None:
    """The same with 1,000 of each state."""
    assert measure(world, (1000,), way(world))[1] == []


def test_the_rank_test_sees_a_difference() -> None:
    """Times that lie apart by a tenth of their spread are told apart, so that the tests above can fail."""
    assert auc([1.0, 2.0, 3.0], [1.5, 2.5, 3.5]) == pytest.approx(3 / 9)
    quick = Seen(posts=[number / 200 for number in range(200)], gets=[1.0] * 200)
    slow = Seen(posts=[number / 200 + 0.1 for number in range(200)], gets=[1.0] * 200)
    assert told_apart({"unknown": slow, "empty": quick, "expired": quick}) != []
