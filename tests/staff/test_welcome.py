"""What meets whoever signs in: a tour once, the words about secrecy once a year, and help beside each stage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from programme.guidance import HELP, SECRECY
from staff.cases.forms.acts import STAGE_LABELS
from staff.cases.page import STAGE_FORMS
from staff.models import StoredMark
from staff.welcome import secrecy
from staff.welcome.marks import Mark
from tests.staff.casework import Room
from tests.staff.world import Browser, Human, World

SIGN = "Läs och skriv under om sekretess"
TOUR = "Visa runt (en minut)"


def everybody(world: World) -> list[Human]:
    """List one of each role."""
    return [world.owner, *world.others]


def test_the_tour_is_offered_until_it_is_read_or_skipped(world: World, owner: Browser) -> None:
    """Anna reads it once, in the role's own words; in a new session it is not offered any more, but can be found."""
    assert TOUR in owner.get("/today").text
    page = owner.get("/tour").text
    assert "Trygg kontakt" in page
    assert "Hoppa över" in page
    assert owner.post("/tour").headers["Location"] == "/today"
    assert TOUR not in owner.get("/today").text
    world.clock.turn(minutes=1)
    again = world.browser(world.owner)
    assert TOUR not in again.get("/today").text
    assert 'href="/tour"' in again.get("/keys").text
    assert "Hoppa över" not in again.get("/tour").text


def test_each_role_has_a_tour_of_pages_that_it_reaches(world: World) -> None:
    """No step leads to a page that does not exist for whoever reads it."""
    for human in everybody(world):
        browser = world.browser(human)
        page = browser.get("/tour").text.partition('class="tour"')[2].partition("</ol>")[0]
        links = [part.partition('"')[0] for part in page.split('href="')[1:]]
        assert links, human.role
        assert [browser.get(link).status_code for link in links] == [200] * len(links)


def test_everybody_signs_once_a_year_and_the_lead_sees_who_has_not(world: World) -> None:
    """Anna signs and is left in peace for a year; Lena sees the others' names; then Anna is asked anew."""
    anna, lena = world.browser(world.owner), world.browser(world.lead)
    assert SIGN in anna.get("/today").text
    assert SECRECY.text in anna.get("/me/secrecy").text
    assert lacking(lena) == {"Anna Ek", "Björn Lind", "Lena Holm", "Aron Dahl", "Sonja Vik", "Petra Polis", "Kim Sol"}
    page = anna.get(anna.post("/me/secrecy").headers["Location"]).text
    assert "Underskrivet med din nyckel" in page
    assert 'href="/me/secrecy">Om sekretess' in anna.get("/keys").text  # to be read again at any time
    assert "Du skrev under i dag" in page
    assert SIGN not in anna.get("/today").text
    assert "Anna Ek" not in lacking(lena)
    world.clock.turn(days=366)
    assert SIGN in world.browser(world.owner).get("/today").text
    assert "Anna Ek" in lacking(world.browser(world.lead))


def lacking(lead: Browser) -> set[str]:
    """Name those who the lead's page says have not signed."""
    said = lead.get("/people").text.partition("Underskrift om sekretess")[2].partition("<details>")[0]
    return {part.partition("</bdi>")[0] for part in said.split("<bdi>")[1:]}


def test_whoever_signs_is_in_the_audit_with_the_version(world: World, owner: Browser) -> None:
    """The entry of the audit names the wording; a coordinator's page of people tells nobody who has signed."""
    owner.post("/me/secrecy")
    (row,) = [one for one in world.parts.audit.own(world.person(world.owner)) if one.what == secrecy.ACT]
    assert row.fields["version"] == SECRECY.version
    assert "Underskrift om sekretess" not in owner.get("/people").text


@pytest.mark.parametrize("change", ["when", "version", "signature", "words"])
def test_no_row_says_that_somebody_has_signed_but_their_signature(world: World, owner: Browser, change: str) -> None:
    """Whoever holds the pepper moves the day, takes another's row or alters the words: it counts as not signed."""
    owner.post("/me/secrecy")
    anna = world.person(world.owner)
    mark = secrecy.marks_of(world.parts).of(secrecy.me(anna))
    assert not secrecy.standing(world.parts, anna.member, mark).due
    if change == "words":
        programme = world.parts.settings.programme
        words = replace(programme.casework.secrecy, text="Något annat.")
        casework = replace(programme.casework, secrecy=words)
        world.parts.settings = replace(world.parts.settings, programme=replace(programme, casework=casework))
    else:
        other = {"when": mark.when + 1, "version": "2027-1", "signature": "00" * 64}[change]
        mark = replace(mark, **{change: other})  # type: ignore[arg-type]  # one of the mark's own fields
    assert secrecy.standing(world.parts, anna.member, mark) == secrecy.Standing(anna.member, None, "", due=True)
    bjorn = world.person(world.colleague).member
    assert secrecy.standing(world.parts, bjorn, mark).due


def test_a_mark_that_was_moved_or_changed_is_none(world: World, owner: Browser) -> None:
    """A row put under another member, or cut, is as if nobody had written it; all rows have one size."""
    owner.post("/me/secrecy")
    world.browser(world.colleague).post("/tour")
    with world.parts.casebook.read() as session:
        rows = session.execute(select(StoredMark.member, StoredMark.sealed)).all()
    assert len({len(sealed) for _, sealed in rows}) == 1
    (first, one), (second, other) = rows
    with world.parts.casebook.write() as session:
        session.execute(update(StoredMark).where(StoredMark.member == first).values(sealed=other))
        session.execute(update(StoredMark).where(StoredMark.member == second).values(sealed=one[:-1]))
    assert set(secrecy.marks_of(world.parts).all().values()) == {Mark()}


def test_help_stands_beside_each_stages_form(world: World) -> None:
    """Six forms, six helps; a note has none, and what must never be written is said in words."""
    anna = Room(world, world.owner)
    case = anna.open()
    for stage, help_ in zip(STAGE_LABELS, HELP, strict=True):
        page = anna.get(f"{case}?write={STAGE_FORMS[stage]}")
        assert help_.stage == stage
        assert all(line in page for line in (help_.purpose, *help_.ask, *help_.never))
        assert "Skriv aldrig" in page
    assert "Hjälp med steget" not in anna.get(case)
