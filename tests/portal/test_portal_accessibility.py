"""The accessibility statement: what the law asks for, from the programme's own settings, found from every page."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from programme import Programme
from programme.model import Accessibility
from tests.portal.test_portal_pages import PAGES, text_of
from tests.portal.world import DEMO, Phone, World
from tests.programme.test_programme_file import changed, faults_of

HERE = "/tillganglighet"


def stated(world: World, accessibility: Accessibility, language: str = "sv") -> str:
    """Return the statement's text for these settings."""
    programme = dataclasses.replace(world.programme, accessibility=accessibility)
    return text_of(Phone(world.app(programme=programme), language=language).get(HERE).text)


def test_the_statement_says_what_the_law_asks_for(world: World) -> None:
    """How far, what does not work, whom to tell, and where to complain."""
    text = stated(world, Programme.load(DEMO).accessibility)
    for said in (
        "Socialnämnden i Ekstad står bakom sidan.",
        "Sidan följer lagen till en del.",
        "Det finns ingen film på teckenspråk.",
        "skriva till tillganglighet@ekstad.example. Vi svarar inom 5 dagar.",
        "digg.se/tdosanmalan",
    ):
        assert said in text


def test_nothing_is_claimed_that_nobody_has_done(world: World) -> None:
    """Without settings the board's own address answers, and the page says that nobody went through it or tried it."""
    text = stated(world, Accessibility())
    for said in (
        "inte gått igenom den själva",
        "har prövat den. Det kan finnas hinder",
        "socialnamnden@ekstad.example",
    ):
        assert said in text
    assert "Vi svarar inom" not in text
    done = stated(world, Accessibility(assessed=date(2026, 11, 20), tried_by_people=True))
    assert "Vi gick igenom den fredag 20 november 2026." in done
    assert "själva än" not in done
    assert "Det kan finnas hinder" not in done


def test_a_fault_of_ones_own_is_told_in_the_readers_language(world: World) -> None:
    """In Swedish where it has not been translated; markup in it is text."""
    faults = (
        {"sv": "Bilden <b>saknar text</b>.", "en": "The picture has no text."},
        {"sv": "Kartan går inte att läsa."},
    )
    text = stated(world, Accessibility(faults=faults), "en")
    assert "The picture has no text." in text
    assert "Kartan går inte att läsa." in text
    programme = dataclasses.replace(world.programme, accessibility=Accessibility(faults=faults))
    assert "&lt;b&gt;saknar text&lt;/b&gt;" in Phone(world.app(programme=programme)).get(HERE).text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_leads_to_the_statement(phone: Phone, path: str) -> None:
    """One link in the foot of each page, forms and errors too."""
    page = phone.get(path).text
    foot = page[page.index("<footer>") :]
    assert foot.count(f"href={HERE}>") == 1


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ("answer_days = 5000", "accessibility.answer_days"),
        ('assessed = "i går"', "accessibility.assessed"),
        ("tried_by_people = 1\nanswer_days = 5", "accessibility.tried_by_people"),
        ("asessed = 2026-11-22", "accessibility.asessed"),
        ('fault = [{ text = { en = "x" } }]', "accessibility.fault[0].text"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, new: str, fault: str) -> None:
    """A wrong type, a misspelt name, a text without its Swedish."""
    lines = changed(("tried_by_people = false\n", ""), ("answer_days = 5\n", f"{new}\n"))
    assert [line for line in faults_of(tmp_path, lines) if line.startswith(f"{fault}:")]
