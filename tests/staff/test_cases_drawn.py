"""Whose words an entry is drawn from stays with it through its versions, until somebody says why it is so no more."""

from __future__ import annotations

import pytest

from staff.agencies.items import Item, items
from staff.cases.state import fold
from tests.staff.casework import Room
from tests.staff.dealing import DRAWN_WORDS, TEST, Case, told_in
from tests.staff.world import World
from tests.staff.writer import Writer

PAGES = ("handover", "extract", "transfer", "paper")


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna."""
    return Room(world, world.owner)


@pytest.fixture
def case(world: World, anna: Room) -> Case:
    """Open Björk 14 in her browser."""
    return Case(world, anna.browser)


def newest(case: Case, kind: str) -> Item:
    """Give the newest item of a kind, as the rules look at it."""
    keys, person = case.world.session(case.world.owner)
    read = case.world.parts.folders.peek(keys, case.id, person)
    return [one for one in items(read.entries, fold(read.trusted)) if one.kind == kind][-1]


def path(case: Case) -> str:
    """Give the address of the case."""
    return f"/cases/{case.id.hex()}"


def test_an_ordinary_saving_keeps_whose_words_they_are(case: Case, anna: Room) -> None:
    """The assessment was drawn from the mother; saved again as its form stands, it still is, and leaves nowhere."""
    sheet = anna.get(f"{path(case)}?write=assessment").partition('class="sheet"')[2].partition("</form>")[0]
    assert told_in(sheet) == {"drawn"}
    assert "Ja, som i förra versionen" in sheet
    anna.save(path(case), "assessment", motivation=DRAWN_WORDS, drawn="")
    saved = newest(case, "form")
    assert (saved.fields["drawn"], saved.protected) == (case.relative, True)
    for what in PAGES:
        case.do(what, chosen=[saved.key], test=TEST)
    assert (case.dealings.extracts, case.dealings.exported, case.dealings.handed) == ({}, {}, {})


def test_measures_and_the_card_keep_it_too(case: Case, anna: Room) -> None:
    """A measure and the card of safe contact that were marked once are marked in every later version."""
    anna.save(path(case), "measure", what="Bo hos mamman", drawn=case.relative)
    (measure,) = case.state.measures
    hidden = anna.hidden(path(case), "measure", measure)
    anna.follow(f"{path(case)}/save/measure", **hidden, id=measure, what="Bo hos mamman", status="going")
    assert newest(case, "measure").fields["status"] == "going"
    assert newest(case, "measure").protected
    anna.save(path(case), "card", how="Ring mamman", drawn=case.relative)
    anna.save(path(case), "card", how="Ring mamman efter åtta")
    assert newest(case, "contact").protected


def test_the_mark_goes_only_with_a_reason(case: Case, anna: Room) -> None:
    """No without a reason is refused and nothing is lost; with one the page tells it, and no paper does."""
    page = anna.save(path(case), "assessment", motivation="Egna ord nu", drawn="no")
    assert "Skriv varför uppgiften inte längre" in page
    assert "Egna ord nu" in page
    assert newest(case, "form").kind == "form"
    assert newest(case, "form").name != "assessment"
    page = anna.save(path(case), "assessment", motivation="Egna ord nu", drawn="no", drawn_why="Allt är omskrivet")
    assert "Allt är omskrivet" in page
    saved = newest(case, "form")
    assert (saved.name, saved.protected) == ("assessment", False)
    where = case.do("extract", chosen=[saved.key], test=TEST).headers["Location"]
    assert "Egna ord nu" in anna.get(where)
    assert "Allt är omskrivet" not in anna.get(where)
    anna.save(path(case), "assessment", motivation="Egna ord nu")
    assert not newest(case, "form").protected


def test_a_mark_from_two_sources_waits_for_both(case: Case, anna: Room, world: World) -> None:
    """The mother's words are tested, the brother's come along: the entry stays shut until his are tested as well."""
    brother = world.send(form="other", message="Brodern skriver")
    anna.get(f"/inbox/{brother}")
    anna.send("/cases/add", request=brother, case=case.id.hex())
    anna.do(path(case), "test", submission=case.relative, reason="Hon vill det.")
    anna.save(path(case), "assessment", motivation=DRAWN_WORDS, drawn=brother)
    assert newest(case, "form").protected
    anna.do(path(case), "test", submission=brother, reason="Han vill det.")
    assert not newest(case, "form").protected


def test_a_message_that_stands_alone_is_nobody_s_own(world: World, anna: Room, kim: Writer) -> None:
    """A mother whose first message this team lacks writes again: protected, on no card, in no extract."""
    row = kim.again(message="Jag är hans mamma", contact="070-1740605")
    anna.get(f"/inbox/{row}")
    where = anna.open(request=row)
    state = anna.state(where)
    assert [(link.source, link.protected) for link in state.links.values()] == [("other", True)]
    assert state.contact.number == ""
    assert f'value="s{row}"' not in anna.get(f"{where}/agencies/new/extract")
    anna.save(where, "note", text="Mamman ringde", drawn=row)
    anna.send(f"{where}/agencies/do/handover", chosen=[f"s{row}"], test=TEST)
    assert "hans mamma" not in anna.get(f"{where}/agencies/new/handover")
    anna.do(where, "test", submission=row, reason="Hon vill det.")
    assert f'value="s{row}"' not in anna.get(f"{where}/agencies/new/extract")
