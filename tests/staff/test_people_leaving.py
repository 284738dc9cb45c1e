"""Somebody leaves: one act shuts their key out, and whoever holds what it could read gives that new keys."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from crypto.opening.joining import order_join
from crypto.opening.members import LEFT
from crypto.opening.orders import countersign
from staff.accounts.session import Sessions
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
from tests.staff.leavers import Interrupted, box, hand_of, listed, shut_out
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


def test_the_page_says_who_goes_along_with_whoever_let_them_in(world: World) -> None:
    """Doris was let in by Lo and Lena and waits for the root key: Lo's page names her, Björn's does not."""
    second, doris = Human("Lo Berg", "lead", "ekstad"), Human("Doris Dal", "coordinator", "ekstad")
    world.others.append(second)
    world.roster = world.sign([world.owner, world.colleague, world.stranger], epoch=2)
    order = countersign(order_join(doris.member, second.identity, 2, 1_800_000_000), world.lead.identity)
    with world.parts.casebook.write() as session:
        world.parts.orders.keep(session, order)
    lena = world.browser(world.lead)
    assert "Doris Dal" in lena.get(f"/people/{address(world, second)}").text
    assert "Doris Dal" not in lena.get(f"/people/{address(world, world.colleague)}").text
