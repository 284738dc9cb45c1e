"""The real pages in both browsers, however their script breaks: what was typed never leaves unsealed. design.md 4.

Stands for the row "breaks, blocks or replaces the script on its way" of docs/threat-model.md.
"""

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote, quote_plus, urlsplit

import pytest

from programme import LANGUAGES as TABLE
from tests.browser.front import Arrival, Front, Next, Reply, front
from tests.browser.traces.visitor import CHROMIUM, FIREFOX, Look, Person, person
from tests.road import Demo

STORY = "räven sover med skorna på"
NUMBER = "070-1740699"
CODE = "4821 0937 5518 2640 7793 12"
KIND = ("Content-Type", "text/javascript; charset=utf-8")
SCRIPTS = {"/me": "/seal.js", "/code": "/code.js"}
BOTH = [CHROMIUM, FIREFOX]

Change = Callable[[bytes], bytes]

# What comes instead of the script, under the hash of the true one: the browser must not run it.
REPLACED: dict[str, Callable[[bytes], Reply]] = {
    "the connection drops": lambda _script: Reply(0),
    "404": lambda _script: Reply(404, body=b"-"),
    "half of it comes": lambda script: Reply(200, [KIND], script[: len(script) // 2]),
    "another hash": lambda script: Reply(200, [KIND], script + b" "),
}
# What the portal itself gives out broken, under a hash that fits: the browser runs it.
BROKEN: dict[str, Change] = {
    "ends half way": lambda script: script[: len(script) // 2],
    "throws at once": lambda script: b"throw new Error('at once');" + script,
    "is empty": lambda _script: b"",
}
# What is taken away before the script runs, and from under it once it does.
MISSING = {
    "no random numbers": "crypto.getRandomValues = undefined",
    "no crypto at all": "Object.defineProperty(window, 'crypto', { value: undefined })",
    "no listeners": "document.addEventListener = () => { throw new Error('no') }",
}
LANGUAGES = {f"lang={tag}".encode() for tag in TABLE}  # what the buttons say that change it
HARMED = {
    "random numbers fail": "crypto.getRandomValues = () => { throw new Error('no') }",
    "fetch fails": "window.fetch = () => { throw new Error('no') }",
    "the tap's own code fails": "Element.prototype.closest = () => { throw new Error('no') }",
    "reading the fields fails": "document.querySelectorAll = () => { throw new Error('no') }",
}


@contextmanager
def at(browser: str) -> Iterator[Person]:
    """Lend a person whose browser is open."""
    with person() as who:
        who.start(browser)
        yield who


@pytest.fixture(scope="module", params=BOTH)
def who(request: pytest.FixtureRequest) -> Iterator[Person]:
    """Lend a person in each browser, for all the rows."""
    with at(request.param) as lent:
        yield lent


@pytest.fixture
def door(road: Demo) -> Iterator[Front]:
    """Stand before the real portal and note what comes."""
    with front(urlsplit(road.portal).port or 0) as lent:
        yield lent


def genuine(door: Front, path: str = "/me") -> bytes:
    """Return a page's script as the portal gives it out."""
    return door.ask(Arrival("GET", SCRIPTS[path], [], b"")).body


def replace(door: Front, reply: Reply, path: str = "/me") -> None:
    """Answer so whoever asks for the page's script."""
    door.rules[SCRIPTS[path]] = lambda _arrival, _ask: reply


def give_out(door: Front, script: bytes, path: str = "/me") -> None:
    """Give out another script, and its hash on the page."""
    ours, theirs = (base64.b64encode(hashlib.sha256(one).digest()) for one in (script, genuine(door, path)))

    def page(arrival: Arrival, ask: Next) -> Reply:
        answer = ask(arrival)
        assert theirs in answer.body
        return Reply(answer.status, answer.headers, answer.body.replace(theirs, ours))

    door.rules[path] = page
    replace(door, Reply(200, [KIND], script), path)


def press_everything(who: Person, door: Front, harm: str = "") -> Look:
    """Write, then do all that a person does when a button seems dead."""
    who.go(f"{door.origin}/me")
    if harm:
        who.wait("[data-ready]")
        who.act("harm", code=harm)
    who.type("#message", STORY)
    who.tap("label:has([value=code_and_call])")
    who.type("#contact", NUMBER)
    who.act("press", key="Enter")
    for button in ("#send", "button.go:not(#send)", "button[name=lang]"):
        if "lang" in button:
            who.tap(".top summary")  # Enter would shut the drawer again
        who.tap(button)
        who.act("press", key="Enter")
    time.sleep(0.4)
    return who.look()


def leaked(door: Front) -> list[str]:
    """Name each request that carried a word of what was typed, in its address, its head or its body."""
    words = {
        spelling
        for word in (STORY, "räven", NUMBER, CODE, CODE.replace(" ", ""))
        for spelling in (word, quote(word), quote_plus(word))
    }
    carried = [(one, f"{one.path} {one.headers}".encode() + one.body) for one in door.arrivals]
    return [one.path for one, held in carried if any(word.encode() in held for word in words)]


def held(who: Person, door: Front, seen: Look) -> None:
    """Check that the text is where it was and that nothing of it went anywhere."""
    assert leaked(door) == []
    assert [one.path for one in door.arrivals if one.method == "POST" and one.body not in LANGUAGES] == []
    assert {STORY, NUMBER} <= set(seen.values)
    assert (urlsplit(seen.url).path, seen.forms) == ("/me", 0)
    who.act("fresh")


@pytest.mark.long
@pytest.mark.parametrize("way", REPLACED)
def test_a_script_that_does_not_come_whole_sends_nothing(who: Person, door: Front, way: str) -> None:
    """Dropped, missing, cut or changed on its way: no button and no Enter sends the text."""
    replace(door, REPLACED[way](genuine(door)))
    seen = press_everything(who, door)
    assert seen.unready == 1
    held(who, door, seen)


@pytest.mark.long
@pytest.mark.parametrize("way", BROKEN)
def test_a_script_that_is_broken_sends_nothing(who: Person, door: Front, way: str) -> None:
    """The script fits its hash and fails all the same: the text stays."""
    give_out(door, BROKEN[way](genuine(door)))
    seen = press_everything(who, door)
    assert seen.unready == 1
    held(who, door, seen)


@pytest.mark.long
@pytest.mark.parametrize("way", MISSING)
def test_a_browser_that_lacks_what_sealing_needs_sends_nothing(who: Person, door: Front, way: str) -> None:
    """Taken away before the script starts: it does not start, or it cannot seal, and the text stays."""
    who.act("prepare", code=MISSING[way])
    held(who, door, press_everything(who, door))


@pytest.mark.long
@pytest.mark.parametrize("way", HARMED)
def test_a_script_that_throws_in_the_tap_sends_nothing(who: Person, door: Front, way: str) -> None:
    """Taken from under the running script: it ends in silence or in words, and the text stays."""
    held(who, door, press_everything(who, door, HARMED[way]))


@pytest.mark.long
@pytest.mark.parametrize("way", [*REPLACED, *BROKEN])
def test_without_its_script_the_page_of_the_code_sends_no_code(who: Person, door: Front, way: str) -> None:
    """The code stays in its field, whatever is pressed: the plain road exists only where script is off."""
    script = genuine(door, "/code")
    if way in REPLACED:
        replace(door, REPLACED[way](script), "/code")
    else:
        give_out(door, BROKEN[way](script), "/code")
    who.go(f"{door.origin}/code")
    who.type("#code", CODE)
    who.act("press", key="Enter")
    for press in ("#send", ".top summary", "button[name=lang]"):  # Enter would shut the drawer again
        who.tap(press)
    who.act("press", key="Enter")
    time.sleep(0.4)
    seen = who.look()
    assert leaked(door) == []
    assert [one.path for one in door.arrivals if one.method == "POST"] == []
    assert (list(seen.values), seen.forms, seen.unready) == ([CODE], 0, 1)
    who.act("fresh")


@pytest.mark.long
def test_without_crypto_subtle_it_still_seals(who: Person, door: Front) -> None:
    """The code's keys come from our own bundle then, and what leaves is an envelope."""
    who.act("prepare", code="Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })")
    who.go(f"{door.origin}/me")
    who.type("#message", STORY)
    who.tap("#send")
    who.wait(".code")
    assert [(one.path, len(one.body)) for one in door.arrivals if one.method == "POST"] == [("/envelope", 8923)]
    assert leaked(door) == []
    who.act("fresh")


@pytest.mark.long
def test_in_firefox_nothing_leaves_the_real_page_unsealed(door: Front) -> None:
    """A script cut on its way and one that throws at once send nothing; the whole one sends an envelope."""
    with at(FIREFOX) as who:
        replace(door, REPLACED["half of it comes"](genuine(door)))
        held(who, door, press_everything(who, door))
        give_out(door, BROKEN["throws at once"](genuine(door)))
        held(who, door, press_everything(who, door))
        door.rules.clear()
        who.go(f"{door.origin}/me")
        who.type("#message", STORY)
        who.tap("#send")
        who.wait(".code")
    assert [(one.path, len(one.body)) for one in door.arrivals if one.method == "POST"] == [("/envelope", 8923)]
    assert leaked(door) == []
