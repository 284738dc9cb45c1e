"""What stands still is said on the pages of those who can do something about it; nothing is said when all is well."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from deaddrop.beat import beat
from deaddrop.errors import UnavailableError
from programme.hours import ZONE
from staff.models import StoredMark
from staff.watching.mark import Mark
from staff.watching.pulse import GONE, Portal, Pulse, at_once
from staff.watching.words import span, stands_still
from tests.staff.world import Human, World

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CALL = "Ring driften, 070-174\xa006\xa050."


def minute(when: datetime) -> int:
    """Give the minute since 1970."""
    return int(when.timestamp()) // 60


# The pulse, on a clock of the test's own


class Story:
    """Portals with clocks of their own, and a staff app that looks each minute."""

    def __init__(self, **ahead: int) -> None:
        self.now, self.away = START, False
        self.ahead = {name: timedelta(minutes=minutes) for name, minutes in ahead.items()}
        self.rows: dict[str, int] = {}
        self.pulse = Pulse(self.heard)

    def heard(self) -> dict[str, int]:
        """Read the table, if the dead drop is there."""
        if self.away:
            raise UnavailableError
        return dict(self.rows)

    def live(self, minutes: int, *alive: str) -> list[Portal]:
        """Let minutes pass, in which these portals beat, and give what is told at their end."""
        for _ in range(minutes):
            self.rows |= {name: minute(self.now + self.ahead.get(name, timedelta())) for name in alive}
            self.now += MINUTE
            self.pulse.look(self.now)
        return self.pulse.portals(self.now)


def test_a_portal_that_beats_is_well() -> None:
    """An hour of beats: known, not silent, its clock right."""
    assert Story().live(60, "north") == [Portal("north", timedelta(), timedelta())]


def test_a_portal_that_stops_is_silent_from_its_last_beat() -> None:
    """It stops after an hour: twelve minutes later it has been silent for twelve."""
    story = Story()
    story.live(60, "north", "south")
    found = {one.name: one.silent for one in story.live(12, "south")}
    assert found == {"north": 12 * MINUTE, "south": timedelta()}
    assert {one.silent for one in story.live(5, "north", "south")} == {timedelta()}


@pytest.mark.parametrize("ahead", [-12, 12, 7 * 24 * 60])
def test_a_clock_that_differs_is_told_apart_from_silence(ahead: int) -> None:
    """Its clock is twelve minutes behind, or ahead, or a week: it beats, so it is not silent, and the clock is told."""
    story = Story(north=ahead)
    (found,) = story.live(10, "north")
    assert found.silent == timedelta()
    assert abs(found.ahead - ahead * MINUTE) <= MINUTE
    (dead,) = story.live(30)
    assert dead.silent >= 29 * MINUTE


def test_nothing_is_told_before_it_can_be_known() -> None:
    """The app starts, and finds a minute that lies back: a portal with a slow clock, or a dead one? It waits to see."""
    story = Story(north=-12)
    story.live(10, "north")
    story.pulse = Pulse(story.heard)
    assert story.live(2, "north") == []
    (found,) = story.live(3, "north")
    assert (found.silent, abs(found.ahead + 12 * MINUTE) <= MINUTE) == (timedelta(), True)


def test_a_dead_drop_that_is_away_says_nothing_of_the_portal() -> None:
    """Nobody can hear the portal then: since when is remembered, and no silence is made up of it."""
    story = Story()
    story.live(10, "north")
    story.away = True
    assert story.live(30) == []
    assert story.pulse.away == START + 11 * MINUTE
    story.away = False
    assert [one.name for one in story.live(1, "north")] == ["north"]
    assert story.pulse.away is None


def test_a_portal_that_was_taken_down_is_forgotten_after_a_week() -> None:
    """Another is there: the old one is no longer named. The only one is named for as long as it is silent."""
    story = Story()
    story.live(10, "north", "south")
    story.now += GONE
    assert [one.name for one in story.live(10, "south")] == ["south"]
    story.now += 2 * GONE
    assert {one.name for one in story.live(10)} == {"north", "south"}


@pytest.mark.parametrize("number", [-(2**62), 0, 2**62])
def test_a_minute_that_nobody_can_mean_breaks_nothing(number: int) -> None:
    """Whoever runs code as the portal leaves any number: silent, or ahead of its time, and no fault."""
    (found,) = at_once({"north": number}, START)
    assert (found.silent > timedelta(days=1000)) != (found.ahead > timedelta(days=1000))


def test_how_long_is_written_as_people_say_it() -> None:
    """Minutes, hours, days."""
    said = [span(timedelta(minutes=minutes)) for minutes in (12, 119, 120, 2879, 2880)]
    assert said == ["12 minuter", "119 minuter", "2 timmar", "47 timmar", "2 dagar"]


# The pages


@pytest.fixture
def monday(world: World) -> World:
    """Begin on a Monday at ten to nine, in office hours."""
    today = datetime.now(ZONE)
    day = today.date() + timedelta(days=7 - today.weekday())
    while world.settings.programme.hours.slot(day) is None:
        day += timedelta(days=7)
    world.clock.ahead = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=8, minutes=50) - today
    return world


def look(world: World, minutes: int, *names: str) -> None:
    """Let the app look each minute while these portals beat."""
    for _ in range(minutes):
        world.clock.turn(minutes=1)
        for name in names:
            beat(world.engine, name, minute(world.clock.now()))
        world.parts.outlook.look()


def shown(world: World, human: Human) -> list[str]:
    """Give what somebody's first page says that stands still."""
    browser = world.browser(human)
    page = browser.get("/")
    page = browser.get(page.headers["Location"])
    assert page.status_code == 200
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'class="note warm still">(.*?)</p>', page.text)]


def said(world: World, human: Human) -> list[str]:
    """Give what every page of theirs would say."""
    with world.app.test_request_context():
        return [line.text for line in stands_still(world.parts, world.person(human), world.clock.now())]


def test_nothing_is_said_when_all_is_well(monday: World) -> None:
    """Portals beat, envelopes are collected, somebody reads: no line for anybody."""
    monday.send(message="hej")
    look(monday, 15, "north", "south")
    assert shown(monday, monday.owner) == []
    for human in (monday.lead, monday.auditor):
        assert said(monday, human) == []


def test_a_silent_portal_is_said_in_words_with_whom_to_call(monday: World) -> None:
    """To coordinators, leads and auditors; not to the police, who can do nothing about it."""
    look(monday, 5, "north")
    monday.collect()
    look(monday, 12)
    line = f"Portalen har inte hörts av på 12 minuter. Det som skickas kanske inte kommer fram. {CALL}"
    for human in (monday.owner, monday.lead, monday.auditor):
        assert shown(monday, human) == [line]
    assert shown(monday, monday.officer) == []


def test_an_installation_whose_portal_never_connected_does_not_look_well(monday: World) -> None:
    """No portal has ever beaten: silence until the set minutes have passed, then words; the first beat ends them."""
    look(monday, 10)
    assert said(monday, monday.owner) == []
    look(monday, 1)
    line = f"Ingen portal har hörts av än. Det som skickas kanske inte kommer fram. {CALL}"
    for human in (monday.owner, monday.lead, monday.auditor):
        assert shown(monday, human) == [line]
    assert shown(monday, monday.officer) == []
    look(monday, 1, "north")
    assert said(monday, monday.owner) == []


def test_one_of_several_portals_is_said_by_its_name(monday: World) -> None:
    """The other one takes what is sent: that is said too."""
    look(monday, 5, "north", "south")
    look(monday, 15, "south")
    assert said(monday, monday.owner) == [
        f"Portalen north har inte hörts av på 15 minuter. Andra portaler tar emot. {CALL}"
    ]


def test_names_that_somebody_made_up_fill_no_page_and_say_nothing(monday: World) -> None:
    """Whoever runs code as the portal leaves names by the dozen, some of which read as a number to call: four lines."""
    for number in range(6):
        for name in (f"Ring 070-174 06 66 genast {number}", f"made-up-{number}"):
            beat(monday.engine, name, minute(monday.clock.now()))
    look(monday, 30)
    told = said(monday, monday.owner)
    assert len(told) == 4
    assert "06 66" not in " ".join(told)


def test_a_clock_that_differs_is_said(monday: World) -> None:
    """The portal beats with a clock that is an hour behind."""
    for _ in range(6):
        monday.clock.turn(minutes=1)
        beat(monday.engine, "north", minute(monday.clock.now()) - 60)
        monday.parts.outlook.look()
    (line,) = said(monday, monday.owner)
    assert re.fullmatch(rf"Portalen: klockan går (60|61) minuter efter. {re.escape(CALL)}", line)


def test_what_nobody_reads_is_said_to_all_of_the_team_and_no_other(monday: World) -> None:
    """Four office hours unread: Anna, Björn and their lead are told; Cilla, in another town, is not. Anna reads."""
    row = monday.send(message="hej")
    look(monday, 1, "north")
    monday.clock.turn(hours=4, minutes=5)
    monday.collect()
    look(monday, 4, "north")
    text = "Något har legat oläst"
    assert said(monday, monday.owner) == [f"{text} i mer än 4 kontorstimmar. Läs inkorgen."]
    assert said(monday, monday.lead) == [f"{text} hos teamet i mer än 4 kontorstimmar. Se till att någon läser."]
    assert said(monday, monday.auditor) == [f"{text} hos teamet i mer än 4 kontorstimmar."]
    assert said(monday, monday.stranger) == []
    monday.browser(monday.owner).get(f"/inbox/{row}")
    look(monday, 1, "north")
    assert said(monday, monday.lead) == []


def test_a_weekend_is_no_office_time(monday: World) -> None:
    """Sent on Friday at a quarter to four: on Monday morning nobody is late yet, at noon they are."""
    monday.clock.turn(days=4, hours=6, minutes=55)
    monday.send(message="hej")
    look(monday, 1, "north")
    monday.clock.turn(days=2, hours=16, minutes=30)
    monday.collect()
    look(monday, 1, "north")
    assert said(monday, monday.owner) == []
    monday.clock.turn(hours=4)
    monday.collect()
    look(monday, 1, "north")
    assert len(said(monday, monday.owner)) == 1


def test_what_came_yesterday_is_late_also_after_a_restart(monday: World) -> None:
    """The app begins anew each night and forgets when it saw an envelope: the day outside it is enough."""
    monday.send(message="hej")
    monday.clock.turn(days=1, hours=4)
    monday.start()
    monday.collect()
    monday.parts.outlook.look()
    assert len(said(monday, monday.owner)) == 1


def test_what_no_key_opens_alarms_nobody_once_it_was_laid_aside(monday: World) -> None:
    """Junk that opens for nobody lies until somebody has looked at it and laid it aside."""
    sealed = bytearray(monday.envelope(message="hej"))
    sealed[len(sealed) // 2] ^= 1
    monday.leave(bytes(sealed))
    monday.collect()
    monday.clock.turn(days=1, hours=4)
    monday.collect()
    monday.parts.outlook.look()
    assert len(said(monday, monday.owner)) == 1
    browser = monday.browser(monday.owner)
    found = re.search(
        r"/inbox/([0-9a-f]{32})/dismiss", browser.get("/inbox?show=closed").text + browser.get("/inbox").text
    )
    assert found
    assert browser.post(f"/inbox/{found[1]}/dismiss").status_code == 303
    monday.parts.outlook.look()
    assert said(monday, monday.owner) == []


@pytest.mark.sqlite
def test_nothing_collected_is_said_with_since_when(monday: World) -> None:
    """The dead drop is away in office hours, and the app is started anew meanwhile: it still knows since when."""
    monday.collect()
    monday.engine.dispose()
    (monday.folder / "deaddrop.sqlite").rename(monday.folder / "away")
    monday.parts.outlook.look()
    monday.clock.turn(minutes=30)
    monday.parts.outlook.look()
    away = f"Brevlådan mellan portalen och den här appen har inte svarat på 30 minuter. {CALL}"
    assert said(monday, monday.owner) == [away]
    monday.clock.turn(hours=2)
    monday.start()
    monday.parts.outlook.look()
    gone = f"Inget har hämtats sedan i dag 08.50: det som kommit efter det syns inte här. {CALL}"
    assert said(monday, monday.owner) == [gone]
    (monday.folder / "away").rename(monday.folder / "deaddrop.sqlite")
    monday.collect()
    monday.parts.outlook.look()
    assert said(monday, monday.owner) == []


def test_when_it_was_collected_stands_locked(monday: World) -> None:
    """A copy of the casebook does not tell the minute; a row that somebody changed is none."""
    monday.collect()
    mark = Mark(monday.parts.casebook, monday.settings.pepper)
    found = mark.read()
    assert found is not None
    assert abs(found - monday.clock.now()) < timedelta(seconds=60)
    with monday.parts.casebook.write() as session:
        (row,) = session.scalars(select(StoredMark))
        assert str(int(found.timestamp())).encode() not in row.sealed
        row.sealed = row.sealed[:-1] + bytes([row.sealed[-1] ^ 1])
    assert mark.read() is None


def test_a_look_that_fails_is_logged_by_its_class_alone(monday: World, caplog: pytest.LogCaptureFixture) -> None:
    """The casebook is away for a moment: the next look tries again, and pages say what was last known."""
    monday.parts.outlook._casebook = None  # type: ignore[assignment]  # the fault that is tried
    monday.parts.outlook.look()
    assert "looking at what stands still failed: AttributeError" in caplog.text


def test_an_alarm_has_a_new_name_on_each_day_on_which_somebody_works(monday: World) -> None:
    """So that a letter is sent again each working day as long as it lasts, and none for a new date at midnight."""
    monday.send(message="hej")
    monday.parts.outlook.look()
    monday.clock.turn(days=1, hours=5)
    monday.parts.outlook.look()
    team = monday.person(monday.owner).team_tag
    first = monday.parts.outlook.alarms(team)
    assert {name.partition(b" ")[0] for name in first} == {b"collected", b"unread"}
    monday.clock.turn(hours=17)  # before anybody works on the next day
    assert monday.parts.outlook.alarms(team) == first
    monday.clock.turn(hours=2)
    assert monday.parts.outlook.alarms(team).isdisjoint(first)
    assert monday.parts.outlook.alarms(monday.person(monday.stranger).team_tag) < monday.parts.outlook.alarms(team)
