"""The pages to look at before they are anybody's: every state, each language, and nothing that takes or keeps."""

from __future__ import annotations

import dataclasses
import re

import pytest
from flask import Flask

from portal.access import ACCESS
from portal.preview import INDEX, WORDS, create_preview, states
from portal.reasons import LOST, Note, Reason
from programme import LANGUAGES, Programme
from programme.model import Elsewhere, Support
from tests.portal.test_portal_pages import text_of
from tests.portal.world import DEMO, Phone

SV, EN = LANGUAGES["sv"], LANGUAGES["en"]
MARKUP = "<script>x</script><b>\"'&amp;{{ 7*7 }}</b>"


@pytest.fixture(scope="module")
def demo() -> Programme:
    """The demo's programme."""
    return Programme.load(DEMO)


@pytest.fixture(scope="module")
def app(demo: Programme) -> Flask:
    """The demo's pages to look at."""
    return create_preview(demo, (SV, EN))


def pages(app: Flask, demo: Programme, language: str) -> dict[str, str]:
    """Return every state's page by its name; each must be whole HTML."""
    phone = Phone(app)
    return {name: phone.get(f"{INDEX}/{name}?l={language}").text for name in states(demo)}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_state_is_shown_with_the_banner_in_each_language(app: Flask, demo: Programme, language: str) -> None:
    """No state fails, each is in the language that was asked for, and says that it is a preview."""
    for name, page in pages(app, demo, language).items():
        assert f'<html lang="{language}"' in page, name
        assert page.count(WORDS) == 1, name


def test_no_state_is_left_out(app: Flask, demo: Programme) -> None:
    """Every page that the portal has, every reason that a form comes back for, every line that the code's page says."""
    names = set(states(demo))
    reading = {path[1:] for path, access in ACCESS.items() if access.methods >= {"GET", "POST"}}
    assert names >= (reading - {"", "done", "exit", "code"}) | {"start", "kod", "done-kod"}
    for form in ("me", "other"):
        assert names >= {f"{form}-{why}" for why in Reason} | {f"{form}-lost-{why}" for why in LOST}
    assert {note for note in Note if not {f"kod-{note}", f"kod-svar-{note}"} & names} == set()
    listed = re.findall(r'href="/preview/([^"?]+)\?l=(\w+)"', Phone(app).get(INDEX).text)
    assert {name for name, _ in listed} == names
    assert {tag for _, tag in listed} == {"sv", "en"}


def test_states_are_told_apart(app: Flask, demo: Programme) -> None:
    """Two states that look the same would be one of them missing; a refusal's sentence stands on its page."""
    shown = {name: text_of(page) for name, page in pages(app, demo, "sv").items()}
    assert "Skriv ett nummer, eller välj att få en kod." in shown["me-number"]
    assert "Det gick inte fram. Texten var för lång" in shown["me-lost-long"]
    assert "Skickar … Stäng inte sidan." in shown["script"]
    assert "Det gick inte fram. Texten finns kvar här." in shown["script"]
    assert "Det här är svar 3." in shown["kod-svar"]
    assert "Svar med nummer 1 ligger inte kvar här." in shown["kod-svar"]
    assert "Just nu går det inte att skriva här" in shown["fel-503"]
    alike = {"me-lost-old", "me-lost-down", "other-lost-old", "other-lost-down"}  # one sentence for both
    texts = [text for name, text in shown.items() if name not in alike]
    assert len(set(texts)) == len(texts)


def test_nothing_is_taken(app: Flask) -> None:
    """What is posted leads on unread; there is no route that takes an envelope, no script, and no other cookie."""
    phone = Phone(app)
    answer = phone.post("/me", {"message": "KANARIE-preview", "answer_by": "code"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/done")
    assert "KANARIE" not in answer.text
    for path in ("/me", "/code", "/done", "/other"):
        assert "KANARIE" not in phone.get(path).text
        assert "<script" not in phone.get(path).text
    for path in ("/envelope", "/mailbox", "/roster", "/seal.js"):
        assert phone.client.get(path).status_code == 404
        assert phone.client.post(path, data=b"x").status_code in (404, 405, 415)
    assert "script-src" not in phone.get("/me").headers["Content-Security-Policy"]


def test_the_buttons_of_the_pages_work(app: Flask) -> None:
    """The links of the pages lead to each other, a language stays chosen, and leaving leads to the list."""
    phone = Phone(app)
    assert phone.post("/about", {"lang": "en"}).headers["Location"] == "/about"
    assert '<html lang="en"' in phone.get("/about").text
    assert phone.post("/me", {"lang": "sv"}).headers["Location"] == "/me"
    assert '<html lang="sv"' in phone.get("/me").text
    assert "<h1>Alla sidor</h1>" in phone.get("/exit").text
    assert phone.get(f"{INDEX}/no-such-state").status_code == 404
    assert phone.get(f"{INDEX}/start?l=xx").status_code == 200


def test_markup_in_the_settings_is_text_on_every_page(demo: Programme) -> None:
    """Whatever a settings file holds is shown as it is written, in every state and language."""
    words = {"sv": MARKUP, "en": MARKUP}
    board = dataclasses.replace(demo.board, **{field.name: MARKUP for field in dataclasses.fields(demo.board)})
    towns = tuple(dataclasses.replace(town, name=MARKUP, report_phone=MARKUP) for town in demo.municipalities)
    hostile = dataclasses.replace(
        demo,
        name=MARKUP,
        short_address=MARKUP,
        exit_name=words,
        readers=words,
        board=board,
        municipalities=towns,
        telephone=dataclasses.replace(demo.telephone, number=MARKUP),
        social_duty=MARKUP,
        elsewhere=(Elsewhere(MARKUP, MARKUP),),
        support=(Support(words, MARKUP, "close"), Support(words, MARKUP, "young")),
        accessibility=dataclasses.replace(demo.accessibility, email=MARKUP, telephone=MARKUP, faults=(words,)),
    )
    app = create_preview(hostile, (SV, EN))
    for language in ("sv", "en"):
        for name, page in pages(app, hostile, language).items():
            assert "<script" not in page, name
            assert '<b>"' not in page, name
            assert "{{ 7*7 }}" in page, name
            assert "&lt;script&gt;x&lt;/script&gt;" in page, name
