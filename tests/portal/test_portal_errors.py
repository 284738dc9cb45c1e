"""Error pages in the reader's language: where a language may be chosen, and where that would cost what was typed."""

from __future__ import annotations

import re

import pytest

from tests.portal.world import OUR_PAGE, Phone, World
from web.refusals import REFUSED

CHOOSER = re.compile(r'<form method=post action="([^"]*)"><input type=hidden name=csrf_token value="([\w.-]+)">')


def broken(*_: object) -> None:
    """Fail as a fault of our own does."""
    raise KeyError


@pytest.mark.parametrize(
    ("path", "status", "leads"),
    [("/no-such-page?lang=en", 404, "/"), ("/envelope", 405, "/"), ("/me", 503, "/me"), ("/code", 503, "/code")],
)
def test_an_error_page_can_be_had_in_another_language(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str, status: int, leads: str
) -> None:
    """One tap, without script: the page asked for comes back, still refused; where there is none, the start."""
    phone = Phone(world.app())
    if status == 503:
        world.roster.unlink()
        monkeypatch.setattr("portal.returning.Returning.show", broken)
    answer = phone.get(path)
    (chooser,) = CHOOSER.findall(answer.text)
    assert (answer.status_code, chooser[0]) == (status, leads)
    assert phone.old_post(leads, {"lang": "en", "csrf_token": chooser[1]}).headers["Location"] == leads
    after = phone.get(leads)
    assert '<html lang="en"' in after.text
    assert after.status_code == 503 or leads == "/"
    assert "<textarea" not in after.text  # a form that nothing can be sent from is no answer


def test_whoever_is_over_a_limit_can_read_why_in_another_language(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the limit leads back to where it stands, still limited, now in English."""
    monkeypatch.setattr("portal.budgets.Budgets.may_read", lambda *_: False)
    answer = phone.get("/about")
    assert answer.status_code == 429
    assert [where for where, _ in CHOOSER.findall(answer.text)] == ["/about"]
    assert phone.post("/about", {"lang": "en"}).headers["Location"] == "/about"
    assert '<html lang="en"' in phone.get("/about").text


@pytest.mark.parametrize(
    ("path", "body", "status"), [("/me", "x" * 10**6, 413), ("/me", "message=%FF", 400), ("/no-such-page", "a=1", 404)]
)
def test_a_refused_sending_is_left_by_one_step_back_alone(phone: Phone, path: str, body: str, status: int) -> None:
    """What was typed stands in the browser's last page: no button pushes it further away, none takes it along."""
    answer = phone.client.post(path, data=body, content_type="application/x-www-form-urlencoded", headers=OUR_PAGE)
    assert answer.status_code == status
    assert "name=lang" not in answer.text
    unread = phone.client.get("/", environ_overrides={REFUSED: status})  # as the server hands on what it would not read
    assert unread.status_code in (status, 400)
    assert "name=lang" not in unread.text
