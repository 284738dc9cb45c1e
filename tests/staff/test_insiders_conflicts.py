"""A list of conflicts of interest: only its owner reads it, and it asks before anything is opened."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, update

from staff.insiders import conflicts
from staff.models import Collected, StoredConflicts
from tests.staff.casework import Room
from tests.staff.dealing import lead, post
from tests.staff.world import Browser, Human, World

ASKED = "Står på din jävslista"
NAME = "Snabben Karlsson"
WHY = "Ensam i tjänst, det gäller liv."


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who knows somebody."""
    room = Room(world, world.owner)
    room.follow("/me/conflicts", lines=f"{NAME}\n070-174 06 05", after="0")
    return room


def led(room: Room, path: str) -> str:
    """Give where a page leads, or nothing if it is shown."""
    return room.browser.get(path).headers.get("Location", "")


def open_case(room: Room, **form: str) -> str:
    """Open a case and give its address, whether its page is shown or asks first."""
    return room.send("/cases/new", working="Björk 14", how="call", **form).headers["Location"]


def test_nobody_else_reads_the_list(world: World, anna: Room) -> None:
    """Anna sees her lines, Björn his own empty page, and the table opens with no other key."""
    assert NAME in anna.get("/me/conflicts")
    assert NAME not in world.browser(world.colleague).get("/me/conflicts").text
    assert conflicts.load(world.parts.casebook, world.person(world.owner)).lines == (NAME, "070-174 06 05")
    assert conflicts.load(world.parts.casebook, world.person(world.colleague)).lines == ()


def test_a_list_that_would_be_found_everywhere_is_given_back(anna: Room) -> None:
    """Two letters, too many lines, an old window: refused with words, and what was typed stands there."""
    page = anna.follow("/me/conflicts", lines=f"{NAME}\nBo", after="1")
    assert "En rad är för kort" in page
    assert "Bo</textarea>" in page
    assert "för lång" in anna.follow("/me/conflicts", lines="\n".join(f"Namn {n}" for n in range(300)), after="1")
    page = anna.follow("/me/conflicts", lines="Helt Nytt", after="0")
    assert "ändrades i ett annat fönster" in page
    assert "Helt Nytt</textarea>" in page


def test_a_request_asks_before_it_is_opened(world: World, anna: Room) -> None:
    """The name stands in a message that nobody has opened: the page asks, shows no word, and opens nothing."""
    row = world.send(message=f"jag är rädd för {NAME.upper()}s vänner")
    where = led(anna, f"/inbox/{row}")
    assert where == f"/conflict/request/{row}"
    page = anna.get(where)
    assert ASKED in page
    assert "rädd" not in page
    assert NAME not in page  # it says that something stands there, never what
    with world.parts.casebook.read() as session:
        assert session.get(Collected, bytes.fromhex(row)) is not None


def test_a_case_asks_for_a_name_anywhere_in_it(world: World, anna: Room) -> None:
    """In a note, on the card, as the real name that is masked, or in a request that belongs to it."""
    bjorn = Room(world, world.colleague)
    row = world.send(message="ring mig", contact="+46 70 174 06 05", answer_by="call")
    bjorn.get(f"/inbox/{row}")
    cases = [bjorn.open(working=f"Ask {number}") for number in range(4)]
    bjorn.save(cases[0], "note", text=f"Mötte {NAME} i dag")
    bjorn.save(cases[1], "card", how="Ring", number="0701740605")
    bjorn.save(cases[2], "real", name=NAME)
    cases.append(bjorn.open(working="Ask 9", request=row))
    asked = [where for where in cases if led(anna, where) == f"/conflict/case/{where[-32:]}"]
    assert asked == [cases[0], cases[1], cases[2], cases[4]]
    assert led(anna, f"{cases[0]}/agencies") == f"/conflict/case/{cases[0][-32:]}"


def test_opening_all_the_same_is_told_to_leads_and_auditors(world: World, anna: Room) -> None:
    """With a reason it opens, for this session; the audit says so first, and Lena and Aron see the reason that day."""
    where = open_case(anna, text=f"Mötte {NAME}")
    ask = f"/conflict/case/{where[-32:]}"
    assert "Skriv varför" in anna.follow(f"{ask}/open", reason="nej")
    page = anna.follow(f"{ask}/open", reason=WHY)
    assert f"Mötte {NAME}" in page
    assert led(anna, where) == ""
    page = world.browser(world.lead).get("/load").text
    assert "öppnade trots jäv" in page
    assert WHY in page
    assert "Björk 14" not in page
    page = world.browser(world.auditor).get("/audit").text
    assert WHY in page
    assert "<td>öppnade trots jäv" in page


def test_leaving_it_to_a_colleague_opens_nothing(world: World, anna: Room) -> None:
    """A request and a case of Anna's go to Björn: he sees it on the day's page, she has not read a word."""
    row = world.send(message=f"{NAME} jagar mig")
    answer = anna.send(f"/conflict/request/{row}/hand", to=world.colleague.name)
    assert answer.headers["Location"] == "/me/conflicts"
    where = open_case(anna, text=f"Mötte {NAME}")
    anna.send(f"/conflict/case/{where[-32:]}/hand", to=world.colleague.name)
    bjorn = Room(world, world.colleague)
    page = bjorn.get("/today")
    assert page.count("är jävig och lämnar det här till dig") == 2
    assert f'href="/inbox/{row}"' in page
    assert bjorn.state(where).holder == world.colleague.name
    assert led(anna, where) == f"/conflict/case/{where[-32:]}"


def test_no_list_shows_the_words(world: World, anna: Room) -> None:
    """Inbox, the day, the cases, flags and the next shift: the row stands there without what was written in it."""
    bjorn = Room(world, world.colleague)
    row = world.send(message=f"{NAME} jagar mig", contact="0701740605", answer_by="call")
    case = bjorn.open(working="Ask 4", holder=world.owner.name)
    bjorn.save(case, "task", title=f"Ring {NAME}", due=world.clock.now().date().isoformat())
    bjorn.save(case, "flag", text=f"{NAME} hotar", until="2149-12-01")
    for path in ("/inbox", "/today", "/queue", "/cases", "/flags", "/shift?since=week"):
        theirs, page = bjorn.get(path), anna.get(path)
        assert path == "/queue" or NAME in theirs, path
        assert NAME not in page, path
        assert "jagar" not in page, path
        assert path in ("/queue", "/shift?since=week") or "Står på din jävslista" in page, path
    assert f"/inbox/{row}" in anna.get("/inbox")
    assert case in anna.get("/cases")


def test_nobody_can_be_given_what_they_may_not_read(world: World, anna: Room) -> None:
    """Of a protected case the named alone can take over, and a stranger's name is refused."""
    where = open_case(anna, text=f"Mötte {NAME}", protected="yes", named=world.owner.name)
    ask = f"/conflict/case/{where[-32:]}"
    assert world.colleague.name not in anna.get(ask)
    assert "Välj en kollega" in anna.follow(f"{ask}/hand", to=world.colleague.name)
    assert "Välj en kollega" in anna.follow(f"{ask}/hand", to=world.stranger.name)


@pytest.mark.parametrize("who", ["stranger", "lead"])
def test_the_question_is_there_for_nobody_else(world: World, anna: Room, who: str) -> None:
    """Whoever has no list, or no key, is led on or meets nothing: the question tells nobody that there is one."""
    where = open_case(anna, text=f"Mötte {NAME}")
    human: Human = getattr(world, who)
    answer = world.browser(human).get(f"/conflict/case/{where[-32:]}")
    assert answer.status_code == (404 if who == "stranger" else 303)


def test_a_lead_is_asked_too(world: World, anna: Room) -> None:
    """Lena knows the person: before she even writes why she reads, her own list asks; a reason leads her on."""
    where = anna.open()
    Room(world, world.colleague).save(where, "note", text="Hon är Bettan Kvist")
    lena = lead(world)
    post(lena, "/me/conflicts", lines="Bettan Kvist", after="0")
    page = f"/load/{where[-32:]}"
    ask = f"/conflict/case/{where[-32:]}"
    assert lena.get(page).headers["Location"] == ask
    assert post(lena, f"{ask}/open", reason=WHY).headers["Location"] == page
    assert lena.get(page).status_code == 200
    assert "Bettan" not in lena.get(page).text  # the glass is still whole: she has not written why she reads it
    assert WHY in world.browser(world.auditor).get("/audit").text


def test_a_list_put_back_or_taken_away_is_told(world: World, anna: Room) -> None:
    """Somebody with the database changes the row, or drops it: the page says so; the audit remembers how new it was."""
    with world.parts.casebook.write() as session:
        session.execute(update(StoredConflicts).values(sealed=b"x" * 100))
    assert "går inte att öppna" in anna.get("/me/conflicts")
    with world.parts.casebook.write() as session:
        session.execute(delete(StoredConflicts))
    assert "äldre än den du sparade" in anna.get("/me/conflicts")


def test_a_new_word_in_a_case_asks_again(world: World, anna: Room) -> None:
    """What was clean is compared anew when a colleague has written in it."""
    where = anna.open()
    Room(world, world.colleague).save(where, "note", text=f"Hon nämner {NAME}")
    assert led(anna, where) == f"/conflict/case/{where[-32:]}"


def test_a_notice_stays_until_each_has_seen_it(world: World, anna: Room) -> None:
    """Lena marks it as seen; Aron still sees it, and the writer holds no key to it."""
    where = open_case(anna, text=f"Mötte {NAME}")
    anna.send(f"/conflict/case/{where[-32:]}/open", reason=WHY)
    lena: Browser = world.browser(world.lead)
    (folder,) = re.findall(r'action="/notices/([0-9a-f]{32})"', lena.get("/load").text)
    lena.post(f"/notices/{folder}")
    assert "öppnade trots jäv" not in lena.get("/load").text
    assert WHY in world.browser(world.auditor).get("/audit").text
    keys, _ = world.session(world.owner)
    assert bytes.fromhex(folder) not in keys
