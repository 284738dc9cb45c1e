"""All coordinators lost: the recovery key gives a new team everything, once, however often it is broken off."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import func, select, update

from crypto.errors import Error, ForgedError
from crypto.opening.casebook import grant, key_commitment, new_key
from crypto.opening.members import Member
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError, UnknownRequestError
from staff.folders import Keys
from staff.folders import store as shelves
from staff.folders.keys import bound
from staff.inbox import record
from staff.inbox import store as requests
from staff.models import Collected, FolderEntry, Grant, Numbered, StoredEntry, StoredFolder, StoredSubmission, Tray
from staff.person import Person
from staff.recovery import counting
from staff.recovery.granting import Giving, current_recovery
from staff.register import Papers
from tests.staff.dying import Interrupted, killed_after
from tests.staff.world import Human, World

EVERYTHING = ["case", "read", "waiting"]


def quiet(_kind: str, _done: int, _of: int) -> None:
    """Tell nobody how far it has come."""


class Loss:
    """Tell the story: two cases, one of them protected, a read request, an unopened one; then a new team."""

    def __init__(self, world: World) -> None:
        self.world = world
        now, owner = world.clock.now(), world.person(world.owner)
        first = [Entry(owner.name, now, "note", {"text": "hej"})]
        folders = world.parts.folders
        case = [world.owner.member, world.colleague.member]
        self.case = folders.create(owner, first, lambda _entries: b'["case", 1, "Kim"]', case, now)
        named = [world.owner.member]
        self.shut = folders.create(owner, first, lambda _entries: b'["case", 1, "Lo"]', named, now, recovery=False)
        self.read = bytes.fromhex(world.send(message="läst"))
        world.browser(world.owner).get(f"/inbox/{self.read.hex()}")
        self.waiting = bytes.fromhex(world.send(message="oöppnad"))
        self.newcomer, self.second = (Human(name, "coordinator", "ekstad") for name in ("Nils Ny", "Nora Ny"))
        world.roster = world.sign([self.newcomer, self.second, world.stranger], epoch=2)

    @property
    def team(self) -> list[Member]:
        """Give the new team."""
        return [self.newcomer.member, self.second.member]

    def person(self, human: Human) -> Person:
        """Give somebody as the register has them now."""
        members = self.world.members
        found = members.by_sign(human.identity.sign_public)
        assert found is not None
        papers = Papers(self.world.roster, members, members)
        return Person(human.identity, found, papers, self.world.settings.pepper)

    def giving(self, to: list[Member] | None = None, key: Human | None = None) -> Giving:
        """Begin to give on what the recovery key has."""
        parts = self.world.parts
        person = self.person(key or self.world.recovery["ekstad"])
        return Giving(parts.casebook, parts.folders, person, to or self.team, self.world.clock.now, quiet)

    def run(self) -> Giving:
        """Do all of it."""
        giving = self.giving()
        giving.note("recovery_used")
        giving.give_folders()
        giving.give_submissions()
        giving.open_envelopes()
        return giving

    def readable(self, human: Human) -> list[str]:
        """Name what somebody opens with their own key now."""
        person, casebook, found = self.person(human), self.world.parts.casebook, []
        keys = Keys()
        keys.refresh(casebook, person, self.world.clock.now())
        for name in ("case", "shut"):
            with suppress(UnknownFolderError):
                self.world.parts.folders.peek(keys, getattr(self, name), person)
                found.append(name)
        for name in ("read", "waiting"):
            with suppress(Error, UnknownRequestError):
                record.read(casebook, getattr(self, name), person)
                found.append(name)
        return found

    def rows(self) -> tuple[int, ...]:
        """Count what stands in the tables that giving writes to."""
        with self.world.parts.casebook.read() as session:
            tables = (Tray, Grant, StoredEntry, FolderEntry, Numbered, Collected)
            return tuple(session.scalar(select(func.count()).select_from(one)) or 0 for one in tables)


@pytest.fixture
def loss(world: World) -> Loss:
    """Lose everybody."""
    return Loss(world)


def test_a_new_team_reads_everything_but_what_is_protected(loss: Loss) -> None:
    """Cases, requests and unopened envelopes reach both newcomers by their own keys; another town's get nothing."""
    assert loss.readable(loss.newcomer) == []
    tally = loss.run().tally
    assert (tally.folders, tally.submissions, tally.envelopes, tally.closed) == (1, 1, 1, 0)
    assert loss.readable(loss.newcomer) == loss.readable(loss.second) == EVERYTHING
    assert loss.readable(loss.world.stranger) == []


def test_a_second_run_does_nothing_more(loss: Loss) -> None:
    """Everything is given: nothing is written but that the key was used again."""
    loss.run()
    before = loss.rows()
    tally = loss.run().tally
    assert (tally.folders, tally.submissions, tally.envelopes) == (0, 0, 0)
    assert loss.rows() == before


def test_each_thing_given_stands_in_the_audit_by_the_recovery_key(loss: Loss) -> None:
    """Whoever may read the case sees that the recovery key gave it on; the auditor sees that it was used."""
    loss.run()
    parts, newcomer = loss.world.parts, loss.person(loss.newcomer)
    keys = Keys()
    keys.refresh(parts.casebook, newcomer)
    seen = parts.audit.of(keys.key(loss.case), newcomer.papers.members)
    assert ("Återhämtning ekstad", "shared") in [(one.who, one.what) for one in seen]
    assert all(one.trusted for one in seen)
    own = parts.audit.own(loss.person(loss.world.recovery["ekstad"]))
    assert [(one.what, one.fields["to"]) for one in own] == [("recovery_used", "Nils Ny, Nora Ny")]


def killed_until_done(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """Do something that dies at its first commit, then at its second, and so on; count the deaths."""
    for commits in range(20):
        with killed_after(commits, monkeypatch):
            try:
                act()
            except Interrupted:
                continue
        return commits
    raise AssertionError("it never ends")


def test_killed_at_any_write_the_next_run_gives_what_is_left(loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies at the first commit, then at the second, and so on: in the end nothing is lost or doubled."""
    assert killed_until_done(loss.run, monkeypatch) >= 3
    assert loss.readable(loss.newcomer) == loss.readable(loss.second) == EVERYTHING
    once = loss.rows()
    loss.run()
    assert loss.rows() == once


def replaced(loss: Loss) -> tuple[Human, Human]:
    """Sign the next epoch with another recovery key; give the old one and the new one."""
    world = loss.world
    old, new = world.recovery["ekstad"], Human("Återhämtning ekstad", "recovery", "ekstad")
    world.recovery["ekstad"] = new
    world.roster = world.sign([loss.newcomer, loss.second, world.stranger], epoch=3)
    return old, new


def left(loss: Loss, old: Human, new: Human) -> tuple[int, int]:
    """Count what the new key lacks, without any key."""
    person = loss.person(old)
    both = (person.member, loss.person(new).member)
    return counting.left(loss.world.parts.casebook, person.member_tag, *both, person.papers.members)


def test_the_next_recovery_key_gets_all_that_the_old_one_had(loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is counted without a key, then given, dying at each commit in turn; then nothing is left."""
    loss.run()
    old, new = replaced(loss)
    person = loss.person(old)
    assert person.member.role == "former_recovery"
    assert current_recovery(person.papers, "ekstad") == loss.person(new).member
    assert left(loss, old, new) == (1, 2)

    def give() -> None:
        giving = loss.giving([new.member], old)
        giving.note("recovery_replaced")
        giving.give_folders()
        giving.give_submissions()

    assert killed_until_done(give, monkeypatch) >= 2
    assert left(loss, old, new) == (0, 0)
    assert loss.readable(new) == EVERYTHING
    assert loss.readable(loss.newcomer) == EVERYTHING  # what the old key gave stays believed


def give_on(loss: Loss, old: Human, new: Human) -> None:
    """Give the new key what the old one has."""
    giving = loss.giving([loss.person(new).member], old)
    giving.give_folders()
    giving.give_submissions()


@pytest.mark.parametrize("planted", ["empty", "another key", "another row", "by a stranger", "an older version"])
def test_a_row_that_is_no_grant_does_not_count_as_given(loss: Loss, planted: str) -> None:
    """Somebody with the casebook writes rows in the new key's name, so that the old sheets be burnt: all are counted.

    The command gives each anew, though the case itself says that the new key has it; then nothing is left.
    """
    loss.run()
    old, new = replaced(loss)
    give_on(loss, old, new)
    assert left(loss, old, new) == (0, 0)
    owner, stranger, box = loss.world.owner.identity, Human("X", "recovery", "ekstad").identity, new.identity.box_public
    keys = Keys()
    keys.refresh(loss.world.parts.casebook, loss.person(loss.newcomer))
    rows: dict[str, Callable[[bytes], bytes]] = {
        "empty": lambda _row: b"",
        "another key": lambda row: grant(new_key(), row, box, owner),
        "another row": lambda _row: grant(new_key(), b"x" * 16, box, owner),
        "by a stranger": lambda row: grant(keys.key(loss.case), row, box, stranger),
        "an older version": lambda row: grant(keys.key(loss.case), row, box, owner, 7),
    }
    tag = loss.person(old).member_tag(box)
    with loss.world.parts.casebook.write() as session:
        session.execute(update(Tray).where(Tray.member == tag).values(sealed=rows[planted](bound(loss.case))))
        session.execute(update(Grant).where(Grant.member == tag).values(sealed=rows[planted](loss.read)))
    assert left(loss, old, new) == (1, 2)
    give_on(loss, old, new)
    assert left(loss, old, new) == (0, 0)
    assert loss.readable(new) == EVERYTHING


def test_a_row_in_the_old_keys_name_that_it_cannot_open_is_not_waited_for(loss: Loss) -> None:
    """Rows that nobody signed lie in the old key's tray: the protocol is not held up by what was never granted."""
    loss.run()
    old, new = replaced(loss)
    give_on(loss, old, new)
    tag = loss.person(old).member_tag(old.identity.box_public)
    with loss.world.parts.casebook.write() as session:
        shelves.grant(session, loss.shut, 1, {tag: grant(new_key(), b"x" * 16, old.identity.box_public, old.identity)})
    assert left(loss, old, new) == (0, 0)


def test_a_roster_with_a_key_that_the_register_lacks_is_given_nothing(loss: Loss) -> None:
    """Somebody slipped another recovery key into the roster alone: it is not the one that everything goes to."""
    world, person = loss.world, loss.person(loss.world.recovery["ekstad"])
    known = world.recovery["ekstad"]
    world.recovery["ekstad"] = Human("Falsk", "recovery", "ekstad")
    slipped = world.sign([loss.newcomer, world.stranger], epoch=3)
    world.recovery["ekstad"] = known
    with pytest.raises(ForgedError):
        current_recovery(Papers(slipped, person.papers.members, person.papers.signed), "ekstad")


def forged_grants(loss: Loss, human: Human, row: bytes, key: bytes) -> dict[str, bytes]:
    """Grant a key to somebody as those would who write to the casebook and hold some recovery key or none."""
    box, world = human.identity.box_public, loss.world
    return {
        "another town's recovery key": grant(key, row, box, world.recovery["bjorkby"].identity),
        "a key that nobody knows": grant(key, row, box, Human("X", "recovery", "ekstad").identity),
        "the right key, for another": grant(
            key, row, loss.second.identity.box_public, world.recovery["ekstad"].identity
        ),
        "the right key, of another row": grant(key, b"folder:" + b"x" * 16, box, world.recovery["ekstad"].identity),
    }


@pytest.mark.parametrize("kind", range(4))
def test_nobody_else_grants_as_the_recovery_key(loss: Loss, kind: int) -> None:
    """Each forged grant of a case and of a request is passed over, with write access to the whole casebook."""
    world, key = loss.world, new_key()
    case, request = (
        list(forged_grants(loss, loss.newcomer, row, key).values())[kind] for row in (bound(loss.case), loss.read)
    )
    tag = loss.person(loss.newcomer).member_tag(loss.newcomer.identity.box_public)
    with world.parts.casebook.write() as session:
        session.execute(update(StoredFolder).values(commitment=key_commitment(key, bound(loss.case)), key_version=9))
        session.execute(update(StoredSubmission).values(commitment=key_commitment(key, loss.read)))
        shelves.grant(session, loss.case, 9, {tag: case})
        requests.add_grants(session, loss.read, {tag: request})
    assert loss.readable(loss.newcomer) == []


@pytest.mark.parametrize("who", ["lead", "auditor", "officer", "partner", "case_officer"])
def test_only_those_who_read_cases_believe_the_recovery_key(loss: Loss, who: str) -> None:
    """Everybody of the town is granted a case by the true key: a lead takes it, auditors and agencies do not."""
    loss.run()
    human: Human = getattr(loss.world, who)
    keys, newcomer = Keys(), loss.person(loss.newcomer)
    keys.refresh(loss.world.parts.casebook, newcomer)
    key = keys.key(loss.case)
    granted = grant(key, bound(loss.case), human.identity.box_public, loss.world.recovery["ekstad"].identity)
    with loss.world.parts.casebook.write() as session:
        shelves.grant(session, loss.case, 1, {newcomer.member_tag(human.identity.box_public): granted})
    own = Keys()
    own.refresh(loss.world.parts.casebook, loss.person(human))
    assert (loss.case in own) == (who == "lead")


def test_the_recovery_key_does_nothing_else_with_a_case(loss: Loss) -> None:
    """It cannot make a case, take one from somebody, or give it another key."""
    person, folders, now = loss.person(loss.world.recovery["ekstad"]), loss.world.parts.folders, loss.world.clock.now()
    keys = Keys()
    keys.refresh(loss.world.parts.casebook, person)
    for act in (
        lambda: folders.create(person, [], lambda _entries: b"", loss.team, now),
        lambda: folders.unshare(keys, loss.case, person, [loss.world.owner.member], now),
        lambda: folders.rekey(keys, loss.case, person, loss.team, now),
    ):
        with pytest.raises(RefusedActError):
            act()


@pytest.mark.parametrize("planted", ["empty", "short", "another key", "another row"])
def test_a_row_that_only_looks_like_a_grant_keeps_nobody_out(loss: Loss, planted: str) -> None:
    """Somebody with the casebook writes rows in the newcomers' places first: each is still given the true key."""
    owner, box = loss.world.owner.identity, loss.newcomer.identity.box_public
    rows = {
        "empty": b"",
        "short": b"x" * 90,
        "another key": grant(new_key(), loss.read, box, owner),
        "another row": grant(new_key(), b"x" * 16, box, owner),
    }
    tag = loss.person(loss.newcomer).member_tag(box)
    with loss.world.parts.casebook.write() as session:
        requests.add_grants(session, loss.read, {tag: rows[planted]})
    loss.run()
    assert loss.readable(loss.newcomer) == EVERYTHING
