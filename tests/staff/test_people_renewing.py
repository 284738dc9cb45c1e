"""What a lost key could read gets new keys, in turns that may die anywhere; its owner gets it back from peers."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crypto.opening.members import Member
from staff.accounts.session import Row
from staff.audit import Audit
from staff.cases.hand import Hand
from staff.folders import store
from staff.inbox import record as records
from staff.inbox import restricting
from staff.inbox import store as inbox_store
from staff.people.renewing import Progress, folders, submissions, turn
from tests.staff.casework import Room
from tests.staff.dying import Interrupted, die_at
from tests.staff.leavers import box, hand_of, shut_out, two_sign
from tests.staff.world import Human, World


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who stays."""
    return Room(world, world.owner)


def stolen(world: World, human: Human) -> Hand:
    """Copy somebody's open session before they leave: all keys that they ever held."""
    return hand_of(world, human)


def opens(world: World, thief: Hand, case: str, row: str) -> list[bool]:
    """Tell whether keys copied before open a case and a request as they lie in the casebook now."""
    found = []
    held = thief.session.keys.held().get(bytes.fromhex(case[-32:]))
    with world.parts.casebook.read() as session:
        stored = store.folder(session, bytes.fromhex(case[-32:]))
    found.append(bool(held and stored and stored.key_version == held[0]))
    try:
        records.read(world.parts.casebook, bytes.fromhex(row), thief.person)
        found.append(True)
    except Exception:  # noqa: BLE001  # whichever way it stays shut
        found.append(False)
    return found


def test_what_a_lost_key_could_read_gets_new_keys_from_whoever_holds_it(world: World, anna: Room) -> None:
    """Lena renews the open case, Anna the request and the protected one; the copied keys open none of it any more."""
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    case = anna.open(request=row)
    shut = anna.open(working="Ek 5", protected="yes", named=["Anna Ek", "Björn Lind"])
    thief = stolen(world, world.colleague)
    assert opens(world, thief, case, row) == [True, True]
    shut_out(world, world.colleague)
    lena = hand_of(world, world.lead)
    assert turn(lena) == Progress(1, 0, 0)
    mine = hand_of(world, world.owner)
    assert len(folders(mine)) == 1
    assert turn(mine) == Progress(2, 0, 0)
    assert (folders(mine), submissions(mine)) == ([], [])
    assert opens(world, thief, case, row) == [False, False]
    assert opens(world, thief, shut, row) == [False, False]
    for address in (case, shut, f"/inbox/{row}"):
        assert anna.browser.get(address).status_code == 200
    holders = {one.name for one in holding(world, case)}
    assert holders == {"Anna Ek", "Lena Holm", "Återhämtning ekstad"}
    assert {one.name for one in holding(world, shut)} == {"Anna Ek"}


def holding(world: World, case: str) -> tuple[Member, ...]:
    """List who holds a case, as Anna reads it."""
    hand = hand_of(world, world.owner)
    found = world.parts.folders.peek(hand.session.keys, bytes.fromhex(case[-32:]), hand.person)
    return found.holders(hand.person.papers.members)


def test_whoever_holds_them_is_told_until_they_have_renewed(world: World, anna: Room) -> None:
    """Each page of Anna's says that Björn's key is shut out; she presses once, and the word is gone for good."""
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    assert "byt nycklar" not in anna.get("/today")
    shut_out(world, world.colleague)
    assert "Björn Lind är avstängd: byt nycklar" in anna.get("/today")
    page = anna.follow("/people/renewals")
    assert "Klart. 1 har fått ny nyckel" in page
    assert "byt nycklar</a>" not in anna.get("/today")
    world.clock.turn(minutes=1)
    assert "byt nycklar</a>" not in Room(world, world.owner).get("/today")


def test_a_turn_that_has_no_time_says_what_is_left_and_goes_on(
    world: World, anna: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time runs out after the first of three: the page counts, offers to go on, and goes on to the end."""
    for name in ("Alm 1", "Bok 2", "Ceder 3"):
        anna.open(working=name)
    shut_out(world, world.colleague)
    ticks = iter([0.0, 1.0, 99.0, 99.0])
    monkeypatch.setattr("staff.people.renewing.time.monotonic", lambda: next(ticks, 99.0))
    page = anna.follow("/people/renewals")
    monkeypatch.undo()
    assert "1 har fått ny nyckel, 2 är kvar" in page
    assert "data-again" in page
    assert "Klart. 3 har fått ny nyckel" in anna.follow("/people/renewals", done="1")


@pytest.mark.parametrize(
    ("where", "step", "after"),
    [
        (Audit, "write_all", 0),
        (Audit, "write_all", 2),
        (store, "renew", 0),
        (store, "renew", 1),
        (store, "grant", 1),
        (restricting, "seal_summary", 0),
        (inbox_store, "add_grants", 0),
    ],
)
def test_dying_while_keys_are_renewed_loses_nothing_and_goes_on(
    world: World, anna: Room, monkeypatch: pytest.MonkeyPatch, where: object, step: str, after: int
) -> None:
    """The process ends at any step of the renewals: everything is read all the while, and pressing again finishes."""
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    cases = [anna.open(request=row), anna.open(working="Lind 3")]
    thief = stolen(world, world.colleague)
    shut_out(world, world.colleague)
    die_at(where, step, after, monkeypatch)
    with pytest.raises(Interrupted):
        turn(hand_of(world, world.owner))
    monkeypatch.undo()
    reads_all(world, cases, row)
    again = hand_of(world, world.owner)
    turn(again)
    assert (folders(again), submissions(again)) == ([], [])
    reads_all(world, cases, row)
    assert [opens(world, thief, case, row) for case in cases] == [[False, False]] * 2


def reads_all(world: World, cases: list[str], row: str) -> None:
    """See that Anna's next session, and the recovery key's, read every case and the request."""
    for human in (world.owner, world.recovery["ekstad"]):
        hand = hand_of(world, world.owner) if human is world.owner else recovery(world)
        for case in cases:
            assert hand.parts.folders.peek(hand.session.keys, bytes.fromhex(case[-32:]), hand.person).whole
        assert records.read(world.parts.casebook, bytes.fromhex(row), hand.person).whole


def recovery(world: World) -> Hand:
    """Give the recovery key a session, as a specialist would have one."""
    keys, person = world.session(world.recovery["ekstad"])
    return Hand(world.parts, Row(b"", b"", 0.0, 0.0, keys=keys), person)


KILL = """
import os, signal, sys
from pathlib import Path
from crypto.opening.identity import Identity
from programme import Programme
from staff.accounts.session import Row
from staff.app import create_app
from staff.cases.hand import Hand
from staff.folders import Keys, store
from staff.office import KEY
from staff.people.renewing import turn
from staff.person import Person
from staff.settings import StaffSettings
from web.origin import Origin

folder, programme, root, seed, after = sys.argv[1:]
here = Path(folder)
settings = StaffSettings(Origin.parse("http://127.0.0.1:8832"), str(here / "casebook.sqlite"),
    str(here / "deaddrop.sqlite"), here / "roster", here / "members", bytes.fromhex(root),
    Programme.load(Path(programme)), b"p" * 32)
parts = create_app(settings, background=False).extensions[KEY]
papers, identity = parts.register.current(), Identity.from_seed(bytes.fromhex(seed))
person = Person(identity, papers.members.by_box(identity.box_public), papers, b"p" * 32)
keys, true, calls = Keys(), store.grant, []
keys.refresh(parts.casebook, person, parts.now())

def grant(*given):
    calls.append(1)
    if len(calls) > int(after):
        os.kill(os.getpid(), signal.SIGKILL)
    return true(*given)

store.grant = grant
turn(Hand(parts, Row(b"", b"", 0.0, 0.0, keys=keys), person))
"""


@pytest.mark.sqlite
def test_killed_for_real_in_the_middle_of_renewing_everything_is_read_and_finished(world: World, anna: Room) -> None:
    """A process that renews is killed with signal 9 inside the second commit; the next one does the rest."""
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    cases = [anna.open(working=name) for name in ("Alm 1", "Bok 2", "Ceder 3")]
    shut_out(world, world.colleague)
    seed, root = world.owner.identity.seed.hex(), world.root.sign_public.hex()
    programme = Path(__file__).resolve().parents[2] / "programme" / "demo.toml"
    words = [sys.executable, "-c", KILL, str(world.folder), str(programme), root, seed, "1"]
    ended = subprocess.run(words, check=False, timeout=60, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    reads_all(world, cases, row)
    again = hand_of(world, world.owner)
    assert len(folders(again)) == 2
    assert turn(again) == Progress(3, 0, 0)
    reads_all(world, cases, row)


def anew(world: World, human: Human) -> Human:
    """Let the same person come back with a new key, signed in the next epoch and enrolled."""
    new = Human(human.name, human.role, human.town, human.agency)
    world.roster = world.sign([world.owner, new, world.stranger], epoch=2)
    world.enrol(new)
    return new


def test_who_lost_their_key_gets_back_from_peers_what_it_could_read(world: World, anna: Room) -> None:
    """Björn loses his laptop: shut out, enrolled anew, and Anna gives back cases, requests, and what names him."""
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    case = anna.open(working="Lind 3")
    shut = anna.open(working="Ek 5", protected="yes", named=["Anna Ek", "Björn Lind"])
    hers = anna.open(working="Al 7", protected="yes", named=["Anna Ek"])
    shut_out(world, world.colleague)
    turn(hand_of(world, world.owner))
    new = anew(world, world.colleague)
    world.parts.sessions.end(box(world.owner))
    world.clock.turn(minutes=1)
    anna = Room(world, world.owner)
    assert "Klart" in anna.follow("/people/renewals")
    to = box(new)[:16].hex()
    page = anna.get(f"/cases/colleagues?to={to}")
    assert "Ek 5" in page
    assert "Al 7" not in page
    assert "två måste skriva under först" in anna.follow("/cases/colleagues", to=to, which="all")
    assert bytes.fromhex(case[-32:]) not in world.session(new)[0]
    two_sign(world, world.owner, world.lead)
    assert "1 ärende är givet" in anna.follow("/cases/colleagues", to=to, which="all")
    assert "1 ärende är givet" in anna.follow("/cases/colleagues", to=to, which="chosen", case=[shut[-32:]])
    anna.follow("/cases/colleagues", to=to, which="requests")
    bjorn = Room(world, new)
    assert [bjorn.browser.get(one).status_code for one in (case, shut, hers)] == [200, 200, 404]
    assert "ring i kväll" in bjorn.get(f"/inbox/{row}")
