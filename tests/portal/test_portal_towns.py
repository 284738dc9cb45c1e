"""Who reads what is written again: the town that answered is chosen, the person's own choice counts for more."""

from __future__ import annotations

import dataclasses

import pytest

from crypto.returncode import new_code
from programme.model import Elsewhere, Support
from tests.portal.test_portal_code import entered, pressed
from tests.portal.test_portal_pages import text_of
from tests.portal.world import Phone, World, inputs


def test_a_follow_up_to_a_town_that_no_longer_reads_goes_to_nobody(world: World, phone: Phone) -> None:
    """The words come back and the page asks who should read."""
    entered(phone, new_code())
    page = pressed(phone, "write", message="inte till Ekstad", municipality="nowhere")
    assert "Den du valde läser inte här längre." in page
    assert inputs(page)["message"][0].strip() == "inte till Ekstad"
    assert world.received() == []


def test_who_answered_reads_what_is_written_again(world: World, phone: Phone) -> None:
    """The newest reply names its town, and the page has chosen it; the person's own choice counts for more."""
    code = new_code()
    world.reply(code, 1, "hej", town="bjorkby")
    world.reply(code, 2, "hej", town="granvik")
    assert inputs(entered(phone, code))["municipality"] == ["granvik"]
    page = pressed(phone, "write", message="å" * 5000, municipality="ekstad")
    assert inputs(page)["municipality"] == ["ekstad"]


@pytest.mark.parametrize("town", ["nowhere", "", "ekstad"])
def test_a_town_that_does_not_read_here_is_not_chosen(world: World, phone: Phone, town: str) -> None:
    """A reply of another programme, or of one from before: the first town stands, as without a reply."""
    code = new_code()
    world.reply(code, 1, "hej", town=town)
    assert inputs(entered(phone, code))["municipality"] == ["ekstad"]


def test_it_is_told_that_and_why_another_town_may_be_chosen(world: World) -> None:
    """On the start page in a line, at the question in two, and whole on the page that tells how it works."""
    phone = Phone(world.app())
    assert "<a href=/about#ort>Du får välja en annan ort än din egen.</a>" in phone.get("/").text
    form = text_of(phone.get("/me").text)
    assert "Välj en annan ort om någon där du bor kan känna igen dig." in form
    assert "Bara de på den orten kan öppna det. Vet du inte? Då läser Ekstad." in form
    about = phone.get("/about").text
    assert "<h2 id=ort>" in about
    assert "Här läser flera orter: Ekstad, Björkby och Granvik." in about
    assert "Behöver vi prata med din egen kommun? Då frågar vi dig först." in about


def test_who_does_not_know_the_town_is_read_by_the_one_that_is_named(world: World, phone: Phone) -> None:
    """What the page says of "Vet inte" is what happens: the first town's team can open it."""
    phone.get("/me")
    phone.post("/me", {"message": "hej", "municipality": "unknown"})
    (sent,) = world.received()
    assert sent.municipality == "ekstad"


def test_where_one_town_reads_no_choice_is_told_of(world: World) -> None:
    """A portal of one municipality says that another one may be called, and names those that the settings name."""
    alone = dataclasses.replace(
        world.programme,
        municipalities=world.programme.municipalities[:1],
        elsewhere=(Elsewhere("Björkby <b>", "070-174 06 50"),),
    )
    world.programme = alone
    world.write_roster(2)
    phone = Phone(world.app())
    assert "/about#ort" not in phone.get("/").text
    about = phone.get("/about").text
    assert "Då får du ringa en annan kommun än din egen." in about
    assert "Här läser flera orter" not in about
    assert "<dt>Björkby &lt;b&gt;</dt>" in about
    assert 'href="tel:0701740650"' in about


def test_others_to_talk_to_are_named_where_those_read_whom_they_are_for(world: World) -> None:
    """The support of those close to somebody stands in their form, that of the young where the young are told."""
    support = (
        Support({"sv": "Anhörigstödet", "en": "Family support"}, "070-174 06 52", "close"),
        Support({"sv": "Ungdomsmottagningen"}, "070-174 06 53", "young"),
    )
    app = world.app(programme=dataclasses.replace(world.programme, support=support))
    assert "Du kan också prata med Anhörigstödet: " in Phone(app).get("/other").text
    assert "You can also talk to Family support: " in Phone(app, language="en").get("/other").text
    close, _, young = Phone(app).get("/about").text.partition("<h2 id=under-18>")
    assert 'Anhörigstödet: <a href="tel:0701740652">' in close
    assert 'Ungdomsmottagningen: <a href="tel:0701740653">' in young
    assert "Anhörigstödet" not in young
    assert "Ungdomsmottagningen" not in close
    assert "Ungdomsmottagningen" not in Phone(app).get("/other").text
    assert "prata med Anhörigstödet" not in Phone(world.app()).get("/other").text
