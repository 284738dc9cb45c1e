"""Newcomers one after another at one browser, and what a lead is offered who has just begun."""

from __future__ import annotations

from dataclasses import replace

import pytest

from programme.agencies import Agencies
from tests.staff.joiner import House, Newcomer, agree, second
from tests.staff.world import Browser


def test_the_next_newcomer_at_the_same_browser_types_their_own_code(
    house: House, lena: Browser, nils: Newcomer
) -> None:
    """Nils is in, and so is Ida after him on the same laptop; and whoever was shut out since is not told to be in."""
    siv = house.browser(house.second)
    agree(lena)
    second(siv)
    assert "Du är inne" in nils.page()
    assert nils.post("/enrol/stop") == "/enrol"
    assert "Koden som du har fått" in nils.page()
    assert nils.type_code(house.invite(lena, "Ida Ny")) == "/enrol"
    nils.learn()
    nils.scan()
    agree(lena)
    second(siv)
    assert "Du är inne" in nils.page()
    house.clock.turn(seconds=30)
    nils.browser.sign_in(nils.human("Ida Ny"))
    assert "Koden som du har fått" in nils.page()


def test_whoever_was_shut_out_is_not_told_to_be_in(house: House, lena: Browser, nils: Newcomer) -> None:
    """Nils loses his passphrase the same day: his browser asks for a new code, and Lena still finds him."""
    agree(lena)
    second(house.browser(house.second))
    row = next(one for one in lena.get("/people").text.split("<tr>") if "Nils Ny" in one)
    path = row.partition('href="')[2].partition('"')[0]
    lena.post(f"{path}/leave", sure="yes")
    assert "Koden som du har fått" in nils.page()
    page = lena.get("/people").text
    assert f'Har slutat: <a href="{path}"><bdi>Nils Ny</bdi>' in page
    assert "Glömd lösenfras" in page
    assert nils.type_code(house.invite(lena)) == "/enrol"
    assert "Din lösenfras" in nils.page()


def test_no_agency_s_role_is_offered_where_there_are_no_agencies(
    house: House, lena: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A programme that has just begun has none: the form does not offer what it would refuse."""
    page = lena.get("/people").text.partition('id="role"')[2]
    assert 'value="police"' in page
    programme = house.parts.settings.programme
    none = replace(programme, casework=replace(programme.casework, agencies=Agencies()))
    monkeypatch.setitem(vars(house.parts.settings), "programme", none)  # frozen, and put back afterwards
    page = lena.get("/people").text.partition('id="role"')[2]
    assert 'value="coordinator"' in page
    assert 'value="police"' not in page
