"""The table of languages: tags that everything accepts, names in the language itself, and honest words on how far."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from babel import Locale

from programme import LANGUAGES
from tests.road import ROOT

DOCUMENT = ROOT / "docs" / "languages.md"
ENVELOPES = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")  # docs/envelope.md, section 2


def row(tag: str) -> str:
    """Return the row that docs/languages.md must have for a language."""
    one = LANGUAGES[tag]
    status = f"granskad av {one.reviewer}, {one.reviewed}" if not one.draft else "utkast"
    shown = "överallt" if one.offered else "bara i övningen"
    return f"| {one.swedish} | {one.name} | `{tag}` | {one.direction} | {status} | {shown} |"


def test_the_document_says_how_far_each_language_has_come() -> None:
    """Drafted, or reviewed by somebody with a name on a day; in the table's words and order, and no other row."""
    rows = [line for line in DOCUMENT.read_text("utf-8").splitlines() if re.match(r"\|.*\| `[a-z-]+` \|", line)]
    assert rows == [row(tag) for tag in LANGUAGES]


def test_the_page_that_the_front_answers_itself_is_in_every_language_that_is_offered() -> None:
    """Nobody chooses a language there, so all stand below each other; the Swedish of it is easy Swedish as well."""
    page = (ROOT / "deploy" / "nginx" / "utvag" / "away.html").read_text("utf-8")
    parts = re.findall(r"<(?:html|div) lang=([a-z-]+)(?: dir=rtl)?>", page)
    assert parts == [tag for tag, one in LANGUAGES.items() if one.offered and tag != "sv-simple"]
    assert page.count("<a href=tel:112>112</a>") == len(parts)
    assert max(len(one.split()) for one in re.findall(r"[^.?!<>]+[.?!]", page.partition("<div")[0])) <= 10


def test_a_review_needs_a_name_and_a_day() -> None:
    """Half a review is none, and a language that nobody has reviewed is offered nowhere but in the demo."""
    arabic = LANGUAGES["ar"]
    assert not arabic.offered
    assert not replace(arabic, reviewer="Nour").offered
    assert not replace(arabic, reviewer=" ", reviewed=date(2027, 1, 15)).offered
    assert replace(arabic, reviewer="Nour", reviewed=date(2027, 1, 15)).offered
    assert [tag for tag, one in LANGUAGES.items() if one.ours] == ["sv", "sv-simple", "en"]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_tag_is_taken_by_all_who_read_it(tag: str) -> None:
    """Envelopes take the tag, Babel knows whose dates it borrows, and reads the same direction."""
    one = LANGUAGES[tag]
    assert ENVELOPES.fullmatch(tag)
    assert Locale.parse(one.locale).text_direction == one.direction
    assert one.name.strip()
    assert one.swedish.strip()
