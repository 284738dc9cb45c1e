"""Intake keys in the app: made when it is time, put to use by the roster, destroyed on their day. envelope.md 4.5."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from crypto.errors import NotARecipientError
from crypto.opening.intake import Intake, open_intake, read_intake
from crypto.opening.parcel import read_parcel
from crypto.opening.unseal import unseal
from staff.audit import days
from staff.erasure.clock import believed
from staff.erasure.record import Record
from staff.erasure.sweep import sweep
from staff.inbox import intake
from staff.models import IntakeKey
from tests.staff.dying import Interrupted
from tests.staff.world import Browser, Human, World

LAST = intake.WELCOME + intake.KEPT


def stated(world: World) -> list[Intake]:
    """Give the statements that would travel to the root key now."""
    return list(read_parcel(intake.parcel(world.settings)).statements)


def rows(world: World) -> list[IntakeKey]:
    """Read the table of intake keys."""
    with world.parts.casebook.read() as session:
        return list(session.scalars(select(IntakeKey).order_by(IntakeKey.since)))


def rotate(world: World, epoch: int) -> None:
    """Sign the next epoch with whatever intake keys have been stated."""
    world.roster = world.sign([world.owner, world.colleague, world.stranger], epoch=epoch, stated=stated(world))


def sign_in(world: World, human: Human) -> Browser:
    """Unlock with a code that was not used before."""
    world.clock.turn(seconds=31)
    return world.browser(human)


@pytest.fixture
def served(world: World) -> World:
    """Give Anna an intake key that stands in the roster of epoch 2."""
    world.browser(world.owner)
    rotate(world, 2)
    return world


def test_unlocking_makes_the_key_that_is_missing_and_no_other(world: World) -> None:
    """Anna has none yet: her first unlock makes one, the next none; a lead's and a second browser's make none."""
    world.browser(world.owner)
    (made,) = rows(world)
    assert (made.ends, made.member) == (intake.WAITS, world.person(world.owner).member_tag(box(world.owner)))
    sign_in(world, world.owner)
    world.browser(world.lead)
    assert [one.box_public for one in rows(world)] == [made.box_public]
    assert made.box_public not in world.roster.team("ekstad").recipients


def box(human: Human) -> bytes:
    """Give somebody's X25519 public half."""
    return human.identity.box_public


def test_what_is_sealed_to_the_intake_key_is_read_and_the_own_key_opens_none_of_it(served: World) -> None:
    """The roster names the new key: Anna's list shows the request at once, and her own key alone opens nothing."""
    assert box(served.owner) not in served.roster.team("ekstad").recipients
    sealed = served.envelope(message="ring efter åtta")
    with pytest.raises(NotARecipientError):
        unseal(sealed, served.owner.identity)
    served.leave(sealed)
    served.collect()
    anna = sign_in(served, served.owner)
    row = re.search("/inbox/([0-9a-f]{32})", anna.get("/inbox").text)
    assert row
    assert "ring efter åtta" in anna.get(f"/inbox/{row[1]}").text


def test_the_next_key_is_made_from_thirty_days_before_and_after_sixty_days(served: World) -> None:
    """With 31 days left nothing is made, with 30 the successor is; one at a time, however often she unlocks."""
    served.run_on(days=59)
    sign_in(served, served.owner)
    assert [one.ends for one in rows(served)] == [intake.SERVES]
    served.run_on(days=1)
    sign_in(served, served.owner)
    sign_in(served, served.owner)
    assert sorted(one.ends for one in rows(served)) == [intake.SERVES, intake.WAITS]
    (only,) = stated(served)
    assert only.box_public == next(one.box_public for one in rows(served) if one.ends == intake.WAITS)


def test_a_roster_signed_again_meanwhile_does_not_let_a_key_grow_old(served: World) -> None:
    """Somebody joins on day 50 and the roster holds 90 days more: on day 61 there is a successor all the same."""
    served.run_on(days=50)
    served.roster = served.sign([served.owner, served.colleague], epoch=3, days=110, stated=stated(served))
    served.run_on(days=11)
    sign_in(served, served.owner)
    assert sorted(one.ends for one in rows(served)) == [intake.SERVES, intake.WAITS]


def rotated(world: World) -> tuple[bytes, bytes]:
    """Let a request come, and the roster change before anybody opens it; gives it and the old key's public half."""
    old = rows(world)[0].box_public
    sealed = world.envelope(message="det som kom före")
    world.leave(sealed)
    world.collect()
    world.run_on(days=61)
    sign_in(world, world.owner)
    rotate(world, 3)
    world.clock.turn(seconds=31)
    return sealed, old


def test_what_came_before_the_change_is_read_as_long_as_the_old_key_lives(served: World) -> None:
    """Sealed to the key before: it stands in the list and opens, and what is opened is sealed anew for good."""
    sealed, old = rotated(served)
    anna = served.browser(served.owner)
    ends = {one.box_public: one.ends for one in rows(served)}
    assert ends[old] == days(served.clock.now()) + LAST
    assert "det som kom före" in anna.get("/inbox").text
    served.run_on(days=LAST)
    sweep(served.parts)
    assert old not in {one.box_public for one in rows(served)}
    assert "det som kom före" not in sign_in(served, served.owner).get("/inbox").text
    assert sealed


def test_staff_are_warned_seven_days_before_and_told_how_many_are_unopened(served: World) -> None:
    """Eight days before nothing is said; from seven on the page counts the one that nobody has opened, then none."""
    rotated(served)
    sign_in(served, served.owner)
    served.run_on(days=LAST - 8)
    assert "förstörs om" not in sign_in(served, served.owner).get("/today").text
    served.run_on(days=1)
    anna = sign_in(served, served.owner)
    assert "förstörs om 7 dagar. 1 oöppnade är äldre" in anna.get("/today").text
    row = re.search("/inbox/([0-9a-f]{32})", anna.get("/inbox").text)
    assert row
    assert "det som kom före" in anna.get(f"/inbox/{row[1]}").text
    assert "Inget oöppnat är äldre än bytet" in anna.get("/today").text
    assert "förstörs om" not in served.browser(served.lead).get("/documents").text


@pytest.mark.sqlite  # whose bytes are looked at
def test_on_its_day_the_key_is_destroyed_whatever_is_sealed_to_it(served: World) -> None:
    """The day's sweep needs nobody's key: row and sealed half are in no file, and what nobody opened stays shut."""
    sealed, old = rotated(served)
    anna = sign_in(served, served.owner)
    half = next(one.sealed for one in rows(served) if one.box_public == old)
    assert half in files(served)
    served.run_on(days=LAST - 1)
    sweep(served.parts)
    assert old in {one.box_public for one in rows(served)}
    served.run_on(days=1)
    sweep(served.parts)
    assert old not in {one.box_public for one in rows(served)}
    assert half not in files(served)
    anna = sign_in(served, served.owner)
    assert "Öppnas inte med din nyckel" in anna.get("/inbox?view=closed").text
    assert sealed


def files(world: World) -> bytes:
    """Read every byte of the casebook's files."""
    return b"".join(path.read_bytes() for path in sorted(Path(world.casebook).parent.glob("casebook.sqlite*")))


def test_a_key_stolen_later_opens_nothing_older_than_the_window(served: World) -> None:
    """Somebody recorded the envelope and gets Anna's key and the casebook after the day: nothing they have opens it.

    The same theft a day earlier opens it: the window is as wide as the threat model says.
    """
    sealed, old = rotated(served)
    sign_in(served, served.owner)
    early = [(one.box_public, one.sealed) for one in rows(served)]
    served.run_on(days=LAST)
    sweep(served.parts)
    late = [(one.box_public, one.sealed) for one in rows(served)]
    assert opens(served.owner, early, sealed)
    assert not opens(served.owner, late, sealed)
    assert old


def opens(human: Human, keys: list[tuple[bytes, bytes]], sealed: bytes) -> bool:
    """Try an envelope with somebody's own key and all the intake keys that a copy of the casebook gives."""
    for key in (human.identity, *(open_intake(human.identity, *one) for one in keys)):
        try:
            return bool(unseal(sealed, key))
        except NotARecipientError:
            continue
    return False


def test_following_the_roster_may_die_and_is_taken_up_again(served: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends before the commit of the sweep: nothing has changed, and the next sweep does all of it."""
    _, old = rotated(served)
    before = [(one.box_public, one.ends) for one in rows(served)]

    def die(*_given: object) -> None:
        raise Interrupted

    monkeypatch.setattr("staff.inbox.intake.delete", die)
    with pytest.raises(Interrupted):
        intake.follow(served.parts.casebook, served.parts.register.current(), served.clock.now(), sure=True)
    monkeypatch.undo()
    assert [(one.box_public, one.ends) for one in rows(served)] == before
    intake.follow(served.parts.casebook, served.parts.register.current(), served.clock.now(), sure=True)
    assert {one.box_public: one.ends for one in rows(served)}[old] > 0


def test_of_two_browsers_that_unlock_at_once_one_makes_the_key(world: World) -> None:
    """Both see that a key is due; the one whose turn comes second finds that it is not any more, and leaves no row."""
    asked = world.person(world.owner)
    made = [
        intake.unlocked(world.parts.casebook, world.parts.audit, asked, world.clock.now(), sure=True) for _ in range(2)
    ]
    assert made == [True, False]
    true = intake._due
    try:
        intake._due = lambda *_given: True
        assert not intake.unlocked(world.parts.casebook, world.parts.audit, asked, world.clock.now(), sure=True)
    finally:
        intake._due = true
    assert len(rows(world)) == 1
    assert [one.what for one in world.parts.audit.own(asked)].count("intake_key") == 1


def test_a_row_that_was_changed_opens_nothing_and_stops_nobody(served: World) -> None:
    """Somebody with the database swaps the sealed half: Anna signs in all the same, and the fault is logged."""
    with served.parts.casebook.write() as session:
        session.scalars(select(IntakeKey)).one().sealed = bytes(104)
    anna = sign_in(served, served.owner)
    assert anna.get("/today").status_code == 200


def test_a_key_that_is_gone_is_told_to_whom_it_concerns_and_to_nobody_else(served: World) -> None:
    """Somebody took Anna's row: Anna and her lead read it on every page, her colleague and another town's do not."""
    cilla = served.browser(served.stranger)
    people = {name: served.browser(getattr(served, name)) for name in ("colleague", "lead", "auditor")}
    anna = sign_in(served, served.owner)
    assert "ntagsnyckel saknas" not in anna.get("/keys").text
    with served.parts.casebook.write() as session:
        session.execute(delete(IntakeKey).where(IntakeKey.ends == intake.SERVES))
    assert "Din intagsnyckel saknas" in anna.get("/keys").text
    assert "Intagsnyckel saknas: Anna Ek kan inte öppna" in people["lead"].get("/keys").text
    for browser in (people["colleague"], people["auditor"], cilla):
        assert "ntagsnyckel saknas" not in browser.get("/keys").text
    sign_in(served, served.owner)  # a new one is made, and stands in the next list
    rotate(served, 3)
    assert "ntagsnyckel saknas" not in people["lead"].get("/keys").text


def test_a_clock_that_jumps_forward_destroys_nothing_before_it_is_looked_at_again(served: World) -> None:
    """The server's clock fails a month ahead: neither the sweep nor an unlock ends the key, whose day is ten days off.

    Everybody reads it on the page. Set right the same day nothing has happened; left so, it is believed the next day.
    """
    _, old = rotated(served)
    sign_in(served, served.owner)
    served.run_on(days=5)
    for days_ahead, gone in ((30, False), (-30, False), (31, False), (1, True)):
        served.clock.turn(days=days_ahead)
        sweep(served.parts)
        if days_ahead > 0:  # with a clock set back no code serves that is older than the last
            told = sign_in(served, served.owner).get("/keys").text
            assert ("har hoppat framåt" in told) == (not gone)
        assert (old not in {one.box_public for one in rows(served)}) == gone, days_ahead


def test_no_day_is_set_by_a_clock_that_jumped(served: World) -> None:
    """The roster changes while the clock is two years ahead: the key before ends sixteen days after the true change."""
    old = rows(served)[0].box_public
    served.run_on(days=61)
    sign_in(served, served.owner)
    served.clock.turn(days=700)
    served.roster = served.sign([served.owner, served.colleague], epoch=3, stated=stated(served))
    sweep(served.parts)
    served.clock.turn(days=-700)
    sweep(served.parts)
    ends = {one.box_public: one.ends for one in rows(served)}
    assert ends[old] == days(served.clock.now()) + LAST


@pytest.mark.parametrize(
    ("days_seen", "expected"),
    [
        ([10, 11, 13, 13, 20, 21], [False, True, True, True, False, True]),
        ([10, 12, 15, 18, 19], [False, True, False, False, True]),
        ([10, 11, 900, 900, 11, 900, 901], [False, True, False, False, True, False, True]),
        ([10, 11, 5, 6, 12, 13], [False, True, True, True, False, True]),
        ([10, 11, 41, 11, 42, 43], [False, True, False, True, False, True]),
    ],
)
def test_a_day_is_believed_when_the_clock_has_gone_on_like_one(
    tmp_path: Path, days_seen: list[int], expected: list[bool]
) -> None:
    """A first look, a weekend's gap, a jump there and back, a clock set back: in a file, and where there is none.

    A process that begins anew at each look says the same.
    """
    without = Record(None)
    for place, today in enumerate(days_seen):
        assert believed(Record(tmp_path / "erased"), today) == believed(without, today) == expected[place], place


def test_a_coordinator_of_another_town_is_followed_too(world: World) -> None:
    """Each states their own: the parcel holds one statement of each who has unlocked, and no name."""
    for human in (world.owner, world.colleague, world.stranger):
        world.browser(human)
    parcel = intake.parcel(world.settings)
    assert {one.sign_public for one in stated(world)} == {
        human.identity.sign_public for human in (world.owner, world.colleague, world.stranger)
    }
    assert b"Anna" not in parcel
    assert all(read_intake(one) for one in statements(world))


def statements(world: World) -> list[bytes]:
    """Give the statements as they lie in the casebook."""
    with world.parts.casebook.read() as session:
        return intake.statements(session)


def test_a_clock_set_back_keeps_keys_longer_and_never_shorter(served: World) -> None:
    """The machine's clock falls back a month after the roster changed: the day stays the one that was set."""
    _, old = rotated(served)
    sign_in(served, served.owner)
    ends = {one.box_public: one.ends for one in rows(served)}[old]
    served.clock.ahead -= timedelta(days=30)
    sweep(served.parts)
    assert {one.box_public: one.ends for one in rows(served)}[old] == ends
