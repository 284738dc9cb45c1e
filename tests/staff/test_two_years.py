"""Two years of a programme: keys change, people come and go, a device and then everybody's keys are lost.

After each step every case and request is readable by exactly those who should, by the keys that they hold.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from command.ceremony.renewing import plan, read_before
from crypto.errors import Error
from crypto.opening.ceremony import sign_members, sign_roster
from crypto.opening.joining import order_join
from crypto.opening.members import LEFT
from crypto.opening.orders import countersign
from crypto.opening.parcel import read_parcel
from crypto.opening.shares import Share, combine, split
from crypto.sealing.roster import verify
from staff.accounts.session import Row
from staff.accounts.store import Details
from staff.cases import sharing
from staff.cases.hand import Hand
from staff.erasure.sweep import sweep
from staff.errors import UnknownFolderError, UnknownRequestError
from staff.folders import Keys, store
from staff.inbox import intake
from staff.inbox import record as records
from staff.people import leaving
from staff.people.renewing import turn
from staff.person import Person
from staff.recovery.granting import Giving
from tests.staff.casework import Room
from tests.staff.leavers import two_sign
from tests.staff.world import Human, World

QUARTER = 85  # days: before the roster runs out


class Programme:
    """Tell the story, and know at each step who should read what."""

    def __init__(self, world: World) -> None:
        self.world, self.epoch = world, 1
        self.second = Human("Lo Berg", "lead", "ekstad")
        world.others.append(self.second)
        self.here = [world.owner, world.colleague]
        world.roster = world.sign([*self.here, world.stranger])
        self.leads = [world.lead, self.second]
        self.gone: list[Human] = []
        self.known = True  # the first who is here stood in the roster before
        self.cases: dict[str, set[str]] = {}
        self.requests: list[str] = []

    def hand(self, human: Human) -> Hand:
        """Give somebody a session as the register has them now."""
        papers = self.world.parts.register.current()
        member = papers.members.by_box(human.identity.box_public)
        assert member
        person = Person(human.identity, member, papers, self.world.settings.pepper)
        keys = Keys()
        keys.refresh(self.world.parts.casebook, person, self.world.clock.now())
        return Hand(self.world.parts, Row(b"", b"", 0.0, 0.0, keys=keys), person)

    def room(self, human: Human) -> Room:
        """Let somebody unlock, a minute later."""
        self.world.clock.turn(minutes=1)
        return Room(self.world, human)

    def work(self, name: str) -> None:
        """Let a request come, and the first who is here read it and open two cases, one of them theirs alone."""
        row = self.world.send(message=f"rad {name}")
        first = self.here[0]
        room = self.room(first)
        assert f"rad {name}" in room.get(f"/inbox/{row}")
        self.requests.append(row)
        self.cases[room.open(working=f"{name} 1")[-32:]] = set()
        self.cases[room.open(working=f"{name} 2", protected="yes", named=[first.name])[-32:]] = {first.name}

    def quarter(self, *, revokes: bool = False) -> None:
        """Let three months pass, everybody unlock, and the root key sign; what waited over the change is read."""
        self.world.run_on(days=QUARTER)
        sweep(self.world.parts)
        for human in self.here:
            self.room(human)
        waiting = self.world.send(message="över bytet")
        self.renew(revokes)
        room = self.room(self.here[0])
        if self.known:  # sealed to a key of this very person's
            assert "över bytet" in room.get(f"/inbox/{waiting}")
            self.requests.append(waiting)
        self.known = True
        self.work(f"E{self.epoch}")
        self.check()

    def renew(self, revokes: bool) -> None:
        """Renew the keys as the command does, on the story's day."""
        world, today = self.world, self.world.clock.now().date()
        files = [world.folder / name for name in ("roster", "members")]
        before = read_before(files[0].read_bytes(), files[1].read_bytes(), world.root.sign_public)
        parcel = read_parcel(intake.parcel(world.settings))
        renewal = plan(before, parcel, today + timedelta(days=90), revokes=revokes)
        members = sign_members(renewal.draft.epoch, renewal.members, world.root, before.members, parcel.audit)
        files[1].write_bytes(members)
        files[0].write_bytes(sign_roster(renewal.draft, world.root, today=today))
        self.epoch = renewal.draft.epoch
        world.roster = verify(files[0].read_bytes(), world.root.sign_public, minimum_epoch=self.epoch, today=today)
        ours = next(team for team in renewal.draft.teams if team.municipality == "ekstad")
        assert {one.sign_public for one in ours.intake} == {one.identity.sign_public for one in self.here}

    def join(self, human: Human) -> None:
        """Let somebody in by two leads, and give them what is not protected."""
        order = order_join(human.member, self.leads[0].identity, self.epoch, int(self.world.clock.now().timestamp()))
        with self.world.parts.casebook.write() as session:
            self.world.parts.orders.keep(session, countersign(order, self.leads[1].identity))
        details = Details(human.name, human.role, human.totp)
        self.world.parts.accounts.add(details, self.world.key_file(human))
        self.here.append(human)

    def give(self, human: Human) -> None:
        """Let the first who is here give everything that may be given."""
        hand = self.hand(self.here[0])
        member = hand.person.papers.members.by_box(human.identity.box_public)
        assert member
        assert sharing.give_all(hand, member).left == 0

    def leave(self, human: Human) -> None:
        """Let Lena shut a key out, and everybody give new keys to what it could read."""
        lena = self.hand(self.leads[0])
        member = lena.person.papers.members.by_box(human.identity.box_public)
        assert member
        leaving.leave(self.world.parts, lena.person, member, self.world.clock.now())
        self.here.remove(human)
        self.gone.append(human)
        for one in (*self.leads, *self.here):
            assert turn(self.hand(one), 60.0).failed == 0

    def check(self) -> None:
        """See that each key opens exactly what it should: every case, every request, for everybody there ever was."""
        for human in (*self.here, *self.leads):
            assert self.opened(human) == self.right(human), (self.epoch, human.name)
        for human in self.gone:
            papers = self.world.parts.register.current()
            found = papers.members.by_box(human.identity.box_public)
            assert found is None or found.role in LEFT
            assert self.opened(human) == set()

    def right(self, human: Human) -> set[str]:
        """Say what somebody should read."""
        cases = {case for case, named in self.cases.items() if not named or human.name in named}
        if human.role == "lead":
            return {case for case in cases if not self.cases[case]}
        return cases | set(self.requests)

    def opened(self, human: Human) -> set[str]:
        """Try every case and request with what somebody's key gives."""
        found = set()
        hand = self.hand(human) if human not in self.gone else self.copied(human)
        for case in self.cases:
            with suppress(UnknownFolderError):
                assert hand.parts.folders.peek(hand.session.keys, bytes.fromhex(case), hand.person).whole
                found.add(case)
        for row in self.requests:
            with suppress(Error, UnknownRequestError):
                records.read(self.world.parts.casebook, bytes.fromhex(row), hand.person)
                found.add(row)
        return found

    def copied(self, human: Human) -> Hand:
        """Give whoever has left the casebook as it is now, and their own key."""
        person = Person(human.identity, human.member, self.world.parts.register.current(), self.world.settings.pepper)
        keys = Keys()
        keys.refresh(self.world.parts.casebook, person, self.world.clock.now())
        return Hand(self.world.parts, Row(b"", b"", 0.0, 0.0, keys=keys), person)


def restore(programme: Programme, backup: Path) -> None:
    """Put a whole casebook back and start the app again."""
    world = programme.world
    world.close()
    for file in world.folder.glob("casebook.sqlite-*"):
        file.unlink()
    shutil.copy(backup, world.settings.casebook)
    world.app = world.start()


def people_come_and_go(programme: Programme) -> None:
    """Tell the first year: somebody joins, somebody leaves, somebody else joins."""
    programme.work("start")
    programme.check()
    programme.quarter()
    doris = Human("Doris Dal", "coordinator", "ekstad")
    programme.join(doris)
    programme.give(doris)
    programme.check()
    programme.quarter()
    programme.leave(programme.world.colleague)
    programme.check()
    programme.quarter(revokes=True)
    erik = Human("Erik Ås", "coordinator", "ekstad")
    programme.join(erik)
    programme.give(erik)
    programme.quarter()


def a_device_is_lost(programme: Programme) -> None:
    """Tell how Doris loses her laptop and comes back with a new key."""
    programme.leave(programme.here[1])
    doris = Human("Doris Dal", "coordinator", "ekstad")
    programme.join(doris)
    two_sign(programme.world, programme.here[0], programme.leads[0])
    programme.give(doris)
    programme.check()
    programme.quarter(revokes=True)


def a_backup_is_put_back(programme: Programme, backup: Path) -> None:
    """Tell how Erik leaves, and the casebook of before comes back without him: what was written since is lost."""
    world, erik = programme.world, programme.here[1]
    world.parts.casebook.settle()
    shutil.copy(world.settings.casebook, backup)
    programme.leave(erik)
    programme.quarter()
    restore(programme, backup)
    for one in (*programme.leads, *programme.here):
        turn(programme.hand(one), 60.0)
    assert programme.opened(erik) == set()
    programme.cases = {case: named for case, named in programme.cases.items() if exists(world, case)}
    read = programme.opened(world.owner)
    programme.requests = [row for row in programme.requests if row in read]
    programme.check()
    programme.quarter()


def everybody_loses_their_key(programme: Programme, shares: Sequence[Share]) -> None:
    """Tell how a new team gets everything that is not protected from two of three shares."""
    world, lost = programme.world, list(programme.here)
    nils = Human("Nils Ny", "coordinator", "ekstad")
    programme.join(nils)
    for one in lost:
        programme.leave(one)
    recovery, papers = world.recovery["ekstad"].identity, world.parts.register.current()
    key = combine(shares[:2], {(recovery.box_public, recovery.sign_public)})
    member = papers.members.by_box(key.box_public)
    assert member
    person = Person(key, member, papers, world.settings.pepper)
    parts, told = world.parts, lambda *_told: None
    giving = Giving(parts.casebook, parts.folders, person, [nils.member], world.clock.now, told)
    giving.note("recovery_used")
    giving.give_folders()
    giving.give_submissions()
    giving.open_envelopes()
    programme.known = False
    programme.cases = {case: named for case, named in programme.cases.items() if not named}  # the named are all gone
    programme.check()
    programme.quarter(revokes=True)


@pytest.mark.long
@pytest.mark.sqlite
def test_two_years_of_a_programme(world: World, tmp_path: Path) -> None:
    """Eight rotations, joiners, leavers, a lost device, a backup put back, a total loss undone by shares."""
    programme = Programme(world)
    shares = split(world.recovery["ekstad"].identity, 2, 3)
    people_come_and_go(programme)
    a_device_is_lost(programme)
    a_backup_is_put_back(programme, tmp_path / "backup")
    frida = Human("Frida Ek", "coordinator", "ekstad")
    programme.join(frida)
    programme.give(frida)
    programme.check()
    everybody_loses_their_key(programme, shares)
    assert programme.epoch == 9


def exists(world: World, case: str) -> bool:
    """Tell whether a case stands in the casebook that was put back."""
    with world.parts.casebook.read() as session:
        return store.folder(session, bytes.fromhex(case)) is not None
