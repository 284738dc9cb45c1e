"""The same person in Firefox: sealed or not at all. design.md section 4; Chromium has the longer rows."""

import pytest

from crypto.returncode import derive, parse_code
from tests.client.stand import Reply, Stand
from tests.client.test_client_closed import BREAKS, HARMS, MISSING
from tests.client.test_client_page import SALT, nothing_left, opened
from tests.client.tools import Engine

STORY = "KANARIEFAGEL"


def test_firefox_seals_and_shows_the_code(firefox: Engine, portal: Stand) -> None:
    """The coordinator reads what was typed in Firefox, and the code on its screen leads to the mailbox inside."""
    seen = firefox("visit", url=f"{portal.origin}/me", done="Tack. Det kom fram.")
    (sent,) = portal.sent()
    read = opened(sent)
    assert read.answers["message"] == STORY
    assert read.mailbox == derive(parse_code(seen["code"]), SALT).mailbox()
    assert sent.headers["Origin"] == portal.origin
    assert (seen["url"], seen["forms"], seen["parts"]) == (f"{portal.origin}/done", 0, 0)
    assert nothing_left(portal)


def test_firefox_keeps_the_text_when_it_does_not_arrive(firefox: Engine, portal: Stand) -> None:
    """A portal that cannot store it gets nothing but envelopes, and the person still has the words."""
    portal.envelope = lambda _arrival: Reply(503, b"unavailable")
    seen = firefox("visit", url=f"{portal.origin}/me", done="Det gick inte fram.")
    assert (seen["typed"], seen["heading"]) == (STORY, "Skriv till oss")
    assert {len(one.body) for one in portal.sent()} == {8923}
    assert nothing_left(portal)


@pytest.mark.parametrize("how", [*BREAKS, *MISSING])
def test_firefox_without_a_whole_script_sends_nothing(firefox: Engine, portal: Stand, how: str) -> None:
    """Cut, throwing, empty, dropped, missing or changed: no button and no key sends the text."""
    if how in MISSING:
        portal.rules["/seal.js"] = lambda _arrival: MISSING[how]
    else:
        portal.script = BREAKS[how](portal.script)
    seen = firefox("visit", url=f"{portal.origin}/me")
    assert (seen["typed"], seen["forms"], seen["unready"]) == (STORY, 0, 1)
    assert seen["url"] == f"{portal.origin}/me"
    assert portal.sent() == []
    assert nothing_left(portal)


@pytest.mark.long
@pytest.mark.parametrize("harm", HARMS)
def test_firefox_that_throws_in_the_tap_sends_nothing(firefox: Engine, portal: Stand, harm: str) -> None:
    """Whatever is taken from under the running script, nothing leaves in plain text."""
    seen = firefox("visit", url=f"{portal.origin}/me", harm=harm)
    assert (seen["typed"], seen["url"]) == (STORY, f"{portal.origin}/me")
    assert portal.sent() == []
    assert nothing_left(portal)
