"""What a lost key could read is given anew only when two have signed: the page, and those who try without it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from crypto.opening.orders import countersign
from crypto.opening.recovering import by_key, by_peers, order_recovery
from staff.inbox import record as records
from staff.inbox.restricting import renewed
from tests.staff.casework import Room
from tests.staff.leavers import box, hand_of, listed, shut_out, two_sign
from tests.staff.world import Browser, Human, World

OPERATIONS = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
PAGE = "/people/anew"


class Return:
    """Tell the story: Björn lost his key and is back with a new one; Anna holds a case that he could read."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.anna = Room(world, world.owner)
        self.case = self.anna.open(working="Lind 3")
        shut_out(world, world.colleague)
        self.new = Human(world.colleague.name, "coordinator", "ekstad")
        world.roster = world.sign([world.owner, self.new, world.stranger], epoch=2)
        world.enrol(self.new)
        self.to = box(self.new)[:16].hex()

    def give(self) -> str:
        """Let Anna give all that Björn lacks."""
        return self.anna.follow("/cases/colleagues", to=self.to, which="all")

    def held(self) -> bool:
        """Tell whether Björn's new key holds the case."""
        return bytes.fromhex(self.case[-32:]) in self.world.session(self.new)[0]


@pytest.fixture
def back(world: World) -> Return:
    """Let Björn come back."""
    return Return(world)


def press(browser: Browser, act: str) -> str:
    """Press a button of the page that ends with a word, and read what follows."""
    page = browser.get(PAGE).text
    form = page.partition(f'action="{PAGE}"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(what|about)" value="([^"]*)"', form))
    paths = re.findall(rf'action="({PAGE}/[0-9a-f]{{32}}/{act})"', page)
    answer = browser.post(paths[0]) if act else browser.post(PAGE, **fields)
    assert answer.headers["Location"] == PAGE
    return html.unescape(browser.get(PAGE).text)


def test_the_page_giving_back_is_followed_word_by_word(back: Return) -> None:
    """Anna asks, Lena signs, Anna gives: each word stands where the page says, and the log names both."""
    world, anna, seen = back.world, back.anna.browser, []
    lena = world.browser(world.lead)
    seen.append(anna.get("/people").text)
    page = anna.get(f"/cases/colleagues?to={back.to}").text
    assert "två måste skriva under innan något ges" in page
    seen.append(back.give())
    assert "två måste skriva under först" in seen[-1]
    assert not back.held()
    seen.append(anna.get(PAGE).text)
    seen.append(press(anna, ""))
    assert "Jag skriver under som den andra" not in seen[-1]
    assert "väntar på din underskrift" in lena.get("/orders").text
    assert "väntar på din underskrift" not in anna.get("/orders").text
    seen.append(lena.get(PAGE).text)
    seen.append(press(lena, "second"))
    assert "innan något ges" not in anna.get(f"/cases/colleagues?to={back.to}").text
    assert "1 ärende är givet" in back.give()
    assert back.held()
    rows = {one.what: one.fields for one in world.parts.audit.own(hand_of(world, world.owner).person)}
    assert rows["gave_anew"] == {"who": "Björn Lind", "what": "peers", "by": "Anna Ek, Lena Holm"}
    page = OPERATIONS.partition("### Giving back\n")[2].partition("\n### ")[0]
    said = set(re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", page)) - {"Återhämtningsnyckeln ger allt till nästa"}
    assert len(said) > 5
    assert {words for words in said if not any(words in html.unescape(one) for one in seen)} == set()


def test_after_seven_days_it_is_signed_anew(back: Return) -> None:
    """Two signed and nobody gave: a week later nothing is given by it, and it can be asked for again."""
    two_sign(back.world, back.world.owner, back.world.lead)
    back.world.clock.turn(days=7, seconds=1)
    back.anna = Room(back.world, back.world.owner)
    assert "två måste skriva under först" in back.give()
    assert not back.held()
    assert "Be om en andra underskrift" in back.anna.get(PAGE)


def test_the_person_neither_asks_nor_signs(back: Return) -> None:
    """Björn sends the form that his page does not show, and signs what Anna asked: both are refused."""
    bjorn = back.world.browser(back.new)
    page = bjorn.get(PAGE).text
    assert "Till en ny nyckel" in page
    about = back.new.identity.sign_public.hex()
    bjorn.post(PAGE, what="peers", about=about)
    assert "aldrig den som ska läsa" in bjorn.get(PAGE).text
    assert [one for one in back.world.parts.orders.all() if one.order.act == "recover"] == []
    press(back.anna.browser, "")
    path = re.search(rf'action="({PAGE}/[0-9a-f]{{32}}/)drop"', back.anna.get(PAGE))
    assert path
    bjorn.post(f"{path[1]}second")
    assert "aldrig den som ska läsa" in bjorn.get(PAGE).text
    assert "två måste skriva under först" in back.give()


def test_one_who_asked_does_not_sign_too_and_takes_it_back(back: Return) -> None:
    """Anna signs again by the address that Lena would use: refused; taken back, there is nothing to sign."""
    press(back.anna.browser, "")
    drop = re.search(rf'action="({PAGE}/[0-9a-f]{{32}}/)drop"', back.anna.get(PAGE))
    assert drop
    back.anna.browser.post(f"{drop[1]}second")
    assert "måste vara någon annans" in back.anna.get(PAGE)
    assert "Tillbakatagen" in press(back.anna.browser, "drop")
    lena = back.world.browser(back.world.lead)
    lena.post(f"{drop[1]}second")
    assert "Det finns inte längre" in lena.get(PAGE).text
    assert "två måste skriva under först" in back.give()


def test_whoever_writes_to_the_casebook_puts_no_such_order_there(back: Return) -> None:
    """Orders of their own making lie in their place, under the right pepper: nothing is given by any of them."""
    world = back.world
    members = world.parts.register.current().members
    recovery = by_peers(members, listed(world, back.new))
    other = by_key(listed(world, world.recovery["ekstad"]), [listed(world, back.new)])
    assert recovery
    assert other
    now = int(world.clock.now().timestamp())
    anna, lena, cilla = (one.identity for one in (world.owner, world.lead, world.stranger))
    second = Human("Anna Ek", "coordinator", "ekstad").identity
    forged = {
        "Anna alone twice": countersign(order_recovery(recovery, anna, 2, now), second),
        "another town": countersign(order_recovery(recovery, anna, 2, now), cilla),
        "for another key": countersign(order_recovery(other, anna, 2, now), lena),
        "of last month": countersign(order_recovery(recovery, anna, 2, now - 30 * 86_400), lena),
        "the person": countersign(order_recovery(recovery, back.new.identity, 2, now), lena),
    }
    for kind, data in forged.items():
        with world.parts.casebook.write() as session:
            world.parts.orders.keep(session, data)
        assert "två måste skriva under först" in back.give(), kind
    assert not back.held()


def test_neither_ticked_cases_nor_requests_go_to_a_new_key_alone(back: Return) -> None:
    """The other two ways of the page ask for the same."""
    for which in ("chosen", "requests"):
        form = {"to": back.to, "which": which, "case": [back.case[-32:]]}
        assert "två måste skriva under först" in back.anna.follow("/cases/colleagues", **form)
    assert not back.held()


def test_a_colleague_who_goes_on_working_gives_a_new_key_nothing(world: World) -> None:
    """Anna opens the case and the request again, writes in both and renews keys: Björn reads them when two have signed.

    A renewal after that leaves him what he was given.
    """
    row = world.send(message="ring i kväll")
    world.browser(world.owner).get(f"/inbox/{row}")
    world.clock.turn(seconds=30)
    back = Return(world)
    anna = back.anna
    anna.get(back.case)
    anna.save(back.case, "note", text="en anteckning")
    anna.browser.act(row, "take")
    anna.browser.post("/people/renewals")
    anna.get(f"/inbox/{row}")
    assert not back.held()
    bjorn = world.browser(back.new)
    assert "ring i kväll" not in bjorn.get(f"/inbox/{row}").text
    two_sign(world, world.owner, world.lead)
    back.give()
    assert back.held()
    assert "ring i kväll" in bjorn.get(f"/inbox/{row}").text
    person, casebook = hand_of(world, world.owner).person, world.parts.casebook
    renew = renewed(casebook, records.read(casebook, bytes.fromhex(row), person), person, world.clock.now())
    with casebook.write() as session:
        renew(session)
    assert "ring i kväll" in bjorn.get(f"/inbox/{row}").text


def test_what_comes_after_the_return_is_read_by_the_new_key_as_by_all(back: Return) -> None:
    """A request that Anna opens first, and a case of hers from then on, need no signature."""
    row = back.world.send(message="kom efteråt")
    back.anna.get(f"/inbox/{row}")
    case = back.anna.open(working="Asp 9")
    bjorn = back.world.browser(back.new)
    assert "kom efteråt" in bjorn.get(f"/inbox/{row}").text
    assert bytes.fromhex(case[-32:]) in back.world.session(back.new)[0]


def test_naming_a_new_key_in_a_protected_case_or_opening_the_case_gives_it_nothing_alone(back: Return) -> None:
    """Anna shuts the case to herself and Björn: refused, and said. Shut and opened again, it is not his either."""
    anna, both = back.anna, ["Anna Ek", "Björn Lind"]
    anna.save(back.case, "protect", named=both, reason="hotad")
    assert not back.held()
    assert "två måste skriva under först" in html.unescape(anna.get(f"{back.case}?write=protect"))
    anna.save(back.case, "protect", named=["Anna Ek"], reason="hotad")
    assert "skyddat" in anna.get(back.case).lower()
    anna.save(back.case, "protect", named=[], reason="lugnt")
    anna.get(back.case)
    assert not back.held()
    two_sign(back.world, back.world.owner, back.world.lead)
    anna.save(back.case, "protect", named=both, reason="hotad")
    assert back.held()
