"""The page for those who meet the young at work: how to hand a card over, and where a report of concern goes."""

from __future__ import annotations

import dataclasses
import re

from tests.portal.test_portal_pages import text_of
from tests.portal.world import Phone, World


def test_the_start_page_leads_to_it(phone: Phone) -> None:
    """One link under the question that such a reader asks."""
    assert re.search(r"Möter du unga i ditt jobb\?</h2>.{0,120}<a href=/jobb>", phone.get("/").text)
    assert phone.get("/jobb").status_code == 200


def test_a_report_of_concern_is_led_to_social_services(phone: Phone) -> None:
    """It says that it is not made here, who must make one, and where: each town's number, and the duty at night."""
    page = phone.get("/jobb").text
    assert "En orosanmälan görs inte här" in page
    assert "Ett kort räcker inte då. Gör båda delarna." in page
    for town, number in (("Ekstad", "0701740641"), ("Björkby", "0701740642"), ("Granvik", "0701740643")):
        assert re.search(rf'<dt>Orosanmälan i {town}</dt><dd><a href="tel:{number}">', page)
    assert 'href="tel:0701740640"' in page
    assert 'href="tel:0701740605"' in page


def test_a_town_without_a_number_is_not_named_there(world: World) -> None:
    """What the settings leave out is left out: no empty line."""
    towns = tuple(dataclasses.replace(town, report_phone="") for town in world.programme.municipalities)
    page = Phone(world.app(programme=dataclasses.replace(world.programme, municipalities=towns))).get("/jobb").text
    assert "Orosanmälan i" not in page
    assert "Socialjouren" in page


def test_what_is_to_be_said_is_true(world: World) -> None:
    """Nobody is told to say that the police do not read where the settings do not promise it."""
    promises = dataclasses.replace(world.programme.promises, police_never_reads=False)
    unpromised = Phone(world.app(programme=dataclasses.replace(world.programme, promises=promises)))
    assert "”Polisen läser inte där.”" in Phone(world.app()).get("/jobb").text
    assert "Polisen" not in unpromised.get("/jobb").text


def test_the_page_asks_nothing(phone: Phone) -> None:
    """There is no field on it: who works with the young calls, and writes in nobody's name."""
    page = phone.get("/jobb").text
    assert not re.search(r"<(textarea|select)|<input(?! type=hidden)", page)
    assert "skriv inte själv i personens namn" in text_of(page)
