"""A week in the staff app, told in order by one file: thirty requests, ten cases, three agencies, and the years after.

Everybody works through the pages alone. After each day it is asked what each person sees, and what nobody may see.
Run the whole file: each test goes on where the one before it ended. Pictures go to the folder UTVAG_TEST_SHOTS.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PHONE
from tests.browser.people import SCREEN, everybody, let_in, sign_in
from tests.browser.states import served
from tests.browser.test_pages import SCHEMES, errors, findings, wide
from tests.browser.week import (
    TODAY,
    TOLD,
    Week,
    answer,
    blobs,
    erase,
    hand_over,
    lies,
    picture,
    places,
    remark,
    say_yes,
    signed_by_two,
    told,
    told_to,
)
from tests.later import later
from tests.road import demo

pytestmark = pytest.mark.long
CASE = re.compile(r"/cases/[0-9a-f]{32}$")
NAMES = ("main", "kim", "nej", "skyddat", "flytt", "tyst", "ung", "flagga", "lugn", "ringt")


@pytest.fixture(scope="module")
def week(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    """Thirty made-up requests, and everybody at their screens."""
    opened = demo(tmp_path_factory.mktemp("week") / "dir", "--fill", "30")
    told = Week(chromium, opened.__enter__(), opened)
    try:
        told.people = everybody(chromium, told.road)
        yield told
    finally:
        told.end()


def test_monday_ten_requests_become_cases_by_keyboard(week: Week) -> None:
    """The inbox is read with j and enter, n makes a case, s saves it; of another town's requests nothing is seen."""
    elsa = week.elsa
    elsa.go("/inbox")
    elsa.follow("form.collect button")
    rows = elsa.page.locator("#list tbody tr").count()
    assert 20 < rows <= 30
    for number, name in enumerate(NAMES):
        elsa.go("/inbox?show=free")
        elsa.press(*["j"] * (number % 3 + 1))
        elsa.key("n")
        elsa.key("s")
        assert CASE.search(elsa.page.url), elsa.words()
        week.cases[name] = elsa.page.url.removeprefix(week.road.staff)
        week.names[name] = elsa.page.locator("h1").inner_text()
    assert len(set(week.names.values())) == len(NAMES)
    listed = elsa.sees("/cases")
    assert all(name in listed for name in week.names.values())
    for human in week.others("Elsa", "Lena"):
        assert {human.status(path) for path in week.cases.values()} == {404}, human.name
    assert "Inget" in week.people["Sonja"].sees("/handed")


def test_monday_what_does_not_belong_is_set_aside_together(week: Week) -> None:
    """With x a row is ticked; what was ticked goes aside in one act with one reason, and is listed by itself."""
    elsa = week.elsa
    elsa.go("/inbox?show=free")
    elsa.press("j", "x", "j", "x")
    week.aside = [str(box.get_attribute("value")) for box in elsa.page.locator("#list input:checked").all()]
    elsa.follow("#together button[value=ticked]")
    elsa.reach("form.gathered input[name=reason]")
    elsa.press("Space")
    elsa.follow("form.gathered .main")
    assert len(week.aside) == 2
    elsa.go("/inbox?show=aside")
    assert elsa.page.locator("#list tbody tr").count() == 2


WINDOWS = {
    "days": "0",
    "start": "8",
    "end": "9.30",
    "days2": "2",
    "start2": "12",
    "end2": "13",
    "days3": "4",
    "start3": "15.15",
    "end3": "16",
}
WAY = (
    ("contact", {"how": "call", "result": "reached", "text": TOLD["reached"]}, "2"),
    ("talk", {"want": TOLD["want"], "safe": "yes"}, "3"),
    ("assessment", {"motivation": TOLD["motivation"], "applied": "no", "needs": "housing"}, "4"),
    ("mapping", {"group_on": str(TODAY + timedelta(days=7)), "note": TOLD["mapping"]}, "5"),
    ("safety", {"note": TOLD["safety"], "police_result": TOLD["police"]}, "6"),
)


def test_tuesday_a_case_goes_through_its_six_stages_by_keyboard(week: Week) -> None:
    """Each stage's form is found, filled in and saved, and the case moved on with a reason, without a pointer."""
    elsa = week.elsa
    elsa.go(week.cases["main"])
    elsa.follow(".casepage a[href*='write=card']")
    elsa.write("card", {"number": TOLD["number"], **WINDOWS, "word": "pannkaka"})
    elsa.reach("details:has(a[href*='write=real']) > summary")
    elsa.press("Enter")
    elsa.follow("a[href*='write=real']")
    elsa.write("real", {"name": TOLD["name"]})
    for form, fields, to in WAY:
        elsa.follow(f".rail a[href*='write={form}'], .tabs a[href*='write={form}']")
        elsa.write(form, fields)
        elsa.key("f")
        elsa.write("move", {"to": to, "reason": "det är dags"})
        here = elsa.page.locator(".rail li").evaluate_all("all => all.findIndex(one => one.ariaCurrent)")
        assert str(here + 1) == to
    elsa.follow(".rail a[href*='write=plan']")
    elsa.write("plan", {"goal": TOLD["goal"]})
    elsa.follow("a[href*='write=plan']")
    elsa.follow("a[href*='write=measure']")
    elsa.write("measure", {"what": TOLD["measure"], "due": str(TODAY + timedelta(days=30))})
    elsa.follow("a[href*='write=plan']")
    elsa.follow("a[href*='write=schedule']")
    elsa.write("schedule", {"near": "yes", "longer": "yes"})
    said = elsa.words()
    assert all(TOLD[name] in said for name in ("reached", "want", "motivation", "mapping", "safety", "goal", "measure"))
    assert TOLD["name"] not in said


def test_tuesday_a_lock_in_the_middle_of_a_sentence_loses_nothing(week: Week) -> None:
    """Elsa locks in another window; what she then sends waits for her at the door, and is a draft when she is back."""
    elsa = week.elsa
    elsa.go(f"{week.cases['main']}?write=note")
    elsa.page.locator("#note-text").fill(TOLD["late"])
    with elsa.context.new_page() as other:
        other.goto(f"{elsa.staff}/keys")
        other.locator("#lock button").click()
        other.wait_for_url("**/login*")
    elsa.page.locator("#sheet-note .main").click()
    elsa.page.wait_for_url("**/login*")
    assert "Det du skrev väntar" in elsa.words()
    picture(elsa.page, "door-kept")
    sign_in(elsa.page, week.road.people[0])
    assert "Det du skrev finns kvar" in elsa.words()
    assert elsa.page.locator("#note-text").input_value() == TOLD["late"]
    picture(elsa.page, "back-with-a-draft")
    elsa.page.locator("#sheet-note .main").click()
    elsa.page.locator(".note", has_text="Sparat").wait_for()


def test_tuesday_the_day_is_told(week: Week) -> None:
    """Search finds what was written, the queue and the next shift hear of it; the calendar names nobody."""
    elsa, main = week.elsa, week.names["main"]
    elsa.go("/cases")
    elsa.press("/")
    elsa.page.keyboard.type(TOLD["want"][:20])
    elsa.key("Enter")
    assert [one.inner_text() for one in elsa.page.locator("#list a.open").all()] == [main]
    elsa.go("/shift")
    elsa.send("/shift", {"text": TOLD["shift"]})
    assert TOLD["shift"] in elsa.words()
    assert main in elsa.words()
    file = elsa.context.request.get(f"{elsa.staff}/calendar/kalender.ics?whose=all").text()
    assert main in file
    assert not [name for name, text in TOLD.items() if text in file]
    bashir = week.people["Bashir"]
    bashir.go("/cases")
    bashir.press("/")
    bashir.page.keyboard.type(TOLD["want"][:20])
    bashir.key("Enter")
    assert bashir.page.locator("#list a.open").count() == 0
    assert told_to(bashir, "/shift") == set()


def test_wednesday_three_agencies_get_what_was_handed_to_them(week: Week) -> None:
    """Each is asked and answers; the police are refused what they must not have, whatever the person said yes to."""
    say_yes(week, "main", "social", "Sonja", ["needs", "plan"], "pröva stöd till boende")
    assert "Överlämnat" in hand_over(week, "main", "Sonja", ["Förutsättningslöst samtal", "Gemensam plan"], "Sonja")
    say_yes(week, "main", "police", "Peter", ["needs", "safety"], "planera trygga vägar")
    refused = hand_over(week, "main", "Peter", ["Förutsättningslöst samtal", "Trygghet"], "Peter")
    assert "Polisen får aldrig" in refused
    assert "Överlämnat" in hand_over(week, "main", "Peter", ["Trygghet"], "Peter")
    for case, text in (("kim", "probation"), ("nej", "declined")):
        remark(week, case, TOLD[text])
        say_yes(week, case, "probation", "Kim", ["needs"], "samordna mötestider")
        assert "Överlämnat" in hand_over(week, case, "Kim", ["Anteckning"], "Kim")
    answer(week, "Kim", "decline", "det är en annan frivårdare")
    assert told_to(week.people["Kim"], "/handed") == set()


def test_wednesday_each_agency_has_exactly_what_was_handed_to_it(week: Week) -> None:
    """Accepted, answered, done; nobody finds a word more on any page they can reach, and no case exists for them."""
    for person in ("Sonja", "Peter", "Kim"):
        answer(week, person, "accept")
    answer(week, "Sonja", "reply", "vi bokar ett möte")
    assert told_to(week.people["Sonja"], "/handed") == {"want", "goal"}
    assert told_to(week.people["Peter"], "/handed") == {"safety", "police"}
    assert told_to(week.people["Kim"], "/handed") in ({"probation"}, {"declined"})
    for human in week.others("Elsa", "Lena"):
        for path in week.cases.values():
            assert {human.status(path), human.status(f"{path}/agencies")} == {404}
    assert "vi bokar ett möte" in told(week, "main", "Sonja")


def test_thursday_a_yes_is_taken_back(week: Week) -> None:
    """What rests on it ends at once: Sonja reads nothing more, Peter's own yes holds, and it carries nothing new."""
    elsa = week.elsa
    elsa.go(f"{week.cases['main']}/agencies")
    one = elsa.page.locator("#waiver .linked", has_text="Sonja")
    one.locator("summary").click()
    assert "1 överlämnande" in one.inner_text()
    with elsa.page.expect_navigation():
        one.get_by_role("button", name="Ta tillbaka").click()
    assert "taget tillbaka" in elsa.note()
    assert told_to(week.people["Sonja"], "/handed") == set()
    assert told_to(week.people["Peter"], "/handed") == {"safety", "police"}
    elsa.go(f"{week.cases['main']}/agencies/new/handover")
    assert elsa.page.locator("label.pick:has([name=basis])", has_text="Sonja").count() == 0
    assert "Taget tillbaka" in told(week, "main", "Sonja")


def test_thursday_a_relatives_words_stay_until_they_are_tested(week: Week) -> None:
    """A mother's message is tied to the case by keyboard; what was drawn from it leaves only after a written test."""
    elsa, main = week.elsa, week.cases["main"]
    elsa.go("/inbox?show=relatives")
    tied = [row.locator(".incase").count() > 0 for row in elsa.page.locator("#list tbody tr").all()]
    elsa.press(*["j"] * (tied.index(False) + 1))
    elsa.key("Enter")
    elsa.press("a")
    elsa.pick(week.names["main"])
    elsa.press("Tab")
    elsa.key("Enter")
    assert elsa.page.url.endswith(main)
    elsa.go(f"{main}?write=note")
    elsa.page.locator("#note-drawn").select_option(index=1)
    elsa.send("/save/note", {"text": TOLD["relative"]}, ".main")
    elsa.go(f"{main}/agencies/new/handover")
    assert elsa.page.locator("label.pick:has([name=chosen]:disabled)", has_text="Skyddad källa").count() >= 2
    elsa.go(main)
    while elsa.page.locator("form[action$='/do/test']").count():
        elsa.send("/do/test", {"reason": "kan lämnas: det syns inte vem som sagt det"})
        assert "Gjort" in elsa.note()
    elsa.go(f"{main}/agencies/new/handover")
    assert elsa.page.locator("[name=chosen]:disabled").count() == 0


def test_friday_a_protected_case_is_for_its_named_people(week: Week) -> None:
    """Once shut it opens for Elsa alone; the lead sees that it is there and cannot ask to read it."""
    elsa, shut = week.elsa, week.cases["skyddat"]
    remark(week, "skyddat", TOLD["protected"])
    elsa.go(f"{shut}?write=protect")
    elsa.send("/save/protect", {"reason": "någon i huset känner dem", "named": "Elsa"}, ".main")
    assert "Sparat" in elsa.note()
    assert TOLD["protected"] in elsa.sees(shut)
    lena = week.people["Lena"]
    assert shut.removeprefix("/cases/") not in lena.sees("/load") + lena.page.content()
    assert lena.go(shut.replace("/cases/", "/load/")) == 404


def test_friday_another_town_takes_hold(week: Week) -> None:
    """Björkby gets what was chosen and no more; nobody lets go before Bashir has taken hold."""
    elsa, case = week.elsa, week.cases["flytt"]
    remark(week, "flytt", TOLD["stays"])
    remark(week, "flytt", TOLD["moves"])
    elsa.go(f"{case}/agencies/new/transfer")
    elsa.page.locator("[name=chosen]").last.check()
    cover = "hon flyttar på fredag"
    elsa.send("/do/transfer", {"town": "bjorkby", "cover": cover, "said_yes": "yes"})
    assert "tillfrågad" in elsa.note()
    bashir = week.people["Bashir"]
    assert told_to(bashir, "/transfers") == {"moves"}
    assert told_to(week.people["Greta"], "/transfers") == set()
    bashir.go("/transfers")
    with bashir.page.expect_navigation():
        bashir.page.locator("table a").first.click()
    bashir.send("/take", {"working": "Lärk 7"})
    assert TOLD["moves"] in bashir.words()
    assert "Lärk 7" in bashir.page.locator("h1").inner_text()
    week.cases["hos Bashir"] = bashir.page.url.removeprefix(week.road.staff)
    assert "Tar över" in elsa.sees(f"{case}/agencies")
    elsa.go(f"{case}?write=close")
    elsa.send("/save/close", {"outcome": "transferred", "reason": "Björkby har tagit över"}, ".main")
    assert "Avslutat" in elsa.words()
    assert elsa.go(week.cases["hos Bashir"]) == 404


def test_saturday_the_lead_reads_with_a_reason_that_the_owner_sees(week: Week) -> None:
    """Without a reason Lena sees no word of a case; with one she reads it, and Elsa is told who and why."""
    lena, case = week.people["Lena"], week.cases["kim"]
    assert told_to(lena, "/load") == set()
    lena.go(case.replace("/cases/", "/load/"))
    lena.send(case.replace("/cases/", "/load/"), {"reason": "klagomål som måste utredas"})
    assert TOLD["probation"] in lena.words()
    assert "klagomål som måste utredas" in week.elsa.sees(case)
    assert "klagomål som måste utredas" in week.elsa.sees(f"{case}/agencies")
    assert lena.go(case) == 404


def test_saturday_the_auditor_sees_acts_and_no_words(week: Week) -> None:
    """Who did what stands in the log, whole, and nothing of what was written."""
    aron = week.people["Aron"]
    said = aron.sees("/audit")
    assert "Kedjan är hel" in said
    assert "Lena" in said
    assert told_to(aron, "/audit", 30) == set()
    assert not [path for path in (*week.cases.values(), *week.handed.values(), "/inbox") if aron.status(path) != 404]


def test_saturday_there_are_figures_and_a_register(week: Week) -> None:
    """The half-years before are shown as counts; the register has a day, a number and a kind, and no name."""
    elsa = week.elsa
    assert "Siffror" in elsa.sees("/figures") or elsa.page.locator("main svg").count()
    register = elsa.sees("/documents/register")
    assert not [name for name in week.names.values() if name in register]
    assert not [name for name, text in TOLD.items() if text in register]


def test_sunday_every_page_with_the_week_in_it_can_be_used_by_everybody(week: Week, tmp_path: Path) -> None:
    """No finding of axe-core in light or dark, no page wider than a screen or a phone, no error in its HTML."""
    found: list[str] = []
    for number, (person, path) in enumerate(places(week)):
        human = week.people[person]
        assert human.go(path) == 200, path
        # What stands around a case's form, and its colours in the dark, were judged with the case.
        judged = ("#write", ["light"]) if "?write=" in path else ("html", SCHEMES)
        found += [f"{path}: {one}" for one in findings(human.page, *judged)]
        picture(human.page, f"{number:02}-{person}{path.partition('?')[0][:12]}{path.partition('?')[2]}")
        for size in (PHONE, SCREEN):
            human.page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain dictionary will do
            found += [f"{path} on {size}: {by} too wide" for by in [wide(human.page)] if by]
        (tmp_path / f"{number:02}.html").write_text(served(human.context, human.page), "utf-8")
    week.elsa.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # as above
    assert week.elsa.page.locator("nav").evaluate("node => node.offsetHeight") < PHONE["height"] / 3
    assert found + errors(tmp_path) == []


YEARS = timedelta(days=735)


def test_two_years_later_it_is_followed_up_and_closed_by_keyboard(week: Week) -> None:
    """The last follow-up is written and the case closed with an outcome; what was set aside is erased, and gone."""
    main, road = week.cases["main"], week.road
    week.end()
    with later(road, YEARS.days) as staff:
        elsa = let_in(week.chromium, staff, road.people[0], YEARS)
        elsa.go(main)
        elsa.follow(".rail a[href*='write=plan']")
        elsa.follow("a[href*='write=follow_up']")
        elsa.reach("#sheet-follow_up [name=task]")
        elsa.press("End")
        elsa.write("follow_up", {"safe": "yes", "new_threat": "no", "housing": "lasting", "occupation": "full"})
        elsa.follow(".acts a[href*='write=close']")
        elsa.write("close", {"outcome": "completed", "reason": "står på egna ben"})
        assert "Avslutat" in elsa.words()
        pieces = [piece for row in week.aside for piece in blobs(road.folder, "submissions", row)]
        assert lies(road.folder, pieces)
        assert "2 gallrade" in erase(elsa, *week.aside)
        assert {elsa.go(f"/inbox/{row}") for row in week.aside} == {404}
        assert not lies(road.folder, pieces)
        elsa.context.close()


def test_when_its_time_is_out_the_case_is_archived_and_erased(week: Week) -> None:
    """Sixty months after it was closed: a file for the archive first, then page, key and words are gone."""
    main, ahead = week.cases["main"], YEARS + timedelta(days=1850)
    row = main.removeprefix("/cases/")
    with later(week.road, ahead.days) as staff:
        elsa = let_in(week.chromium, staff, week.road.people[0], ahead)
        assert TOLD["goal"] in elsa.sees(main)
        pieces = blobs(week.road.folder, "folders", row)
        assert signed_by_two(elsa, let_in(week.chromium, staff, week.road.people[3], ahead), row).startswith(b"%PDF")
        assert "1 gallrad" in erase(elsa, row)
        assert elsa.go(main) == 404
        assert not lies(week.road.folder, pieces)
        elsa.context.close()
