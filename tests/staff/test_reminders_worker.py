"""Reminders come late, seldom and alike; the server's absence stops nothing; addresses are locked."""

from __future__ import annotations

import json
import random
import smtplib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from staff.models import Reminder
from staff.reminders.mail import MailSettings
from staff.reminders.start import worker as make_worker
from staff.reminders.waiting import Waiting
from staff.reminders.wishes import ALARM, GIVEN, LATE, NEW, OCCASIONS, Wish, Wishes
from staff.reminders.worker import LATEST, SOONEST, Worker
from tests.staff.world import Browser, World

START = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
ME = b"m" * 32
ANNA = "anna.ek@ekstad.example"
MAIL = MailSettings("127.0.0.1", 9, "utvag@ekstad.example")


class Story:
    """A worker with a clock that the test turns, and a post that the test may close."""

    def __init__(self, *occasions: str) -> None:
        self.now, self.sent, self.fault = START, [], None  # type: tuple[datetime, list[datetime], Exception | None]
        self.waiting = Waiting()
        wishes = {ME: Wish(ANNA, frozenset(occasions or OCCASIONS))}
        self.worker = Worker(lambda: self.waiting, lambda: wishes, self.send, lambda: self.now, random.Random(1))  # noqa: S311  # a story that tells itself the same each time

    def send(self, to: str, now: datetime) -> None:
        """Note a letter, or fail as told."""
        if self.fault:
            raise self.fault
        assert to == ANNA
        self.sent.append(now)

    def lies(self, *rows: bytes) -> None:
        """Let envelopes lie there."""
        self.waiting = Waiting(new={ME: frozenset(rows)})

    def live(self, **by: float) -> None:
        """Let time pass, a look every two minutes."""
        until = self.now + timedelta(**by)
        while self.now < until:
            self.worker.run()
            self.now += timedelta(minutes=2)


def test_many_things_are_one_letter_a_random_while_later() -> None:
    """Three requests come: one letter, not at once, and none after it for what was told."""
    story = Story()
    story.lies(b"1", b"2", b"3")
    story.live(hours=8)
    (sent,) = story.sent
    assert SOONEST <= (sent - START).total_seconds() <= LATEST + 120


def test_what_comes_after_a_letter_waits_for_the_next() -> None:
    """A flood of requests is a letter every other hour at most."""
    story = Story()
    for number in range(60):
        story.lies(*(bytes([one]) for one in range(number + 1)))
        story.live(minutes=10)
    gaps = [after - before for before, after in zip(story.sent, story.sent[1:], strict=False)]
    assert 3 <= len(story.sent) <= 5
    assert min(gaps) > timedelta(hours=2)


def test_nobody_is_reminded_of_what_was_seen_to() -> None:
    """A colleague opens it before the letter is due: no letter."""
    story = Story()
    story.lies(b"1")
    story.live(minutes=4)
    story.lies()
    story.live(hours=3)
    assert story.sent == []


def test_each_chooses_what_to_be_told_of() -> None:
    """Who wants only to hear of what was given to them hears nothing of new requests."""
    story = Story(GIVEN)
    story.lies(b"1")
    story.live(hours=3)
    assert story.sent == []
    story.waiting = Waiting(given={ME: frozenset([b"f"])})
    story.live(hours=1)
    assert len(story.sent) == 1


@pytest.mark.parametrize("fault", [ConnectionRefusedError(), smtplib.SMTPServerDisconnected("x"), TimeoutError()])
def test_the_worker_survives_the_servers_absence(fault: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """The mail server is away for a day: tried ever more seldom, nothing logged but a class, and then one letter."""
    story = Story()
    story.lies(b"1")
    story.fault = fault
    story.live(hours=24)
    tries = [record for record in caplog.records if "no reminder could be sent" in record.message]
    assert 20 <= len(tries) <= 40
    assert ANNA not in caplog.text
    story.fault = None
    story.live(hours=2)
    assert len(story.sent) == 1


def test_a_refused_address_holds_up_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    """One wrong address does not stop the worker, and does not stand in the log."""
    story = Story()
    story.lies(b"1")
    story.fault = smtplib.SMTPRecipientsRefused({ANNA: (550, b"no")})
    story.live(hours=2)
    assert story.worker._not_before is None
    assert ANNA not in caplog.text


def test_whatever_fails_the_worker_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours is logged by its class, and the next look is made as if nothing had been."""
    story = Story()
    story.worker.look = lambda: 1 / 0  # type: ignore[assignment,return-value]  # the fault that is tried
    story.live(minutes=4)
    assert "reminding failed: ZeroDivisionError" in caplog.text


@pytest.fixture
def letters(world: World) -> World:
    """Turn letters on."""
    world.parts.settings = replace(world.settings, mail=MAIL)
    return world


def test_the_lookout_sees_what_lies_without_any_key(letters: World, owner: Browser) -> None:
    """New in the team, read by nobody for two office hours, given to me: each member sees their own town's only."""
    made = make_worker(letters.parts)
    assert made is not None
    anna, cilla = (letters.person(one).member_tag(one.identity.box_public) for one in (letters.owner, letters.stranger))
    row = letters.send(message="hej")
    first = made.look()
    assert first.new[anna] == {bytes.fromhex(row)}
    assert first.late[anna] == frozenset()
    assert first.new[cilla] == frozenset()
    letters.clock.turn(days=4)
    assert made.look().late[anna] == {bytes.fromhex(row)}
    letters.clock.turn(days=-4)
    owner.get(f"/inbox/{row}")
    assert made.look().new[anna] == frozenset()
    police = letters.person(letters.officer).member_tag(letters.officer.identity.box_public)
    assert police not in made.look().new


def test_one_sets_and_forgets_ones_own_address(letters: World, owner: Browser, colleague: Browser) -> None:
    """Anna saves her address and sees it; Björn does not; she empties the field and it is gone from the file."""
    assert owner.post("/me/reminders", address=f" {ANNA} ", on=NEW).status_code == 303
    assert ANNA in owner.get("/me/reminders").text
    assert ANNA not in colleague.get("/me/reminders").text
    tag = letters.person(letters.owner).member_tag(letters.owner.identity.box_public)
    assert Wishes(letters.parts.casebook, letters.settings.pepper).of(tag) == Wish(ANNA, frozenset({NEW}))
    for path in letters.folder.iterdir():
        assert ANNA.encode() not in path.read_bytes(), path
    owner.post("/me/reminders", address="")
    assert ANNA not in owner.get("/me/reminders").text
    assert Wishes(letters.parts.casebook, letters.settings.pepper).all() == {}


def test_a_wrong_address_is_kept_for_mending_and_changes_nothing(letters: World, owner: Browser) -> None:
    """What was typed stands in the field with the fault beside it; the address before still holds."""
    owner.post("/me/reminders", address=ANNA, on=LATE)
    owner.post("/me/reminders", address="anna ek", on=NEW)
    page = owner.get("/me/reminders").text
    assert 'value="anna ek"' in page
    assert "Inget är ändrat" in page
    tag = letters.person(letters.owner).member_tag(letters.owner.identity.box_public)
    assert Wishes(letters.parts.casebook, letters.settings.pepper).of(tag) == Wish(ANNA, frozenset({LATE}))
    assert "anna ek" not in colleague_sees(letters)


def colleague_sees(world: World) -> str:
    """Give what Björn's page of reminders says."""
    return world.browser(world.colleague).get("/me/reminders").text


def test_a_wish_moved_to_another_member_reminds_nobody(letters: World, owner: Browser) -> None:
    """Who writes to the casebook cannot lead letters elsewhere: a locked value opens in its own row only."""
    wishes = Wishes(letters.parts.casebook, letters.settings.pepper)
    wishes.keep(ME, Wish(ANNA, frozenset({NEW})))
    with letters.parts.casebook.write() as session:
        session.connection().execute(update(Reminder).values(member=b"n" * 32))
    assert wishes.all() == {}


def test_letters_that_are_off_are_not_offered(world: World, owner: Browser) -> None:
    """Without a mail server the page says so, keeps no address, and no worker runs."""
    assert "inte påslagna" in owner.get("/me/reminders").text
    owner.post("/me/reminders", address=ANNA, on=NEW)
    assert Wishes(world.parts.casebook, world.settings.pepper).all() == {}
    assert make_worker(world.parts) is None


def test_an_alarm_is_a_letter_too_and_who_chose_before_there_was_one_gets_it(letters: World) -> None:
    """Nobody has read for many office hours: coordinators and leads get the same wordless letter, once a day."""
    made = make_worker(letters.parts)
    assert made is not None
    anna, lena, police = (
        letters.person(one).member_tag(one.identity.box_public)
        for one in (letters.owner, letters.lead, letters.officer)
    )
    assert made.look().alarm == dict.fromkeys(made.look().alarm, frozenset())
    alarm = b"unread 1"
    made.look._alarms = lambda team: frozenset([alarm])  # type: ignore[attr-defined]  # what the outlook would name
    assert {made.look().alarm[one] for one in (anna, lena)} == {frozenset([alarm])}
    assert police not in made.look().alarm
    old = json.dumps([ANNA, [NEW]]).encode()
    assert Wish.decode(old).occasions == {NEW, ALARM}
    assert Wish.decode(Wish(ANNA, frozenset({NEW})).encode()).occasions == {NEW}
    story = Story(ALARM)
    for day in (1, 1, 2):
        story.waiting = Waiting(alarm={ME: frozenset([b"unread %d" % day])})
        story.live(hours=8)
    assert len(story.sent) == 2
