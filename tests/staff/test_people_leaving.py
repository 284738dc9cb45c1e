"""Somebody leaves: one act shuts their key out, and whoever holds what it could read gives that new keys."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from crypto.opening.joining import order_join, order_leave
from crypto.opening.members import LEFT
from crypto.opening.orders import countersign
from crypto.opening.parcel import read_parcel
from staff.accounts.session import Sessions
from staff.accounts.store import Details
from staff.audit import Audit
from staff.casebook import Casebook
from staff.erasure.record import Record
from staff.errors import RefusedActError
from staff.inbox import intake
from staff.models import Grant, IntakeKey, StoredKeyring, Tray
from staff.orders import Orders
from staff.people import leaving
from staff.people.leaving import NOTHING
from tests.staff.casework import Room
from tests.staff.dying import Interrupted
from tests.staff.leavers import box, hand_of, listed, shut_out
from tests.staff.world import Browser, Human, World


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who stays."""
    return Room(world, world.owner)


def address(world: World, human: Human) -> str:
    """Give what names somebody in an address."""
    return world.person(human).member_tag(human.identity.sign_public)[:16].hex()


def tag(world: World, human: Human) -> bytes:
    """Give the tag under which somebody's rows stand."""
    return world.person(human).member_tag(box(human))


def of(world: World, human: Human) -> list[int]:
    """Count what the casebook holds for a key: keyring, tray, intake keys, grants that open something."""
    with world.parts.casebook.read() as session:
        counts = [
            len(session.scalars(select(table.member).where(table.member == tag(world, human))).all())
            for table in (StoredKeyring, Tray, IntakeKey)
        ]
        grants = select(Grant.sealed).where(Grant.member == tag(world, human), Grant.sealed != NOTHING)
        return [*counts, len(session.scalars(grants).all())]


def out(world: World, human: Human) -> bool:
    """Tell whether the register as it stands has somebody among those who have left."""
    return listed(world, human).role in LEFT


def test_one_act_shuts_a_key_out_everywhere(world: World, anna: Room) -> None:
    """Lena ticks and presses: Björn's open page is shut, his account and keys are gone, and the log says who."""
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    anna.open(working="Björk 14")
    bjorn = world.browser(world.colleague)
    assert bjorn.get("/today").status_code == 200
    lena = world.browser(world.lead)
    code = address(world, world.colleague)
    assert "Stäng av nyckeln" in lena.get(f"/people/{code}").text
    lena.post(f"/people/{code}/leave")
    assert "Kryssa i att du menar det" in lena.get(f"/people/{code}").text
    assert not out(world, world.colleague)
    lena.post(f"/people/{code}/leave", sure="yes")
    page = lena.get(f"/people/{code}").text
    assert "Björn Lind är avstängd från och med nu" in page
    assert "Kunde läsa 1 ärende<" in page
    assert "Björk 14" in page
    assert bjorn.get("/today").status_code == 303
    assert "/login" in Browser(world).sign_in(world.colleague).headers["Location"]
    assert of(world, world.colleague) == [0, 0, 0, 0]
    assert world.colleague.identity.sign_public in world.parts.erased.left()
    acts = Audit(world.parts.casebook).own(world.person(world.lead))
    assert [one.fields.get("who") for one in acts if one.what == "signed_out"] == ["Björn Lind"]


def test_only_a_lead_of_the_town_shuts_anybody_out(world: World, anna: Room) -> None:
    """A coordinator finds no such address; a lead elsewhere finds nobody; an order that would not count is refused."""
    code = address(world, world.colleague)
    assert anna.send(f"/people/{code}/leave", sure="yes").status_code == 404
    other = Human("Lo Berg", "lead", "bjorkby")
    world.others.append(other)
    world.roster = world.sign([world.owner, world.colleague, world.stranger], epoch=2)
    assert world.browser(other).get(f"/people/{code}").status_code == 404
    hand = hand_of(world, other)
    with pytest.raises(RefusedActError, match="not_lead"):
        leaving.leave(world.parts, hand.person, world.colleague.member, world.clock.now())
    assert not out(world, world.colleague)
    shut_out(world, world.colleague)
    with pytest.raises(RefusedActError, match="gone"):
        shut_out(world, world.colleague)


WRITES = [
    (Audit, "write_all"),
    (Orders, "keep"),
    (leaving, "forget"),
    (intake, "drop"),
    (Record, "leave"),
    (Sessions, "end"),
    (Casebook, "settle"),
]


@pytest.mark.parametrize(("where", "step"), WRITES)
def test_dying_while_somebody_is_shut_out_leaves_them_in_or_out_as_a_whole(
    world: World, anna: Room, monkeypatch: pytest.MonkeyPatch, where: object, step: str
) -> None:
    """The process ends at any write and the app starts again: in with everything, or out with nothing left."""
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    anna.open()
    world.browser(world.colleague)
    before = of(world, world.colleague)
    assert before[2:] == [1, 1]

    def die(*_given: object, **_named: object) -> None:
        raise Interrupted

    monkeypatch.setattr(where, step, die)
    with pytest.raises(Interrupted):
        shut_out(world, world.colleague)
    monkeypatch.undo()
    world.app = world.start()
    if out(world, world.colleague):
        assert of(world, world.colleague) == [0, 0, 0, 0]
        assert world.colleague.identity.sign_public in world.parts.erased.left()
    else:
        assert of(world, world.colleague) == before
        assert world.parts.orders.all() == []
        shut_out(world, world.colleague)
        assert of(world, world.colleague) == [0, 0, 0, 0]


@pytest.mark.sqlite
def test_a_backup_from_before_lets_nobody_in_again(world: World, tmp_path: Path, anna: Room) -> None:
    """The whole casebook is put back from before Björn left: at the start he is out again, with nothing of his left."""
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    world.browser(world.colleague)
    world.parts.casebook.settle()
    backup = shutil.copy(world.settings.casebook, tmp_path / "backup")
    shut_out(world, world.colleague)
    world.close()
    for file in Path(world.folder).glob("casebook.sqlite-*"):
        file.unlink()
    shutil.copy(backup, world.settings.casebook)
    world.app = world.start()
    assert world.parts.orders.all() == []
    assert out(world, world.colleague)
    assert of(world, world.colleague) == [0, 0, 0, 0]
    world.clock.turn(minutes=1)
    assert "/login" in Browser(world).sign_in(world.colleague).headers["Location"]


def test_an_order_by_another_towns_lead_keeps_out_nobody_who_joins_later(world: World) -> None:
    """Lo leads Björkby and knows Doris's key: her order of leaving, laid there first, counts for nothing."""
    other, second = Human("Lo Ås", "lead", "bjorkby"), Human("Siv Dal", "lead", "ekstad")
    world.others += [other, second]
    world.roster = world.sign([world.owner, world.colleague, world.stranger], epoch=2)
    doris, when = Human("Doris Dal", "coordinator", "ekstad"), int(world.clock.now().timestamp())
    join = order_join(doris.member, world.lead.identity, 2, when)
    leave = order_leave(doris.member, other.identity, 2, when)
    for data in (leave, countersign(join, second.identity)):
        with world.parts.casebook.write() as session:
            world.parts.orders.keep(session, data)
        leaving.tidy(world.parts)
    assert not world.parts.erased.left()
    assert not out(world, doris)
    assert world.parts.register.current().members.by_name(doris.name) == doris.member


def test_a_lead_signs_again_what_a_backup_lost(world: World) -> None:
    """The order is gone with the casebook: Lena's pages name Björn, and after one press a signature says it again."""
    world.parts.erased.leave([world.colleague.identity.sign_public])
    lena, spoken = world.browser(world.lead), "Skriv under igen att nyckeln är avstängd"
    assert spoken in (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
    link = re.search('Avstängda vars order.*?href="(/people/[0-9a-f]{32})"', lena.get("/people").text)
    assert link
    assert spoken in lena.get(link[1]).text
    lena.post(f"{link[1]}/again")
    assert out(world, world.colleague)
    (order,) = world.parts.orders.all()
    assert (order.order.act, order.order.subject) == ("leave", world.colleague.identity.sign_public)
    assert spoken not in lena.get(link[1]).text
    assert "Avstängda vars order" not in lena.get("/people").text
    lena.post(f"{link[1]}/again")
    assert len(world.parts.orders.all()) == 1
    assert world.browser(world.owner).post(f"{link[1]}/again").status_code == 404


def test_a_file_that_cannot_be_written_is_made_good_by_the_next_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk beside the casebook is full when Björn is shut out: he is out, and the day's sweep writes the line."""

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Record, "_write", full)
    shut_out(world, world.colleague)
    assert out(world, world.colleague)
    assert not world.parts.erased.left()
    monkeypatch.undo()
    leaving.tidy(world.parts)
    assert world.colleague.identity.sign_public in world.parts.erased.left()


class Joined:
    """Tell the story: Doris was let in by Lo and Lena, and opens a request before the root key has signed her."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.second, self.doris = Human("Lo Berg", "lead", "ekstad"), Human("Doris Dal", "coordinator", "ekstad")
        world.others.append(self.second)
        world.roster = world.sign([world.owner, world.colleague, world.stranger], epoch=2)
        self.join(self.doris)
        world.parts.accounts.add(Details(self.doris.name, "coordinator", self.doris.totp), world.key_file(self.doris))

    def join(self, human: Human) -> None:
        """Put an order by both leads into the casebook."""
        world = self.world
        data = order_join(human.member, self.second.identity, 2, int(world.clock.now().timestamp()))
        with world.parts.casebook.write() as session:
            world.parts.orders.keep(session, countersign(data, world.lead.identity))

    def page(self, lead: Browser) -> str:
        """Open Lo's page as a lead."""
        return lead.get(f"/people/{address(self.world, self.second)}").text

    def believed(self, human: Human) -> bool:
        """Tell whether somebody is believed and has not left."""
        found = self.world.parts.register.current().members.by_box(box(human))
        return found is not None and found.role not in LEFT


@pytest.fixture
def story(world: World) -> Joined:
    """Let Doris in."""
    return Joined(world)


def test_whom_a_leaver_let_in_stays_if_the_lead_leaves_the_tick(story: Joined) -> None:
    """Lo's page names Doris, ticked, and Björn's does not: she works on, also after a start, and the parcel has her."""
    world = story.world
    lena = world.browser(world.lead)
    assert "Doris Dal" not in lena.get(f"/people/{address(world, world.colleague)}").text
    page = story.page(lena)
    assert "Doris Dal" in page
    ticked = re.search(r'name="stays" value="([0-9a-f]{32})" checked', page)
    assert ticked
    case = Room(world, story.doris).open(working="Asp 2")
    lena.post(f"/people/{address(world, story.second)}/leave", sure="yes", stays=ticked[1])
    assert (story.believed(story.second), story.believed(story.doris)) == (False, True)
    world.app = world.start()
    assert story.believed(story.doris)
    assert "Asp 2" in Room(world, world.colleague).get(case)  # by the grant that Doris signed
    acts = [one.order.act for one in read_parcel(intake.parcel(world.settings)).orders]
    assert sorted(acts) == ["join", "leave"]


def test_whom_the_lead_unticks_is_out_with_the_leaver(story: Joined) -> None:
    """Lena does not know Doris: she is out in the same act, and travels to no root key."""
    world = story.world
    lena = world.browser(world.lead)
    lena.post(f"/people/{address(world, story.second)}/leave", sure="yes", stays="f" * 32)
    assert not story.believed(story.doris)
    acts = [one.order.act for one in read_parcel(intake.parcel(world.settings)).orders]
    assert acts == ["leave"]


def test_a_leavers_stolen_key_lets_nobody_in_however_it_is_dated(story: Joined) -> None:
    """Lo's key is out; a thief with it, with Lena's and with the casebook writes a join and orders that name it."""
    world, eve = story.world, Human("Eva Eld", "coordinator", "ekstad")
    hand = hand_of(world, world.lead)
    going_on = [one.id for one in leaving.let_in(world.parts, hand.person, listed(world, story.second))]
    leaving.leave(world.parts, hand.person, listed(world, story.second), world.clock.now(), going_on)
    story.join(eve)
    (join,) = (one for one in world.parts.orders.all() if one.order.subject == eve.identity.sign_public)
    for by in (world.lead, story.second):
        again = order_leave(story.second.member, by.identity, 2, 1, [join.id])
        with world.parts.casebook.write() as session:
            world.parts.orders.keep(session, again)
    leaving.tidy(world.parts)
    assert not story.believed(eve)
    with world.parts.casebook.write() as session:  # and the first order of leaving is taken away
        for one in world.parts.orders.all():
            if one.order.act == "leave" and join.id.hex() not in one.order.fields["stays"]:
                world.parts.orders.drop(session, one.id)
    world.app = world.start()
    assert not story.believed(eve)
    assert eve.identity.sign_public not in {
        one.order.subject for one in read_parcel(intake.parcel(world.settings)).orders
    }


def test_dying_between_the_note_and_the_order_changes_nothing(story: Joined, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends when who stays is noted and nobody has left yet: both work on, and the act can be done again."""
    world = story.world

    def die(*_given: object) -> None:
        raise Interrupted

    hand = hand_of(world, world.lead)
    ids = [one.id for one in leaving.let_in(world.parts, hand.person, listed(world, story.second))]
    monkeypatch.setattr(Orders, "keep", die)
    with pytest.raises(Interrupted):
        leaving.leave(world.parts, hand.person, listed(world, story.second), world.clock.now(), ids)
    monkeypatch.undo()
    world.app = world.start()
    assert (story.believed(story.second), story.believed(story.doris)) == (True, True)
    hand = hand_of(world, world.lead)
    leaving.leave(world.parts, hand.person, listed(world, story.second), world.clock.now(), ids)
    assert (story.believed(story.second), story.believed(story.doris)) == (False, True)
