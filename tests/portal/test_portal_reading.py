"""How easily the pages read: LIX 30 at most on every page and in every state, in Swedish and in easy Swedish.

LIX adds the words of a sentence to the share of words over six letters. Its scale was made for Swedish, so it says
nothing of the other languages: English has shorter words, Somali and Turkish longer ones, Arabic leaves vowels out.
Those are kept short by length (test_portal_words.py) and by whoever reviews them (docs/languages.md).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.preview import create_preview, states
from programme import LANGUAGES, Programme
from programme.model import Accessibility
from tests.portal.test_portal_pages import text_of
from tests.portal.world import DEMO

AT_MOST = 30
AWAY = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "utvag" / "away.html"


def lix(text: str) -> float:
    """Return the readability index: words per sentence and the share of words over six letters."""
    words = re.findall(r"[^\W\d_]+", text)
    sentences = max(1, len(re.findall(r"[.!?:]+(?:\s|$)", text)))
    return len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)


def bare(programme: Programme) -> Programme:
    """Return the programme with nothing promised, one town, no return codes and nobody who went through the pages."""
    unmade = dict.fromkeys(type(programme.promises).names(), False)
    return dataclasses.replace(
        programme,
        municipalities=programme.municipalities[:1],
        promises=dataclasses.replace(programme.promises, **unmade),
        answers=dataclasses.replace(programme.answers, code=False),
        accessibility=Accessibility(),
    )


def texts(programme: Programme, tag: str) -> dict[str, str]:
    """Return the running text of every state in a language."""
    client = create_preview(programme, [LANGUAGES["sv"], LANGUAGES["sv-simple"]]).test_client()
    pages = {name: client.get(f"/preview/{name}?l={tag}").text for name in states(programme)}
    assert {re.findall(r'<html lang="(.*?)"', page)[0] for page in pages.values()} == {tag}
    return {name: text_of(page) for name, page in pages.items()}


@pytest.mark.parametrize("change", [lambda programme: programme, bare], ids=["promised", "bare"])
@pytest.mark.parametrize("tag", ["sv", "sv-simple"])
def test_every_page_in_every_state_reads_easily(tag: str, change: Callable[[Programme], Programme]) -> None:
    """A twelve-year-old can read it, whatever has happened and whatever the settings leave out.

    That `states` holds every page, refusal, note and error is kept by test_portal_preview.py.
    """
    found = texts(change(Programme.load(DEMO)), tag)
    assert len(found) > 50
    assert {name: round(lix(text)) for name, text in found.items() if lix(text) > AT_MOST} == {}


def test_the_page_that_stands_when_nothing_answers_reads_easily() -> None:
    """The front's own page: its Swedish, before the other languages."""
    assert lix(text_of(AWAY.read_text("utf-8").partition("<div lang=")[0])) <= AT_MOST


def test_what_an_office_would_have_written_is_told() -> None:
    """The measure itself: a sentence of an authority's letter lies far beyond the bound."""
    assert lix("Samordningsansvarig handläggare återkommer beträffande ansökans fortsatta handläggning.") > 2 * AT_MOST
