"""Reading that is unusual, and a case that nobody should open: told at once, to those who can ask about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from programme import Programme
from programme.casework import Watching
from programme.hours import ZONE
from staff.audit.verify import Told
from staff.cases.summary import summarise as summarise_case
from staff.entry import Entry
from staff.insiders import canaries, notices
from staff.insiders.unusual import unusual
from staff.insiders.watch import MUCH, NIGHT, Watch, at_night
from staff.models import FolderEntry, Numbered, StoredFolder, Tray
from tests.staff.casework import Room
from tests.staff.dealing import Case, post
from tests.staff.leavers import hand_of
from tests.staff.world import PROGRAMME, Browser, World

RULE = Watching(many=6)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZONE)
WHY = "En anhörig har ringt om ärendet."


def rows(who: str, count: int, at: datetime, what: str = "opened") -> list[Told]:
    """Tell of somebody who opens so many different things within one hour."""
    return [Told(one, 0, who, what, at.astimezone(UTC) + timedelta(seconds=one), f"{one:032x}") for one in range(count)]


def test_much_in_an_hour_is_told_once_a_day(world: World) -> None:
    """The sixth different case within the hour is told, the same one again counts once, and so does the day."""
    watch, hours = Watch(), world.settings.programme.hours
    told = [
        watch.note(b"a", bytes([one]), NOON + timedelta(minutes=one), RULE, hours) for one in (1, 2, 3, 3, 4, 5, 6, 7)
    ]
    assert [one for one in told if one] == [[(MUCH, 6)]]
    later = [watch.note(b"a", bytes([one]), NOON + timedelta(hours=3, minutes=one), RULE, hours) for one in range(9)]
    assert [one for one in later if one] == []
    slowly = [watch.note(b"b", bytes([one]), NOON + timedelta(minutes=20 * one), RULE, hours) for one in range(9)]
    assert [one for one in slowly if one] == []


def test_a_night_is_one_night(world: World) -> None:
    """At eleven and at four: one notice; the next night another; in office hours none."""
    watch, hours = Watch(), world.settings.programme.hours
    eleven = NOON + timedelta(hours=11)
    times = [NOON, eleven, eleven + timedelta(hours=5), eleven + timedelta(days=1)]
    assert [len(watch.note(b"a", b"c", when, RULE, hours)) for when in times] == [0, 1, 0, 1]
    assert not at_night(NOON.replace(hour=21), RULE, hours)


def test_leads_and_auditors_see_who_read_much_and_nothing_of_what(world: World) -> None:
    """Anna opens forty requests: Lena and Aron see her name and a number, and no word of any of them."""
    anna = Room(world, world.owner)
    world.clock.ahead += next(
        timedelta(hours=hours)
        for hours in range(1, 48)  # never at once: her code was used when she came
        if (world.clock.now() + timedelta(hours=hours)).astimezone(ZONE).hour == 12
    )
    anna.browser.sign_in(world.owner)
    ids = [world.send(message=f"hemlig {number}") for number in range(3)]
    person = world.person(world.owner)
    for number in range(37):
        by, now = person.identity.sign_public, world.clock.now()
        world.parts.watch.note(by, bytes([number]), now, Watching(), world.settings.programme.hours)
    for row in ids:
        anna.get(f"/inbox/{row}")
    for human, path in ((world.lead, "/load"), (world.auditor, "/audit")):
        page = world.browser(human).get(path).text
        assert "öppnade ovanligt mycket på kort tid" in page
        assert "40 olika" in page
        assert "hemlig" not in page
    assert "ovanligt mycket" not in anna.get("/today")


def test_the_auditor_counts_anew_from_the_audit_itself() -> None:
    """Much by the setting, much for somebody who reads little, at night, and after a conflict; an ordinary day not."""
    hours = Programme.load(PROGRAMME).hours
    found = unusual(
        [
            *rows("Anna", 45, NOON),
            *rows("Björn", 2, NOON - timedelta(hours=2)),
            *rows("Björn", 2, NOON - timedelta(hours=3)),
            *rows("Björn", 21, NOON),
            *rows("Cilla", 12, NOON),
            *rows("Dan", 1, NOON + timedelta(hours=12)),
            *rows("Eva", 1, NOON, "conflict"),
            Told(9, 0, problem="other"),
        ],
        Watching(),
        hours,
    )
    assert {(one.what, one.who) for one in found} == {
        (MUCH, "Anna"),
        (MUCH, "Björn"),
        (NIGHT, "Dan"),
        ("conflict", "Eva"),
    }


def test_the_auditors_page_shows_what_is_unusual(world: World, owner: Browser) -> None:
    """Anna reads at three in the morning: it stands on Aron's page with her name; nobody else has that page."""
    row = world.send(message="hej")
    world.clock.ahead += next(
        timedelta(hours=hours)
        for hours in range(1, 48)  # never at once: her code was used when she enrolled
        if (world.clock.now() + timedelta(hours=hours)).astimezone(ZONE).hour == 3
    )
    anna = world.browser(world.owner)
    anna.get(f"/inbox/{row}")
    aron = world.browser(world.auditor)
    page = aron.get("/audit/unusual").text
    assert "läste på natten" in page
    assert world.owner.name in page
    assert "läste på natten" in aron.get("/audit").text
    assert anna.get("/audit/unusual").status_code == 404


def test_breaking_the_glass_is_seen_the_same_day(world: World) -> None:
    """Lena reads with a reason: the owner sees it on the day's page, the auditor on theirs, with the reason."""
    case = Case(world)
    lena = world.browser(world.lead)
    post(lena, f"/load/{case.id.hex()}", reason=WHY)
    page = case.reader.get("/today").text
    assert "läste ett ärende med skriven anledning" in page
    assert WHY in page
    assert "Björk 14" in page
    assert WHY in world.browser(world.auditor).get("/audit").text
    assert WHY not in world.browser(world.colleague).get("/today").text.partition("<table")[0]


def test_a_notice_by_a_stranger_or_in_anothers_name_is_not_shown(world: World) -> None:
    """Cilla of another town grants Lena a notice: it is passed over. One by Björn says Björn, whatever he wrote."""
    notice = notices.Notice(MUCH, int(world.clock.now().timestamp()), count=99)
    for human in (world.stranger, world.colleague):
        new = notices.prepare(world.parts.folders, world.person(human), notice, [world.lead.member], world.clock.now())
        with world.parts.casebook.write() as session:
            new.keep(session)
    page = world.browser(world.lead).get("/load").text
    assert page.count("99 olika") == 1
    assert world.colleague.name in page.partition("99 olika")[0]


@pytest.fixture
def planted(world: World) -> str:
    """Plant a canary case; gives its working name."""
    lena = world.browser(world.lead)
    page = lena.post("/canaries", working="Lärk 77", note="Ringde själv, ville prata om skulder.")
    assert page.status_code == 303
    assert "orört" in lena.get("/canaries").text
    return "Lärk 77"


def the_case(room: Room) -> str:
    """Find the canary among the closed cases, as anybody would."""
    page = room.get("/cases?show=closed")
    found = re.search(r'href="(/cases/[0-9a-f]{32})"', page)
    assert found, "no closed case"
    return found[1]


def test_a_canary_looks_like_any_closed_case(world: World, planted: str) -> None:
    """It stands among the closed ones with words of its own, in no register, and no page of Anna's says what it is."""
    anna = Room(world, world.owner)
    page = anna.get(the_case(anna))
    assert planted in page
    assert "prata om skulder" in page
    assert "ockärende" not in page
    assert planted not in anna.get("/documents/register")
    assert "Ärende" not in anna.get("/documents/register").partition("<tbody")[2]
    assert anna.browser.get("/canaries").status_code == 404


def true_case(world: World, anna: Room) -> str:
    """Open a true case months ago, take it, write in it and close it; gives its line of the list without the name."""
    world.clock.ahead -= timedelta(days=90)
    now, who = world.clock.now(), world.owner.name
    first = [
        Entry(who, now, "opened", {"working": "Alm 3", "how": "call"}),
        Entry(who, now, "taken", {"holder": who}),
        Entry(who, now, "note", {"text": "Ringde om skolan."}),
        Entry(who, now, "close", {"reason": "Ville inte mer", "outcome": "own_wish"}),
    ]
    world.open_folder(world.owner, first, summarise_case, world.colleague, world.lead)
    world.clock.ahead += timedelta(days=90)
    return line(anna, "Alm 3")


def line(room: Room, working: str) -> str:
    """Read a case's line in the list of closed ones, without its address, its name and how it ended."""
    page = room.get("/cases?show=closed&sort=holder")
    row = next(one for one in page.split("<tr") if working in one).partition("</tr>")[0]
    return re.sub(r"[0-9a-f]{32}|Avslutat: [^<]*", "", row).replace(working, "")


def test_where_nobody_has_left_a_canary_s_line_is_like_any_other(world: World, planted: str) -> None:
    """No list says who held a closed case, nor sorts or searches by it: a name that is missing tells nothing."""
    anna = Room(world, world.owner)
    assert true_case(world, anna) == line(anna, planted)
    for name in (world.owner.name, world.lead.name, "recovery"):
        anna.send("/cases/search", words=name)
        page = anna.get("/cases?show=all")
        assert ("Alm 3" in page, planted in page) in ((False, False), (True, True)), name


def test_a_canary_has_days_and_an_end_of_its_own(world: World) -> None:
    """Ten of them: in working hours, on days that differ, since the first true case, closed before today."""
    true_case(world, Room(world, world.owner))
    hand, hours = hand_of(world, world.lead), world.settings.programme.hours
    told = [canaries.story("L", "Lärk 1", "Kom själv. Ville flytta.", canaries._days(hand)) for _ in range(10)]
    for story in told:
        times = [one.when for one in story]
        assert times == sorted(times)
        assert hand.now - timedelta(days=91) < times[0] < times[-1] < hand.now
        assert hours.slot(times[0].astimezone(ZONE).date())
    assert len({story[0].when for story in told}) == 10
    assert {story[-1].fields["reason"] for story in told} == {"Ville flytta"}


def test_the_rows_of_a_canary_are_those_of_a_notice_or_a_quiet_case(world: World, planted: str) -> None:
    """Whoever copies the casebook counts: no grant to the recovery key without a line in the register, nothing long."""
    recovery = world.person(world.lead).member_tag(world.recovery["ekstad"].identity.box_public)
    with world.parts.casebook.read() as session:
        granted = session.scalars(select(Tray.folder).where(Tray.member == recovery)).all()
        registered = session.scalar(select(func.count()).select_from(Numbered))
        lengths = {len(one) for one in session.scalars(select(FolderEntry.sealed))}
        versions = session.scalars(select(StoredFolder.version)).all()
    assert planted == "Lärk 77"
    assert len(granted) == registered == 0
    assert len(lengths) == 1
    assert max(versions) <= 6


def test_counting_the_figures_raises_no_alarm(world: World, planted: str) -> None:
    """Anna counts a half-year: every case is read by her key and none is shown, so that nobody is suspected."""
    anna = Room(world, world.owner)
    the = bytes.fromhex(the_case(anna)[-32:])
    keys, person = world.session(world.owner)
    world.parts.folders.read(keys, the, person, world.clock.now(), what="counted")
    assert canaries.alarms(hand_of(world, world.lead)) == []


def test_opening_it_raises_a_quiet_alarm(world: World, planted: str) -> None:
    """Björn opens it and sees an ordinary page; Lena and Aron are told who and when, and Aron not what stands in it."""
    world.clock.turn(minutes=1)
    aron = world.browser(world.auditor)
    assert "Lockärendet" not in aron.get("/audit").text
    bjorn = Room(world, world.colleague)
    where = the_case(bjorn)
    assert "larm" not in bjorn.get(where).lower()
    for page in (aron.get("/audit").text, aron.get("/canaries").text, aron.get("/audit/unusual").text):
        assert world.colleague.name in page
        assert "prata om skulder" not in page
    world.clock.turn(seconds=40)
    lena = world.browser(world.lead)
    assert f"Lockärendet {planted} öppnades" in lena.get("/load").text
    assert "öppnat" in lena.get("/canaries").text


def test_a_canary_that_got_another_key_is_still_watched(world: World, planted: str) -> None:
    """Somebody leaves and the case gets a new key: Lena's next visit tells Aron where to look."""
    keys, lena = world.session(world.lead)
    (folder,) = [row for row in keys.held() if _is_case(world, keys, row)]
    world.parts.folders.rekey(
        keys, folder, lena, lena.papers.members.with_role("ekstad", "coordinator", "lead"), world.clock.now()
    )
    world.clock.turn(seconds=40)
    world.browser(world.lead).get("/load")
    bjorn = Room(world, world.colleague)
    bjorn.get(the_case(bjorn))
    page = world.browser(world.auditor).get("/canaries").text
    assert world.colleague.name in page


def _is_case(world: World, keys: object, row: bytes) -> bool:
    folder = world.parts.folders.peek(keys, row, world.person(world.lead))  # type: ignore[arg-type]  # the lead's keys
    return folder.summary.startswith(b'["case"')


def test_a_coordinator_cannot_make_the_auditor_believe_in_a_canary(world: World) -> None:
    """Björn grants Aron a folder that calls a true case a canary: it is passed over."""
    bjorn = world.person(world.colleague)
    said = {"case": "0" * 32, "key": "0" * 64, "working": "Falsk 1"}
    entry = Entry(bjorn.name, world.clock.now(), canaries.PLANTED, said)
    world.parts.folders.create(
        bjorn, [entry], canaries.summarise, [world.auditor.member], world.clock.now(), recovery=False
    )
    assert "Falsk 1" not in world.browser(world.auditor).get("/canaries").text


def test_a_canary_without_words_is_given_back(world: World) -> None:
    """No name or no note: refused with words, and what was typed stands there."""
    lena = world.browser(world.lead)
    lena.post("/canaries", working="", note="Ringde själv en kväll.")
    page = lena.get("/canaries").text
    assert "Skriv ett arbetsnamn" in page
    assert "Ringde själv en kväll." in page
